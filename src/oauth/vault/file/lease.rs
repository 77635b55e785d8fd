//! The lease file. Read and written only under the lock.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::folder::{beside, owner_only, private_file};
use super::owner::Owner;
use crate::oauth::vault::VaultError;

/// What the file says. It stays when a lease is given back: the number goes on from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Held {
    /// Of the last lease.
    pub(super) fencing: u64,
    /// Who has it; `None`: it was given back.
    pub(super) owner: Option<Owner>,
    /// When it ends, in milliseconds since the epoch.
    pub(super) until: u64,
}

impl Held {
    /// Who keeps others out now, and for how long at most.
    pub(super) fn by(&self, now: Duration) -> Option<(&Owner, Duration)> {
        let owner = self.owner.as_ref()?;
        let left = Duration::from_millis(self.until).checked_sub(now)?;
        (!left.is_zero() && !owner.is_dead()).then_some((owner, left))
    }

    /// What the file holds. One that is damaged holds nothing: it was written by a machine that fell, so its owner is
    /// gone; the number is also in what was committed.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, VaultError> {
        let bytes = private_file(path)?;
        Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    /// Comes into place whole: a process may die in the middle. Not synced: a lease does not outlive its machine.
    pub(super) fn write(&self, path: &Path) -> Result<(), VaultError> {
        let part = beside(path);
        let done = self.write_part(&part).and_then(|()| std::fs::rename(&part, path));
        done.or_else(|error| {
            let _ = std::fs::remove_file(&part);
            match VaultError::io("write the lease", path, &error) {
                VaultError::Full { .. } => self.write_in_place(path),
                other => Err(other),
            }
        })
    }

    /// On a full disk, into the blocks that the file has: one cut short there holds nothing, which is what it says.
    fn write_in_place(&self, path: &Path) -> Result<(), VaultError> {
        let failed = |error: std::io::Error| VaultError::io("write the lease", path, &error);
        let bytes = serde_json::to_vec(self).map_err(|error| failed(error.into()))?;
        let mut file = OpenOptions::new().write(true).open(path).map_err(failed)?;
        file.write_all(&bytes)
            .and_then(|()| file.set_len(bytes.len() as u64))
            .map_err(failed)
    }

    fn write_part(&self, part: &Path) -> std::io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        owner_only(&mut options);
        let file = options.open(part)?;
        serde_json::to_writer(&file, self).map_err(std::io::Error::from)
    }
}
