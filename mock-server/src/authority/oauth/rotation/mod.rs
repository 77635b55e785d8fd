//! Refreshing (RFC 6749 §6) with rotation and reuse detection (RFC 9700 §4.14.2, OAuth 2.1 §4.3.1).
//!
//! A refresh token works once and is replaced. Whoever presents a replaced one has a copy, so the whole family ends.
//! Variants soften that in the three ways that servers do: a short grace window, the previous token as long as the new
//! one was not used, no rotation for clients that authenticate.

mod fate;
mod follow;

use super::client::Client;
use super::error::OAuthError;
use super::grant::{ABSOLUTE_LIFE, Family, IDLE_LIFE, RefreshToken};
use super::params::Params;
use super::redeem::RACE;
use super::scopes::Scopes;
use super::token_endpoint::Granted;
use super::{Store, issue, resources};
use crate::defect::{DefectSet, load, rfsh, rind, strm};
use crate::serve::exchange::Exchange;
use crate::state::View;
use fate::Fate;
use follow::Presented;

/// The window of the variant `rotation-grace`, in seconds. It begins with the rotation and does not slide.
pub(crate) const GRACE: i64 = 30;

/// Unknown, over, replaced or another client's: one answer for all (RFC 6749 §5.2).
const DEAD: OAuthError = OAuthError::grant("the refresh token is unknown, over or was used");

/// What a refresh comes to, before an access token is made.
struct Turn {
    sid: String,
    /// Of the access token.
    scopes: Scopes,
    /// What the answer says of them.
    told: Scopes,
    /// Of the grant.
    granted: Scopes,
    audience: Vec<String>,
    refresh: String,
    /// The access token that was issued before.
    before: String,
}

pub(super) async fn grant(
    exchange: &Exchange<'_>,
    client: &Client,
    params: &Params,
) -> Result<Granted, OAuthError> {
    let (world, view) = (exchange.world, &exchange.view);
    let text = params
        .get("refresh_token")
        .ok_or(OAuthError::request("refresh_token is missing"))?;
    let mut looked = false;
    if view.defects.has(rfsh::ROTATION_TOCTOU) {
        looked = world
            .oauth()
            .refresh(text)
            .is_some_and(|token| token.spent.is_none());
        tokio::time::sleep(RACE).await;
    }
    if view.defects.has(load::STORM_500) {
        let sid = world.oauth().refresh(text).map(|token| token.sid.clone());
        if sid.is_some_and(|sid| world.crowd.storms(&sid, world.clock.millis())) {
            return Err(OAuthError {
                status: 500,
                ..OAuthError::of("server_error", "the store of grants is locked")
            });
        }
    }
    let turn = turn(exchange, client, params, text, looked)?;
    let access = issue::access_token(world, view, &turn.sid, &turn.scopes, &turn.audience);
    let mut store = world.oauth();
    if let Some(token) = store.refresh_mut(&turn.refresh) {
        token.access.clone_from(&access.jti);
    }
    if view.defects.has(rfsh::REFRESH_KILLS_OLD_AT)
        && let Some(before) = store.access_mut(&turn.before)
    {
        before.revoked.get_or_insert(world.clock.now());
    }
    drop(store);
    if view.defects.has(strm::KICK_ON_ROTATE) {
        world.hub.end(&turn.sid);
    }
    Ok(Granted {
        id_token: issue::id_token(world, view, &turn.sid, &turn.scopes),
        access,
        refresh: Some(turn.refresh),
        whole: turn.told == turn.granted,
        scopes: turn.told,
    })
}

/// Judges the token and rotates it, in one step.
fn turn(
    exchange: &Exchange<'_>,
    client: &Client,
    params: &Params,
    text: &str,
    looked: bool,
) -> Result<Turn, OAuthError> {
    let (world, view) = (exchange.world, &exchange.view);
    let now = world.clock.now();
    let platform = world.platform();
    let mut store = world.oauth();
    let token = store.refresh(text).cloned().ok_or(DEAD)?;
    let family = store.family(&token.sid).cloned().ok_or(DEAD)?;
    if family.client != client.id && !view.defects.has(rfsh::RT_UNBOUND) {
        return Err(DEAD);
    }
    let closed = family
        .user
        .as_deref()
        .is_some_and(|user| platform.is_disabled(user));
    if family.ended.is_some()
        || store.is_signed_out(&family.sid)
        || closed
        || over(&token, &family, &view.defects, now)
    {
        return Err(dead(view));
    }
    let fate = fate::fate(&store, view, client, &token, looked, now);
    if fate == Fate::Reuse {
        reused(&mut store, &token.sid, &view.defects, now);
    }
    if matches!(fate, Fate::Reuse | Fate::Refuse) {
        return Err(dead(view));
    }
    let given = follow::scopes(params, &token, &family, &view.defects)?;
    let any = view
        .defects
        .any(&[rfsh::REFRESH_ANY_AUD, rind::RESOURCE_LATE_ADD]);
    let audience = resources::narrowed(world, &view.defects, &family.resources, params, any)?;
    if let Some(family) = store.family_mut(&token.sid) {
        family.last_used = now;
        if view.defects.has(rfsh::REFRESH_WIDEN) {
            family.scopes = family
                .scopes
                .words()
                .iter()
                .chain(given.access.words())
                .cloned()
                .collect();
        }
    }
    let presented = Presented {
        text,
        token: &token,
        family: &family,
        fate,
    };
    let (sid, refresh) = follow::next(&mut store, &presented, given.kept, &view.defects, now);
    Ok(Turn {
        sid,
        scopes: given.access,
        told: given.told,
        granted: token.scopes,
        audience,
        refresh,
        before: token.access,
    })
}

/// A token that was good once, as defects tell it.
fn dead(view: &View) -> OAuthError {
    if view.defects.has(rfsh::REVOKED_503) {
        return OAuthError {
            status: 503,
            ..OAuthError::of("temporarily_unavailable", DEAD.description)
        };
    }
    if view.defects.has(rfsh::REVOKED_INVALID_REQUEST) {
        return OAuthError::request(DEAD.description);
    }
    DEAD
}

fn over(token: &RefreshToken, family: &Family, defects: &DefectSet, now: i64) -> bool {
    let late = now >= token.issued + IDLE_LIFE || now >= family.created + ABSOLUTE_LIFE;
    late && !defects.has(rfsh::RT_IMMORTAL)
}

/// The whole family ends, its access tokens included.
fn reused(store: &mut Store, sid: &str, defects: &DefectSet, now: i64) {
    if defects.has(rfsh::REUSE_NO_FAMILY) {
        return;
    }
    store.end_family(sid, now);
    if let Some(family) = store.family_mut(sid) {
        family.access_survives = defects.has(rfsh::FAMILY_AT_ALIVE);
    }
}
