//! Grants without a browser: each is one request to the token endpoint, sent once. A refusal is final, as another grant
//! type would be another decision than the one that was made.

use super::address::Bounds;
use super::by::{By, Identity};
use super::discover::Discovered;
use super::fetch::TIMEOUT;
use super::post::Post;
use super::redeem::redeem;
use super::server::Server;
use super::{Login, LoginError, register, scopes};
use crate::oauth::response::{NoToken, token};
use crate::oauth::vault::Grant;
use crate::secret::Secret;

const CLIENT: &str = "client_credentials";
/// RFC 7523 §2.1.
const ASSERTION: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// RFC 8693 §2.1.
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
/// A grant that is an assertion about an identity.
const ID_JAG: &str = "urn:ietf:params:oauth:token-type:id-jag";

pub(super) async fn grant(
    login: &Login<'_>,
    bounds: &Bounds,
    found: &Discovered,
) -> Result<Grant, LoginError> {
    let server = &found.server;
    let client = register::client(login, bounds, server, &[], None).await?;
    let scopes = scopes::to_ask_for(login.wishes, found, false);
    let assertion = match login.by {
        By::Person(_) | By::Client => None,
        By::Workload(assertion) => Some(assertion.clone()),
        By::Identity(identity) => Some(exchanged(login, bounds, found, identity, &scopes).await?),
    };
    let kind = if assertion.is_some() { ASSERTION } else { CLIENT };
    offered(server, kind)?;
    let scope = scopes.join(" ");
    let mut params = vec![("grant_type", kind)];
    params.extend(
        assertion
            .as_ref()
            .map(|assertion| ("assertion", assertion.expose())),
    );
    if !scope.is_empty() {
        params.push(("scope", &scope));
    }
    redeem(login, found, &client, &params, &scopes).await
}

/// A server that lists its grant types means them; one that lists none is asked (RFC 8414 §2 has a default that names
/// none of these, and few who offer them remember to say so).
fn offered(server: &Server, kind: &str) -> Result<(), LoginError> {
    match &server.grants {
        Some(listed) if !listed.iter().any(|one| one == kind) => Err(LoginError::Lacks {
            issuer: server.issuer.clone(),
            lacks: if kind == CLIENT {
                "does not list client_credentials in `grant_types_supported`"
            } else {
                "does not list the grant by assertion (RFC 7523) in `grant_types_supported`"
            },
        }),
        _ => Ok(()),
    }
}

/// The sign-in for a grant that the authorization server of this resource takes, and no other.
async fn exchanged(
    login: &Login<'_>,
    bounds: &Bounds,
    found: &Discovered,
    identity: &Identity,
    scopes: &[String],
) -> Result<Secret, LoginError> {
    let what = "the token endpoint of the identity provider";
    bounds.check(what, &identity.token_endpoint)?;
    let post = Post {
        endpoint: &identity.token_endpoint,
        client: &identity.client,
        audience: &identity.issuer,
        now: login.clock.seconds(),
        timeout: TIMEOUT,
    };
    let scope = scopes.join(" ");
    let mut params = vec![
        ("grant_type", EXCHANGE),
        ("requested_token_type", ID_JAG),
        ("audience", &found.server.issuer),
        ("resource", &found.resource),
        ("subject_token", identity.id_token.expose()),
        ("subject_token_type", ID_TOKEN),
    ];
    if !scope.is_empty() {
        params.push(("scope", &scope));
    }
    let exchange = post
        .send(login.wire, &params)
        .await
        .map_err(|why| LoginError::Client { why })?;
    let response = exchange.response.map_err(|error| LoginError::NoAnswer {
        what,
        url: identity.token_endpoint.to_string(),
        why: error.to_string(),
    })?;
    let no_token = |why| LoginError::NoToken {
        issuer: identity.issuer.clone(),
        why,
    };
    let issued = token(&response).map_err(no_token)?;
    match issued.issued_token_type.as_deref() {
        Some(ID_JAG) => Ok(issued.access_token),
        // An access token of the provider would go to a server it is not for.
        _ => Err(no_token(NoToken::Malformed {
            status: response.status,
            what: "`issued_token_type` is not the identity assertion that was asked for (RFC 8693 §2.2.1)"
                .to_owned(),
        })),
    }
}
