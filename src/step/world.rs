//! What all steps of one case share: the target, the network, sessions, connections, the clock.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use super::elapsed::Elapsed;
use super::oauth::{Accounts, State};
use super::scan::Scan;
use super::session::Sessions;
use super::undo::Owed;
use super::webhook::Inboxes;
use super::{Door, Stage, Transcript};
use crate::expect::Canaries;
use crate::mcp::{Mirrored, Revision};
use crate::secret::{Scrubber, Secret};
use crate::target::Resolved;
use crate::wire::{Connection, HttpVersion, Live, Wire};

/// What a world is made of.
pub struct WorldParts {
    /// The target with its credentials.
    pub target: Arc<Resolved>,
    /// The canaries of its principals.
    pub canaries: Arc<Canaries>,
    /// The network.
    pub wire: Wire,
    /// Learns every credential a step touches.
    pub scrubber: Scrubber,
    /// Tokens of principals with `oauth:`, shared by whoever shares the server.
    pub accounts: Arc<Accounts>,
    /// The target's test door, if it has one.
    pub door: Option<Arc<dyn Door>>,
    /// The MCP revision this instance runs in.
    pub revision: Revision,
    /// Arguments that the stateless era mirrors into headers, by tool.
    pub mirrored: Arc<Mirrored>,
    /// Seed of everything random here.
    pub seed: u64,
    /// Names the run in things it creates.
    pub run_id: String,
    /// Names the case: what is fresh in it is not what is fresh in another.
    pub case: String,
    /// When the case must be over.
    pub deadline: Instant,
    /// Parameters of the rules judged.
    pub params: BTreeMap<String, Json>,
    /// Where a command under test runs, in a check of an agent.
    pub stage: Option<Arc<dyn Stage>>,
}

/// The target with the endpoint of HTTP+SSE for its MCP endpoint: whatever a scenario says of `target.mcp` holds there.
fn http_sse_of(target: &Arc<Resolved>) -> Arc<Resolved> {
    match &target.sse {
        Some(sse) if *sse != target.mcp => {
            let mut target = Resolved::clone(target);
            // The same resource, whatever door is spoken: tokens are for what the file and the metadata call it.
            target.resource = target.resource.or_else(|| Some(target.mcp.to_string()));
            target.mcp = sse.clone();
            Arc::new(target)
        }
        _ => target.clone(),
    }
}

/// One case's world. Shared by its parallel steps.
pub struct World {
    pub(super) parts: WorldParts,
    scan: Arc<Scan>,
    pub(super) sessions: Sessions,
    connections: Mutex<BTreeMap<String, Arc<Connection>>>,
    fresh: Mutex<BTreeMap<String, String>>,
    pub(super) oauth: State,
    pub(super) inboxes: Inboxes,
    /// What principals present in this case, and until when.
    tokens: Mutex<BTreeMap<String, (Secret, Option<i64>)>>,
    pub(super) elapsed: Arc<Elapsed>,
    pub(super) owed: Mutex<Vec<Owed>>,
    /// Streams and sockets that stay open until the case ends.
    lives: Mutex<Vec<(String, Arc<Live>)>>,
    /// What was seen of a command under test.
    pub(super) transcript: Mutex<Option<Arc<Transcript>>>,
    requests: AtomicU64,
    ids: AtomicU64,
}

impl World {
    /// Teaches the scrubber the target's credentials and opens nothing yet.
    pub fn new(mut parts: WorldParts) -> Self {
        if parts.revision.is_http_sse() {
            parts.target = http_sse_of(&parts.target);
        }
        for principal in &parts.target.principals {
            if let Some(token) = &principal.bearer {
                parts.scrubber.learn(&principal.name, token.expose());
            }
        }
        if let Some(oauth) = &parts.target.oauth {
            for client in &oauth.clients {
                for secret in client.secret.iter().chain(&client.key) {
                    parts.scrubber.learn(&client.name, secret.expose());
                }
            }
            for user in &oauth.users {
                if let Some(password) = &user.password {
                    parts.scrubber.learn(&user.name, password.expose());
                }
            }
            if let Some(key) = &oauth.signing_key {
                parts.scrubber.learn("signing key", key.expose());
            }
        }
        let scan = Arc::new(Scan::new(parts.canaries.clone(), &parts.target.principals));
        parts.wire = parts.wire.watched(scan.clone());
        Self {
            parts,
            scan,
            sessions: Sessions::default(),
            connections: Mutex::default(),
            fresh: Mutex::default(),
            oauth: State::default(),
            inboxes: Inboxes::default(),
            tokens: Mutex::default(),
            elapsed: Arc::default(),
            owed: Mutex::default(),
            lives: Mutex::default(),
            transcript: Mutex::default(),
            requests: AtomicU64::new(0),
            ids: AtomicU64::new(1),
        }
    }

