//! The decision about a credential: nothing, malformed, unknown, expired, revoked, or somebody.

use std::sync::{Arc, PoisonError};

use http::header::AUTHORIZATION;

use super::presentation::{Malformed, Places, Presented, present};
use super::protected::Protected;
use super::token::{self, Asked};
use super::{cache, crowd, grants, lookup, outage};
use crate::defect::{bearer, jwt, key, load, resource, strm};
use crate::platform::{Caller, KeyState};
use crate::resource::mcp::http_sse;
use crate::serve::exchange::Exchange;

/// Why nobody was admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Denial {
    NoCredential,
    Malformed(Malformed),
    Unknown,
    Expired,
    Revoked,
    /// Good, but for another resource.
    Elsewhere,
    /// Nobody could be asked whether it stands.
    Unjudged,
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
            Self::Elsewhere => "token for another resource",
            Self::Unjudged => "token that could not be checked",
            Self::Crashed => "reader crashed",
        }
    }

    /// Whether a token was read and found wanting.
    pub(crate) fn is_invalid_token(self) -> bool {
        matches!(
            self,
            Self::Unknown | Self::Expired | Self::Revoked | Self::Elsewhere
        )
    }
}

/// Names whoever has not signed in yet.
const ANONYMOUS: &str = "anonymous";

/// The caller without any right, for the endpoint where a conversation begins before anybody signed in.
pub(crate) fn anonymous() -> Caller {
    Caller {
        credential: ANONYMOUS.to_owned(),
        user: String::new(),
        agent_name: ANONYMOUS.to_owned(),
        canary: String::new(),
        scopes: Vec::new(),
    }
}

