//! What a server remembers of a credential that it ought to look up: only the defects `key-cache-ttl`,
//! `scope-cached` and `cache-past-exp` do.

use std::collections::BTreeMap;

use super::oauth::client::Hashed;
use crate::defect::{DefectSet, intr, key, scope};
use crate::platform::Caller;
use crate::state::State;

/// How long something is remembered, in seconds of the world's clock.
const TTL: i64 = 60;

/// How long the answer to a token's text is remembered, whenever the token ends.
const TEXT_TTL: i64 = 600;

/// What was looked up, with the time.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    /// By credential.
    callers: BTreeMap<String, (i64, Caller)>,
    /// By the text of an access token.
    texts: BTreeMap<Hashed, (i64, Caller)>,
}

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
    world.cache().callers.insert(caller.credential.clone(), entry);
    caller
}

fn fresh(world: &State, credential: &str, now: i64) -> Option<Caller> {
    let cache = world.cache();
    let (since, caller) = cache.callers.get(credential)?;
    (now - since < TTL).then(|| caller.clone())
}

/// Remembers whom the text of an access token stood for.
pub(crate) fn keep_text(world: &State, defects: &DefectSet, text: &str, caller: &Caller) {
    if defects.has(intr::CACHE_PAST_EXP) {
        let entry = (world.clock.now(), caller.clone());
        world.cache().texts.insert(Hashed::of(text), entry);
    }
}

/// Whom it stood for when it was last looked up, not long ago.
pub(crate) fn of_text(world: &State, defects: &DefectSet, text: &str) -> Option<Caller> {
    if !defects.has(intr::CACHE_PAST_EXP) {
        return None;
    }
    let cache = world.cache();
    let (since, caller) = cache.texts.get(&Hashed::of(text))?;
    (world.clock.now() - since < TEXT_TTL).then(|| caller.clone())
}
