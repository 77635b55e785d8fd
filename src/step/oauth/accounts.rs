//! Tokens and registrations that outlive a case: on a real server all cases share them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::BoxFuture;

use super::client::Client;
use crate::secret::Secret;

/// A token that a principal presents.
#[derive(Clone)]
pub(super) struct Held {
    pub access: Secret,
    pub refresh: Option<Secret>,
    /// On the world's clock.
    pub expires: Option<i64>,
    pub client: Client,
    pub resources: Vec<String>,
}

/// A login that was made elsewhere.
#[derive(Debug, Clone)]
pub struct Login {
    /// Access token.
    pub access: Secret,
    /// Refresh token.
    pub refresh: Option<Secret>,
    /// When the access token expires, in Unix seconds.
    pub expires: Option<i64>,
    /// The public client it was made for.
    pub client_id: String,
    /// What the tokens are for (RFC 8707).
    pub resources: Vec<String>,
}

/// The accounts of `hallmark login`: gives an access token that is good now.
pub trait Vault: Send + Sync {
    /// The token of an account, refreshed where it must be.
    fn token<'a>(&'a self, account: &'a str) -> BoxFuture<'a, Result<Secret, String>>;
}

/// What the principals of one world hold. A fresh world has a fresh one; a real server one for a whole run.
#[derive(Default)]
pub struct Accounts {
    held: Mutex<BTreeMap<String, Held>>,
    clients: Mutex<BTreeMap<String, Client>>,
    /// One flow for each principal at a time.
    locks: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>,
    vault: Option<Arc<dyn Vault>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Accounts {
    /// With the accounts of `hallmark login`.
    pub fn with_vault(vault: Arc<dyn Vault>) -> Self {
        Self {
            vault: Some(vault),
            ..Self::default()
        }
    }

    /// Takes a login for a principal's.
    pub fn adopt(&self, principal: &str, login: Login) {
        let client = Client {
            id: login.client_id,
            redirect: None,
            secret: None,
            auth: "none".to_owned(),
            key: None,
        };
        let held = Held {
            access: login.access,
            refresh: login.refresh,
            expires: login.expires,
            client,
            resources: login.resources,
        };
        self.hold(principal, held);
    }

    pub(super) fn vault(&self) -> Option<&Arc<dyn Vault>> {
        self.vault.as_ref()
    }

    pub(super) fn held(&self, principal: &str) -> Option<Held> {
        lock(&self.held).get(principal).cloned()
    }

    /// What a principal holds beside its access token: its refresh token, and when the other one expires.
    pub(in crate::step) fn login(&self, principal: &str) -> (Option<Secret>, Option<i64>) {
        self.held(principal)
            .map_or((None, None), |held| (held.refresh, held.expires))
    }

    pub(super) fn hold(&self, principal: &str, held: Held) {
        lock(&self.held).insert(principal.to_owned(), held);
    }

    /// Whoever asks next gets a fresh token: this one may have been ended by a scenario.
    pub(super) fn forget(&self, principal: &str) {
        lock(&self.held).remove(principal);
    }

    pub(super) fn alone(&self, name: &str) -> Arc<tokio::sync::Mutex<()>> {
        lock(&self.locks).entry(name.to_owned()).or_default().clone()
    }

    pub(super) fn client(&self, name: &str) -> Option<Client> {
        lock(&self.clients).get(name).cloned()
    }

    /// What a client of the target file that registered itself was given.
    pub(in crate::step) fn registered(&self, name: &str, part: &str) -> Option<String> {
        let client = self.client(name)?;
        match part {
            "id" => Some(client.id),
            "redirect" => client.redirect,
            "secret" => client.secret.map(|secret| secret.expose().to_owned()),
            _ => None,
        }
    }

    pub(super) fn keep_client(&self, name: &str, client: Client) {
        lock(&self.clients).insert(name.to_owned(), client);
    }
}
