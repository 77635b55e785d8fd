//! What the operations do, one after the other.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rand::RngCore as _;

use super::folder::{beside, check_mode, owner_only, private_file, sync_folder, write_part};
use super::lease::Held;
use super::lock::Lock;
use super::owner::Owner;
use crate::oauth::vault::sealed::{self, FORMAT, Record, Unreadable};
use crate::oauth::vault::{Clock, Grant, Key, Lease, Name, Steps, VaultError};

/// Kept while a lease is held; more than a record with the longest tokens in use takes.
const SPARE: usize = 32 << 10;

#[derive(Debug)]
pub(super) struct Store {
    pub(super) folder: PathBuf,
    pub(super) owner: Owner,
    pub(super) key: Key,
    pub(super) clock: Clock,
    pub(super) steps: Steps,
}

impl Store {
    fn file(&self, name: &Name, ending: &str) -> PathBuf {
        self.folder.join(format!("{name}.{ending}"))
    }

    fn lock(&self, name: &Name) -> Result<Lock, VaultError> {
        check_mode(&self.folder)?;
        Lock::take(&self.file(name, "lock"))
    }

    pub(super) fn lease(&self, name: Name, time: Duration) -> Result<Lease, VaultError> {
        let _lock = self.lock(&name)?;
        self.steps.at("locked");
        let path = self.file(&name, "lease");
        let last = Held::read(&path)?;
        let now = self.clock.now();
        if let Some((owner, left)) = last.as_ref().and_then(|last| last.by(now)) {
            return Err(VaultError::Held {
                owner: owner.to_string(),
                name: name.to_string(),
                left,
            });
        }
        let committed = self.read(&name).ok().flatten().map_or(0, |record| record.fencing);
        let fencing = last.map_or(0, |last| last.fencing).max(committed) + 1;
        self.sweep(&name);
        self.keep_space(&name)?;
        self.steps.at("space kept");
        let until = now + time;
        let held = Held {
            fencing,
            owner: Some(self.owner.clone()),
            until: u64::try_from(until.as_millis()).unwrap_or(u64::MAX),
        };
        held.write(&path).inspect_err(|_| {
            let _ = std::fs::remove_file(self.file(&name, "spare"));
        })?;
        self.steps.at("leased");
        Ok(Lease {
            owner: self.owner.to_string(),
            name,
            until,
            fencing,
        })
    }

    pub(super) fn read(&self, name: &Name) -> Result<Option<Record>, VaultError> {
        check_mode(&self.folder)?;
        let path = self.file(name, "age");
        let Some(bytes) = private_file(&path)? else {
            return Ok(None);
        };
        sealed::open(&bytes, &self.key)
            .map(Some)
            .map_err(|problem| self.unreadable(name, path, problem))
    }

    fn unreadable(&self, name: &Name, path: PathBuf, problem: Unreadable) -> VaultError {
        match problem {
            Unreadable::OtherKey => VaultError::OtherKey {
                path,
                found: "unknown".to_owned(),
                at_hand: self.key.public(),
                origin: self.key.origin.as_str(),
                advice: format!("; `hallmark login --as {name}` makes it anew"),
            },
            Unreadable::Newer(found) => VaultError::Newer {
                path,
                found,
                known: FORMAT,
            },
            Unreadable::Damaged(why) => VaultError::Damaged {
                path,
                why,
                name: name.to_string(),
            },
        }
    }

    pub(super) fn commit(&self, lease: &Lease, grant: Grant) -> Result<(), VaultError> {
        let _lock = self.lock(&lease.name)?;
        self.fence(lease)?;
        let path = self.file(&lease.name, "age");
        let record = Record {
            format: FORMAT,
            fencing: lease.fencing,
            grant,
        };
        let sealed = sealed::seal(&record, &self.key).map_err(|why| VaultError::Io {
            doing: "seal",
            path: path.clone(),
            why,
        })?;
        let part = self.write_beside(&lease.name, &path, &sealed)?;
        self.steps.at("written");
        std::fs::rename(&part, &path).map_err(|error| VaultError::io("write", &path, &error))?;
        self.steps.at("renamed");
        sync_folder(&self.folder)?;
        self.steps.at("committed");
        Ok(())
    }

