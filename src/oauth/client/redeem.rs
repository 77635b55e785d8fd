//! The code for tokens (RFC 6749 §4.1.3).

use super::authorize::Sent;
use super::discover::{Discovered, words};
use super::fetch::TIMEOUT;
use super::post::Post;
use super::scopes::OFFLINE;
use super::{Login, LoginError, Progress};
use crate::oauth::response::token;
use crate::oauth::vault::{Access, Client, Grant, State, Tokens};
use crate::secret::Secret;

pub(super) async fn redeem(
    login: &Login<'_>,
    found: &Discovered,
    client: Client,
    sent: &Sent,
    code: &Secret,
    asked: Vec<String>,
) -> Result<Grant, LoginError> {
    let server = &found.server;
    let now = login.clock.seconds();
    let post = Post {
        endpoint: &server.token_endpoint,
        client: &client,
        audience: &server.issuer,
        now,
        timeout: TIMEOUT,
    };
    let params = [
        ("grant_type", "authorization_code"),
        ("code", code.expose()),
        ("redirect_uri", &sent.redirect_uri),
        ("code_verifier", sent.verifier.expose()),
        ("resource", &found.resource),
    ];
    let exchange = post
        .send(login.wire, &params)
        .await
        .map_err(|why| LoginError::Client { why })?;
    let response = exchange.response.map_err(|error| LoginError::NoAnswer {
        what: "the token endpoint",
        url: server.token_endpoint.to_string(),
        why: error.to_string(),
    })?;
    let issued = token(&response).map_err(|why| LoginError::NoToken {
        issuer: server.issuer.clone(),
        why,
    })?;
    if !issued.token_type.eq_ignore_ascii_case("bearer") {
        return Err(LoginError::NotBearer {
            issuer: server.issuer.clone(),
            kind: issued.token_type,
        });
    }
    // RFC 6749 §5.1: absent, it is what was asked for.
    let scope = issued.scope.as_deref().map_or_else(|| asked.clone(), words);
    let refreshable = issued.refresh_token.is_some();
    login.tell(Progress::Redeemed {
        scope: scope.clone(),
        missing: missing(asked, &scope, refreshable),
        refreshable,
    });
    Ok(Grant {
        endpoint: login.endpoint.to_string(),
        issuer: server.issuer.clone(),
        token_endpoint: server.token_endpoint.to_string(),
        revocation_endpoint: server.revocation_endpoint.as_ref().map(ToString::to_string),
        resource: Some(found.resource.clone()),
        client,
        scope,
        since: now,
        state: State::Connected(Tokens {
            access: Some(Access {
                token: issued.access_token,
                obtained: now,
                expires: issued.expires_in.map(|life| now.saturating_add(life.as_secs())),
            }),
            refresh: issued.refresh_token,
            refreshes: 0,
            pending: None,
            alarm: None,
        }),
    })
}

/// Many servers do not repeat `offline_access` in what they granted: the refresh token says it.
fn missing(asked: Vec<String>, granted: &[String], refreshable: bool) -> Vec<String> {
    let is_missing = |one: &String| !granted.contains(one) && !(refreshable && one == OFFLINE);
    asked.into_iter().filter(is_missing).collect()
}
