//! The subscriptions of a world, and which endpoints proved that they want to hear.
//!
//! Plain data and no clock: every time comes from outside, in Unix seconds. Whoever sends takes [`Parcel`]s from here
//! and says what became of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::key::Key;
use super::kind::Kind;
use super::occurrence::cursor;
use super::read::{From, Missed};
use crate::defect::{DefectSet, evs};
use crate::platform::{AuditEvent, Trail};

/// How long a secret that was replaced signs beside the new one, in seconds.
const OVERLAP: i64 = 300;
/// How long a proof holds.
const PROOF: i64 = 86_400;
/// Challenges that one host gets within a minute.
const CHALLENGES: usize = 30;
/// Streams of events that may be open at once.
pub(super) const STREAMS: usize = 64;
/// Subscriptions of one principal.
pub(super) const MOST: usize = 20;

/// A subscription.
#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    pub(crate) key: Key,
    kind: &'static Kind,
    /// Which life of its key this is: what was on its way to an earlier one is not delivered to it.
    pub(crate) serial: u64,
    secret: String,
    previous: Option<(String, i64)>,
    until: Option<i64>,
    /// Events on their way, by position.
    pending: BTreeSet<u64>,
    /// How often an event is delivered; only the defect `ev-refresh-duplicates` counts up.
    copies: usize,
    /// What the last attempt came to, where it failed.
    pub(super) trouble: Option<&'static str>,
    pub(crate) suspended: bool,
}

/// An event that is to be delivered.
#[derive(Debug)]
pub(crate) struct Parcel {
    pub(crate) subscription: String,
    pub(crate) serial: u64,
    pub(crate) position: u64,
    pub(crate) event: AuditEvent,
    /// The kind of event that was subscribed to.
    pub(crate) name: &'static str,
    /// Nothing that was not delivered lies before it.
    pub(crate) cursor: String,
    /// The subscription is suspended: it waits for a refresh.
    pub(crate) parked: bool,
}

/// What a subscribe comes to.
pub(super) struct Entered {
    pub(super) id: String,
    pub(super) cursor: String,
    pub(super) truncated: bool,
    /// What an earlier attempt came to, and whether the subscription was suspended because of it.
    pub(super) trouble: Option<&'static str>,
    pub(super) was_suspended: bool,
    /// It stood before.
    pub(super) refreshed: bool,
    pub(super) parcels: Vec<Parcel>,
}

/// What a client asks for, checked.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) key: Key,
    pub(super) kind: &'static Kind,
    pub(super) secret: String,
    pub(super) from: From,
    /// Seconds; `None`: without end.
    pub(super) granted: Option<i64>,
}

/// All of it.
#[derive(Debug)]
pub(crate) struct Events {
    subscriptions: BTreeMap<String, Subscription>,
    /// Principal and address → until when the proof holds.
    proven: BTreeMap<(String, String), i64>,
    /// Host → since when challenges are counted, and how many there were.
    challenged: BTreeMap<String, (i64, usize)>,
    /// Everything before this position of the trail was handed out.
    collected: u64,
    serials: u64,
    /// What was ended; only the defect `ev-unsub-keeps-retrying` looks there.
    ended: BTreeMap<String, Subscription>,
    news: watch::Sender<u64>,
    /// Room for open streams.
    streams: Arc<Semaphore>,
    /// The schemas of events have one optional member more.
    extended: bool,
}

impl Default for Events {
    fn default() -> Self {
        Self {
            subscriptions: BTreeMap::new(),
            proven: BTreeMap::new(),
            challenged: BTreeMap::new(),
            collected: 0,
            serials: 0,
            ended: BTreeMap::new(),
            news: watch::Sender::default(),
            streams: Arc::new(Semaphore::new(STREAMS)),
            extended: false,
        }
    }
}

impl Subscription {
    /// Whether its grant lasts.
    pub(crate) fn lasts(&self, now: i64, defects: &DefectSet) -> bool {
        self.until.is_none_or(|until| now < until) || defects.has(evs::ZOMBIE_AFTER_TTL)
    }

    /// The workspace whose events it is about.
    pub(crate) fn workspace(&self) -> &str {
        self.key.arguments["workspace"].as_str().unwrap_or_default()
    }

    /// What signs at that time, the newest first.
    pub(crate) fn secrets(&self, now: i64, defects: &DefectSet) -> Vec<String> {
        let endless = defects.has(evs::OLD_SECRET_FOREVER);
        let old = self.previous.iter().filter(|(_, until)| endless || now < *until);
        let old = old.map(|(secret, _)| secret.clone());
        std::iter::once(self.secret.clone()).chain(old).collect()
    }

