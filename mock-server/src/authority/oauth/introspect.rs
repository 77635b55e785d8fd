//! Introspection (RFC 7662): what is true of a token, told to whoever may know.

use http::Method;
use serde_json::{Value, json};

use super::client::Client;
use super::error::{OAuthError, method_not_allowed};
use super::grant::{ABSOLUTE_LIFE, Family, IDLE_LIFE};
use super::params::Params;
use super::{Store, authenticate, token_endpoint};
use crate::authority::token;
use crate::defect::intr;
use crate::serve::answer::{self, Answer};
use crate::serve::exchange::Exchange;

pub(super) fn answer(exchange: &mut Exchange<'_>) -> Answer {
    if exchange.head.method != Method::POST {
        return method_not_allowed("POST");
    }
    match introspect(exchange) {
        Ok(told) => answer::with(answer::json(200, &told), "cache-control", "no-store"),
        Err(error) => {
            exchange.stop("oauth", error.code);
            error.answer()
        }
    }
}

fn introspect(exchange: &Exchange<'_>) -> Result<Value, OAuthError> {
    let params = token_endpoint::form(exchange, false)?;
    let asker = asker(exchange, &params)?;
    let text = params
        .get("token")
        .ok_or(OAuthError::request("token is missing"))?;
    let told = access(exchange, text).or_else(|| refresh(exchange, text));
    let told = told.filter(|told| {
        let own = |client: &Client| client.inspector || told["client_id"] == client.id;
        asker.as_ref().is_none_or(own)
    });
    Ok(told.unwrap_or_else(|| inactive(exchange, text)))
}

/// RFC 7662 §2.1: only somebody who can authenticate. A public client cannot.
fn asker(exchange: &Exchange<'_>, params: &Params) -> Result<Option<Client>, OAuthError> {
    if exchange.view.defects.has(intr::INTROSPECT_OPEN) {
        return Ok(None);
    }
    let client = authenticate::client(exchange, params, false)?;
    if !client.is_confidential() {
        return Err(OAuthError::client("only a client that authenticates may ask"));
    }
    Ok(Some(client))
}

/// RFC 7662 §2.2: nothing but that it is not active, whatever the reason.
fn inactive(exchange: &Exchange<'_>, text: &str) -> Value {
    let mut told = json!({ "active": false });
    if exchange.view.defects.has(intr::INACTIVE_DETAILS) {
        let store = exchange.world.oauth();
        let client =
            sid_of(&store, text).and_then(|sid| store.family(&sid).map(|family| family.client.clone()));
        told["reason"] = json!(if client.is_some() { "revoked" } else { "unknown" });
        told["client_id"] = json!(client);
    }
    told
}

fn sid_of(store: &Store, text: &str) -> Option<String> {
    let refresh = store.refresh(text).map(|token| token.sid.clone());
    refresh.or_else(|| store.access_of_text(text).map(|token| token.sid.clone()))
}

fn access(exchange: &Exchange<'_>, text: &str) -> Option<Value> {
    let world = exchange.world;
    let now = world.clock.now();
    let read = token::read(world, &exchange.view, text).ok();
    let store = world.oauth();
    let lax = exchange.view.defects.has(intr::INTROSPECT_EXP_ONLY);
    let known = match read {
        Some((_, jti)) => store.access(&jti),
        None if lax => store.access_of_text(text).filter(|token| now < token.expires),
        None => None,
    }?;
    let family = store.family(&known.sid)?;
    let issuer = &world.fixtures.oauth.issuer;
    Some(json!({
        "active": true,
        "token_type": "Bearer",
        "scope": store.reach(&known.sid, &known.scopes).to_string(),
        "client_id": family.client,
        "sub": subject(family),
        "aud": known.resources,
        "iss": issuer,
        "exp": known.expires,
        "iat": known.issued,
        "jti": known.jti,
        "sid": known.sid,
    }))
}

fn refresh(exchange: &Exchange<'_>, text: &str) -> Option<Value> {
    let world = exchange.world;
    let now = world.clock.now();
    let closed = |user: &str| world.platform().is_disabled(user);
    let (token, family) = {
        let store = world.oauth();
        let token = store.refresh(text)?.clone();
        let family = store.family(&token.sid)?.clone();
        (token, family)
    };
    let ends = (token.issued + IDLE_LIFE).min(family.created + ABSOLUTE_LIFE);
    let dead = token.spent.is_some() || family.ended.is_some() || family.user.as_deref().is_some_and(closed);
    if now >= ends || (dead && !exchange.view.defects.has(intr::INTROSPECT_EXP_ONLY)) {
        return None;
    }
    let issuer = &world.fixtures.oauth.issuer;
    Some(json!({
        "active": true,
        "scope": token.scopes.within(&family.scopes).to_string(),
        "client_id": family.client,
        "sub": subject(&family),
        "iss": issuer,
        "exp": ends,
        "iat": token.issued,
        "sid": family.sid,
    }))
}

fn subject(family: &Family) -> &str {
    family.user.as_deref().unwrap_or(&family.client)
}
