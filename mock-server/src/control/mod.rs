//! The test-only door: clock, revocation, expiry, defects, limits, journal, export and reset.
//!
//! In process through [`Control`], over loopback HTTP through `door`; both do the same. Never reachable
//! through the main door.

pub(crate) mod door;
mod oauth;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::defect::{Defect, load};
use crate::delivery;
use crate::identity::FixtureIdentity;
use crate::journal::JournalEntry;
use crate::platform::{Scope, ScopeError};
use crate::state::State;
use crate::world::Limits;

pub use oauth::{ConsentDecision, ConsentProblem};

/// Stands for all of them in [`Control::expire`].
const ACCESS_TOKENS: &str = "access-tokens";

/// Changes a world from outside while it runs. Cheap to clone.
#[derive(Clone)]
pub struct Control {
    state: Arc<State>,
}

/// A credential that the world does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no credential is called `{0}`")]
pub struct NoSuchCredential(pub String);

/// Why scopes were not replaced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotChanged {
    /// The world does not have the credential.
    #[error(transparent)]
    Unknown(#[from] NoSuchCredential),
    /// A text is no scope.
    #[error(transparent)]
    Scope(#[from] ScopeError),
}

impl Control {
    pub(crate) fn new(state: Arc<State>) -> Self {
        Self { state }
    }

    /// Moves the world's clock forward.
    pub fn advance(&self, by: Duration) {
        self.state.clock.advance(by);
        self.state.end_sessions_of_dead_keys();
        self.state.deliveries.wake();
    }

    /// Waits a moment for the webhooks that are due, so that whoever moves the clock in steps sees each in its step.
    pub async fn settle(&self) {
        delivery::settle(&self.state).await;
    }

    /// Adds hosts (`host:port`, on this computer) that webhooks may be delivered to.
    pub fn webhook_hosts(&self, hosts: &[String]) {
        self.state.platform().webhooks.hosts.extend(hosts.iter().cloned());
    }

    /// Takes a host (`host:port`) off that list: what it names is an address where nothing may be delivered.
    pub fn repoint(&self, host: &str) {
        self.state.platform().webhooks.hosts.remove(host);
    }

    /// As if the process ended and started again: what is in memory alone is gone, such as sessions with their streams.
    /// Streams that belong to no session stay open.
    pub fn restart(&self) {
        self.state.restart();
    }

    /// Gives the schemas of MCP Events one optional member more.
    pub fn extend_events(&self) {
        delivery::extend(&self.state);
        self.state.deliveries.wake();
    }

    /// Unix seconds on the world's clock.
    pub fn now(&self) -> i64 {
        self.state.clock.now()
    }

    /// Revokes a credential, by name or id; its sessions and streams end. Of a person (`alice`): every grant. Of an
    /// identity (`load-0001`): its key and every grant.
    pub fn revoke(&self, credential: &str) -> Result<(), NoSuchCredential> {
        let now = self.now();
        let key = self.state.platform().keys.revoke(&self.id_of(credential), now);
        let alone = key && self.identity(credential).is_none();
        let known = alone || self.end_grants(credential);
        self.ended(known, credential)
    }

    /// Ends a credential's lifetime now, by name or id; its sessions and streams end. `access-tokens`: that of every
    /// OAuth access token, and refresh tokens live on. Of an identity (`load-0001`): its key and its access tokens.
    pub fn expire(&self, credential: &str) -> Result<(), NoSuchCredential> {
        let now = self.now();
        if credential == ACCESS_TOKENS {
            self.state.oauth().expire_access(now);
            self.state.hub.stir();
            return Ok(());
        }
        if let Some(identity) = self.identity(credential) {
            self.state.oauth().expire_access_of(&identity.inner.sid, now);
        }
        let known = self.state.platform().keys.expire(&self.id_of(credential), now);
        self.ended(known, credential)
    }

    /// Ends the memberships of a credential's user, in one organisation or workspace (by id) or in all.
    pub fn remove_member(&self, credential: &str, from: Option<&str>) -> Result<(), NoSuchCredential> {
        if self.state.remove_member(&self.id_of(credential), from) {
            return Ok(());
        }
        Err(NoSuchCredential(credential.to_owned()))
    }

    /// Replaces the scopes of a credential, by name or id; each is `entity:id:mode`. Of an identity (`load-0001`): those
    /// of its key and of its login.
    pub fn set_scopes(&self, credential: &str, scopes: &[String]) -> Result<(), NotChanged> {
        let scopes: Result<Vec<Scope>, ScopeError> = scopes.iter().map(|scope| scope.parse()).collect();
        let scopes = scopes?;
        let id = self.id_of(credential);
        self.note_rights(&id);
        if let Some(identity) = self.identity(credential) {
            self.note_rights(&identity.inner.sid);
            self.narrow(identity, &scopes);
        }
        if self.state.platform().keys.set_scopes(&id, scopes) {
            return Ok(());
        }
        Err(NoSuchCredential(credential.to_owned()).into())
    }

    /// Closes the account behind a credential, by name or id, or that of a person (`alice`); its sessions end.
    pub fn disable(&self, credential: &str) -> Result<(), NoSuchCredential> {
        let id = self.id_of(credential);
        let known = {
            let mut platform = self.state.platform();
            let user = platform.keys.get(&id).map(|key| key.user.clone());
            let user = user.or_else(|| self.person(credential));
            user.is_some_and(|user| platform.disable(&user))
        };
        self.ended(known, credential)
    }

    /// Replaces the defects that are on. Holds for requests from now on; defects that work on bytes hold
    /// for connections from now on.
    pub fn set_defects(&self, defects: &[Defect]) {
        self.state.set_defects(defects.iter().copied().collect());
    }

    /// The defects that are on, sorted.
    pub fn defects(&self) -> Vec<&'static str> {
        self.state.view().defects.ids()
    }

    /// Replaces the rate buckets and empties them; `None` turns them off.
    pub fn set_limits(&self, limits: Option<Limits>) {
        self.state.set_limits(limits);
    }

    /// The lines kept of the journal, oldest first.
    pub fn journal(&self) -> Vec<JournalEntry> {
        self.state.journal().lines()
    }

    /// Lines the journal no longer has.
    pub fn journal_evicted(&self) -> u64 {
        self.state.journal().evicted
    }

    /// The whole state; no token is in it.
    pub fn export(&self) -> Value {
        self.state.export()
    }

    /// Back to how the world started.
    pub fn reset(&self) {
        self.state.reset();
    }

    /// Keeps the rights of a credential as they are before a change; only the defect `stale-replica` wants them.
    fn note_rights(&self, credential: &str) {
        if self.state.view().defects.has(load::STALE_REPLICA)
            && let Some(caller) = self.state.caller_of(credential)
        {
            let now = self.state.clock.millis();
            self.state.crowd.note_change(credential, caller.scopes, now);
        }
    }

    fn identity(&self, name: &str) -> Option<&FixtureIdentity> {
        self.state.fixtures.identity(name)
    }

    fn id_of(&self, credential: &str) -> String {
        self.state
            .fixtures
            .key_named(credential)
            .unwrap_or_else(|| credential.to_owned())
    }

    fn ended(&self, known: bool, credential: &str) -> Result<(), NoSuchCredential> {
        if !known {
            return Err(NoSuchCredential(credential.to_owned()));
        }
        self.state.end_sessions_of_dead_keys();
        Ok(())
    }
}

impl std::fmt::Debug for Control {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Control").finish_non_exhaustive()
    }
}
