//! What a running world holds, and the few operations that touch more than one part of it.
//!
//! Locks are short and never held across an await; where two are needed, `platform` is taken first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;

use crate::authority::bucket::Buckets;
use crate::authority::cache::Cache;
use crate::authority::grants;
use crate::authority::lookup::Ledger;
use crate::authority::meter::OwnLimit;
use crate::authority::mint::Mint;
use crate::authority::oauth::Store;
use crate::authority::outage::Outage;
use crate::authority::token::KeyRing;
use crate::behaviour::Behaviour;
use crate::clock::Clock;
use crate::defect::{
    DefectSet, audit, key, lock as locks, resource as defect, scope, strm, tenant, whs, xfer,
};
use crate::delivery::inbound;
use crate::delivery::{self, Queue};
use crate::fixture::{self, Fixtures};
use crate::journal::Journal;
use crate::platform::{
    AuditSwitches, Caller, DefaultScopes, Flaw, Flaws, KeyState, KeySwitches, LockSwitches, Platform,
    Rotation, ScopeSwitches, Switches, TransferSwitches, WebhookSwitches,
};
use crate::realtime::hub::Hub;
use crate::realtime::ticket::Tickets;
use crate::resource::mcp::events::Events;
use crate::resource::mcp::feed::{self, Change, Feed, Notice};
use crate::resource::mcp::http_sse::OldStreams;
use crate::resource::mcp::links::Links;
use crate::resource::mcp::rpc;
use crate::resource::mcp::session::Sessions;
use crate::resource::mcp::tasks::Tasks;
use crate::resource::tools::{self, Effect, ToolAnswer, ToolError};
use crate::variant::{self, VariantSet};
use crate::world::{Limits, WorldConfig};

/// Streams that may be open at once; another one is answered 503.
const STREAMS: usize = 64;

/// A world's state, shared by its listeners and its control.
pub(crate) struct State {
    /// `http://127.0.0.1:PORT`.
    origin: String,
    pub(crate) seed: u64,
    pub(crate) behaviour: Behaviour,
    pub(crate) variants: Arc<VariantSet>,
    /// What the world started with; `reset` goes back to it.
    configured: (DefectSet, Option<Limits>),
    pub(crate) defects: RwLock<Arc<DefectSet>>,
    pub(crate) limits: RwLock<Option<Arc<Limits>>>,
    pub(crate) clock: Clock,
    pub(crate) fixtures: Fixtures,
    /// Secret of the control door.
    pub(crate) secret: String,
    platform: Mutex<Platform>,
    ledger: Mutex<Ledger>,
    mint: Mutex<Mint>,
    oauth: Mutex<Store>,
    /// What keeps resources from asking about tokens.
    outage: Mutex<Option<Outage>>,
    signing_keys: Mutex<KeyRing>,
    sessions: Mutex<Sessions>,
    pub(crate) feed: Feed,
    /// Webhooks on their way.
    pub(crate) deliveries: Queue,
    /// Subscriptions of MCP Events.
    events: Mutex<Events>,
    /// What was delivered here.
    inbound: Mutex<inbound::Memory>,
    /// Whoever follows what happens beside MCP.
    pub(crate) hub: Arc<Hub>,
    tickets: Mutex<Tickets>,
    /// Agreements that are waited for.
    links: Mutex<Links>,
    /// Calls that go on after their answer.
    tasks: Mutex<Tasks>,
    /// Streams of the HTTP+SSE transport.
    old_streams: Mutex<OldStreams>,
    buckets: Mutex<Buckets>,
    /// Bad tokens by address.
    guesses: Mutex<Buckets>,
    /// Limits of single credentials, by id.
    /// Bad tokens are never throttled.
    pub(crate) unlimited_guesses: bool,
    /// What `reset` goes back to.
    document_hosts: Vec<String>,
    pub(crate) own_limits: BTreeMap<String, OwnLimit>,
    /// Room for open streams.
    pub(crate) streams: Arc<Semaphore>,
    /// Pauses that defects have made.
    pub(crate) pauses: AtomicU32,
    /// Challenges counted; only the defect `challenge-scope-varies` counts.
    challenges: AtomicU32,
    cache: Mutex<Cache>,
    journal: Mutex<Journal>,
    /// Answers by address; only the defect `cache-key-no-tenant` keeps any.
    kept: Mutex<BTreeMap<String, Value>>,
}

