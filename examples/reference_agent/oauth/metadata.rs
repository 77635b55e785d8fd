//! Metadata documents: of the resource (RFC 9728), then of its authorization server (RFC 8414).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use url::Url;

use super::identifier::same;
use crate::failure::Failure;
use crate::habits::{self, on};
use crate::http::{Fault, Http, Request, may_fetch};

/// What a resource says of itself.
#[derive(Debug, Clone, Default)]
pub(super) struct Resource {
    /// Its identifier.
    pub(super) identifier: String,
    pub(super) servers: Vec<String>,
    pub(super) scopes: Vec<String>,
}

/// What comes of asking at one address.
enum Found {
    Document(Map<String, Value>),
    Nothing,
}

/// Looks for resource metadata: where the challenge says, then at the well-known address with the endpoint's path, then
/// at the root (MCP, authorization server discovery). `None` where there is none at all.
pub(super) async fn resource(
    http: &Http,
    endpoint: &Url,
    endpoint_text: &str,
    told: Option<&str>,
) -> Result<Option<Resource>, Failure> {
    let root = endpoint.origin().ascii_serialization();
    let path = endpoint.path().trim_end_matches('/');
    let well_known = format!("{root}/.well-known/oauth-protected-resource");
    let mut places: Vec<String> = told.map(str::to_owned).into_iter().collect();
    if !path.is_empty() {
        places.push(format!("{well_known}{path}"));
    }
    if on(habits::PRM_ROOT_FIRST) {
        fetch(http, &well_known, endpoint).await.ok();
    }
    places.push(well_known);
    for place in &places {
        let Found::Document(mut document) = fetch(http, place, endpoint).await? else {
            continue;
        };
        strict(&document)?;
        signed(&mut document);
        let said = text(&document, "resource");
        // A document at the root may be about the whole origin.
        let whole = Some(place) == places.last() && (same(&said, &root) || said == format!("{root}/"));
        if !same(&said, endpoint_text) && !whole && !on(habits::SKIP_RESOURCE_CHECK) {
            let why = format!("the metadata is about another resource than {endpoint_text}: {said}");
            return Err(Failure::Login(why));
        }
        return Ok(Some(Resource {
            identifier: if on(habits::SKIP_RESOURCE_CHECK) {
                endpoint_text.to_owned()
            } else {
                said
            },
            servers: list(&document, "authorization_servers"),
            scopes: list(&document, "scopes_supported"),
        }));
    }
    Ok(None)
}

/// The authorization servers that a challenge of a resource leads to.
pub(crate) async fn resource_servers(
    http: &Http,
    endpoint: &Url,
    endpoint_text: &str,
    told: &str,
) -> Result<Vec<String>, Failure> {
    let found = resource(http, endpoint, endpoint_text, Some(told)).await?;
    Ok(found.map(|resource| resource.servers).unwrap_or_default())
}

/// The metadata of an issuer, from the addresses in the order that MCP gives.
pub(super) async fn server(http: &Http, endpoint: &Url, issuer: &str) -> Result<Map<String, Value>, Failure> {
    let address = Url::parse(issuer).map_err(|_| Failure::Login(format!("{issuer} is no issuer")))?;
    let root = address.origin().ascii_serialization();
    let path = address.path().trim_end_matches('/');
    let mut places = vec![
        format!("{root}/.well-known/oauth-authorization-server{path}"),
        format!("{root}/.well-known/openid-configuration{path}"),
    ];
    if !path.is_empty() {
        places.push(format!("{root}{path}/.well-known/openid-configuration"));
    }
    if on(habits::OIDC_FIRST) {
        places.rotate_left(1);
    }
    for place in &places {
        let found = fetch(http, place, endpoint).await;
        if on(habits::GUESS_TOKEN_ENDPOINT) && found.is_err() {
            return Ok(guessed(issuer));
        }
        let Found::Document(document) = found? else {
            continue;
        };
        let said = text(&document, "issuer");
        if !same(&said, issuer) && !on(habits::SKIP_ISSUER_CHECK) {
            return Err(Failure::Login(format!(
                "the metadata of {issuer} is of another issuer: {said}"
            )));
        }
        return Ok(document);
    }
    if on(habits::GUESS_TOKEN_ENDPOINT) {
        return Ok(guessed(issuer));
    }
    Err(Failure::Login(format!("{issuer} has no metadata")))
}

/// One address. That there is nothing (4xx) leads to the next; that the server is in trouble does not: what it would
/// have said is not known, and a guess could be another server's.
async fn fetch(http: &Http, place: &str, endpoint: &Url) -> Result<Found, Failure> {
    let url = Url::parse(place).map_err(|_| Failure::Login(format!("{place} is no address")))?;
    let request = Request::get(url).with("Accept", "application/json");
    let check = |url: &Url| may_fetch(url, endpoint);
    let answer = http.send(request, check).await.map_err(|fault| match fault {
        Fault::Forbidden(why) => Failure::Login(why),
        fault => Failure::Login(format!("metadata at {place}: {fault}")),
    })?;
    match answer.status {
        200 => {}
        400..500 => return Ok(Found::Nothing),
        status => {
            return Err(Failure::Login(format!(
                "metadata at {place} was answered {status}"
            )));
        }
    }
    let body = answer
        .body()
        .await
        .map_err(|fault| Failure::Login(format!("metadata at {place}: {fault}")))?;
    match serde_json::from_slice(&body) {
        Ok(Value::Object(document)) => Ok(Found::Document(document)),
        _ => Err(Failure::Login(format!("metadata at {place} is no JSON object"))),
    }
}

/// Signed metadata is not read: this client has no key to check it with, and may then take the plain members (RFC 9728
/// §2.2).
fn signed(document: &mut Map<String, Value>) {
    if !on(habits::SIGNED_UNCHECKED) {
        return;
    }
    let claims = text(document, "signed_metadata");
    let claims = claims
        .split('.')
        .nth(1)
        .and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    if let Some(Value::Object(claims)) = claims.and_then(|claims| serde_json::from_slice(&claims).ok()) {
        document.extend(claims);
    }
}

fn strict(document: &Map<String, Value>) -> Result<(), Failure> {
    const KNOWN: [&str; 8] = [
        "resource",
        "authorization_servers",
        "scopes_supported",
        "bearer_methods_supported",
        "resource_name",
        "jwks_uri",
        "signed_metadata",
        "resource_documentation",
    ];
    match document.keys().find(|name| !KNOWN.contains(&name.as_str())) {
        Some(name) if on(habits::UNKNOWN_MEMBER_FATAL) => {
            Err(Failure::Login(format!("unknown member {name}")))
        }
        _ => Ok(()),
    }
}

fn guessed(issuer: &str) -> Map<String, Value> {
    let base = issuer.trim_end_matches('/');
    let member = |name: &str, path: &str| (name.to_owned(), Value::from(format!("{base}{path}")));
    Map::from_iter([
        ("issuer".to_owned(), Value::from(issuer)),
        member("authorization_endpoint", "/authorize"),
        member("token_endpoint", "/token"),
        member("registration_endpoint", "/register"),
        (
            "code_challenge_methods_supported".to_owned(),
            Value::from(vec!["S256"]),
        ),
    ])
}

/// A text member; empty where there is none.
pub(super) fn text(document: &Map<String, Value>, name: &str) -> String {
    document
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// A member that is a list of texts; empty where there is none.
pub(super) fn list(document: &Map<String, Value>, name: &str) -> Vec<String> {
    let items = document.get(name).and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}
