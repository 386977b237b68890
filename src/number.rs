//! Numbers as people read them.

/// A number to one digit beyond its slack, at most thirteen digits; whole numbers as they are.
pub fn number(x: f64, slack: f64) -> String {
    if !x.is_finite() || (x == x.trunc() && x.abs() < 1e9) {
        // Adding zero turns -0 into 0.
        return format!("{}", x + 0.0);
    }
    let magnitude = libm::log10(x.abs()).floor();
    let resolution = if slack > 0.0 { libm::log10(slack).floor() } else { -16.0 };
    let digits = (magnitude - resolution + 2.0).clamp(2.0, 13.0) as usize;
    if (-4.0..9.0).contains(&magnitude) {
        format!("{x:.*}", (digits as f64 - 1.0 - magnitude).max(0.0) as usize)
    } else {
        format!("{x:.*e}", digits - 1)
    }
}
