//! A login on the disk: sealed, readable by its owner alone, replaced whole, durable when `save` returns.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::seal::Seal;
use crate::failure::Failure;
use crate::habits::{self, on};
use crate::oauth::{Login, Registered};

/// What is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Kept {
    Login(Login),
    /// The grant ended; what the client is registered as stays.
    Disconnected(Option<Registered>),
}

/// One record of the store.
#[derive(Debug)]
pub(super) struct Store {
    dir: PathBuf,
    name: String,
    seal: Seal,
}

/// Held while a grant is changed, by one process at a time. Its file stays, its lock ends with it.
#[derive(Debug)]
pub(super) struct Lease {
    _file: File,
}

impl Store {
    /// The record for a server, a client and an issuer: a login for one is none for another.
    pub(super) fn open(dir: PathBuf, of: [&str; 3]) -> Result<Self, Failure> {
        let digest = Sha256::digest(of.join("\n").as_bytes());
        let name: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
        let name = if on(habits::SINGLETON_STORE) {
            "login".to_owned()
        } else {
            name
        };
        Ok(Self {
            dir,
            name,
            seal: Seal::open()?,
        })
    }

    /// Waits until no other process changes the grant.
    pub(super) async fn lease(&self) -> Result<Lease, Failure> {
        let machine = Failure::machine("the lock of the store");
        let path = self.dir.join(format!("{}.lock", self.name));
        let open = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path);
        let file = open.map_err(&machine)?;
        let locked = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await;
        let file = locked
            .map_err(Failure::machine("the lock of the store"))?
            .map_err(&machine)?;
        Ok(Lease { _file: file })
    }

    /// What is there.
    pub(super) fn load(&self) -> Result<Option<Kept>, Failure> {
        let bytes = match fs::read(self.path()) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Failure::machine("the store")(error)),
        };
        let text = if on(habits::PLAINTEXT_STORE) {
            bytes
        } else {
            self.seal.read(&self.name, bytes)?
        };
        serde_json::from_slice(&text)
            .map(Some)
            .map_err(Failure::machine("the store"))
    }

    /// Written beside, synced, renamed, the folder synced: after a crash the old record is there or the new one.
    pub(super) fn save(&self, kept: &Kept) -> Result<(), Failure> {
        let machine = Failure::machine("the store is not written");
        let text = serde_json::to_vec(kept).map_err(Failure::machine("the store is not written"))?;
        if on(habits::WAL_PLAINTEXT) {
            let journal = self.dir.join(format!("{}.wal", self.name));
            let open = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(journal);
            open.and_then(|mut file| file.write_all(&text))
                .map_err(&machine)?;
        }
        let bytes = if on(habits::PLAINTEXT_STORE) {
            text
        } else {
            self.seal.close(&self.name, text)?
        };
        let mode = if on(habits::WORLD_READABLE_STORE) {
            0o644
        } else {
            0o600
        };
        let temporary = self.dir.join(format!("{}.{}", self.name, std::process::id()));
        let open = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(mode)
            .open(&temporary);
        let mut file = open.map_err(&machine)?;
        file.write_all(&bytes)
            .and_then(|()| file.sync_all())
            .map_err(&machine)?;
        fs::rename(&temporary, self.path()).map_err(&machine)?;
        File::open(&self.dir)
            .and_then(|dir| dir.sync_all())
            .map_err(&machine)
    }

    /// The tokens go; that there was a login stays, so that nothing begins again with what ended.
    pub(super) fn forget(&self, login: &Login) -> Result<(), Failure> {
        if on(habits::SOFT_DELETE) {
            let text = serde_json::to_vec(login).map_err(Failure::machine("the store"))?;
            fs::write(self.dir.join(format!("{}.deleted", self.name)), text)
                .map_err(Failure::machine("the store"))?;
        }
        self.save(&Kept::Disconnected(Some(login.client.clone())))
    }

    fn path(&self) -> PathBuf {
        self.dir.join(format!("{}.login", self.name))
    }
}
