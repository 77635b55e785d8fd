//! Who must wait for whom: cases with the same `exclusive` run one after another, and `exclusive: all` runs alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

/// The name that keeps every other case away.
const ALL: &str = "all";

/// The lines of a run.
#[derive(Default)]
pub(super) struct Turns {
    named: Mutex<BTreeMap<String, Arc<Mutex<()>>>>,
    everybody: Arc<RwLock<()>>,
}

/// A case's turn; the next one's begins when it is dropped.
pub(super) enum Turn {
    /// Beside all others, except those of its line.
    Beside {
        _line: Option<OwnedMutexGuard<()>>,
        _everybody: Option<OwnedRwLockReadGuard<()>>,
    },
    Alone {
        _everybody: OwnedRwLockWriteGuard<()>,
    },
}

impl Turns {
    /// Waits for the turn of a case. Where each has a world of its own (`shared` is false), none is in another's way as
    /// a whole, and `all` keeps nobody away.
    pub(super) async fn take(&self, exclusive: Option<&str>, shared: bool) -> Turn {
        if shared && exclusive == Some(ALL) {
            let everybody = self.everybody.clone().write_owned().await;
            return Turn::Alone {
                _everybody: everybody,
            };
        }
        // The line comes first: whoever waits in it keeps nobody from being alone.
        let line = match exclusive {
            Some(name) if name != ALL => Some(self.line(name).await.lock_owned().await),
            _ => None,
        };
        let everybody = if shared {
            Some(self.everybody.clone().read_owned().await)
        } else {
            None
        };
        Turn::Beside {
            _line: line,
            _everybody: everybody,
        }
    }

    async fn line(&self, name: &str) -> Arc<Mutex<()>> {
        self.named
            .lock()
            .await
            .entry(name.to_owned())
            .or_default()
            .clone()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    async fn waits(turns: &Turns, exclusive: Option<&str>) -> bool {
        timeout(Duration::from_millis(20), turns.take(exclusive, true))
            .await
            .is_err()
    }

    #[tokio::test]
    async fn a_line_waits_for_its_own_and_all_for_everybody() {
        let turns = Turns::default();
        let first = turns.take(Some("rate"), true).await;
        assert!(waits(&turns, Some("rate")).await);
        assert!(!waits(&turns, Some("timing")).await);
        assert!(waits(&turns, Some(ALL)).await);
        drop(first);
        let alone = turns.take(Some(ALL), true).await;
        assert!(waits(&turns, None).await);
        assert!(matches!(turns.take(Some(ALL), false).await, Turn::Beside { .. }));
        drop(alone);
        assert!(!waits(&turns, None).await);
    }
}
