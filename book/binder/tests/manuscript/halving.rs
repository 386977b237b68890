struct Half;

impl Half {
    /// Half of it.
    fn of(x: f64) -> f64 {
        0.5 * x
    }
}
