//! What a server remembers of a credential that it ought to look up: only the defects `key-cache-ttl` and
//! `scope-cached` do.

use std::collections::BTreeMap;

use crate::defect::{DefectSet, key, scope};
use crate::platform::Caller;
use crate::state::State;

/// How long something is remembered, in seconds of the world's clock.
const TTL: i64 = 60;

/// Callers by credential, each with the time it was looked up.
#[derive(Debug, Default)]
pub(crate) struct Cache(BTreeMap<String, (i64, Caller)>);

/// The caller as it was, where the whole of it is remembered.
pub(crate) fn remembered(world: &State, defects: &DefectSet, credential: &str, now: i64) -> Option<Caller> {
    if !defects.has(key::KEY_CACHE_TTL) {
        return None;
    }
    fresh(world, credential, now)
}

/// Remembers a caller that was looked up, and gives back what the server then takes it for.
pub(crate) fn kept(world: &State, defects: &DefectSet, caller: Caller, now: i64) -> Caller {
    if !defects.any(&[key::KEY_CACHE_TTL, scope::SCOPE_CACHED]) {
        return caller;
    }
    if defects.has(scope::SCOPE_CACHED)
        && let Some(before) = fresh(world, &caller.credential, now)
    {
        return Caller {
            scopes: before.scopes,
            ..caller
        };
    }
    let entry = (now, caller.clone());
    world.cache().0.insert(caller.credential.clone(), entry);
    caller
}

fn fresh(world: &State, credential: &str, now: i64) -> Option<Caller> {
    let cache = world.cache();
    let (since, caller) = cache.0.get(credential)?;
    (now - since < TTL).then(|| caller.clone())
}
