//! Ends a run early.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use tokio::sync::watch;

/// Told once, heard by all. A clone is the same.
#[derive(Debug, Clone)]
pub struct Stop {
    /// The same as in `when`, for those who look at every call.
    told: Arc<AtomicBool>,
    when: watch::Sender<Option<Instant>>,
}

impl Default for Stop {
    fn default() -> Self {
        Self {
            told: Arc::default(),
            when: watch::Sender::new(None),
        }
    }
}

impl Stop {
    /// No more calls; those under way are given a moment.
    pub fn stop(&self) {
        self.told.store(true, Ordering::Release);
        self.when.send_if_modified(|told| {
            let first = told.is_none();
            told.get_or_insert_with(Instant::now);
            first
        });
    }

    /// Whether it was told.
    pub fn is_told(&self) -> bool {
        self.told.load(Ordering::Acquire)
    }

    /// When it was told first.
    pub fn when(&self) -> Option<Instant> {
        *self.when.borrow()
    }

    /// Ends when it is told.
    pub async fn told(&self) {
        // The sender is this very value: it cannot be gone.
        let _ = self.when.subscribe().wait_for(Option::is_some).await;
    }
}
