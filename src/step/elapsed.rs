//! Virtual time: how much of it was let pass, and by when.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Since when how much had passed in all.
#[derive(Default)]
pub(super) struct Elapsed(Mutex<Vec<(Instant, Duration)>>);

impl Elapsed {
    /// So far.
    pub(super) fn now(&self) -> Duration {
        let passed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        passed.last().map_or(Duration::ZERO, |(_, whole)| *whole)
    }

    /// By that moment.
    pub(super) fn at(&self, moment: Instant) -> Duration {
        let passed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let later = passed.partition_point(|(since, _)| *since <= moment);
        later.checked_sub(1).map_or(Duration::ZERO, |last| passed[last].1)
    }

    /// To be called before a clock is moved: what comes because of it comes later.
    pub(super) fn let_pass(&self, by: Duration) {
        let mut passed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let whole = passed.last().map_or(by, |(_, whole)| *whole + by);
        passed.push((Instant::now(), whole));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_had_passed_is_known_for_every_moment() {
        let elapsed = Elapsed::default();
        let before = Instant::now();
        elapsed.let_pass(Duration::from_secs(5));
        std::thread::sleep(Duration::from_millis(2));
        let between = Instant::now();
        std::thread::sleep(Duration::from_millis(2));
        elapsed.let_pass(Duration::from_secs(7));
        assert_eq!(elapsed.at(before), Duration::ZERO);
        assert_eq!(elapsed.at(between), Duration::from_secs(5));
        assert_eq!(elapsed.now(), Duration::from_secs(12));
    }
}
