//! The world's clock: real time and an offset that only ever grows.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Every lifetime in a world is measured with this and nothing else.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    offset_millis: AtomicI64,
}

impl Clock {
    /// Unix milliseconds.
    pub(crate) fn millis(&self) -> i64 {
        let real = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(real.as_millis()).unwrap_or(i64::MAX) + self.offset_millis.load(Ordering::Relaxed)
    }

    /// Unix seconds.
    pub(crate) fn now(&self) -> i64 {
        self.millis() / 1000
    }

    pub(crate) fn advance(&self, by: Duration) {
        // A century at most: lifetimes are far shorter, and sums stay far from overflow.
        let by = by.min(Duration::from_hours(100 * 366 * 24));
        self.offset_millis
            .fetch_add(i64::try_from(by.as_millis()).unwrap_or(0), Ordering::Relaxed);
    }

    pub(crate) fn reset(&self) {
        self.offset_millis.store(0, Ordering::Relaxed);
    }
}
