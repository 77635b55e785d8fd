//! API key records: made, listed masked, narrowed, expired, revoked. A token's value is never kept, only
//! its SHA-256 and its last four characters.

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::draw::Draw;
use super::{Caller, DefaultScopes, Demand, Mode, Platform, Refusal, Scope, stamp};

/// Whether a key works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// It does.
    Live,
    /// Its time is over.
    Expired,
    /// Somebody ended it. Wins over expired.
    Revoked,
}

/// One key as the platform keeps it.
#[derive(Debug, Clone, Serialize)]
pub struct KeyRecord {
    /// Opaque id.
    pub id: String,
    /// The account the key acts for.
    pub user: String,
    /// What the key is for, in its owner's words.
    pub memo: String,
    /// What it may touch.
    pub scopes: Vec<Scope>,
    /// What the agent calls itself, without the canary.
    pub agent_name: String,
    /// Unix seconds.
    pub created: i64,
    /// Unix seconds; `None` never. At that second the key is over.
    pub expires: Option<i64>,
    /// Unix seconds of the revocation.
    pub revoked: Option<i64>,
    /// Unix seconds of the last admitted request.
    pub last_used: Option<i64>,
    /// The last four characters of the token.
    pub last4: String,
    /// The token itself; only a defect keeps it.
    #[serde(skip)]
    value: Option<String>,
    #[serde(skip)]
    hash: [u8; 32],
}

/// One key as its owner sees it after the first time: masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyView {
    /// Opaque id.
    pub id: String,
    /// What the key is for.
    pub memo: String,
    /// `entity:id:mode` each.
    pub scopes: Vec<Scope>,
    /// What the agent calls itself.
    pub agent_name: String,
    /// `…` and the last four characters.
    pub api_key: String,
    /// When it was made.
    pub created: String,
    /// When it ends, if ever.
    pub expires: Option<String>,
    /// When a request with it was last admitted.
    pub last_used: Option<String>,
    /// Whether it works now.
    pub state: KeyState,
}

/// What a new key is asked to be.
#[derive(Debug, Clone, Default)]
pub struct NewKey {
    /// What it is for.
    pub memo: String,
    /// What it may touch; empty asks for the default.
    pub scopes: Vec<Scope>,
    /// Unix seconds in the future; `None` never.
    pub expires: Option<i64>,
    /// Up to 128 characters.
    pub agent_name: String,
}

/// What changes about a key; `None` leaves a thing as it is.
#[derive(Debug, Clone, Default)]
pub struct KeyChange {
    /// What it is for.
    pub memo: Option<String>,
    /// The whole new set of scopes; empty means the default.
    pub scopes: Option<Vec<Scope>>,
    /// The new end; `Some(None)` takes the end away.
    pub expires: Option<Option<i64>>,
    /// What the agent calls itself.
    pub agent_name: Option<String>,
    /// The account it acts for: no caller may set this, and only a defect lets one.
    pub user: Option<String>,
}

/// All key records, found by id or by token.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Keys {
    records: BTreeMap<String, KeyRecord>,
    #[serde(skip)]
    by_hash: BTreeMap<[u8; 32], String>,
}

impl KeyRecord {
    /// Whether the key works at that time.
    pub fn state(&self, now: i64) -> KeyState {
        if self.revoked.is_some() {
            KeyState::Revoked
        } else if self.expires.is_some_and(|end| end <= now) {
            KeyState::Expired
        } else {
            KeyState::Live
        }
    }

    /// The masked form.
    pub fn view(&self, now: i64) -> KeyView {
        KeyView {
            id: self.id.clone(),
            memo: self.memo.clone(),
            scopes: self.scopes.clone(),
            agent_name: self.agent_name.clone(),
            api_key: self.value.clone().unwrap_or_else(|| format!("…{}", self.last4)),
            created: stamp(self.created),
            expires: self.expires.map(stamp),
            last_used: self.last_used.map(stamp),
            state: self.state(now),
        }
    }
}

impl Keys {
    /// The record of exactly this token, live or not. The token is hashed whole, so the work does not
    /// depend on how much of it is right.
    pub fn lookup(&self, token: &str) -> Option<&KeyRecord> {
        self.by_hash.get(&hash(token)).and_then(|id| self.records.get(id))
    }

    /// The record with this id.
    pub fn get(&self, id: &str) -> Option<&KeyRecord> {
        self.records.get(id)
    }

    /// Every record, by id. For fixtures and the control door, never for answers to a caller.
    pub fn iter(&self) -> impl Iterator<Item = &KeyRecord> {
        self.records.values()
    }

