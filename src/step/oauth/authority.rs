//! Finding the authorization server: protected resource metadata (RFC 9728), then its own (RFC 8414).

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value as Json};
use url::Url;

use crate::oauth::challenge;
use crate::oauth::metadata::{self, is_private, may_carry_secrets};
use crate::step::{Fill, Problem};
use crate::target::Resolved;
use crate::wire::{Read, Request, Response, Wire};

/// Longest wait for one document.
const PATIENCE: Duration = Duration::from_secs(10);

/// An authorization server as its metadata describes it.
#[derive(Debug, Clone)]
pub struct Authority {
    /// As the target file or the resource names it.
    pub issuer: String,
    /// The identifier of the resource, where its own metadata says it.
    pub resource: Option<String>,
    /// Every member of the metadata, as sent.
    pub members: Arc<Map<String, Json>>,
    /// The target is a public one: private addresses in the metadata are not followed.
    public: bool,
}

impl Authority {
    /// An endpoint to which credentials may be sent.
    pub(super) fn endpoint(&self, member: &str) -> Result<Url, Problem> {
        let Some(written) = self.members.get(member).and_then(Json::as_str) else {
            return Err(Problem::Undeclared {
                what: format!("`{member}` in the metadata of its authorization server"),
                unlock: format!("the server's own metadata (RFC 8414): \"{member}\": \"https://…\""),
            });
        };
        let mut url = Url::parse(written)
            .map_err(|error| Problem::Failed(format!("`{member}` of the metadata is no URL: {error}")))?;
        if let Some(why) = unsafe_to_call(&url, self.public) {
            return Err(Problem::Failed(format!(
                "`{member}` of the metadata names {}, {why}: nothing is sent there",
                shown(&url)
            )));
        }
        // A fragment is never sent (RFC 6749 §3.1).
        url.set_fragment(None);
        Ok(url)
    }
}

/// Why an address from a document is not called.
pub(super) fn unsafe_to_call(url: &Url, public: bool) -> Option<&'static str> {
    if !may_carry_secrets(url) {
        return Some("which is neither https nor http on loopback");
    }
    if public && is_private(url) {
        return Some("which is a private address, and the target is not");
    }
    None
}

