//! Giving a grant back (RFC 7009).

use url::Url;

use super::fetch::TIMEOUT;
use super::post::Post;
use crate::oauth::response::refusal;
use crate::oauth::vault::{Clock, Grant};
use crate::wire::Wire;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revoked {
    /// The server took it (it does so too for a token it does not know, §2.2).
    Yes,
    /// There is nothing to revoke: no token is left.
    NoToken,
    /// The server has no revocation endpoint.
    NoEndpoint,
    /// It did not take it: why.
    No(String),
}

/// Revokes the refresh token, and the access tokens with it (§2.1); without one, the access token.
pub async fn revoke(wire: &Wire, clock: &Clock, grant: &Grant) -> Revoked {
    let Some(tokens) = grant.tokens() else {
        return Revoked::NoToken;
    };
    let access = tokens
        .access
        .as_ref()
        .map(|access| (&access.token, "access_token"));
    let Some((token, hint)) = tokens
        .refresh
        .as_ref()
        .map(|token| (token, "refresh_token"))
        .or(access)
    else {
        return Revoked::NoToken;
    };
    let Some(endpoint) = grant.revocation_endpoint.as_deref() else {
        return Revoked::NoEndpoint;
    };
    let Ok(endpoint) = Url::parse(endpoint) else {
        return Revoked::No("the stored revocation endpoint is no URL".to_owned());
    };
    let post = Post {
        endpoint: &endpoint,
        client: &grant.client,
        audience: &grant.issuer,
        now: clock.seconds(),
        timeout: TIMEOUT,
    };
    let exchange = match post
        .send(wire, &[("token", token.expose()), ("token_type_hint", hint)])
        .await
    {
        Ok(exchange) => exchange,
        Err(why) => return Revoked::No(why),
    };
    match exchange.response {
        Ok(response) if response.status == 200 || response.status == 204 => Revoked::Yes,
        Ok(response) => {
            let error = refusal(&response).map(|refusal| format!("{} ", refusal.error));
            Revoked::No(format!("{}(HTTP {})", error.unwrap_or_default(), response.status))
        }
        Err(error) => Revoked::No(error.to_string()),
    }
}
