//! A client that acts for itself (RFC 6749 §4.4), and what a defect does with passwords.

use super::client::Client;
use super::consent;
use super::error::OAuthError;
use super::grant::Family;
use super::params::Params;
use super::scopes::Scopes;
use super::token_endpoint::Granted;
use super::{issue, redeem, resources};
use crate::defect::tok;
use crate::serve::exchange::Exchange;

/// Every client that acts for itself acts with the roles of this account.
const SERVICE: &str = "service";
const INVALID_SCOPE: OAuthError =
    OAuthError::of("invalid_scope", "the scope is unknown or not for this client");

/// No person, no refresh token.
pub(super) fn grant(
    exchange: &Exchange<'_>,
    client: &Client,
    params: &Params,
) -> Result<Granted, OAuthError> {
    let world = exchange.world;
    let service = world.platform().user_named(SERVICE).map(|user| user.id.clone());
    let service = service.unwrap_or_default();
    let (sid, granted) = begin(exchange, client, params, &service, None)?;
    Ok(Granted {
        access: granted.0,
        refresh: None,
        id_token: issue::id_token(world, &exchange.view, &sid, &granted.1),
        whole: params
            .get("scope")
            .is_none_or(|asked| asked == granted.1.to_string()),
        scopes: granted.1,
    })
}

/// Only the defect `ropc-on` comes here.
pub(super) fn by_password(
    exchange: &Exchange<'_>,
    client: &Client,
    params: &Params,
) -> Result<Granted, OAuthError> {
    let text = |name: &str| params.get(name).unwrap_or_default();
    let user = exchange
        .world
        .oauth()
        .passwords
        .check(text("username"), text("password"))
        .map(str::to_owned);
    let user = user.ok_or(OAuthError::grant("name and password do not belong together"))?;
    let (sid, (access, scopes)) = begin(exchange, client, params, &user, Some(&user))?;
    Ok(Granted {
        refresh: redeem::refresh_token(exchange, client, &sid, &scopes, &access.jti),
        access,
        id_token: None,
        whole: false,
        scopes,
    })
}

/// A family with its first access token, for as much of the scope as the account's roles reach.
fn begin(
    exchange: &Exchange<'_>,
    client: &Client,
    params: &Params,
    account: &str,
    user: Option<&str>,
) -> Result<(String, (crate::authority::token::Issued, Scopes)), OAuthError> {
    let (world, view) = (exchange.world, &exchange.view);
    let none = params.raw("scope") == Some("") && view.defects.has(tok::SCOPE_EMPTY_NONE);
    let scopes = match params.get("scope").map(Scopes::parse).transpose() {
        Err(_) => return Err(INVALID_SCOPE),
        Ok(Some(asked)) => consent::possible(world, &asked, account),
        Ok(None) if none => Scopes::default(),
        Ok(None) => consent::usual(world, account),
    };
    if scopes.is_empty() && !none {
        return Err(INVALID_SCOPE);
    }
    let audience = resources::asked(world, &view.defects, params)?;
    let now = world.clock.now();
    let sid = {
        let mut store = world.oauth();
        let sid = store.id();
        store.admit_family(Family {
            sid: sid.clone(),
            user: user.map(str::to_owned),
            client: client.id.clone(),
            scopes: scopes.clone(),
            resources: audience.clone(),
            device_name: None,
            agent_name: None,
            created: now,
            auth_time: now,
            last_used: now,
            ended: None,
            access_survives: false,
            nonce: None,
        });
        sid
    };
    let access = issue::access_token(world, view, &sid, &scopes, &audience);
    Ok((sid, (access, scopes)))
}