    /// What a world like this one is made of, for a case of its own. `first` is its default principal.
    pub fn like(&self, first: &str, case: String, deadline: Instant) -> WorldParts {
        let mut target = Arc::clone(&self.parts.target);
        if target.target.first_principal() != Some(first) {
            target = Arc::new(target.led_by(first));
        }
        WorldParts {
            target,
            canaries: Arc::clone(&self.parts.canaries),
            wire: self.parts.wire.clone(),
            scrubber: self.parts.scrubber.child(),
            accounts: Arc::clone(&self.parts.accounts),
            door: self.parts.door.clone(),
            revision: self.parts.revision,
            mirrored: Arc::clone(&self.parts.mirrored),
            seed: self.parts.seed,
            run_id: self.parts.run_id.clone(),
            case,
            deadline,
            params: BTreeMap::new(),
            stage: None,
        }
    }

    /// The target.
    pub fn target(&self) -> &Resolved {
        &self.parts.target
    }

    /// When the token of a principal with a login expires, in Unix seconds; `None`: it has none, or that is not known.
    pub fn expires(&self, principal: &str) -> Option<i64> {
        self.parts.accounts.login(principal).1
    }

    /// The MCP revision that is spoken.
    pub fn revision(&self) -> Revision {
        self.parts.revision
    }

    /// What a principal with `oauth:` presents in this case, while it is good.
    pub(super) fn own_token(&self, principal: &str) -> Option<Secret> {
        let tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let (token, until) = tokens.get(principal)?;
        until
            .is_none_or(|until| self.now() < until)
            .then(|| token.clone())
    }

    /// The last that it presented, good or not.
    pub(super) fn last_token(&self, principal: &str) -> Option<Secret> {
        let tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.get(principal).map(|(token, _)| token.clone())
    }

    pub(super) fn keep_own_token(&self, principal: &str, token: &Secret, until: Option<i64>) {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.insert(principal.to_owned(), (token.clone(), until));
    }

    /// The canaries of its principals.
    pub fn canaries(&self) -> &Canaries {
        &self.parts.canaries
    }

    /// What all answers so far held.
    pub fn scan(&self) -> &Scan {
        &self.scan
    }

    /// Masks what this case touched.
    pub fn scrubber(&self) -> &Scrubber {
        &self.parts.scrubber
    }

    /// When the case must be over.
    pub fn deadline(&self) -> Instant {
        self.parts.deadline
    }

    /// Requests so far: those sent, and those that came from a command under test.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed) + self.came()
    }

    /// Whether waiting costs nothing here.
    pub fn has_clock(&self) -> bool {
        self.parts.door.is_some()
    }

    /// Virtual time let pass so far.
    pub fn passed(&self) -> Duration {
        self.elapsed.now()
    }

    /// Whole seconds since 1970 at that moment, with the virtual time let pass by then.
    pub(super) fn unix_at(&self, moment: Instant) -> i64 {
        let ago = moment.elapsed();
        let now = jiff::Timestamp::now().as_millisecond();
        let then = now.saturating_sub(i64::try_from(ago.as_millis()).unwrap_or(i64::MAX));
        let passed = i64::try_from(self.elapsed.at(moment).as_millis()).unwrap_or(i64::MAX);
        then.saturating_add(passed).div_euclid(1000)
    }

    /// Whole seconds since 1970, with the virtual time let pass so far.
    pub(super) fn now(&self) -> i64 {
        jiff::Timestamp::now()
            .as_second()
            .saturating_add(i64::try_from(self.passed().as_secs()).unwrap_or(i64::MAX))
    }

    pub(super) fn count_request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// The next JSON-RPC id.
    pub(super) fn next_id(&self) -> Json {
        Json::from(self.ids.fetch_add(1, Ordering::Relaxed))
    }

    /// The named connection, made at first use.
    pub(super) fn connection(&self, name: &str, http: HttpVersion) -> Arc<Connection> {
        let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        connections
            .entry(name.to_owned())
            .or_insert_with(|| Arc::new(self.parts.wire.connection(http)))
            .clone()
    }

    /// `${fresh.KIND.NAME}`: same name, same value, within a case.
    pub(super) fn fresh(&self, kind: &str, name: &str) -> Option<String> {
        let mut fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
        let key = format!("{kind}.{name}");
        if let Some(value) = fresh.get(&key) {
            return Some(value.clone());
        }
        let WorldParts {
            run_id, seed, case, ..
        } = &self.parts;
        let value = super::filters::random(kind, &format!("{run_id}/{seed}/{case}/{key}"))?;
        fresh.insert(key, value.clone());
        Some(value)
    }

    /// Keeps a stream or socket until the case ends.
    pub(super) fn keep_open(&self, name: &str, live: &Arc<Live>) {
        let mut lives = self.lives.lock().unwrap_or_else(PoisonError::into_inner);
        lives.push((name.to_owned(), Arc::clone(live)));
    }

    /// What the target calls it.
    pub(super) fn name_of(&self, live: &Arc<Live>) -> Option<String> {
        let lives = self.lives.lock().unwrap_or_else(PoisonError::into_inner);
        let found = lives.iter().find(|(_, one)| Arc::ptr_eq(one, live));
        found.map(|(name, _)| name.clone())
    }

    /// Takes back what probes did, ends the sessions it opened, as a good client does, and hangs up what is still open.
    pub async fn close(&self) {
        let lives = std::mem::take(&mut *self.lives.lock().unwrap_or_else(PoisonError::into_inner));
        for (_, live) in lives {
            live.drop_connection();
        }
        super::undo::all(self).await;
        super::session::close_all(self).await;
    }
}
