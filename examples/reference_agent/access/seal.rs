//! Sealing with AES-256-GCM. The key lies apart from what it seals, under the person's configuration folder, and the name
//! of a record is part of its seal: one record cannot be put in the place of another.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::PathBuf;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use rand::RngCore as _;

use crate::failure::Failure;

/// A key in memory.
#[derive(Debug)]
pub(super) struct Seal {
    key: RandomizedNonceKey,
}

impl Seal {
    /// The key of this person, made when there is none.
    pub(super) fn open() -> Result<Self, Failure> {
        let machine = Failure::machine("the key of the store");
        let home = std::env::var("HOME").map_err(Failure::machine("the key of the store needs HOME"))?;
        let dir = PathBuf::from(home).join(".config/hallmark-reference-agent");
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&dir)
            .map_err(&machine)?;
        let path = dir.join("key");
        let mut bytes = vec![0; AES_256_GCM.key_len()];
        rand::rng().fill_bytes(&mut bytes);
        // Written whole before it has its name, and never over one that is there.
        let temporary = dir.join(format!("key.{}", std::process::id()));
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&temporary)
            .map_err(&machine)?;
        file.write_all(&bytes)
            .and_then(|()| file.sync_all())
            .map_err(&machine)?;
        match fs::hard_link(&temporary, &path) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                bytes = fs::read(&path).map_err(&machine)?;
            }
            Err(error) => return Err(machine(error)),
        }
        fs::remove_file(&temporary).map_err(&machine)?;
        let key = RandomizedNonceKey::new(&AES_256_GCM, &bytes)
            .map_err(Failure::machine("the key of the store"))?;
        Ok(Self { key })
    }

    /// Seals a record under its name.
    pub(super) fn close(&self, name: &str, mut text: Vec<u8>) -> Result<Vec<u8>, Failure> {
        let nonce = self.key.seal_in_place_append_tag(Aad::from(name), &mut text);
        let nonce = nonce.map_err(Failure::machine("the store is not sealed"))?;
        Ok([nonce.as_ref().as_slice(), &text].concat())
    }

    /// Opens a record of this name.
    pub(super) fn read(&self, name: &str, mut sealed: Vec<u8>) -> Result<Vec<u8>, Failure> {
        let broken = || Failure::Machine {
            what: "the store",
            why: "it was changed, or sealed with another key".to_owned(),
        };
        if sealed.len() < NONCE_LEN {
            return Err(broken());
        }
        let mut text = sealed.split_off(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(&sealed).map_err(|_| broken())?;
        let opened = self
            .key
            .open_in_place(nonce, Aad::from(name), &mut text)
            .map_err(|_| broken())?;
        Ok(opened.to_vec())
    }
}
