//! The time of day, from whoever may read it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Says how long ago 1970 began.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Duration + Send + Sync>);

impl Clock {
    /// A clock that reads that.
    pub fn new(now: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Now.
    pub fn now(&self) -> Duration {
        (self.0)()
    }

    /// Now, in whole seconds.
    pub fn seconds(&self) -> u64 {
        self.now().as_secs()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
