//! What a case knows of its authorization server.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use serde_json::Value as Json;
use tokio::sync::OnceCell;

use super::authority::Authority;
use super::jar::Jar;
use super::memory::Memory;
use crate::oauth::jose::Key;
use crate::step::Problem;
use crate::wire::Listener;

/// Of one case.
#[derive(Default)]
pub(in crate::step) struct State {
    pub(super) authority: OnceCell<Result<Arc<Authority>, Problem>>,
    jwks: OnceCell<Json>,
    memory: Mutex<Memory>,
    jars: Mutex<BTreeMap<String, Jar>>,
    listeners: Mutex<BTreeMap<String, Arc<Listener>>>,
    own: OnceLock<Option<Key>>,
    own_rsa: OnceLock<Option<Key>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    pub(super) fn memory(&self) -> MutexGuard<'_, Memory> {
        lock(&self.memory)
    }

    /// The server's keys, once they were fetched.
    pub(in crate::step) fn keys(&self) -> &OnceCell<Json> {
        &self.jwks
    }

    /// What is known of the server by now.
    pub(in crate::step) fn authority_now(&self) -> Option<Arc<Authority>> {
        self.authority.get()?.as_ref().ok().cloned()
    }

    /// A key of ours that nobody trusts, for ES256; the same within a case.
    pub(in crate::step) fn own_key(&self) -> Option<&Key> {
        self.own.get_or_init(Key::generate).as_ref()
    }

    /// The same for RS256.
    pub(in crate::step) fn own_rsa_key(&self) -> Option<&Key> {
        self.own_rsa.get_or_init(Key::generate_rsa).as_ref()
    }

    pub(super) fn jar(&self, browser: &str) -> Jar {
        lock(&self.jars).get(browser).cloned().unwrap_or_default()
    }

    pub(super) fn keep_jar(&self, browser: &str, jar: Jar) {
        lock(&self.jars).insert(browser.to_owned(), jar);
    }

    pub(in crate::step) fn listener(&self, handle: &str) -> Option<Arc<Listener>> {
        lock(&self.listeners).get(handle).cloned()
    }

    pub(in crate::step) fn keep_listener(&self, handle: &str, listener: Listener) {
        lock(&self.listeners).insert(handle.to_owned(), Arc::new(listener));
    }
}
