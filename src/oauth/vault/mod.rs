//! Where a login lives between runs.
//!
//! A refresh token that is rotated can be lost in three ways: two refreshes at once, a crash between the answer and
//! the disk, a write over a newer one. So whoever refreshes takes a *lease* before anything is sent, and a commit
//! names the lease it was made under: a number that only grows (a fencing token) tells a late writer from the present
//! one. [`Vault`] says no more than that; the store in files is [`FileVault`], stores for teams can follow.

mod clock;
mod error;
mod file;
mod grant;
mod key;
mod keyring;
mod name;
mod sealed;
mod steps;
mod text;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

pub use clock::Clock;
pub use error::VaultError;
pub use file::{FileVault, key_name};
pub use grant::{Access, AuthMethod, Client, Grant, Pending, State, Tokens};
pub use key::{Found, Key, KeyOrigin, KeyPlaces, find_key};
pub use name::Name;
pub use steps::Steps;

/// A store of grants by name.
///
/// Every operation ends in bounded time; none loses what was committed before. `read` and `list` need no lease.
pub trait Vault: Send + Sync {
    /// Takes the right to change what `name` holds, for so long. [`VaultError::Held`] where somebody has it; whose
    /// time is over, or who is known to be dead, has it no more.
    fn lease<'a>(&'a self, name: &'a Name, time: Duration) -> BoxFuture<'a, Result<Lease, VaultError>>;

    /// What `name` holds; `None` where there is nothing.
    fn read<'a>(&'a self, name: &'a Name) -> BoxFuture<'a, Result<Option<Grant>, VaultError>>;

    /// Replaces what the name holds, all or nothing. Durable when it returns. [`VaultError::Fenced`] where somebody
    /// took the lease over in the meantime.
    fn commit<'a>(&'a self, lease: &'a Lease, grant: &'a Grant) -> BoxFuture<'a, Result<(), VaultError>>;

    /// Takes away what the name holds. Fenced as a commit is.
    fn delete<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), VaultError>>;

    /// Gives the lease back. One that is not given back ends by itself.
    fn release(&self, lease: Lease) -> BoxFuture<'_, Result<(), VaultError>>;

    /// All names that hold something, sorted.
    fn list(&self) -> BoxFuture<'_, Result<Vec<Name>, VaultError>>;
}

/// A vault of any kind, shared.
pub type SharedVault = Arc<dyn Vault>;

/// The right to change what a name holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Of what.
    pub name: Name,
    /// Who has it, in words.
    pub owner: String,
    /// When it ends (since the epoch).
    pub until: Duration,
    /// Grows with every lease of the name.
    pub fencing: u64,
}