/// The switches as one request sees them, from its first byte to its last.
#[derive(Debug, Clone)]
pub(crate) struct View {
    pub(crate) behaviour: Behaviour,
    pub(crate) defects: Arc<DefectSet>,
    pub(crate) variants: Arc<VariantSet>,
    /// The permission was judged on something else; only the defect `path-tenant-ignored` sets this.
    pub(crate) waved: bool,
    /// The mode of scopes is not looked at here; only a defect sets this.
    pub(crate) unguarded: bool,
    /// What it is about was free when it looked; only defects that race set this.
    pub(crate) looked_free: bool,
}

/// The ways to forget whose a thing is that are on.
fn flaws(view: &View) -> Flaws {
    let on = |defect| view.defects.has(defect);
    Flaws::default()
        .with(Flaw::Waved, view.waved)
        .with(Flaw::MembersOpen, on(defect::TOOL_UNGUARDED))
        .with(Flaw::NodeAnywhere, on(tenant::UUID_ONLY_LOOKUP))
        .with(Flaw::SourceAnywhere, on(tenant::COPY_SOURCE_UNCHECKED))
        .with(Flaw::TotalOfAll, on(tenant::TOTAL_UNFILTERED))
        .with(Flaw::FilteredLate, on(tenant::POST_FILTER_TOPK))
        .with(Flaw::OneIndex, on(tenant::SHARED_INDEX))
        .with(Flaw::ByTenant, on(tenant::TENANT_LEVEL_FILTER))
        .with(Flaw::GroundedInAll, on(tenant::RAG_UNFILTERED))
        .with(Flaw::CitesAll, on(tenant::CITATIONS_UNFILTERED))
        .with(Flaw::IndexOutlives, on(tenant::INDEX_OUTLIVES_SWITCH))
        .with(Flaw::SharesOpen, on(tenant::SHARE_OPEN))
        .with(Flaw::UploadsOpen, on(tenant::UPLOAD_ID_OPEN))
        .with(Flaw::ImportsAsSystem, on(tenant::IMPORT_AS_SYSTEM))
        .with(Flaw::TokenOpensAll, on(tenant::TOKEN_OPENS_ALL))
        .with(Flaw::AdmitsExistence, on(tenant::EXISTENCE_ORACLE))
        .with(Flaw::Suggests, on(tenant::ERROR_NAMES_OWNER))
        .with(Flaw::NullIsAll, on(tenant::NULL_TENANT_UNSCOPED))
        .with(Flaw::CursorDecides, on(tenant::CURSOR_CARRIES_FILTER))
        .with(Flaw::SignedForever, on(tenant::SIGNED_URL_FOREVER))
        .with(Flaw::MemberForever, on(tenant::MEMBERSHIP_CACHED))
}