    /// Ends a key's time now, whoever asks. `false` when there is no such key.
    pub fn expire(&mut self, id: &str, now: i64) -> bool {
        self.records.get_mut(id).is_some_and(|record| {
            record.expires = Some(record.expires.map_or(now, |end| end.min(now)));
            true
        })
    }

    /// Revokes a key, whoever asks. `false` when there is no such key. The first revocation's time stays.
    pub fn revoke(&mut self, id: &str, now: i64) -> bool {
        self.records.get_mut(id).is_some_and(|record| {
            record.revoked.get_or_insert(now);
            true
        })
    }

    /// Notes that a request with this key was admitted.
    pub fn touch(&mut self, id: &str, now: i64) {
        if let Some(record) = self.records.get_mut(id) {
            record.last_used = Some(now);
        }
    }

    /// Replaces what a key may touch, whoever asks. `false` when there is no such key.
    pub fn set_scopes(&mut self, id: &str, scopes: Vec<Scope>) -> bool {
        self.records
            .get_mut(id)
            .map(|record| record.scopes = scopes)
            .is_some()
    }

    /// Gives a key another value, whoever asks; the one before is nobody's then. `false` when there is no such key.
    pub fn replace_token(&mut self, id: &str, token: &str) -> bool {
        let Some(record) = self.records.remove(id) else {
            return false;
        };
        self.by_hash.remove(&record.hash);
        let kept = record.value.is_some();
        self.admit(record.of_token(token, kept));
        true
    }

    pub(super) fn record_mut(&mut self, id: &str) -> Option<&mut KeyRecord> {
        self.records.get_mut(id)
    }

    /// Takes back the revocation of every key of that account and name; what a defect does.
    fn resurrect(&mut self, user: &str, memo: &str) {
        let same = |record: &&mut KeyRecord| record.user == user && record.memo == memo;
        for record in self.records.values_mut().filter(same) {
            record.revoked = None;
        }
    }

    pub(super) fn admit(&mut self, record: KeyRecord) {
        self.by_hash.insert(record.hash, record.id.clone());
        self.records.insert(record.id.clone(), record);
    }
}

impl Platform {
    /// The caller a key stands for, whatever its state; the authority judges the state.
    pub fn caller(&self, key: &KeyRecord) -> Caller {
        Caller {
            credential: key.id.clone(),
            user: key.user.clone(),
            agent_name: key.agent_name.clone(),
            canary: self
                .users
                .get(&key.user)
                .map(|user| user.canary.clone())
                .unwrap_or_default(),
            scopes: key.scopes.clone(),
        }
    }

    /// Makes a key of the caller's account. `token` is the value the authority shaped; it is not kept.
    ///
    /// # Errors
    /// 403 without `user rw`, or when the key would hold more than its issuer; 406 for an end in the past
    /// or a name that is too long.
    pub fn create_key(
        &mut self,
        caller: &Caller,
        now: i64,
        new: NewKey,
        token: &str,
    ) -> Result<KeyView, Refusal> {
        self.permit(caller, &Demand::account(Mode::Rw))?;
        let scopes = self.grantable(caller, new.scopes)?;
        check_end(new.expires, now)?;
        check_name(&new.agent_name)?;
        if self.switches.keys.resurrects {
            self.keys.resurrect(&caller.user, &new.memo);
        }
        let id = self.next_id("k");
        let record = KeyRecord {
            id: id.clone(),
            user: caller.user.clone(),
            memo: new.memo,
            scopes,
            agent_name: new.agent_name,
            created: now,
            expires: new.expires,
            revoked: None,
            last_used: None,
            last4: String::new(),
            value: None,
            hash: [0; 32],
        };
        let record = record.of_token(token, self.switches.keys.readable);
        let view = record.view(now);
        self.keys.admit(record);
        self.note(
            caller,
            now,
            "user_api_key_created",
            None,
            Some(&id),
            "api key created",
        );
        Ok(view)
    }

    /// The keys of the caller's account, masked, by id.
    pub fn list_keys(&self, caller: &Caller, now: i64) -> Result<Vec<KeyView>, Refusal> {
        self.permit(caller, &self.listing())?;
        Ok(self
            .keys
            .iter()
            .filter(|key| key.user == caller.user)
            .map(|key| key.view(now))
            .collect())
    }

    /// One key of the caller's account, masked.
    pub fn key(&self, caller: &Caller, now: i64, id: &str) -> Result<KeyView, Refusal> {
        self.permit(caller, &self.listing())?;
        Ok(self.own_key(caller, id)?.view(now))
    }

    /// What looking at the keys of an account asks of the caller.
    pub fn listing(&self) -> Demand {
        if self.switches.keys.listing_open {
            Demand::own()
        } else {
            Demand::account(Mode::R)
        }
    }