pub(super) fn shown(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

/// The authorization server of this case, looked up once.
pub(super) async fn of_case(fill: Fill<'_>) -> Result<Arc<Authority>, Problem> {
    let state = &fill.world.oauth;
    let found = state
        .authority
        .get_or_init(|| async {
            look_up(&fill.world.parts.wire, fill.world.target())
                .await
                .map(Arc::new)
        })
        .await;
    found.clone()
}

/// Looks the authorization server up. What was found before the run is taken as it is.
pub async fn look_up(wire: &Wire, target: &Resolved) -> Result<Authority, Problem> {
    let public = !is_private(&target.mcp);
    if let Some(members) = &target.authority {
        let named = members.get("issuer").and_then(Json::as_str);
        return Ok(Authority {
            issuer: named.unwrap_or_default().to_owned(),
            resource: target.resource.clone(),
            members: members.clone(),
            public,
        });
    }
    let declared = target.oauth.as_ref().and_then(|oauth| oauth.issuer.clone());
    let (issuer, resource) = match declared {
        Some(issuer) => (issuer, None),
        None => of_resource(wire, target, public).await,
    };
    let url = Url::parse(&issuer)
        .map_err(|error| Problem::Failed(format!("the issuer `{issuer}` is no URL: {error}")))?;
    if let Some(why) = unsafe_to_call(&url, public) {
        return Err(Problem::Failed(format!("the issuer is {}, {why}", shown(&url))));
    }
    for address in metadata::server_in_order(&url) {
        let Some(members) = document(wire, &address).await else {
            continue;
        };
        let Some(named) = members.get("issuer").and_then(Json::as_str) else {
            continue;
        };
        // RFC 8414 §3.3 forbids to use it. A scenario judges that; here it only must not lead elsewhere.
        let same = named == issuer || Url::parse(named).is_ok_and(|named| named.origin() == url.origin());
        if !same {
            return Err(Problem::Failed(format!(
                "the document at {} is of another issuer: nothing is sent to what it names",
                shown(&address)
            )));
        }
        return Ok(Authority {
            issuer,
            resource,
            members: Arc::new(members),
            public,
        });
    }
    Err(Problem::Failed(format!(
        "the authorization server {issuer} has no metadata at its well-known addresses (RFC 8414 §3.1)"
    )))
}

/// The issuer that the resource names, with the resource's identifier; else the origin, as in MCP 2025-03-26.
async fn of_resource(wire: &Wire, target: &Resolved, public: bool) -> (String, Option<String>) {
    let mut places = metadata::resource_in_order(&target.mcp);
    if let Some(named) = named_by_challenge(wire, target).await
        && unsafe_to_call(&named, public).is_none()
        && named.origin() == target.mcp.origin()
    {
        places.insert(0, named);
    }
    for address in places {
        let Some(members) = document(wire, &address).await else {
            continue;
        };
        let servers = members.get("authorization_servers").and_then(Json::as_array);
        let first = servers.and_then(|list| list.first()).and_then(Json::as_str);
        if let Some(issuer) = first {
            let resource = members.get("resource").and_then(Json::as_str);
            let own = resource
                .filter(|resource| Url::parse(resource).is_ok_and(|url| url.origin() == target.mcp.origin()));
            return (issuer.to_owned(), own.map(str::to_owned));
        }
    }
    (target.mcp.origin().ascii_serialization(), None)
}

/// `resource_metadata` of the challenge to a request without a credential (RFC 9728 §5.1).
async fn named_by_challenge(wire: &Wire, target: &Resolved) -> Option<Url> {
    let response = get(wire, &target.mcp).await?;
    let lines: Vec<&[u8]> = response.header_values("www-authenticate").collect();
    let found = challenge::parse(&lines);
    let named = found
        .challenges
        .iter()
        .find_map(|one| one.param("resource_metadata"))?;
    Url::parse(named).ok()
}

/// A JSON object at an address that answers 200; no redirect is followed.
async fn document(wire: &Wire, address: &Url) -> Option<Map<String, Json>> {
    let response = get(wire, address).await?;
    if response.status != 200 {
        return None;
    }
    serde_json::from_slice(&response.body).ok()
}

async fn get(wire: &Wire, url: &Url) -> Option<Response> {
    let request = Request {
        method: "GET".to_owned(),
        url: url.clone(),
        target: None,
        headers: Vec::new(),
        body: bytes::Bytes::new(),
        timeout: PATIENCE,
        redirects: 0,
        read: Read::For(Duration::from_millis(500)),
    };
    wire.send(&request).await.response.ok()
}

/// The capabilities that follow from what a server says of itself.
pub fn capabilities(members: &Map<String, Json>) -> Vec<&'static str> {
    let says = |member: &str| members.get(member).is_some_and(Json::is_string);
    let holds = |member: &str, word: &str| {
        let list = members.get(member).and_then(Json::as_array);
        list.is_some_and(|list| list.iter().any(|item| item == word))
    };
    let mut found = vec!["oauth"];
    for (member, capability) in [
        ("registration_endpoint", "registration"),
        ("revocation_endpoint", "revocation-endpoint"),
        ("introspection_endpoint", "introspection"),
        ("jwks_uri", "jwks"),
    ] {
        if says(member) {
            found.push(capability);
        }
    }
    if holds("scopes_supported", "openid") || holds("response_types_supported", "id_token") {
        found.push("openid");
    }
    if members.get("client_id_metadata_document_supported") == Some(&Json::Bool(true)) {
        found.push("client-documents");
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_of_itself() {
        let members = serde_json::json!({
            "issuer": "https://a.example", "registration_endpoint": "https://a.example/register",
            "scopes_supported": ["openid"], "client_id_metadata_document_supported": true,
        });
        let members = members.as_object().expect("an object");
        assert_eq!(
            capabilities(members),
            ["oauth", "registration", "openid", "client-documents"]
        );
    }

    #[test]
    fn where_nothing_is_sent() {
        let reason = |text: &str, public| unsafe_to_call(&Url::parse(text).expect("a URL"), public);
        assert!(reason("https://a.example/token", true).is_none());
        assert!(reason("http://a.example/token", false).is_some());
        assert!(reason("https://10.0.0.1/token", true).is_some());
        assert!(reason("https://10.0.0.1/token", false).is_none());
        assert!(reason("http://127.0.0.1:1/token", true).is_some());
    }
}
