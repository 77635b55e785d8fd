//! Which scopes are asked for.

use std::collections::BTreeSet;

use super::challenge::Challenge;
use super::metadata::Resource;
use super::server::Server;
use crate::habits::{self, on};

/// What the challenge names, else what the resource lists, else none (MCP, scope selection strategy). A challenge is
/// believed whatever any list says. `had`: what the login had before, which a step-up must not lose.
pub(super) fn choose(
    challenge: Option<&Challenge>,
    resource: &Resource,
    server: &Server,
    had: &BTreeSet<String>,
) -> BTreeSet<String> {
    let named = challenge.and_then(|challenge| challenge.get("scope")).map(words);
    let mut scopes = match named {
        Some(named) if !on(habits::SUPPORTED_SCOPES_FIRST) => named,
        _ => resource.scopes.iter().cloned().collect(),
    };
    if on(habits::SCOPE_INTERSECT) && !resource.scopes.is_empty() {
        scopes.retain(|scope| resource.scopes.contains(scope));
    }
    if !on(habits::STEP_UP_ONLY_NEW) {
        scopes.extend(had.iter().cloned());
    }
    if on(habits::ALL_SCOPES) {
        scopes.extend(server.scopes.iter().cloned());
    }
    let offered = server.scopes.iter().any(|scope| scope == OFFLINE);
    if (offered && !scopes.is_empty()) || on(habits::OFFLINE_ALWAYS) {
        scopes.insert(OFFLINE.to_owned());
    }
    scopes
}

/// What asks for a refresh token where a server wants to be asked.
pub(super) const OFFLINE: &str = "offline_access";

/// The scopes of a text.
pub(crate) fn words(text: &str) -> BTreeSet<String> {
    text.split(' ')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Scopes as one text.
pub(super) fn joined(scopes: &BTreeSet<String>) -> String {
    scopes.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
}