    /// The place before which nothing is on its way, leaving out one position.
    fn watermark(&self, but: Option<u64>, end: u64) -> u64 {
        let mut open = self.pending.iter().filter(|place| Some(**place) != but);
        open.next().copied().unwrap_or(end).min(end)
    }

    fn parcel(&mut self, id: &str, position: u64, event: AuditEvent, defects: &DefectSet) -> Vec<Parcel> {
        self.pending.insert(position);
        let end = position + 1;
        let place = if defects.has(evs::CURSOR_OWN_POSITION) {
            end
        } else {
            self.watermark(Some(position), end)
        };
        let one = || Parcel {
            subscription: id.to_owned(),
            serial: self.serial,
            position,
            event: event.clone(),
            name: self.kind.name,
            cursor: cursor(place),
            parked: self.suspended,
        };
        std::iter::repeat_with(one).take(self.copies).collect()
    }
}

impl Events {
    /// The subscription of that id and life.
    pub(crate) fn get(&self, id: &str, serial: u64) -> Option<&Subscription> {
        self.subscriptions.get(id).filter(|one| one.serial == serial)
    }

    /// Whether nothing happened since the last time.
    pub(crate) fn is_collected(&self, trail: &Trail) -> bool {
        self.collected == trail.position()
    }

    /// What happened since the last time, for each subscription that it is about.
    pub(crate) fn collect(&mut self, trail: &Trail, now: i64, defects: &DefectSet) -> Vec<Parcel> {
        let start = std::mem::replace(&mut self.collected, trail.position());
        if start == self.collected {
            return Vec::new();
        }
        self.stir();
        self.subscriptions.retain(|_, one| one.lasts(now, defects));
        let mut parcels = Vec::new();
        for (id, one) in &mut self.subscriptions {
            for (position, event) in trail.since(start) {
                if one.kind.is(event, &one.key.arguments, defects) {
                    parcels.extend(one.parcel(id, position, event.clone(), defects));
                }
            }
        }
        parcels
    }

    /// Subscribes, or refreshes what stands under that key. [`collect`](Self::collect) was called just before.
    pub(super) fn enter(&mut self, wanted: Wanted, trail: &Trail, now: i64, defects: &DefectSet) -> Entered {
        self.subscriptions.retain(|_, one| one.lasts(now, defects));
        let id = wanted.key.id(defects);
        let until = wanted.granted.map(|seconds| now + seconds);
        if let Some(one) = self.subscriptions.get_mut(&id) {
            return one.refresh(id, &wanted, until, self.collected, now, defects);
        }
        if defects.has(evs::QUOTA_EVICTS) && self.held(&wanted.key.principal) >= MOST {
            self.evict(&wanted.key.principal);
        }
        self.serials += 1;
        let Missed {
            mut events,
            truncated,
        } = wanted
            .from
            .missed(trail, (wanted.kind, &wanted.key.arguments), now, defects);
        // What came since the last time is handed out with the next.
        events.retain(|(position, _)| *position < self.collected);
        let mut one = Subscription {
            key: wanted.key,
            kind: wanted.kind,
            serial: self.serials,
            secret: wanted.secret,
            previous: None,
            until,
            pending: BTreeSet::new(),
            copies: 1,
            trouble: None,
            suspended: false,
        };
        let mut parcels = Vec::new();
        for (position, event) in events {
            parcels.extend(one.parcel(&id, position, event, defects));
        }
        let place = one.watermark(None, self.collected);
        self.subscriptions.insert(id.clone(), one);
        Entered {
            id,
            cursor: cursor(place),
            truncated,
            trouble: None,
            was_suspended: false,
            refreshed: false,
            parcels,
        }
    }

    fn evict(&mut self, principal: &str) {
        let own = self
            .subscriptions
            .iter()
            .filter(|(_, one)| one.key.principal == principal);
        let oldest = own.min_by_key(|(_, one)| one.serial).map(|(id, _)| id.clone());
        oldest.and_then(|id| self.subscriptions.remove(&id));
    }

    /// How many subscriptions somebody has.
    pub(super) fn held(&self, principal: &str) -> usize {
        let own = self
            .subscriptions
            .values()
            .filter(|one| one.key.principal == principal);
        own.count()
    }