    /// The new record, synced; in the space that was kept where the disk has none left.
    fn write_beside(&self, name: &Name, path: &Path, sealed: &[u8]) -> Result<PathBuf, VaultError> {
        let part = beside(path);
        match write_part(&part, sealed) {
            Ok(()) => Ok(part),
            Err(VaultError::Full { .. }) => {
                let _ = std::fs::remove_file(&part);
                let spare = self.file(name, "spare");
                fill_in_place(&spare, sealed).map_err(|error| VaultError::io("write", path, &error))?;
                Ok(spare)
            }
            Err(error) => {
                let _ = std::fs::remove_file(&part);
                Err(error)
            }
        }
    }

    pub(super) fn delete(&self, lease: &Lease) -> Result<(), VaultError> {
        let _lock = self.lock(&lease.name)?;
        self.fence(lease)?;
        let path = self.file(&lease.name, "age");
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(VaultError::io("delete", &path, &error))
            }
            _ => sync_folder(&self.folder),
        }
    }

    /// The lease is still this one. Its time may be over: what counts is that nobody took it.
    fn fence(&self, lease: &Lease) -> Result<(), VaultError> {
        let held = Held::read(&self.file(&lease.name, "lease"))?;
        let present = held.as_ref().map_or(0, |held| held.fencing);
        if present == lease.fencing && held.is_some_and(|held| held.owner.is_some()) {
            return Ok(());
        }
        Err(VaultError::Fenced {
            name: lease.name.to_string(),
            own: lease.fencing,
            present,
        })
    }

    pub(super) fn release(&self, lease: &Lease) -> Result<(), VaultError> {
        let _lock = self.lock(&lease.name)?;
        if self.fence(lease).is_err() {
            return Ok(());
        }
        let _ = std::fs::remove_file(self.file(&lease.name, "spare"));
        let held = Held {
            fencing: lease.fencing,
            owner: None,
            until: 0,
        };
        held.write(&self.file(&lease.name, "lease"))?;
        self.steps.at("released");
        Ok(())
    }

    pub(super) fn list(&self) -> Result<Vec<Name>, VaultError> {
        let failed = |error: std::io::Error| VaultError::io("read", &self.folder, &error);
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.folder).map_err(failed)? {
            let file = entry.map_err(failed)?.file_name();
            let name = file.to_str().and_then(|file| file.strip_suffix(".age"));
            names.extend(name.and_then(|name| Name::parse(name).ok()));
        }
        names.sort();
        Ok(names)
    }

    /// Takes away what processes left that died while writing. Under the lock nobody else writes.
    fn sweep(&self, name: &Name) {
        let begins = [format!("{name}.age."), format!("{name}.lease.")];
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        for file in entries.map(|entry| entry.file_name()) {
            let left = file.to_str().is_some_and(|file| {
                begins.iter().any(|begin| file.starts_with(begin)) && file.ends_with(".part")
            });
            if left {
                let _ = std::fs::remove_file(self.folder.join(file));
            }
        }
    }

    /// Bytes that no file system can pack, on the disk.
    fn keep_space(&self, name: &Name) -> Result<(), VaultError> {
        let path = self.file(name, "spare");
        let mut bytes = vec![0; SPARE];
        rand::rng().fill_bytes(&mut bytes);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        owner_only(&mut options);
        let written = options.open(&path).and_then(|mut file| {
            file.write_all(&bytes)?;
            file.sync_all()
        });
        written.map_err(|error| {
            let _ = std::fs::remove_file(&path);
            match VaultError::io("keep space in", &path, &error) {
                VaultError::Full { path, .. } => VaultError::Full {
                    path,
                    what: "a refreshed token could not be kept, so none is asked for",
                },
                other => other,
            }
        })
    }
}

/// Writes into blocks that the file has already, then cuts it.
fn fill_in_place(spare: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file: File = OpenOptions::new().write(true).open(spare)?;
    file.write_all(bytes)?;
    file.set_len(bytes.len() as u64)?;
    file.sync_all()
}
