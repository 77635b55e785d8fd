//! The pause that all work under one credential shares: a server that says "not now" to one call says it to all.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::habits::{self, on};

/// Closed until an instant.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    until: Mutex<Option<Instant>>,
}

impl Gate {
    /// Nobody passes for so long; a pause that is longer already stays.
    pub(crate) fn close(&self, pause: Duration) {
        let Some(end) = Instant::now().checked_add(pause) else {
            return;
        };
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        *until = (*until).max(Some(end));
    }

    /// Waits until it is open.
    pub(crate) async fn pass(&self) {
        if on(habits::PER_CALL_PAUSE) {
            return;
        }
        while let Some(end) = self.end() {
            sleep_until(end).await;
        }
    }

    fn end(&self) -> Option<Instant> {
        let until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        until.filter(|end| *end > Instant::now())
    }
}
