//! Numbers as people read them.

/// What [`number`] gave, as HTML: "-1.5e-7" is "−1.5 × 10<sup>−7</sup>".
pub fn typeset(number: &str) -> String {
    let minus = |text: &str| text.replace('-', "−");
    match number.split_once('e') {
        Some((mantissa, exponent)) if mantissa.ends_with(|c: char| c.is_ascii_digit()) => {
            let (exponent, rest) = exponent.split_once(' ').unwrap_or((exponent, ""));
            format!("{} × 10<sup>{}</sup> {rest}", minus(mantissa), minus(exponent)).trim_end().to_string()
        }
        _ => minus(number),
    }
}

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

/// A number to so many significant digits, as text: "−1.5 × 10⁻⁷".
pub fn significant(x: f64, digits: usize) -> String {
    if !x.is_finite() || x == 0.0 {
        return format!("{}", x + 0.0).replace('-', "−");
    }
    // Rounded first: 9.99 may become 10.
    let rounded = format!("{x:.*e}", digits - 1);
    let (mantissa, exponent) = rounded.split_once('e').expect("a number with an exponent has one");
    let exponent: i32 = exponent.parse().expect("an exponent is a whole number");
    match exponent {
        -4..6 => format!("{x:.*}", (digits as i32 - 1 - exponent).max(0) as usize).replace('-', "−"),
        _ => format!("{} × 10{}", mantissa.replace('-', "−"), raised(exponent)),
    }
}

/// A whole number as it stands above the line: "⁻⁸".
pub(crate) fn raised(k: i32) -> String {
    let above = |c: char| match c.to_digit(10) {
        Some(digit) => ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'][digit as usize],
        None => '⁻',
    };
    k.to_string().chars().map(above).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn significant_digits_are_kept() {
        let shown = [(0.00012345, 3), (-9.996, 3), (1.0, 2), (1.5e-7, 2), (-2.5e100, 3), (0.0, 3), (123456.7, 3)];
        assert_eq!(
            shown.map(|(x, digits)| significant(x, digits)),
            ["0.000123", "−10.0", "1.0", "1.5 × 10⁻⁷", "−2.50 × 10¹⁰⁰", "0", "123457"]
        );
    }

    #[test]
    fn words_have_no_exponent() {
        assert_eq!(typeset("-1.5e-7"), "−1.5 × 10<sup>−7</sup>");
        assert_eq!(typeset("3e5 ×"), "3 × 10<sup>5</sup> ×");
        assert_eq!(typeset("needs log t = 389"), "needs log t = 389");
    }
}