/// Who asks, or why nobody does. Notes the credential's id in the exchange.
pub(crate) fn admit(exchange: &mut Exchange<'_>) -> Result<Caller, Denial> {
    let judged = decide(exchange);
    let admitted = crowd::bent(exchange, judged).map(|caller| continued(exchange, caller));
    match &admitted {
        Ok(caller) => {
            exchange.credential = Some(caller.credential.clone());
            used(exchange, &caller.credential);
            remember(exchange, &caller.credential);
        }
        Err(denial) => {
            let stage = if denial.is_invalid_token() {
                "credential"
            } else {
                "header"
            };
            exchange.stop(stage, denial.reason());
            failed_login(exchange, *denial);
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
        Presented::Nothing => by_session(exchange).ok_or(Denial::NoCredential),
        Presented::Malformed(malformed) => Err(Denial::Malformed(malformed)),
        Presented::Crashed => Err(Denial::Crashed),
        Presented::Trusted(name) => named(exchange, &name).ok_or(Denial::Unknown),
        Presented::Token(token) => judge(exchange, &token),
    }
}

fn judge(exchange: &mut Exchange<'_>, token: &str) -> Result<Caller, Denial> {
    let world = exchange.world;
    let defects = &Arc::clone(&exchange.view.defects);
    if defects.has(load::HASH_PER_REQUEST) {
        world.crowd.hash(token);
    }
    let id = match lookup::key_of(world, defects, token) {
        Some(id) => id,
        None => match by_token(exchange, token) {
            Err(Denial::Unknown) => of_session(exchange).ok_or(Denial::Unknown)?,
            judged => return judged,
        },
    };
    exchange.credential = Some(id.clone());
    let now = world.clock.now();
    if let Some(caller) = cache::remembered(world, defects, &id, now) {
        return Ok(caller);
    }
    let platform = world.platform();
    let record = platform.keys.get(&id).ok_or(Denial::Unknown)?;
    let late = defects.has(resource::EXPIRED_ACCEPTED)
        || (defects.has(key::EXPIRY_UI_ONLY) && record.expires.is_some_and(|end| end > platform.born()));
    match record.state(now) {
        KeyState::Revoked => return Err(Denial::Revoked),
        KeyState::Expired if !late => return Err(Denial::Expired),
        KeyState::Expired | KeyState::Live => {}
    }
    if platform.is_disabled(&record.user) && !defects.has(key::ORPHAN_KEY) {
        return Err(Denial::Revoked);
    }
    let caller = platform.caller(record);
    drop(platform);
    Ok(cache::kept(world, defects, caller, now))
}

/// The caller behind an access token, where the resource takes any (RFC 9068 §4).
fn by_token(exchange: &mut Exchange<'_>, text: &str) -> Result<Caller, Denial> {
    let (world, view) = (exchange.world, &exchange.view);
    let here = Protected::taken_at(exchange.head.uri.path());
    if here.is_empty() {
        return Err(Denial::Unknown);
    }
    if let Some(outage) = world.outage() {
        return outage::judge(exchange, outage);
    }
    let wanted: Vec<String> = here.iter().map(|resource| resource.identifier(world)).collect();
    let asked = Asked {
        world,
        view,
        wanted: Some(&wanted),
        fetched: exchange.fetched.as_ref(),
    };
    let token = match token::verify(&asked, text) {
        Err(Denial::Expired) => return cache::of_text(world, &view.defects, text).ok_or(Denial::Expired),
        judged => judged?,
    };
    let platform = world.platform();
    let named = (token.sid.as_str(), token.client.as_str());
    let caller = grants::acting(&platform, named, token.user.as_deref(), &token.scopes);
    // A subject that is nobody here (RFC 8725 §3.8).
    let caller = caller.ok_or(Denial::Unknown)?;
    if platform.is_disabled(&caller.user) && !view.defects.has(jwt::JWT_UNTIL_EXP) {
        return Err(Denial::Revoked);
    }
    drop(platform);
    if let Some(known) = world.oauth().access_mut(&token.jti) {
        // The authorization server may ask whether what it answered with has arrived.
        known.used = true;
    }
    exchange.token = Some(token.jti);
    let view = &exchange.view;
    cache::keep_text(world, &view.defects, text, &caller);
    Ok(cache::kept(world, &view.defects, caller, world.clock.now()))
}

/// Who opened the stream of HTTP+SSE that a message is for.
fn stream_opener(exchange: &Exchange<'_>) -> Option<String> {
    let streams = exchange.world.old_streams();
    streams.owner(&http_sse::named(exchange)).map(str::to_owned)
}

/// Who opened the session that a request names.
pub(super) fn opener(exchange: &Exchange<'_>) -> Option<String> {
    let id = exchange.head.headers.get("mcp-session-id")?.to_str().ok()?;
    exchange.world.sessions().owner(id).map(str::to_owned)
}

/// The credential that opened the session; only the defect `token-unchecked-in-session` lets it speak.
fn of_session(exchange: &Exchange<'_>) -> Option<String> {
    if !exchange.view.defects.has(resource::TOKEN_UNCHECKED_IN_SESSION) {
        return None;
    }
    opener(exchange)
}

/// Whoever opened the session, for a request without a token; only the defect `session-is-login` lets it in.
fn by_session(exchange: &Exchange<'_>) -> Option<Caller> {
    if exchange.view.defects.has(resource::SSE_STREAM_IS_LOGIN)
        && let Some(owner) = stream_opener(exchange)
    {
        return exchange.world.caller_of(&owner);
    }
    if !exchange.view.defects.has(resource::SESSION_IS_LOGIN) {
        return None;
    }
    exchange.world.caller_of(&opener(exchange)?)
}

/// The caller, unless a defect lets it continue somebody else's session: as that one, or as itself.
fn continued(exchange: &Exchange<'_>, caller: Caller) -> Caller {
    let defects = &exchange.view.defects;
    sign_in(exchange, &caller);
    if defects.has(resource::SSE_NOT_BOUND)
        && let Some(owner) = stream_opener(exchange)
    {
        return exchange.world.caller_of(&owner).unwrap_or(caller);
    }
    if defects.has(strm::SESSION_BINDS_USERNAME)
        && let Some(owner) = opener(exchange).and_then(|owner| exchange.world.caller_of(&owner))
        && owner.user == caller.user
    {
        return owner;
    }
    if !defects.any(&[
        resource::SESSION_NOT_BOUND,
        resource::SESSION_CONTINUED,
        resource::SESSION_SCOPES,
    ]) {
        return caller;
    }
    let Some(owner) = opener(exchange).filter(|owner| *owner != caller.credential) else {
        return caller;
    };
    if defects.has(resource::SESSION_NOT_BOUND) {
        return exchange.world.caller_of(&owner).unwrap_or(caller);
    }
    if let Some(Ok(id)) = exchange.head.headers.get("mcp-session-id").map(|id| id.to_str()) {
        exchange.world.sessions().take_over(id, &caller.credential);
    }
    if !defects.has(resource::SESSION_SCOPES) {
        return caller;
    }
    let opener = exchange.world.caller_of(&owner);
    Caller {
        scopes: opener.map(|opener| opener.scopes).unwrap_or_default(),
        ..caller
    }
}

/// A session that nobody had signed in to becomes that of the first who does.
fn sign_in(exchange: &Exchange<'_>, caller: &Caller) {
    if let Some(Ok(id)) = exchange.head.headers.get("mcp-session-id").map(|id| id.to_str()) {
        let mut sessions = exchange.world.sessions();
        if sessions.owner(id) == Some(ANONYMOUS) {
            sessions.take_over(id, &caller.credential);
        }
    }
}

/// A credential that was recognised and does not work is in the trail of its account. One that nobody knows is in
/// nobody's: the journal has it.
fn failed_login(exchange: &Exchange<'_>, denial: Denial) {
    let Some(known) = exchange.credential.as_ref().filter(|_| denial.is_invalid_token()) else {
        return;
    };
    let Some(caller) = exchange.world.caller_of(known) else {
        return;
    };
    let shown = exchange.head.headers.get(AUTHORIZATION);
    let shown = shown.map_or_else(String::new, |value| {
        String::from_utf8_lossy(value.as_bytes()).into_owned()
    });
    let now = exchange.world.clock.now();
    let mut platform = exchange.world.platform_for(&exchange.view);
    platform.note_failed_login(&caller, now, &shown);
}

/// Notes when a key was used, unless a defect forgets it.
fn used(exchange: &Exchange<'_>, credential: &str) {
    if !exchange.view.defects.has(key::NO_LAST_USED) {
        let now = exchange.world.clock.now();
        exchange.world.platform().keys.touch(credential, now);
    }
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
