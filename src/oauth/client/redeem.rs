//! The token request (RFC 6749 §4.1.3, and the grants that need no code) and what comes of it.

use super::discover::{Discovered, words};
use super::fetch::TIMEOUT;
use super::post::Post;
use super::scopes::OFFLINE;
use super::{Login, LoginError, Progress};
use crate::oauth::response::{Issued, token};
use crate::oauth::vault::{Access, Client, Grant, State, Tokens};

/// `params` say what is redeemed; `asked` is the scope that was asked for.
pub(super) async fn redeem(
    login: &Login<'_>,
    found: &Discovered,
    client: &Client,
    params: &[(&str, &str)],
    asked: &[String],
) -> Result<Grant, LoginError> {
    let server = &found.server;
    let now = login.clock.seconds();
    let post = Post {
        endpoint: &server.token_endpoint,
        client,
        audience: &server.issuer,
        now,
        timeout: TIMEOUT,
    };
    // RFC 8707 §2.2: the token is for this resource alone.
    let params = [params, &[("resource", &*found.resource)]].concat();
    let exchange = post
        .proved(login.wire, &params, login.prover)
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
    let wanted = if login.prover.is_some() { "DPoP" } else { "Bearer" };
    if !issued.token_type.eq_ignore_ascii_case(wanted) {
        return Err(LoginError::OtherKind {
            issuer: server.issuer.clone(),
            kind: issued.token_type,
            wanted,
        });
    }
    // RFC 6749 §5.1: absent, it is what was asked for.
    let scope = issued.scope.as_deref().map_or_else(|| asked.to_vec(), words);
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
        client: client.clone(),
        scope,
        since: now,
        state: State::Connected(tokens(issued, now)),
    })
}

/// Many servers do not repeat `offline_access` in what they granted: the refresh token says it.
fn missing(asked: &[String], granted: &[String], refreshable: bool) -> Vec<String> {
    let has = |one: &String| granted.contains(one) || (refreshable && one == OFFLINE);
    asked.iter().filter(|one| !has(one)).cloned().collect()
}

fn tokens(issued: Issued, now: u64) -> Tokens {
    Tokens {
        access: Some(Access {
            token: issued.access_token,
            obtained: now,
            expires: issued.expires_in.map(|life| now.saturating_add(life.as_secs())),
        }),
        refresh: issued.refresh_token,
        refreshes: 0,
        pending: None,
        alarm: None,
    }
}
