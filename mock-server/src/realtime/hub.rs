//! What happened, kept a bounded while and told to whoever follows; which credentials were ended; who holds how many
//! streams.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tokio::sync::watch;

use crate::authority::mint::hex;
use sha2::{Digest as _, Sha256};

/// Happenings kept; who comes back later has missed some.
const KEPT: usize = 256;
/// Streams and sockets of one credential at once.
const MOST: usize = 40;
/// The same where load is expected.
const MOST_UNDER_LOAD: usize = 1_000;

/// Something that happened at a place.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) number: u64,
    /// A workspace by id.
    pub(crate) profile: String,
    /// `storage:NODE` and the like.
    pub(crate) what: String,
}

impl Said {
    /// What a follower is told.
    pub(crate) fn message(&self) -> Value {
        json!({ "response": "activity", "activity": [self.what], "profile_id": self.profile, "lastactivity": self.number })
    }
}

/// Shared by all that follow anything in a world.
#[derive(Debug)]
pub(crate) struct Hub {
    kept: Mutex<Kept>,
    /// Wakes followers: something was said, or somebody was ended.
    moved: watch::Sender<()>,
    /// Seals the ids of events.
    secret: String,
    /// Streams that a credential may have.
    pub(crate) most: usize,
}

#[derive(Debug, Default)]
struct Kept {
    said: VecDeque<Said>,
    last: u64,
    /// How often each credential was ended.
    ends: BTreeMap<String, u64>,
    /// Credentials known to be over.
    buried: BTreeSet<String>,
    open: BTreeMap<String, usize>,
}

/// A stream's place among those of its credential; given back when it ends.
#[derive(Debug)]
pub(crate) struct Slot {
    hub: Arc<Hub>,
    credential: String,
    /// It is never given back; only the defect `slot-leak` keeps one.
    kept: bool,
}

impl Drop for Slot {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        let mut kept = self.hub.kept();
        if let Some(open) = kept.open.get_mut(&self.credential) {
            *open = open.saturating_sub(1);
        }
    }
}

impl Hub {
    pub(crate) fn new(secret: String, load: bool) -> Arc<Self> {
        Arc::new(Self {
            kept: Mutex::default(),
            moved: watch::Sender::new(()),
            secret,
            most: if load { MOST_UNDER_LOAD } else { MOST },
        })
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets everything; what is open goes on.
    pub(crate) fn reset(&self) {
        let mut kept = self.kept();
        let open = std::mem::take(&mut kept.open);
        *kept = Kept {
            open,
            last: kept.last,
            ..Kept::default()
        };
    }

    /// Something happened there.
    pub(crate) fn say(&self, profile: &str, what: String) {
        {
            let mut kept = self.kept();
            kept.last += 1;
            let number = kept.last;
            kept.said.push_back(Said {
                number,
                profile: profile.to_owned(),
                what,
            });
            if kept.said.len() > KEPT {
                kept.said.pop_front();
            }
        }
        self.moved.send_replace(());
    }

    /// What happened after this number, oldest first.
    pub(crate) fn after(&self, number: u64) -> Vec<Said> {
        let kept = self.kept();
        kept.said
            .iter()
            .filter(|said| said.number > number)
            .cloned()
            .collect()
    }

    /// The number of the latest.
    pub(crate) fn last(&self) -> u64 {
        self.kept().last
    }

    /// Changes when there is something new for anybody.
    pub(crate) fn watch(&self) -> watch::Receiver<()> {
        self.moved.subscribe()
    }

    /// Ends what was opened with this credential up to now.
    pub(crate) fn end(&self, credential: &str) {
        *self.kept().ends.entry(credential.to_owned()).or_default() += 1;
        self.moved.send_replace(());
    }

    pub(crate) fn ends(&self, credential: &str) -> u64 {
        self.kept().ends.get(credential).copied().unwrap_or_default()
    }

    /// Those of these credentials that were not known to be over.
    pub(crate) fn bury(&self, dead: &[String]) -> Vec<String> {
        let mut kept = self.kept();
        let fresh = dead.iter().filter(|one| kept.buried.insert((*one).clone()));
        fresh.cloned().collect()
    }

    /// Wakes everybody, so that claims are looked at again: the clock has moved.
    pub(crate) fn stir(&self) {
        self.moved.send_replace(());
    }

    /// A place for another stream of this credential, which may be kept for good.
    pub(crate) fn slot(self: &Arc<Self>, credential: &str, for_good: bool) -> Option<Slot> {
        let mut kept = self.kept();
        let open = kept.open.entry(credential.to_owned()).or_default();
        if *open >= self.most {
            return None;
        }
        *open += 1;
        Some(Slot {
            hub: Arc::clone(self),
            credential: credential.to_owned(),
            kept: for_good,
        })
    }

    /// The id of an event: its number, sealed for one credential at one place.
    pub(crate) fn id(&self, number: u64, (credential, profile): (&str, &str)) -> String {
        let text = format!("{}/{credential}/{profile}/{number}", self.secret);
        let seal = hex(&Sha256::digest(text)[..8]);
        format!("{number}.{seal}")
    }

    /// The number in an id that was made for this credential and place; any id's with `loosely`.
    pub(crate) fn number(&self, id: &str, owner: (&str, &str), loosely: bool) -> Option<u64> {
        let number = id.split('.').next()?.parse().ok()?;
        (loosely || self.id(number, owner) == id).then_some(number)
    }
}
