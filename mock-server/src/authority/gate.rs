//! The decision about a credential: nothing, malformed, unknown, expired, revoked, or somebody.

use std::sync::PoisonError;

use http::header::AUTHORIZATION;

use super::lookup;
use super::presentation::{Malformed, Places, Presented, present};
use crate::defect::{bearer, resource};
use crate::platform::{Caller, KeyState};
use crate::serve::exchange::Exchange;

/// Why nobody was admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Denial {
    NoCredential,
    Malformed(Malformed),
    Unknown,
    Expired,
    Revoked,
    Crashed,
}

impl Denial {
    /// For the journal.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::NoCredential => "no credential",
            Self::Malformed(malformed) => malformed.why(),
            Self::Unknown => "unknown token",
            Self::Expired => "expired token",
            Self::Revoked => "revoked token",
            Self::Crashed => "reader crashed",
        }
    }

    /// Whether a token was read and found wanting.
    pub(crate) fn is_invalid_token(self) -> bool {
        matches!(self, Self::Unknown | Self::Expired | Self::Revoked)
    }
}

/// Who asks, or why nobody does. Notes the credential's id in the exchange.
pub(crate) fn admit(exchange: &mut Exchange<'_>) -> Result<Caller, Denial> {
    let admitted = decide(exchange);
    match &admitted {
        Ok(caller) => {
            exchange.credential = Some(caller.credential.clone());
            remember(exchange, &caller.credential);
        }
        Err(denial) => {
            let stage = if denial.is_invalid_token() {
                "credential"
            } else {
                "header"
            };
            exchange.stop(stage, denial.reason());
        }
    }
    admitted
}

fn decide(exchange: &mut Exchange<'_>) -> Result<Caller, Denial> {
    if let Some(caller) = remembered(exchange) {
        return Ok(caller);
    }
    let places = Places {
        headers: &exchange.head.headers,
        query: exchange.head.uri.query(),
        body: &exchange.body,
    };
    match present(&places, &exchange.view.defects) {
        Presented::Nothing => Err(Denial::NoCredential),
        Presented::Malformed(malformed) => Err(Denial::Malformed(malformed)),
        Presented::Crashed => Err(Denial::Crashed),
        Presented::Trusted(name) => named(exchange, &name).ok_or(Denial::Unknown),
        Presented::Token(token) => judge(exchange, &token),
    }
}

fn judge(exchange: &mut Exchange<'_>, token: &str) -> Result<Caller, Denial> {
    let (world, defects) = (exchange.world, &exchange.view.defects);
    let Some(key) = lookup::key_of(world, defects, token).or_else(|| of_session(exchange)) else {
        return Err(Denial::Unknown);
    };
    exchange.credential = Some(key.clone());
    let now = world.clock.now();
    let platform = world.platform();
    let record = platform.keys.get(&key).ok_or(Denial::Unknown)?;
    match record.state(now) {
        KeyState::Revoked => Err(Denial::Revoked),
        KeyState::Expired if !defects.has(resource::EXPIRED_ACCEPTED) => Err(Denial::Expired),
        KeyState::Expired | KeyState::Live => Ok(platform.caller(record)),
    }
}

/// The credential that opened the session; only the defect `token-unchecked-in-session` lets it speak.
fn of_session(exchange: &Exchange<'_>) -> Option<String> {
    if !exchange.view.defects.has(resource::TOKEN_UNCHECKED_IN_SESSION) {
        return None;
    }
    let id = exchange.head.headers.get("mcp-session-id")?.to_str().ok()?;
    exchange.world.sessions().owner(id).map(str::to_owned)
}

/// Whoever goes by that name (a user id, a credential's name or id, a workspace), else the reader.
fn named(exchange: &Exchange<'_>, name: &str) -> Option<Caller> {
    let fixtures = &exchange.world.fixtures;
    let key = fixtures.key_named(name).or_else(|| {
        let platform = exchange.world.platform();
        platform
            .keys
            .iter()
            .find(|key| key.user == name)
            .map(|key| key.id.clone())
    });
    exchange.world.caller_of(&key.or_else(|| fixtures.reader_id())?)
}

/// The identity a connection carries; only the defect `conn-auth-cache` lets it speak.
fn remembered(exchange: &Exchange<'_>) -> Option<Caller> {
    let absent = !exchange.head.headers.contains_key(AUTHORIZATION);
    if !absent || !exchange.view.defects.has(bearer::CONN_AUTH_CACHE) {
        return None;
    }
    let key = exchange
        .connection
        .identity
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()?;
    exchange.world.caller_of(&key)
}

fn remember(exchange: &Exchange<'_>, key: &str) {
    if exchange.view.defects.has(bearer::CONN_AUTH_CACHE) {
        let mut identity = exchange
            .connection
            .identity
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        identity.get_or_insert_with(|| key.to_owned());
    }
}
