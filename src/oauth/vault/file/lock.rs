//! The moment in which a lease is taken, or a commit checked and made: one process at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use super::super::VaultError;
use super::folder::owner_only;

/// Far longer than any disk takes; somebody is stopped then.
const PATIENCE: Duration = Duration::from_secs(10);

/// Locked while it lives, and no longer than its process.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    pub(super) fn take(path: &Path) -> Result<Self, VaultError> {
        let failed = |error: &std::io::Error| VaultError::io("lock", path, error);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        owner_only(&mut options);
        let file = options.open(path).map_err(|error| failed(&error))?;
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => {
                    std::thread::sleep(Duration::from_millis(2));
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(VaultError::Stuck {
                        path: path.to_owned(),
                        after: PATIENCE,
                    });
                }
                Err(TryLockError::Error(error)) => return Err(failed(&error)),
            }
        }
    }
}