/// Calls that two defects let through without asking whose the thing is.
fn asks_nobody(view: &View, tool: &str, arguments: &Map<String, Value>) -> bool {
    let action = arguments
        .get("action")
        .and_then(Value::as_str)
        .unwrap_or_default();
    view.waved
        || match (tool, action) {
            ("storage", "content") => view.defects.has(tenant::IDOR_READ),
            ("storage_manage", "rename") => view.defects.has(tenant::IDOR_WRITE),
            _ => false,
        }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A poisoned lock means a bug elsewhere; the data is plain values and still whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    pub(crate) fn new(config: &WorldConfig, origin: String) -> Self {
        let variants = VariantSet::from(config.variants.as_slice());
        let defects: DefectSet = config.defects.iter().copied().collect();
        let clock = Clock::default();
        let mut laid = fixture::lay(config.seed, &origin, &variants, clock.now());
        let laid_limits = fixture::own_limits(&laid.fixtures);
        laid.oauth.set_document_hosts(config.document_hosts.clone());
        Self {
            origin,
            seed: config.seed,
            behaviour: config.behaviour,
            variants: Arc::new(variants),
            configured: (defects.clone(), config.limits.clone()),
            defects: RwLock::new(Arc::new(defects)),
            limits: RwLock::new(config.limits.clone().map(Arc::new)),
            clock,
            fixtures: laid.fixtures,
            secret: fixture::control_secret(),
            platform: Mutex::new(laid.platform),
            ledger: Mutex::new(laid.ledger),
            mint: Mutex::new(laid.mint),
            oauth: Mutex::new(laid.oauth),
            outage: Mutex::default(),
            signing_keys: Mutex::default(),
            sessions: Mutex::default(),
            feed: feed::feed(),
            deliveries: Queue::default(),
            events: Mutex::default(),
            inbound: Mutex::default(),
            hub: Hub::new(fixture::control_secret()),
            tickets: Mutex::default(),
            old_streams: Mutex::default(),
            links: Mutex::default(),
            tasks: Mutex::default(),
            buckets: Mutex::default(),
            guesses: Mutex::default(),
            unlimited_guesses: config.unlimited_guesses,
            document_hosts: config.document_hosts.clone(),
            own_limits: laid_limits,
            streams: Arc::new(Semaphore::new(STREAMS)),
            pauses: AtomicU32::new(0),
            challenges: AtomicU32::new(0),
            cache: Mutex::default(),
            journal: Mutex::default(),
            kept: Mutex::default(),
        }
    }

    pub(crate) fn view(&self) -> View {
        View {
            behaviour: self.behaviour,
            defects: Arc::clone(&self.defects.read().unwrap_or_else(PoisonError::into_inner)),
            variants: Arc::clone(&self.variants),
            waved: false,
            unguarded: false,
            looked_free: false,
        }
    }

    pub(crate) fn set_defects(&self, defects: DefectSet) {
        *self.defects.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(defects);
    }

    pub(crate) fn set_limits(&self, limits: Option<Limits>) {
        *self.limits.write().unwrap_or_else(PoisonError::into_inner) = limits.map(Arc::new);
        *self.buckets() = Buckets::default();
        *self.guesses() = Buckets::default();
    }

    pub(crate) fn limits(&self) -> Option<Arc<Limits>> {
        self.limits.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn platform(&self) -> MutexGuard<'_, Platform> {
        let mut platform = lock(&self.platform);
        // What one call was let through with is not for the next.
        platform.switches.flaws = platform.switches.flaws.without(Flaw::Waved);
        platform
    }

    /// `http://127.0.0.1:PORT`, without a slash at its end.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// The authorization server. Taken after `platform` where both are needed.
    pub(crate) fn oauth(&self) -> MutexGuard<'_, Store> {
        lock(&self.oauth)
    }

    /// What keeps resources from asking about tokens, if anything does.
    pub(crate) fn outage(&self) -> Option<Outage> {
        *lock(&self.outage)
    }

    pub(crate) fn set_outage(&self, outage: Option<Outage>) {
        *lock(&self.outage) = outage;
    }

    /// The keys that tokens are signed with. Taken last, and for a moment.
    pub(crate) fn signing_keys(&self) -> MutexGuard<'_, KeyRing> {
        lock(&self.signing_keys)
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.ledger)
    }

    pub(crate) fn mint(&self) -> MutexGuard<'_, Mint> {
        lock(&self.mint)
    }

    pub(crate) fn sessions(&self) -> MutexGuard<'_, Sessions> {
        lock(&self.sessions)
    }

    /// Taken after `platform` where both are needed.
    pub(crate) fn events(&self) -> MutexGuard<'_, Events> {
        lock(&self.events)
    }

    pub(crate) fn inbound(&self) -> MutexGuard<'_, inbound::Memory> {
        lock(&self.inbound)
    }

    pub(crate) fn tickets(&self) -> MutexGuard<'_, Tickets> {
        lock(&self.tickets)
    }

    pub(crate) fn links(&self) -> MutexGuard<'_, Links> {
        lock(&self.links)
    }

    pub(crate) fn tasks(&self) -> MutexGuard<'_, Tasks> {
        lock(&self.tasks)
    }

    pub(crate) fn old_streams(&self) -> MutexGuard<'_, OldStreams> {
        lock(&self.old_streams)
    }

    pub(crate) fn buckets(&self) -> MutexGuard<'_, Buckets> {
        lock(&self.buckets)
    }

    pub(crate) fn guesses(&self) -> MutexGuard<'_, Buckets> {
        lock(&self.guesses)
    }

    /// How many challenges there were before this one.
    pub(crate) fn challenged(&self) -> u32 {
        self.challenges.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn kept(&self) -> MutexGuard<'_, BTreeMap<String, Value>> {
        lock(&self.kept)
    }

    pub(crate) fn cache(&self) -> MutexGuard<'_, Cache> {
        lock(&self.cache)
    }

    pub(crate) fn journal(&self) -> MutexGuard<'_, Journal> {
        lock(&self.journal)
    }

    /// The caller behind a key id or the `sid` of a grant, whatever its state.
    pub(crate) fn caller_of(&self, credential: &str) -> Option<Caller> {
        let platform = self.platform();
        match platform.keys.get(credential) {
            Some(record) => Some(platform.caller(record)),
            None => grants::caller(&platform, &self.oauth(), credential),
        }
    }

    /// The caller behind a key id or the `sid` of a grant that works now.
    pub(crate) fn live_caller(&self, credential: &str) -> Option<Caller> {
        let now = self.clock.now();
        let platform = self.platform();
        if let Some(record) = platform.keys.get(credential) {
            return (record.state(now) == KeyState::Live).then(|| platform.caller(record));
        }
        let store = self.oauth();
        let live = store.alive(credential, "");
        grants::caller(&platform, &store, credential).filter(|_| live)
    }

    /// The platform, with its permission switches as this request sees them.
    pub(crate) fn platform_for(&self, view: &View) -> MutexGuard<'_, Platform> {
        let mut platform = self.platform();
        platform.switches = switches(view);
        platform
    }

    /// A new token in the shape in force.
    pub(crate) fn new_token(&self, view: &View) -> String {
        let now = self.clock.now();
        self.mint().api_key(&view.variants, &view.defects, now)
    }

    /// Runs a tool, which decides before it does anything.
    pub(crate) fn run_tool(
        &self,
        view: &View,
        caller: &Caller,
        name: &str,
        arguments: &Map<String, Value>,
    ) -> Result<ToolAnswer, ToolError> {
        let now = self.clock.now();
        let answer = {
            let mut platform = self.platform_for(view);
            let waved = asks_nobody(view, name, arguments);
            platform.switches.flaws = platform.switches.flaws.with(Flaw::Waved, waved);
            let call = |platform: &mut Platform| {
                tools::call(
                    platform,
                    caller,
                    now,
                    &mut || self.new_token(view),
                    name,
                    arguments,
                )
            };
            platform.switches.write_scope_unchecked |= unclassified(view, caller, name, arguments);
            let answer = call(&mut platform);
            if answer.is_err() && view.defects.has(scope::WRITE_THEN_403) {
                platform.switches.write_scope_unchecked = true;
                // What it did is the defect; the answer stays the refusal.
                let _ = call(&mut platform);
            }
            answer
        };
        delivery::collect(self);
        if name == "auth_manage" {
            self.end_sessions_of_dead_keys();
        }
        if let Ok(answer) = &answer {
            if let Some((place, what)) = happened(name, arguments, answer) {
                self.hub.say(&place, what);
            }
            for change in feed::changes_of(name, arguments, answer) {
                self.publish(change);
            }
        }
        answer
    }

    /// Ends the memberships of a credential's user, in one thing or in all; whether there was one.
    pub(crate) fn remove_member(&self, key: &str, id: Option<&str>) -> bool {
        let mut platform = self.platform();
        let Some(user) = platform.keys.get(key).map(|record| record.user.clone()) else {
            return false;
        };
        platform.remove_member(&user, id)
    }

    /// Sessions, and with them streams, end with the key or the grant that opened them.
    pub(crate) fn end_sessions_of_dead_keys(&self) {
        let now = self.clock.now();
        let dead: Vec<String> = {
            let platform = self.platform();
            let over = platform
                .keys
                .iter()
                .filter(|key| key.state(now) != KeyState::Live || platform.is_disabled(&key.user));
            let keys = over.map(|key| key.id.clone());
            keys.chain(grants::dead(&platform, &self.oauth())).collect()
        };
        self.kick_siblings(&self.hub.bury(&dead));
        self.end_sessions_of(dead);
        // Time may have passed for what ends by itself.
        self.events().stir();
        self.hub.stir();
    }

    /// Ends the streams of every credential of the users of these; only the defect `kick-whole-user` does.
    fn kick_siblings(&self, dead: &[String]) {
        if !self.view().defects.has(strm::KICK_WHOLE_USER) {
            return;
        }
        let siblings: Vec<String> = {
            let platform = self.platform();
            let users: BTreeSet<&str> = dead
                .iter()
                .filter_map(|id| platform.keys.get(id))
                .map(|key| key.user.as_str())
                .collect();
            let kicked = platform
                .keys
                .iter()
                .filter(|key| users.contains(key.user.as_str()));
            kicked.map(|key| key.id.clone()).collect()
        };
        for credential in siblings {
            self.hub.end(&credential);
        }
    }

    /// Ends the sessions and streams of these credentials, whether or not they live on.
    pub(crate) fn end_sessions_of(&self, dead: Vec<String>) {
        {
            let (mut sessions, mut old) = (self.sessions(), self.old_streams());
            for key in &dead {
                sessions.end_all_of(key);
                old.end_all_of(key);
            }
        }
        for credential in dead {
            self.hub.end(&credential);
            // Nobody listens: nobody needs to know.
            let _ = self.feed.send(Change::Ended { credential });
        }
    }

    /// Tells every stream whose credential may know of it what changed.
    pub(crate) fn publish(&self, change: Change) {
        let credentials: BTreeSet<String> = self
            .sessions()
            .all()
            .map(|session| session.credential.clone())
            .collect();
        let told: BTreeMap<String, Vec<Notice>> = credentials
            .into_iter()
            .filter_map(|credential| {
                let caller = feed::live_caller(self, &credential)?;
                Some((credential, feed::notices(self, &caller, &change)))
            })
            .collect();
        for session in self.sessions().all() {
            for notice in told.get(&session.credential).into_iter().flatten() {
                let watched = match notice {
                    Notice::Resource(uri) => session.watched.contains(uri),
                    _ => true,
                };
                if watched {
                    session.tell(&rpc::notification(notice.method(), notice.params()).to_string());
                }
            }
        }
        // Nobody listens: nobody needs to know.
        let _ = self.feed.send(change);
    }

    /// Back to the start: data, clock, sessions, buckets, journal, defects and limits.
    pub(crate) fn reset(&self) {
        self.clock.reset();
        let laid = fixture::lay(self.seed, &self.origin, &self.variants, self.clock.now());
        *self.platform() = laid.platform;
        *self.ledger() = laid.ledger;
        *self.mint() = laid.mint;
        *self.oauth() = laid.oauth;
        *self.signing_keys() = KeyRing::default();
        self.set_outage(None);
        self.oauth().set_document_hosts(self.document_hosts.clone());
        self.deliveries.clear();
        *self.events() = Events::default();
        *self.inbound() = inbound::Memory::default();
        *self.sessions() = Sessions::default();
        *self.old_streams() = OldStreams::default();
        *self.tickets() = Tickets::default();
        *self.links() = Links::default();
        *self.tasks() = Tasks::default();
        self.hub.reset();
        *self.cache() = Cache::default();
        *self.journal() = Journal::default();
        *self.kept() = BTreeMap::new();
        self.set_defects(self.configured.0.clone());
        self.set_limits(self.configured.1.clone());
    }

    /// The whole state as JSON. No token is in it.
    pub(crate) fn export(&self) -> Value {
        let platform = serde_json::to_value(&*self.platform()).unwrap_or(Value::Null);
        let sessions = self.sessions().len();
        let limits = self.limits();
        json!({
            "seed": self.seed,
            "behaviour": self.behaviour,
            "variants": self.variants.ids(),
            "defects": self.view().defects.ids(),
            "limits": limits.as_deref(),
            "now": self.clock.now(),
            "sessions": sessions,
            "platform": platform,
            "oauth": self.oauth().export(),
        })
    }
}