    /// Changes a key of the caller's account; scopes are replaced as a whole, never added to.
    pub fn update_key(
        &mut self,
        caller: &Caller,
        now: i64,
        id: &str,
        change: KeyChange,
    ) -> Result<KeyView, Refusal> {
        self.permit(caller, &Demand::account(Mode::Rw))?;
        self.own_key(caller, id)?;
        let scopes = change
            .scopes
            .map(|scopes| self.grantable(caller, scopes))
            .transpose()?;
        check_end(change.expires.flatten(), now)?;
        check_name(change.agent_name.as_deref().unwrap_or_default())?;
        let record = self.keys.records.get_mut(id).ok_or_else(Refusal::not_found)?;
        if let Some(scopes) = scopes {
            record.scopes = scopes;
        }
        if let Some(expires) = change.expires {
            record.expires = expires;
        }
        if let Some(memo) = change.memo {
            record.memo = memo;
        }
        if let Some(agent_name) = change.agent_name {
            record.agent_name = agent_name;
        }
        if let Some(user) = change.user.filter(|_| self.switches.keys.mass_assignment) {
            record.user = user;
        }
        let view = record.view(now);
        self.note(
            caller,
            now,
            "user_api_key_updated",
            None,
            Some(id),
            "api key updated",
        );
        Ok(view)
    }

    /// Revokes a key of the caller's account; it is dead from now on.
    pub fn revoke_key(&mut self, caller: &Caller, now: i64, id: &str) -> Result<KeyView, Refusal> {
        self.permit(caller, &Demand::account(Mode::Rw))?;
        self.own_key(caller, id)?;
        self.keys.revoke(id, now);
        self.note(
            caller,
            now,
            "user_api_key_deleted",
            None,
            Some(id),
            "api key revoked",
        );
        Ok(self.own_key(caller, id)?.view(now))
    }

    /// Puts a fixture's key in place: no permission is asked, no event is written.
    pub(super) fn admit_key(&mut self, record: KeyRecord, token: &str) -> String {
        let id = record.id.clone();
        self.keys.admit(record.of_token(token, false));
        id
    }

    pub(super) fn own_key(&self, caller: &Caller, id: &str) -> Result<&KeyRecord, Refusal> {
        self.keys
            .get(id)
            .filter(|key| key.user == caller.user)
            .ok_or_else(Refusal::not_found)
    }

    fn grantable(&self, caller: &Caller, scopes: Vec<Scope>) -> Result<Vec<Scope>, Refusal> {
        let scopes = match self.switches.keys.default {
            _ if !scopes.is_empty() => scopes,
            DefaultScopes::Reading => vec![Scope::all(super::Entity::User, Mode::R)],
            DefaultScopes::Account => vec![Scope::all(super::Entity::User, Mode::Rw)],
            DefaultScopes::Issuer => caller.scopes.clone(),
        };
        if self.switches.keys.escalation {
            return Ok(scopes);
        }
        match scopes.iter().find(|scope| !self.contains(caller, scope)) {
            Some(wider) => Err(Refusal::scope_exceeds_issuer(caller, wider.to_string())),
            None => Ok(scopes),
        }
    }
}

impl KeyRecord {
    /// A record without a token yet, for a fixture.
    pub(super) fn blank(seed: u64, name: &str, user: &str, created: i64) -> KeyRecord {
        KeyRecord {
            id: Draw::named(seed, &format!("key/{name}")).opaque_id("k"),
            user: user.to_owned(),
            memo: name.to_owned(),
            scopes: Vec::new(),
            agent_name: name.to_owned(),
            created,
            expires: None,
            revoked: None,
            last_used: None,
            last4: String::new(),
            value: None,
            hash: [0; 32],
        }
    }

    /// The record of this token, whose value is not kept but for a defect.
    pub(super) fn of_token(mut self, token: &str, kept: bool) -> KeyRecord {
        self.last4 = last4(token);
        self.hash = hash(token);
        self.value = kept.then(|| token.to_owned());
        self
    }
}

fn check_end(end: Option<i64>, now: i64) -> Result<(), Refusal> {
    match end {
        Some(end) if end <= now => Err(Refusal::validation("expires", "must lie in the future")),
        _ => Ok(()),
    }
}

fn check_name(name: &str) -> Result<(), Refusal> {
    if name.chars().count() > 128 {
        return Err(Refusal::validation(
            "agent_name",
            "must not be longer than 128 characters",
        ));
    }
    Ok(())
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// The last four characters; of a token shorter than twelve nothing is shown.
fn last4(token: &str) -> String {
    let length = token.chars().count();
    if length < 12 {
        String::new()
    } else {
        token.chars().skip(length - 4).collect()
    }
}