    /// Whether there is a subscription under that id that lasts.
    pub(super) fn stands(&self, id: &str, now: i64, defects: &DefectSet) -> bool {
        self.subscriptions
            .get(id)
            .is_some_and(|one| one.lasts(now, defects))
    }

    /// Ends a subscription; whether there was one.
    pub(crate) fn remove(&mut self, id: &str) -> bool {
        let gone = self.subscriptions.remove(id);
        let was = gone.is_some();
        self.ended.extend(gone.map(|one| (id.to_owned(), one)));
        was
    }

    /// A subscription that was ended, as it was.
    pub(crate) fn ended(&self, id: &str) -> Option<Subscription> {
        self.ended.get(id).cloned()
    }

    /// An event of a subscription came to its end, one way or the other.
    pub(crate) fn settled(&mut self, id: &str, serial: u64, position: u64) {
        if let Some(one) = self.subscriptions.get_mut(id).filter(|one| one.serial == serial) {
            one.pending.remove(&position);
        }
    }

    /// Notes what an attempt came to: nothing where it was taken; `given_up` suspends the subscription.
    pub(crate) fn attempted(&mut self, id: &str, serial: u64, trouble: Option<&'static str>, given_up: bool) {
        if let Some(one) = self.subscriptions.get_mut(id).filter(|one| one.serial == serial) {
            one.trouble = trouble;
            one.suspended |= given_up;
        }
    }

    /// Whether an address was proved to want what this principal subscribes to.
    pub(super) fn is_proven(&self, principal: &str, url: &str, now: i64) -> bool {
        let place = (principal.to_owned(), url.to_owned());
        self.proven.get(&place).is_some_and(|until| now < *until)
    }

    /// It was.
    pub(super) fn prove(&mut self, principal: &str, url: &str, now: i64) {
        self.proven
            .insert((principal.to_owned(), url.to_owned()), now + PROOF);
    }

    /// Counts a challenge to a host; whether that is one too many.
    pub(super) fn over_challenged(&mut self, host: &str, now: i64) -> bool {
        let minute = self.challenged.entry(host.to_owned()).or_insert((now, 0));
        if now >= minute.0 + 60 {
            *minute = (now, 0);
        }
        minute.1 += 1;
        minute.1 > CHALLENGES
    }

    /// The place of another stream, if there is one.
    pub(super) fn room(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.streams).try_acquire_owned().ok()
    }

    /// Whether the schemas have one optional member more than at first.
    pub(super) fn is_extended(&self) -> bool {
        self.extended
    }

    /// Gives the schemas one optional member more. Subscriptions go on; only the defect `ev-additive-terminates` takes
    /// them all out, for whoever tells them.
    pub(crate) fn extend(&mut self, defects: &DefectSet) -> BTreeMap<String, Subscription> {
        self.extended = true;
        if defects.has(evs::ADDITIVE_TERMINATES) {
            return std::mem::take(&mut self.subscriptions);
        }
        BTreeMap::new()
    }

    /// What a server that starts again finds: what it wrote down, and nothing that was in memory alone.
    pub(crate) fn restart(&mut self, defects: &DefectSet) {
        self.challenged.clear();
        self.ended.clear();
        if defects.has(evs::LOST_ON_RESTART) {
            self.subscriptions.clear();
            self.proven.clear();
        }
        self.stir();
    }

    /// Hears whenever something happened, or the clock was moved.
    pub(super) fn follow(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    /// Something may be different for whoever follows.
    pub(crate) fn stir(&self) {
        self.news.send_modify(|news| *news += 1);
    }
}

impl Subscription {
    fn refresh(
        &mut self,
        id: String,
        wanted: &Wanted,
        until: Option<i64>,
        end: u64,
        now: i64,
        defects: &DefectSet,
    ) -> Entered {
        self.until = until;
        if self.secret != wanted.secret && !defects.has(evs::ROTATE_IGNORED) {
            let old = std::mem::replace(&mut self.secret, wanted.secret.clone());
            self.previous = Some((old, now + OVERLAP));
        }
        if defects.has(evs::REFRESH_DUPLICATES) {
            self.copies += 1;
        }
        let was_suspended = self.suspended;
        if !defects.has(evs::SUSPEND_STUCK) {
            self.suspended = false;
        }
        Entered {
            id,
            cursor: cursor(self.watermark(None, end)),
            truncated: false,
            trouble: self.trouble,
            was_suspended,
            refreshed: true,
            parcels: Vec::new(),
        }
    }
}