/// Where a successful call of a tool changed something, and what.
fn happened(name: &str, arguments: &Map<String, Value>, answer: &ToolAnswer) -> Option<(String, String)> {
    if tools::effect(name, arguments) != Some(Effect::Write) {
        return None;
    }
    let text = |name: &str| arguments.get(name).and_then(Value::as_str);
    let place = text("profile_id").or_else(|| text("workspace_id"))?;
    let node = answer.structured["node"]["id"]
        .as_str()
        .or_else(|| text("node_id"));
    Some((place.to_owned(), format!("storage:{}", node.unwrap_or_default())))
}

/// The platform's switches as a request sees them.
fn switches(view: &View) -> Switches {
    let has = |defect| view.defects.has(defect);
    Switches {
        write_scope_unchecked: has(defect::WRITE_SCOPE_UNCHECKED) || view.unguarded,
        ungranted_not_found: view.variants.has(variant::NOT_FOUND_FOREIGN),
        flaws: flaws(view),
        scopes: ScopeSwitches {
            unchecked: has(scope::SCOPE_UNCHECKED),
            substring: has(scope::SCOPE_SUBSTRING),
            first_item_only: has(scope::FIRST_ITEM_ONLY),
            account_open: has(scope::ACCOUNT_API_ANY_TOKEN),
            any_workspace: has(key::ALL_WORKSPACES),
            exact: has(defect::NO_SCOPE_HIERARCHY),
            one_at_a_time: has(defect::ONE_SCOPE_AT_A_TIME),
            handle_not_bound: has(defect::HANDLE_NOT_BOUND),
        },
        keys: KeySwitches {
            default: match view.behaviour {
                _ if has(key::KEY_DEFAULT_ADMIN) => DefaultScopes::Issuer,
                Behaviour::Fastio => DefaultScopes::Account,
                Behaviour::Seed | Behaviour::Strict => DefaultScopes::Reading,
            },
            listing_open: view.behaviour == Behaviour::Fastio,
            escalation: has(scope::MINT_ESCALATION),
            readable: has(key::KEY_READABLE),
            resurrects: has(key::NAME_RESURRECTS),
            mass_assignment: has(scope::MASS_ASSIGNMENT),
            rotation: match () {
                () if has(key::ROTATE_WIDEN) => Rotation::Widens,
                () if has(key::ROTATE_GAP) => Rotation::Gap,
                () if has(key::ROTATE_ENDLESS) => Rotation::Endless,
                () => Rotation::Sound,
            },
        },
        webhooks: WebhookSwitches {
            hard_cut: has(whs::HARD_CUT),
            shared_secret: has(whs::SHARED_ENDPOINT_SECRET),
            anywhere: has(whs::SSRF_WEBHOOK),
            all_is_everything: has(tenant::WEBHOOK_WILDCARD),
        },
        locks: lock_switches(view),
        transfer: transfer_switches(view),
        audit: audit_switches(view),
    }
}

