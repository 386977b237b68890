//! The time of the processor, for all benches.

use std::time::Instant;

/// Seconds that this process has computed: the processor's where the system tells them, which other work does not
/// change, else those of the clock.
pub fn seconds(begun: Instant) -> f64 {
    let scheduled = std::fs::read_to_string("/proc/self/schedstat").ok();
    let nanoseconds = scheduled.and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| begun.elapsed().as_secs_f64(), |ns| ns * 1e-9)
}
