//! A client id: one that is known already, the address of a document, or one that is registered now, in that order
//! (MCP 2025-11-25, "Client Registration Approaches").

use serde_json::{Map, Value, json};
use url::Url;

use super::address::{Bounds, bare};
use super::fetch::TIMEOUT;
use super::server::Server;
use super::{Login, LoginError, Person, Progress};
use crate::oauth::response::refusal;
use crate::oauth::vault::{AuthMethod, Client};
use crate::secret::Secret;
use crate::wire::{HeaderLine, Read, Request, Response};

/// Without a person nothing is registered: what a machine may do, somebody decided beforehand.
pub(super) async fn client(
    login: &Login<'_>,
    bounds: &Bounds,
    server: &Server,
    scopes: &[String],
    person: Option<&dyn Person>,
) -> Result<Client, LoginError> {
    let before = login.wishes.before.as_ref();
    let (client, how) = if let Some(known) = &login.wishes.client {
        (known.clone(), "given")
    } else if let Some(before) = before.filter(|before| before.issuer == server.issuer) {
        (before.client.clone(), "as before")
    } else if let Some(document) = login
        .wishes
        .document
        .as_deref()
        .filter(|_| server.takes_documents)
    {
        let url = bounds.parse("the client's document", document)?;
        if url.scheme() != "https" || url.path() == "/" {
            return Err(LoginError::Address {
                what: "the client's document",
                url: bare(&url),
                why: "it must be https, with a path",
            });
        }
        let client = Client {
            id: document.to_owned(),
            secret: None,
            key: None,
            auth: AuthMethod::None,
        };
        (client, "its metadata document")
    } else if let (Some(endpoint), Some(person)) = (&server.registration_endpoint, person) {
        let client = register(login, server, endpoint, scopes, person).await?;
        (client, "registered just now")
    } else if person.is_none() {
        return Err(LoginError::Client {
            why: "without a person it must be registered beforehand".to_owned(),
        });
    } else {
        return Err(LoginError::NoRegistration {
            issuer: server.issuer.clone(),
        });
    };
    login.tell(Progress::Client {
        id: client.id.clone(),
        how,
    });
    Ok(client)
}

/// RFC 7591 §3.
async fn register(
    login: &Login<'_>,
    server: &Server,
    endpoint: &Url,
    scopes: &[String],
    person: &dyn Person,
) -> Result<Client, LoginError> {
    let failed = |why: String| LoginError::NotRegistered {
        issuer: server.issuer.clone(),
        why,
    };
    let method = preferred(server.auth_methods.as_deref());
    let mut body = json!({
        "client_name": "Hallmark",
        "application_type": "native",
        "redirect_uris": [person.redirect_uri()],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": method.as_str(),
    });
    if login.prover.is_some() {
        // RFC 9449 §5.2: no token of this client without a key.
        body["dpop_bound_access_tokens"] = json!(true);
    }
    if !scopes.is_empty() {
        // A client that names none may be held to the server's default (RFC 7591 §2).
        let mut named = body.clone();
        named["scope"] = json!(scopes.join(" "));
        let response = ask(login, endpoint, &named).await.map_err(failed)?;
        if !minds_metadata(&response) {
            return registered(&response, method).map_err(failed);
        }
    }
    let response = ask(login, endpoint, &body).await.map_err(failed)?;
    registered(&response, method).map_err(failed)
}

/// Some servers know the scopes of a resource only when they are asked for, and refuse a client that names them.
fn minds_metadata(response: &Response) -> bool {
    refusal(response)
        .is_some_and(|refusal| matches!(&*refusal.error, "invalid_client_metadata" | "invalid_scope"))
}

async fn ask(login: &Login<'_>, endpoint: &Url, body: &Value) -> Result<Response, String> {
    let field = |name: &str| HeaderLine::Field(name.to_owned(), b"application/json".to_vec());
    let request = Request {
        method: "POST".to_owned(),
        url: endpoint.clone(),
        target: None,
        headers: vec![field("Content-Type"), field("Accept")],
        body: body.to_string().into_bytes().into(),
        timeout: TIMEOUT,
        redirects: 0,
        read: Read::Whole,
    };
    let exchange = login.wire.send(&request).await;
    exchange.response.map_err(|error| error.to_string())
}