fn lock_switches(view: &View) -> LockSwitches {
    let has = |defect| view.defects.has(defect);
    LockSwitches {
        advisory: view.behaviour == Behaviour::Fastio,
        shared: has(locks::LOCK_ADVISORY),
        looked_free: view.looked_free,
        moves_free: has(locks::LOCK_NOT_CHECKED_ON_MOVE),
        anybody_ends: has(locks::RELEASE_ANY),
        unfenced: has(locks::NO_FENCING),
        endless: has(locks::LOCK_ENDLESS),
        orphans: has(locks::ORPHAN_LOCK),
        reuses: has(locks::LOCK_ID_REUSED),
        tells_token: has(locks::LOCK_TOKEN_SHOWN),
    }
}

fn transfer_switches(view: &View) -> TransferSwitches {
    let has = |defect| view.defects.has(defect);
    TransferSwitches {
        stale_owner: has(xfer::OWNER_FIELD_STALE),
        kills_token: has(xfer::TRANSFER_KILLS_TOKEN),
        follows_owner: has(xfer::ADMIN_OF_OWNER),
        regrants: has(xfer::AGENT_REGRANTS),
        looked_free: view.looked_free,
        reusable: has(xfer::CLAIM_REUSABLE),
        immortal: has(xfer::CLAIM_IMMORTAL),
        unbound: has(xfer::CLAIM_UNBOUND),
        unlogged: has(xfer::TRANSFER_UNLOGGED),
    }
}

