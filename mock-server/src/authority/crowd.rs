//! What defects do when many requests come at once, and what they keep between them. A healthy world never looks here.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http::header::AUTHORIZATION;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::gate::{self, Denial};
use super::oauth::client::Hashed;
use crate::defect::load;
use crate::platform::{Caller, Scope};
use crate::serve::exchange::Exchange;
use crate::state::State;

/// Requests in each of two whole seconds, one after the other, that make a crowd: more than any test sends that is no
/// load test.
const MANY: u32 = 200;
/// Whole seconds that are looked back on: a crowd does not go at once.
const LOOKED_BACK: usize = 5;
/// One of so many answers goes to another caller, and one of so many genuine credentials is refused.
const MIXED: u64 = 50;
/// Of so many nodes one hears of revocations.
const NODES: u64 = 4;
/// How long the others remember who was good, in milliseconds.
const REMEMBERED: i64 = 300_000;
/// What they remember, at most.
const KEPT: usize = 65_536;
/// How long replicas differ, in milliseconds.
const APART: i64 = 5_000;
/// So many grants that refresh within so many milliseconds are a storm.
const STORM: usize = 8;
const GUST: i64 = 500;
/// What a costly hash takes.
const HASHING: Duration = Duration::from_millis(1);

#[derive(Debug, Default)]
pub(crate) struct Crowd {
    seen: Mutex<Seen>,
    /// Held while a token is hashed.
    hashing: Mutex<()>,
}

#[derive(Debug, Default)]
struct Seen {
    /// The second that is counted now, its count, and those before it.
    second: i64,
    counts: [u32; LOOKED_BACK + 1],
    /// Running number of whatever happens one time in several.
    turn: u64,
    /// Who was answered last, and what.
    said: Option<(String, Value)>,
    /// Who was good, by node and presented text, and until when that is remembered.
    nodes: BTreeMap<(u64, Hashed), (i64, Caller)>,
    /// The rights before a change, by credential, and until when some replica goes by them.
    before: BTreeMap<String, (i64, Vec<Scope>)>,
    /// Grants that refreshed, with the moment.
    refreshed: VecDeque<(i64, String)>,
}

impl Seen {
    /// Lets whole seconds go by. `millis` is the world's clock.
    fn roll(&mut self, millis: i64) {
        let second = millis / 1000;
        let passed = usize::try_from(second - self.second).unwrap_or(0);
        for _ in 0..passed.min(self.counts.len()) {
            self.counts.rotate_right(1);
            self.counts[0] = 0;
        }
        self.second = second;
    }

    fn is_busy(&self) -> bool {
        let mut pairs = self.counts[1..].windows(2);
        pairs.any(|pair| pair.iter().all(|count| *count >= MANY))
    }

    fn turn(&mut self) -> u64 {
        self.turn += 1;
        self.turn
    }
}

impl Crowd {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another request came.
    pub(crate) fn count(&self, millis: i64) {
        let mut seen = self.seen();
        seen.roll(millis);
        seen.counts[0] += 1;
    }

    fn is_busy(&self, millis: i64) -> bool {
        let mut seen = self.seen();
        seen.roll(millis);
        seen.is_busy()
    }

    /// Notes the rights of a credential before they change.
    pub(crate) fn note_change(&self, credential: &str, before: Vec<Scope>, millis: i64) {
        let entry = (millis + APART, before);
        self.seen().before.insert(credential.to_owned(), entry);
    }

    /// Whether this refresh of a grant falls to a storm: every second one, while there is one.
    pub(crate) fn storms(&self, sid: &str, millis: i64) -> bool {
        let mut seen = self.seen();
        seen.refreshed.push_back((millis, sid.to_owned()));
        while seen.refreshed.front().is_some_and(|(at, _)| at + GUST < millis) {
            seen.refreshed.pop_front();
        }
        let grants: BTreeSet<&String> = seen.refreshed.iter().map(|(_, sid)| sid).collect();
        grants.len() >= STORM && seen.turn().is_multiple_of(2)
    }

    /// Works on a token for a while, when nobody else does.
    pub(crate) fn hash(&self, token: &str) {
        let _alone = self.hashing.lock().unwrap_or_else(PoisonError::into_inner);
        let began = Instant::now();
        let mut digest = Sha256::digest(token);
        while began.elapsed() < HASHING {
            for _ in 0..64 {
                digest = Sha256::digest(digest);
            }
        }
    }

    /// Ends nothing that goes on while a node remembers it.
    pub(crate) fn spares(&self, state: &State) -> bool {
        state.view().defects.has(load::NODE_LOCAL_CACHE) && self.is_busy(state.clock.millis())
    }

    /// Forgets everything.
    pub(crate) fn reset(&self) {
        *self.seen() = Seen::default();
    }
}

