//! What a running world holds, and the few operations that touch more than one part of it.
//!
//! Locks are short and never held across an await; where two are needed, `platform` is taken first.

mod calls;
mod ending;
mod switches;

use std::collections::BTreeMap;
use std::mem;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::authority::bucket::Buckets;
use crate::authority::cache::Cache;
use crate::authority::crowd::Crowd;
use crate::authority::grants;
use crate::authority::lookup::Ledger;
use crate::authority::meter::OwnLimit;
use crate::authority::mint::Mint;
use crate::authority::oauth::Store;
use crate::authority::outage::Outage;
use crate::authority::token::{KeyRing, Known};
use crate::behaviour::Behaviour;
use crate::clock::Clock;
use crate::defect::DefectSet;
use crate::delivery::Queue;
use crate::delivery::inbound;
use crate::fixture::{self, Fixtures};
use crate::identity::{self, FixtureIdentity};
use crate::journal::Journal;
use crate::platform::{Caller, Flaw, KeyState, Platform};
use crate::realtime::hub::Hub;
use crate::realtime::ticket::Tickets;
use crate::resource::mcp::events::Events;
use crate::resource::mcp::feed::{self, Feed};
use crate::resource::mcp::http_sse::OldStreams;
use crate::resource::mcp::links::Links;
use crate::resource::mcp::session::Sessions;
use crate::resource::mcp::tasks::Tasks;
use crate::variant::VariantSet;
use crate::world::{Limits, WorldConfig};

/// Streams that may be open at once, and where load is expected; another one is answered 503.
const STREAMS: usize = 64;
const STREAMS_UNDER_LOAD: usize = 20_000;

/// A world's state, shared by its listeners and its control.
pub(crate) struct State {
    /// `http://127.0.0.1:PORT`.
    origin: String,
    pub(crate) seed: u64,
    pub(crate) behaviour: Behaviour,
    pub(crate) variants: Arc<VariantSet>,
    /// What the world started with; `reset` goes back to it.
    config: WorldConfig,
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
    known_tokens: Mutex<Known>,
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
    /// Bad tokens are never throttled.
    pub(crate) unlimited_guesses: bool,
    /// Limits of single credentials, by id.
    pub(crate) own_limits: BTreeMap<String, OwnLimit>,
    /// Room for open streams.
    pub(crate) streams: Arc<Semaphore>,
    /// Pauses that defects have made.
    pub(crate) pauses: AtomicU32,
    /// Challenges counted; only the defect `challenge-scope-varies` counts.
    challenges: AtomicU32,
    cache: Mutex<Cache>,
    journal: Mutex<Journal>,
    /// What shows under load; only defects look at it.
    pub(crate) crowd: Crowd,
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A poisoned lock means a bug elsewhere; the data is plain values and still whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    pub(crate) fn new(config: &WorldConfig, origin: String) -> Self {
        let variants = VariantSet::from(config.variants.as_slice());
        let defects: DefectSet = config.defects.iter().copied().collect();
        let clock = Clock::default();
        let mut laid = fixture::lay(config, &origin, &variants, clock.now());
        let identities = mem::take(&mut laid.fixtures.identities);
        let laid_limits = fixture::own_limits(&laid.fixtures);
        laid.oauth.set_document_hosts(config.document_hosts.clone());
        let mut state = Self {
            origin,
            config: config.clone(),
            seed: config.seed,
            behaviour: config.behaviour,
            variants: Arc::new(variants),
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
            known_tokens: Mutex::default(),
            sessions: Mutex::default(),
            feed: feed::feed(),
            deliveries: Queue::default(),
            events: Mutex::default(),
            inbound: Mutex::default(),
            hub: Hub::new(fixture::control_secret(), config.load),
            tickets: Mutex::default(),
            old_streams: Mutex::default(),
            links: Mutex::default(),
            tasks: Mutex::default(),
            buckets: Mutex::default(),
            guesses: Mutex::default(),
            unlimited_guesses: config.unlimited_guesses,
            own_limits: laid_limits,
            streams: Arc::new(Semaphore::new(if config.load {
                STREAMS_UNDER_LOAD
            } else {
                STREAMS
            })),
            pauses: AtomicU32::new(0),
            challenges: AtomicU32::new(0),
            cache: Mutex::default(),
            journal: Mutex::default(),
            crowd: Crowd::default(),
            kept: Mutex::default(),
        };
        state.introduce(identities);
        state
    }

    /// Gives identities their access tokens.
    fn introduce(&mut self, mut identities: Vec<FixtureIdentity>) {
        identity::issue(self, &mut identities);
        identity::remember(self, &identities);
        self.fixtures.identities = identities;
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

    /// Whether it is to bear load.
    pub(crate) fn is_for_load(&self) -> bool {
        self.config.load
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

    /// Tokens whose signatures were checked. Taken last, and for a moment.
    pub(crate) fn known_tokens(&self) -> MutexGuard<'_, Known> {
        lock(&self.known_tokens)
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
        platform.switches = switches::switches(view);
        platform
    }

    /// A new token in the shape in force.
    pub(crate) fn new_token(&self, view: &View) -> String {
        let now = self.clock.now();
        self.mint().api_key(&view.variants, &view.defects, now)
    }

    /// What a process that ends and starts again forgets: sessions with their streams, tickets, answers that were kept.
    pub(crate) fn restart(&self) {
        let view = self.view();
        *self.sessions() = Sessions::default();
        *self.old_streams() = OldStreams::default();
        *self.tickets() = Tickets::default();
        *self.cache() = Cache::default();
        *self.kept() = BTreeMap::new();
        self.events().restart(&view.defects);
    }

    /// Back to the start: data, clock, sessions, buckets, journal, defects and limits.
    pub(crate) fn reset(&self) {
        self.clock.reset();
        let laid = fixture::lay(&self.config, &self.origin, &self.variants, self.clock.now());
        *self.platform() = laid.platform;
        *self.ledger() = laid.ledger;
        *self.mint() = laid.mint;
        *self.oauth() = laid.oauth;
        *self.signing_keys() = KeyRing::default();
        self.set_outage(None);
        identity::remember(self, &self.fixtures.identities);
        self.oauth()
            .set_document_hosts(self.config.document_hosts.clone());
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
        self.crowd.reset();
        self.set_defects(self.config.defects.iter().copied().collect());
        self.set_limits(self.config.limits.clone());
    }

    /// How much of what is bounded is gone: lines of the journal, events of the trail, sessions, and grants, tokens and
    /// clients of the authorization server.
    fn evicted(&self) -> Value {
        let trail = self.platform().trail().dropped();
        json!({
            "journal": self.journal().evicted,
            "trail": trail,
            "sessions": self.sessions().evicted,
            "oauth": self.oauth().forgotten(),
        })
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
            "evicted": self.evicted(),
            "platform": platform,
            "oauth": self.oauth().export(),
        })
    }
}
