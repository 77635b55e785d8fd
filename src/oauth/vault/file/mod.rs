//! A vault in a folder.
//!
//! | file | what |
//! |---|---|
//! | `vault.json` | the format and the public key that everything is sealed with |
//! | `NAME.age` | the grant, sealed |
//! | `NAME.lease` | who may change it, until when, and the fencing number |
//! | `NAME.lock` | locked by the system for the moment in which a lease is taken, or a commit checked and made |
//! | `NAME.spare` | space kept while a lease is held, so that a full disk is found before a token is rotated |
//!
//! The lock is held for milliseconds and ends with its process; the lease is held while the network is waited for.

mod folder;
mod lease;
mod lock;
mod owner;
mod store;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use url::Url;

pub use folder::key_name;
pub(super) use folder::{private_file, write_new};
use store::Store;

use super::{Clock, Grant, Key, Lease, Name, Steps, Vault, VaultError};

/// Grants in a folder that only its owner can read.
#[derive(Debug, Clone)]
pub struct FileVault(Arc<Store>);

impl FileVault {
    /// The folder that a `file:` URL names.
    pub fn folder_of(url: &str) -> Result<PathBuf, VaultError> {
        let unknown = || VaultError::UnknownStore { url: url.to_owned() };
        let parsed = Url::parse(url).map_err(|_| unknown())?;
        if parsed.scheme() != "file" {
            return Err(unknown());
        }
        parsed.to_file_path().map_err(|()| unknown())
    }

    /// Whether there is a vault already: it has a key.
    pub fn exists(folder: &Path) -> bool {
        folder.join(folder::ABOUT).exists()
    }

    /// Opens the folder, making it where it is not there yet. Refused where others can read it, and where it was
    /// sealed with another key.
    pub fn open(folder: &Path, key: Key, clock: Clock, steps: Steps) -> Result<Self, VaultError> {
        folder::prepare(folder, &key)?;
        Ok(Self(Arc::new(Store {
            folder: folder.to_owned(),
            owner: owner::Owner::of_this_process(),
            key,
            clock,
            steps,
        })))
    }

    /// Files block; they do it where that hurts nobody. Once begun, the work is done even when nobody waits for it.
    fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, VaultError> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, VaultError>> {
        let store = Arc::clone(&self.0);
        let begun = tokio::task::spawn_blocking(move || work(&store));
        Box::pin(async move { begun.await.unwrap_or(Err(VaultError::CutOff)) })
    }
}

impl Vault for FileVault {
    fn lease<'a>(&'a self, name: &'a Name, time: Duration) -> BoxFuture<'a, Result<Lease, VaultError>> {
        let name = name.clone();
        self.work(move |store| store.lease(name, time))
    }

    fn read<'a>(&'a self, name: &'a Name) -> BoxFuture<'a, Result<Option<Grant>, VaultError>> {
        let name = name.clone();
        self.work(move |store| Ok(store.read(&name)?.map(|record| record.grant)))
    }

    fn commit<'a>(&'a self, lease: &'a Lease, grant: &'a Grant) -> BoxFuture<'a, Result<(), VaultError>> {
        let (lease, grant) = (lease.clone(), grant.clone());
        self.work(move |store| store.commit(&lease, grant))
    }

    fn delete<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), VaultError>> {
        let lease = lease.clone();
        self.work(move |store| store.delete(&lease))
    }

    fn release(&self, lease: Lease) -> BoxFuture<'_, Result<(), VaultError>> {
        self.work(move |store| store.release(&lease))
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<Name>, VaultError>> {
        self.work(Store::list)
    }
}