/// What a call of this caller came to, or what one of another did.
pub(crate) fn mixed(exchange: &Exchange<'_>, caller: &Caller, result: Value) -> Value {
    let world = exchange.world;
    if !exchange.view.defects.has(load::SHARED_CONTEXT) || !world.crowd.is_busy(world.clock.millis()) {
        return result;
    }
    let mut seen = world.crowd.seen();
    let due = seen.turn().is_multiple_of(MIXED);
    match &seen.said {
        Some((other, said)) if due && *other != caller.credential => said.clone(),
        _ => {
            seen.said = Some((caller.credential.clone(), result.clone()));
            result
        }
    }
}

/// The decision about a credential as a crowd makes it.
pub(super) fn bent(exchange: &mut Exchange<'_>, judged: Result<Caller, Denial>) -> Result<Caller, Denial> {
    let (world, defects) = (exchange.world, exchange.view.defects.clone());
    if !defects.any(&load::CROWDED) {
        return judged;
    }
    let now = world.clock.millis();
    let busy = world.crowd.is_busy(now);
    let judged = match judged {
        Err(denial) if busy && denial.is_invalid_token() && defects.has(load::FAIL_OPEN_UNDER_LOAD) => {
            whoever(exchange).ok_or(denial)
        }
        Ok(_) if busy && defects.has(load::AUTH_DB_TIMEOUT_401) => {
            let refused = world.crowd.seen().turn().is_multiple_of(MIXED);
            if refused { Err(Denial::Unknown) } else { judged }
        }
        judged => judged,
    };
    let judged = if defects.has(load::NODE_LOCAL_CACHE) {
        on_a_node(exchange, judged, busy, now)
    } else {
        judged
    };
    match judged {
        Ok(caller) if busy && defects.has(load::STALE_REPLICA) => Ok(by_a_replica(world, caller, now)),
        judged => judged,
    }
}

/// Somebody who may all that the request asks for.
fn whoever(exchange: &mut Exchange<'_>) -> Option<Caller> {
    let world = exchange.world;
    let somebody = gate::opener(exchange).or_else(|| world.fixtures.reader_id())?;
    exchange.view.waved = true;
    world.caller_of(&somebody)
}

/// What the node of the connection knows: one of them what is true, the others what was.
fn on_a_node(
    exchange: &Exchange<'_>,
    judged: Result<Caller, Denial>,
    busy: bool,
    now: i64,
) -> Result<Caller, Denial> {
    let node = exchange.connection.number % NODES;
    let presented = exchange.head.headers.get(AUTHORIZATION);
    let Some(text) = presented
        .and_then(|value| value.to_str().ok())
        .filter(|_| node != 0)
    else {
        return judged;
    };
    let mut seen = exchange.world.crowd.seen();
    let key = (node, Hashed::of(text));
    match judged {
        Ok(caller) => {
            if busy {
                if seen.nodes.len() >= KEPT {
                    seen.nodes.clear();
                }
                seen.nodes.insert(key, (now + REMEMBERED, caller.clone()));
            }
            Ok(caller)
        }
        Err(denial) => match seen.nodes.get(&key) {
            Some((until, caller)) if denial.is_invalid_token() && now < *until => Ok(caller.clone()),
            _ => Err(denial),
        },
    }
}

/// With the rights of before, where they have just changed and the replica does not know it.
fn by_a_replica(world: &State, caller: Caller, now: i64) -> Caller {
    let mut seen = world.crowd.seen();
    let stale = seen.turn().is_multiple_of(2);
    match seen.before.get(&caller.credential) {
        Some((until, before)) if stale && now < *until => Caller {
            scopes: before.clone(),
            ..caller
        },
        _ => caller,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crowded(seconds: impl IntoIterator<Item = (i64, u32)>) -> Crowd {
        let crowd = Crowd::default();
        for (second, requests) in seconds {
            for _ in 0..requests {
                crowd.count(second * 1000);
            }
        }
        crowd
    }

    #[test]
    fn a_crowd_is_many_requests_in_each_of_two_seconds() {
        assert!(crowded([(10, MANY), (11, MANY)]).is_busy(12_000));
        assert!(crowded([(10, MANY), (11, MANY), (12, 1)]).is_busy(12_999));
        for quiet in [
            vec![(10, 10 * MANY)],
            vec![(10, MANY), (11, MANY - 1)],
            vec![(9, MANY), (11, MANY)],
        ] {
            assert!(!crowded(quiet.clone()).is_busy(12_000), "{quiet:?}");
        }
        // It goes after a while.
        assert!(crowded([(10, MANY), (11, MANY)]).is_busy(15_999));
        assert!(!crowded([(10, MANY), (11, MANY)]).is_busy(16_000));
        assert!(!crowded([(10, MANY), (11, MANY)]).is_busy(99_000));
    }

    #[test]
    fn a_storm_is_many_grants_at_once() {
        let crowd = Crowd::default();
        let storms = |sid: usize, millis| crowd.storms(&sid.to_string(), millis);
        assert!((0..100).all(|n| !storms(n % 2, 0)), "two that try again are none");
        assert!((0..50).all(|n| !storms(n, 1_000 + i64::try_from(n).unwrap() * 200)));
        let failed = (0..32).filter(|n| storms(*n, 90_000)).count();
        assert!((10..=13).contains(&failed), "{failed}");
    }
}