/// A client without a secret where the server takes one: what a native program holds is no secret (RFC 8252 §8.5).
/// Absent, the server takes Basic (RFC 8414 §2); many do not say so and take public clients all the same.
/// Where both are listed the secret goes into the body: servers of the MCP SDKs list Basic and look for the id there.
fn preferred(supported: Option<&[String]>) -> AuthMethod {
    let Some(supported) = supported else {
        return AuthMethod::None;
    };
    let order = [
        AuthMethod::None,
        AuthMethod::ClientSecretPost,
        AuthMethod::ClientSecretBasic,
    ];
    order
        .into_iter()
        .find(|method| supported.iter().any(|one| one == method.as_str()))
        .unwrap_or(AuthMethod::None)
}

/// RFC 7591 §3.2.1: the server may have changed what was asked for.
fn registered(response: &Response, asked: AuthMethod) -> Result<Client, String> {
    let status = response.status;
    if let Some(refusal) = refusal(response).filter(|_| !(200..300).contains(&status)) {
        let description = refusal
            .description
            .map(|words| format!(": {words}"))
            .unwrap_or_default();
        return Err(format!("{}{description} (HTTP {status})", refusal.error));
    }
    if !(200..300).contains(&status) {
        return Err(format!("HTTP {status}"));
    }
    let members: Map<String, Value> =
        serde_json::from_slice(&response.body).map_err(|_| format!("HTTP {status} without a JSON object"))?;
    let text = |name: &str| {
        members
            .get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    let id = text("client_id").ok_or_else(|| format!("HTTP {status} without a `client_id`"))?;
    let secret = text("client_secret").map(Secret::new);
    let auth = match text("token_endpoint_auth_method") {
        Some(name) => AuthMethod::parse(name)
            .ok_or_else(|| format!("it wants `{name}`, which this client cannot do"))?,
        None if secret.is_none() => AuthMethod::None,
        // RFC 7591 §2: the default is Basic.
        None if asked == AuthMethod::None => AuthMethod::ClientSecretBasic,
        None => asked,
    };
    Ok(Client {
        id: id.to_owned(),
        secret,
        key: None,
        auth,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_by_what_the_server_lists() {
        let of = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            preferred(Some(&names))
        };
        assert_eq!(preferred(None), AuthMethod::None);
        assert_eq!(of(&["client_secret_basic", "none"]), AuthMethod::None);
        assert_eq!(
            of(&["client_secret_basic", "client_secret_post"]),
            AuthMethod::ClientSecretPost
        );
        assert_eq!(of(&["client_secret_basic"]), AuthMethod::ClientSecretBasic);
        assert_eq!(of(&["client_secret_post"]), AuthMethod::ClientSecretPost);
        assert_eq!(of(&["private_key_jwt"]), AuthMethod::None);
    }

    #[test]
    fn answers() {
        let read = |status, body: &str| {
            let response = Response {
                status,
                body: body.as_bytes().to_vec().into(),
                ..Response::default()
            };
            match registered(&response, AuthMethod::None) {
                Ok(client) => format!(
                    "{} {} {}",
                    client.id,
                    client.auth.as_str(),
                    client.secret.is_some()
                ),
                Err(why) => why,
            }
        };
        let said = [
            (201, r#"{"client_id":"a"}"#),
            (200, r#"{"client_id":"a","client_secret":"s"}"#),
            (
                201,
                r#"{"client_id":"a","client_secret":"s","token_endpoint_auth_method":"client_secret_post"}"#,
            ),
            (
                201,
                r#"{"client_id":"a","token_endpoint_auth_method":"tls_client_auth"}"#,
            ),
            (201, r#"{"client_id":""}"#),
            (201, "<html>"),
            (
                400,
                r#"{"error":"invalid_redirect_uri","error_description":"no"}"#,
            ),
            (403, ""),
        ]
        .map(|(status, body)| read(status, body));
        insta::assert_snapshot!(said.join("\n"), @r"
        a none false
        a client_secret_basic true
        a client_secret_post true
        it wants `tls_client_auth`, which this client cannot do
        HTTP 201 without a `client_id`
        HTTP 201 without a JSON object
        invalid_redirect_uri: no (HTTP 400)
        HTTP 403
        ");
    }
}
