//! Points between which a process may die.

use std::fmt;
use std::sync::Arc;

/// Is told each point of a refresh as it is reached: tests kill the process there. Says nothing by default.
#[derive(Clone, Default)]
pub struct Steps(Option<Arc<dyn Fn(&'static str) + Send + Sync>>);

impl Steps {
    /// Tells them to this.
    pub fn told(tell: impl Fn(&'static str) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(tell)))
    }

    pub(in crate::oauth) fn at(&self, point: &'static str) {
        if let Some(tell) = &self.0 {
            tell(point);
        }
    }
}

impl fmt::Debug for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Steps")
    }
}