fn audit_switches(view: &View) -> AuditSwitches {
    let has = |defect| view.defects.has(defect);
    AuditSwitches {
        user_only: has(audit::AUDIT_USER_ONLY),
        writes_only: has(audit::AUDIT_WRITES_ONLY),
        raw_header: has(audit::AUDIT_RAW_HEADER),
        actor_lost: has(audit::AUDIT_ACTOR_LOST),
        sampled: has(audit::AUDIT_SAMPLED),
        queue_drop: has(audit::AUDIT_QUEUE_DROP),
        no_tenant: has(audit::AUDIT_NO_TENANT),
        no_lifecycle: has(audit::NO_LIFECYCLE_EVENTS),
        daily: has(audit::AUDIT_DAILY_BATCH),
    }
}

/// Whether a call gets past the mode of scopes: an action nobody classified, a tool that is only hidden.
fn unclassified(view: &View, caller: &Caller, name: &str, arguments: &Map<String, Value>) -> bool {
    let action = arguments.get("action").and_then(Value::as_str);
    let newest = (name, action) == ("workspace_manage", Some("create-note"));
    let hidden = || tools::visible(caller).iter().all(|tool| tool.name != name);
    (newest && view.defects.has(scope::NEW_TOOL_UNCLASSIFIED))
        || (view.defects.has(scope::HIDE_ONLY) && hidden())
}
