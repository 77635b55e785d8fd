//! Ends a run early.

use tokio::sync::watch;

/// Told once, heard by all. A clone is the same.
#[derive(Debug, Clone)]
pub struct Stop(watch::Sender<bool>);

impl Default for Stop {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Stop {
    /// No more calls; those under way are given a moment.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    /// Whether it was told.
    pub fn is_told(&self) -> bool {
        *self.0.borrow()
    }

    /// Ends when it is told.
    pub async fn told(&self) {
        // The sender is this very value: it cannot be gone.
        let _ = self.0.subscribe().wait_for(|told| *told).await;
    }
}
