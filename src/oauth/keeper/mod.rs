//! Keeps a grant alive without a person.
//!
//! Whoever needs a token asks the keeper. A stored one that is fresh is handed out; else the refresh token is used,
//! by one task of one process at a time, and what came is durable before anybody sees it. So two things hold after a
//! crash at any moment: a refresh token that nobody but the server knows was never followed by the use of its access
//! token, and who comes next knows whether an answer may have been lost.

mod error;
mod refresh;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

pub use error::KeeperError;

use super::vault::{Access, Clock, Grant, Name, SharedVault, State, Steps, Tokens, VaultError};
use crate::secret::Secret;
use crate::wire::Wire;

/// How long a lease is taken for: more than a refresh can take with its repetitions.
const LEASE: Duration = Duration::from_mins(1);
/// How long another's lease is waited for: until it must have ended.
const PATIENCE: Duration = Duration::from_secs(75);

/// Hands out access tokens. Clones share their flights.
#[derive(Clone)]
pub struct Keeper(Arc<Inner>);

struct Inner {
    vault: SharedVault,
    wire: Wire,
    clock: Clock,
    steps: Steps,
    flights: Mutex<BTreeMap<Name, Arc<tokio::sync::Mutex<()>>>>,
}

impl std::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keeper")
    }
}

impl Keeper {
    /// One for a vault.
    pub fn new(vault: SharedVault, wire: Wire, clock: Clock, steps: Steps) -> Self {
        Self(Arc::new(Inner {
            vault,
            wire,
            clock,
            steps,
            flights: Mutex::default(),
        }))
    }

    /// An access token that holds for a while.
    pub async fn access(&self, name: &Name) -> Result<Access, KeeperError> {
        self.fly(name, None).await
    }

    /// One that is not this: a server refused it, whatever its time says. Where somebody refreshed in the meantime,
    /// theirs.
    pub async fn renew(&self, name: &Name, refused: &Secret) -> Result<Access, KeeperError> {
        self.fly(name, Some(refused.clone())).await
    }

    /// Waits for refreshes that nobody waits for any more. To be called before the process ends.
    pub async fn settle(&self) {
        let flights: Vec<_> = {
            let flights = self.0.flights.lock().unwrap_or_else(PoisonError::into_inner);
            flights.values().cloned().collect()
        };
        for flight in flights {
            drop(flight.lock().await);
        }
    }

    /// In a task of its own: who asked may go away, and a rotated token must not go with them.
    async fn fly(&self, name: &Name, refused: Option<Secret>) -> Result<Access, KeeperError> {
        if let Some(access) = self.0.stored(name, refused.as_ref()).await? {
            return Ok(access);
        }
        let flight = {
            let mut flights = self.0.flights.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(flights.entry(name.clone()).or_default())
        };
        let (inner, name) = (Arc::clone(&self.0), name.clone());
        // Taken before the task begins, so that `settle` sees it.
        let alone = flight.lock_owned().await;
        let task = tokio::spawn(async move {
            let result = inner.fetch(&name, refused.as_ref()).await;
            drop(alone);
            result
        });
        task.await.unwrap_or(Err(KeeperError::Vault(VaultError::CutOff)))
    }
}

impl Inner {
    async fn read(&self, name: &Name) -> Result<(Grant, Tokens), KeeperError> {
        let grant = self.vault.read(name).await?;
        let grant = grant.ok_or_else(|| KeeperError::NoLogin { name: name.clone() })?;
        match &grant.state {
            State::Connected(tokens) => {
                let tokens = tokens.clone();
                Ok((grant, tokens))
            }
            State::Disconnected { why, .. } => Err(KeeperError::Disconnected {
                name: name.clone(),
                endpoint: grant.endpoint.clone(),
                why: why.clone(),
            }),
        }
    }

    /// The stored token, where it can be used.
    async fn stored(&self, name: &Name, refused: Option<&Secret>) -> Result<Option<Access>, KeeperError> {
        let (_, tokens) = self.read(name).await?;
        Ok(self.usable(&tokens, refused))
    }

    fn usable(&self, tokens: &Tokens, refused: Option<&Secret>) -> Option<Access> {
        let access = tokens.access.as_ref()?;
        let known_bad = refused.is_some_and(|refused| *refused == access.token);
        (!known_bad && access.is_fresh(self.clock.seconds())).then(|| access.clone())
    }

    /// Takes the lease, or what its holder brought.
    async fn fetch(&self, name: &Name, refused: Option<&Secret>) -> Result<Access, KeeperError> {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(access) = self.stored(name, refused).await? {
                return Ok(access);
            }
            self.steps.at("stale");
            match self.vault.lease(name, LEASE).await {
                Ok(lease) => {
                    let result = self.under(&lease, refused).await;
                    let released = self.vault.release(lease).await;
                    match result {
                        // Somebody took over while this process stood still: what they brought counts.
                        Err(KeeperError::Vault(VaultError::Fenced { .. })) if Instant::now() < end => {}
                        Ok(access) => {
                            released?;
                            self.steps.at("handed out");
                            return Ok(access);
                        }
                        other => return other,
                    }
                }
                Err(VaultError::Held { .. }) if Instant::now() < end => {
                    tokio::time::sleep(Duration::from_millis(rand::random_range(10..50))).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}
