//! Revocation (RFC 7009): by the client a token was issued to, at once, and for a refresh token with all that hangs on it.

use http::Method;

use super::client::Client;
use super::error::{OAuthError, method_not_allowed};
use super::params::Params;
use super::{Store, authenticate, token_endpoint};
use crate::defect::{DefectSet, revk};
use crate::serve::answer::{self, Answer};
use crate::serve::exchange::Exchange;

/// What a token turned out to be.
enum Found {
    /// Of this family.
    Refresh(String),
    /// Of this family, with this `jti`.
    Access(String, String),
}

pub(super) fn answer(exchange: &mut Exchange<'_>) -> Answer {
    let by_get = exchange.head.method == Method::GET && exchange.view.defects.has(revk::REVOKE_GET);
    if exchange.head.method != Method::POST && !by_get {
        return method_not_allowed("POST");
    }
    match revoke(exchange, by_get) {
        Ok(ended) => {
            if !exchange.view.defects.has(revk::WS_FORGETS_REVOCATION) {
                exchange.world.end_sessions_of_dead_keys();
                // What a revoked access token opened ends, too, though its grant lives: the client opens it anew.
                exchange.world.end_sessions_of(ended.into_iter().collect());
            }
            answer::with(answer::empty(200), "cache-control", "no-store")
        }
        Err(error) => {
            exchange.stop("oauth", error.code);
            error.answer()
        }
    }
}

/// Revokes; gives the grant of the token that was.
fn revoke(exchange: &Exchange<'_>, by_get: bool) -> Result<Option<String>, OAuthError> {
    let params = token_endpoint::form(exchange, by_get)?;
    let lenient = by_get || exchange.view.defects.has(revk::REVOKE_ANY);
    let client = authenticate::client(exchange, &params, lenient)?;
    let text = params
        .get("token")
        .ok_or(OAuthError::request("token is missing"))?;
    let defects = &exchange.view.defects;
    let now = exchange.world.clock.now();
    let mut store = exchange.world.oauth();
    let Some(found) = find(&store, text, &params, defects) else {
        // RFC 7009 §2.2: what is not there is as good as revoked.
        return if defects.has(revk::REVOKE_404) {
            Err(OAuthError {
                status: 404,
                ..OAuthError::request("there is no such token")
            })
        } else {
            Ok(None)
        };
    };
    owned(&store, &found, &client, defects)?;
    if defects.has(revk::REVOKE_NOOP) {
        return Ok(None);
    }
    end(&mut store, &found, defects, now);
    let (Found::Refresh(sid) | Found::Access(sid, _)) = found;
    Ok(Some(sid))
}

/// The hint says where to look first, no more (RFC 7009 §2.1).
fn find(store: &Store, text: &str, params: &Params, defects: &DefectSet) -> Option<Found> {
    let refresh = || store.refresh(text).map(|token| Found::Refresh(token.sid.clone()));
    let access = || {
        let token = store.access_of_text(text)?;
        Some(Found::Access(token.sid.clone(), token.jti.clone()))
    };
    match params.get("token_type_hint") {
        Some("access_token") if defects.has(revk::HINT_ONLY) => access(),
        Some("refresh_token") if defects.has(revk::HINT_ONLY) => refresh(),
        Some(_) if defects.has(revk::HINT_ONLY) => None,
        _ => refresh().or_else(access),
    }
}

/// RFC 7009 §2.1: only the client it was issued to. Others are refused, and the token lives.
fn owned(store: &Store, found: &Found, client: &Client, defects: &DefectSet) -> Result<(), OAuthError> {
    let (Found::Refresh(sid) | Found::Access(sid, _)) = found;
    let own = store.family(sid).is_some_and(|family| family.client == client.id);
    if own || defects.has(revk::REVOKE_ANY) {
        return Ok(());
    }
    Err(OAuthError::grant("the token was issued to another client"))
}

fn end(store: &mut Store, found: &Found, defects: &DefectSet, now: i64) {
    let (Found::Refresh(sid) | Found::Access(sid, _)) = found;
    if defects.has(revk::REVOKE_BY_USER)
        && let Some(user) = store.family(sid).and_then(|family| family.user.clone())
    {
        store.end_all_of(&user, now);
    }
    match found {
        Found::Refresh(sid) => {
            store.end_family(sid, now);
            if let Some(family) = store.family_mut(sid) {
                family.access_survives = defects.has(revk::REVOKE_NO_CASCADE);
            }
        }
        Found::Access(_, jti) => {
            if let Some(token) = store.access_mut(jti) {
                token.revoked.get_or_insert(now);
            }
        }
    }
}
