//! Redeeming a code (RFC 6749 §4.1.3): once, by its client, with the verifier of its challenge.

use std::time::Duration;

use super::client::{Client, REFRESH_TOKEN};
use super::error::OAuthError;
use super::grant::{CODE_LIFE, Code, Family, RefreshToken};
use super::params::Params;
use super::scopes::{Identity, Scopes};
use super::token_endpoint::Granted;
use super::{Store, issue, pkce, resources};
use crate::defect::{DefectSet, oac, rind};
use crate::serve::exchange::Exchange;
use crate::variant;

/// Between a look and its mark, so that requests that come together all look first.
pub(super) const RACE: Duration = Duration::from_millis(30);
const GONE: OAuthError = OAuthError::grant("the code is unknown, over or redeemed");

pub(super) async fn grant(
    exchange: &Exchange<'_>,
    client: &Client,
    params: &Params,
) -> Result<Granted, OAuthError> {
    let (world, view) = (exchange.world, &exchange.view);
    let text = params.get("code").ok_or(OAuthError::request("code is missing"))?;
    let mut looked = false;
    if view.defects.has(oac::CODE_TOCTOU) {
        looked = world.oauth().code(text).is_some_and(|code| code.spent.is_none());
        tokio::time::sleep(RACE).await;
    }
    let now = world.clock.now();
    let code = world.oauth().code(text).cloned().ok_or(GONE)?;
    if view.defects.has(oac::REVOKE_ON_ANY_REPLAY) && code.spent.is_some() {
        return Err(replayed(&mut world.oauth(), &code, &view.defects, now));
    }
    bound(&code, client, params, &view.defects)?;
    pkce::verify(code.challenge.as_ref(), params, &view.defects)?;
    if now >= code.issued + CODE_LIFE && !view.defects.has(oac::CODE_IMMORTAL) {
        return Err(GONE);
    }
    let any = view.defects.has(rind::RESOURCE_LATE_ADD);
    let audience = resources::narrowed(world, &view.defects, &code.resources, params, any)?;
    if world.platform().is_disabled(&code.user) {
        return Err(OAuthError::grant("the account is closed"));
    }
    let sid = spend(&mut world.oauth(), text, params, &view.defects, looked, now)?;
    let access = issue::access_token(world, view, &sid, &code.scopes, &audience);
    let refresh = refresh_token(exchange, client, &sid, &code.scopes, &access.jti);
    Ok(Granted {
        id_token: issue::id_token(world, view, &sid, &code.scopes),
        refresh,
        access,
        scopes: code.scopes,
        whole: false,
    })
}

/// RFC 6749 §4.1.3: the same client, and the same redirect URI where one is sent. OAuth 2.1 no longer asks for it.
fn bound(code: &Code, client: &Client, params: &Params, defects: &DefectSet) -> Result<(), OAuthError> {
    if code.client != client.id && !defects.has(oac::CODE_UNBOUND_CLIENT) {
        return Err(GONE);
    }
    let other = params
        .get("redirect_uri")
        .is_some_and(|uri| uri != code.redirect_uri);
    if other && !defects.has(oac::REDIRECT_NOT_COMPARED) {
        return Err(OAuthError::grant(
            "redirect_uri is another one than in the request",
        ));
    }
    Ok(())
}

/// Marks the code and begins its family, in one step.
fn spend(
    store: &mut Store,
    text: &str,
    params: &Params,
    defects: &DefectSet,
    looked: bool,
    now: i64,
) -> Result<String, OAuthError> {
    let code = store.code(text).cloned().ok_or(GONE)?;
    let again = looked || defects.has(oac::CODE_REUSABLE);
    if code.spent.is_some() && !again {
        return Err(replayed(store, &code, defects, now));
    }
    let sid = store.id();
    if let (Some(kept), false) = (store.code_mut(text), defects.has(oac::SEALED_CODE)) {
        kept.spent = Some(sid.clone());
    }
    store.admit_family(Family {
        sid: sid.clone(),
        user: Some(code.user),
        client: code.client,
        scopes: code.scopes,
        resources: code.resources,
        device_name: params.get("device_name").map(str::to_owned),
        agent_name: code.agent_name,
        created: now,
        auth_time: code.auth_time,
        last_used: now,
        ended: None,
        access_survives: false,
        nonce: code.nonce,
    });
    Ok(sid)
}

/// RFC 6749 §4.1.2: whoever holds the code twice may have stolen it, so what it gave ends. Asked only where everything
/// else about the request is right, so that a stranger cannot end somebody's grant (OAuth 2.1 §7.5.2).
fn replayed(store: &mut Store, code: &Code, defects: &DefectSet, now: i64) -> OAuthError {
    if let (Some(sid), false) = (&code.spent, defects.has(oac::REPLAY_NO_REVOKE)) {
        store.end_family(sid, now);
    }
    GONE
}

/// A refresh token, for clients that may use one.
pub(super) fn refresh_token(
    exchange: &Exchange<'_>,
    client: &Client,
    sid: &str,
    scopes: &Scopes,
    jti: &str,
) -> Option<String> {
    let asked = scopes.has(Identity::OfflineAccess);
    let only_asked = exchange.view.variants.has(variant::OFFLINE_ACCESS_ASKED);
    if !client.may(REFRESH_TOKEN) || (only_asked && !asked) {
        return None;
    }
    let now = exchange.world.clock.now();
    let mut store = exchange.world.oauth();
    let text = store.secret();
    store.admit_refresh(
        &text,
        RefreshToken {
            sid: sid.to_owned(),
            scopes: scopes.clone(),
            issued: now,
            spent: None,
            successor: None,
            access: jti.to_owned(),
            repeats: 0,
        },
    );
    Some(text)
}
