//! From the address of an MCP endpoint to its authorization server (MCP 2025-11-25, "Authorization Server
//! Discovery"; RFC 9728 §5; RFC 8414; MCP 2025-03-26 where there is no protected-resource metadata).

use url::Url;

use super::address::{Bounds, bare};
use super::fetch::{TIMEOUT, get};
use super::server::Server;
use super::{Login, LoginError, Progress, REVISION};
use crate::oauth::challenge::{self, Challenge};
use crate::oauth::metadata::{
    MetadataError, ResourceMetadata, ServerMetadata, resource_in_order, server_in_order,
};
use crate::wire::{HeaderLine, Read, Request, Response};

/// What was found.
#[derive(Debug, Clone)]
pub(super) struct Discovered {
    /// To be sent as `resource` (RFC 8707).
    pub(super) resource: String,
    /// The server.
    pub(super) server: Server,
    /// `scope` of the challenge.
    pub(super) challenged: Option<Vec<String>>,
    /// `scopes_supported` of the resource.
    pub(super) supported: Option<Vec<String>>,
}

const RESOURCE: &str = "the protected-resource metadata";
const SERVER: &str = "the authorization-server metadata";

pub(super) async fn discover(login: &Login<'_>, bounds: &Bounds) -> Result<Discovered, LoginError> {
    let endpoint = login.endpoint;
    let (status, challenge) = match login.challenge {
        Some(challenge) => (401, Some(challenge.clone())),
        None => knock(login).await?,
    };
    let param = |name| challenge.as_ref().and_then(|challenge| challenge.param(name));
    let challenged = param("scope").map(words);
    let named = match param("resource_metadata") {
        Some(text) => Some(bounds.parse("`resource_metadata` of the challenge", text)?),
        None => None,
    };
    let found = resource_metadata(login, bounds, named).await?;
    let Some((place, document)) = found else {
        if !matches!(status, 401 | 403) && challenge.is_none() {
            return Err(LoginError::NothingToLogInTo {
                endpoint: bare(endpoint),
                status,
            });
        }
        return before_resource_metadata(login, bounds, challenged).await;
    };
    login.tell(Progress::Resource {
        document: bare(&place),
        resource: document.resource.clone(),
    });
    let issuer = chosen(login, &place, &document)?;
    let url = bounds.parse("the issuer", &issuer)?;
    let server = server_metadata(login, bounds, &url, Some(&issuer)).await?;
    let server = server.ok_or_else(|| LoginError::Lacks {
        issuer: issuer.clone(),
        lacks: "publishes no metadata at its well-known addresses (RFC 8414, OpenID Connect Discovery)",
    })?;
    Ok(Discovered {
        resource: document.resource,
        server: Server::of(server, bounds)?,
        challenged,
        supported: document.scopes_supported,
    })
}

/// The first request of any client, without a credential: status and challenge of its refusal name what is needed.
async fn knock(login: &Login<'_>) -> Result<(u16, Option<Challenge>), LoginError> {
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"initialize","params":{{"protocolVersion":"{REVISION}","capabilities":{{}},"clientInfo":{{"name":"hallmark","version":"{}"}}}}}}"#,
        env!("CARGO_PKG_VERSION")
    );
    let field = |name: &str, value: &str| HeaderLine::Field(name.to_owned(), value.as_bytes().to_vec());
    let request = Request {
        method: "POST".to_owned(),
        url: login.endpoint.clone(),
        target: None,
        headers: vec![
            field("Content-Type", "application/json"),
            field("Accept", "application/json, text/event-stream"),
        ],
        body: body.into_bytes().into(),
        timeout: TIMEOUT,
        redirects: 0,
        read: Read::UntilRpc(1.into()),
    };
    let what = "the MCP endpoint";
    let answer = login
        .wire
        .send(&request)
        .await
        .response
        .map_err(|error| LoginError::NoAnswer {
            what,
            url: bare(login.endpoint),
            why: error.to_string(),
        })?;
    login.tell(Progress::Knocked {
        status: answer.status,
    });
    match answer.status {
        // A redirect would lead a token to another address than the one that was typed.
        300..400 | 500.. => Err(LoginError::Status {
            what,
            url: bare(login.endpoint),
            status: answer.status,
        }),
        status => Ok((status, challenge_of(&answer))),
    }
}

/// Of a server that takes tokens of either kind, the plain one.
fn challenge_of(answer: &Response) -> Option<Challenge> {
    let values: Vec<&[u8]> = answer.header_values("www-authenticate").collect();
    let challenges = challenge::parse(&values);
    challenges.of("Bearer").or_else(|| challenges.of("DPoP")).cloned()
}

/// The address in the challenge, and only that; without one, the well-known addresses.
async fn resource_metadata(
    login: &Login<'_>,
    bounds: &Bounds,
    named: Option<Url>,
) -> Result<Option<(Url, ResourceMetadata)>, LoginError> {
    let is_named = named.is_some();
    let places = named.map_or_else(|| resource_in_order(login.endpoint), |named| vec![named]);
    for place in places {
        let response = get(login.wire, bounds, RESOURCE, &place).await?;
        if response.status != 200 {
            if is_named || response.status >= 500 {
                return Err(LoginError::Status {
                    what: RESOURCE,
                    url: bare(&place),
                    status: response.status,
                });
            }
            continue;
        }
        let document =
            ResourceMetadata::read(&response.body).and_then(|document| of_endpoint(document, login.endpoint));
        return match document {
            Ok(document) => Ok(Some((place, document))),
            // Some servers answer every path with their page.
            Err(MetadataError::NotJson(_)) if !is_named => continue,
            Err(why) => Err(LoginError::Document {
                what: RESOURCE,
                url: bare(&place),
                why,
            }),
        };
    }
    Ok(None)
}

/// RFC 9728 §3.3: a document of another resource must not be used, or anybody could have tokens made out to them. One
/// of the whole origin, or of a folder above the endpoint, is of this resource too (MCP, "Canonical Server URI").
fn of_endpoint(document: ResourceMetadata, endpoint: &Url) -> Result<ResourceMetadata, MetadataError> {
    let covers = Url::parse(&document.resource).is_ok_and(|resource| {
        let folder = resource.path().trim_end_matches('/');
        let below = endpoint.path().strip_prefix(folder);
        resource.origin() == endpoint.origin()
            && resource
                .query()
                .is_none_or(|query| Some(query) == endpoint.query())
            && below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
    });
    if covers {
        Ok(document)
    } else {
        document.of_resource(endpoint.as_str())
    }
}

fn chosen(login: &Login<'_>, place: &Url, document: &ResourceMetadata) -> Result<String, LoginError> {
    let servers = &document.authorization_servers;
    if let Some(wanted) = &login.wishes.issuer {
        return match servers.iter().find(|one| *one == wanted) {
            Some(one) => Ok(one.clone()),
            None => Err(LoginError::Lacks {
                issuer: wanted.clone(),
                lacks: "is not among the `authorization_servers` of the resource",
            }),
        };
    }
    servers
        .first()
        .cloned()
        .ok_or_else(|| LoginError::NoServer { url: bare(place) })
}

/// MCP 2025-03-26: the server is at the origin of the endpoint, with metadata there or at default paths.
async fn before_resource_metadata(
    login: &Login<'_>,
    bounds: &Bounds,
    challenged: Option<Vec<String>>,
) -> Result<Discovered, LoginError> {
    let mut origin = login.endpoint.clone();
    origin.set_path("/");
    origin.set_query(None);
    let server = match server_metadata(login, bounds, &origin, None).await? {
        Some(metadata) => Server::of(metadata, bounds)?,
        None => Server::by_default(&origin)?,
    };
    login.tell(Progress::Older {
        issuer: server.issuer.clone(),
    });
    let resource = login.endpoint.as_str();
    Ok(Discovered {
        resource: if login.endpoint.path() == "/" && login.endpoint.query().is_none() {
            resource.trim_end_matches('/').to_owned()
        } else {
            resource.to_owned()
        },
        server,
        challenged,
        supported: None,
    })
}

/// The first document that is there. `issuer` is what it must say (RFC 8414 §3.3); without one, what it must be at
/// the origin of.
async fn server_metadata(
    login: &Login<'_>,
    bounds: &Bounds,
    at: &Url,
    issuer: Option<&str>,
) -> Result<Option<ServerMetadata>, LoginError> {
    for place in server_in_order(at) {
        let response = get(login.wire, bounds, SERVER, &place).await?;
        match response.status {
            200 => {}
            500.. => {
                return Err(LoginError::Status {
                    what: SERVER,
                    url: bare(&place),
                    status: response.status,
                });
            }
            _ => continue,
        }
        let read = ServerMetadata::read(&response.body).and_then(|document| match issuer {
            Some(issuer) => document.of_issuer(issuer),
            None if same_issuer(&document.issuer, at) => Ok(document),
            None => document.of_issuer(at.as_str().trim_end_matches('/')),
        });
        match read {
            Ok(document) => {
                login.tell(Progress::Server {
                    document: bare(&place),
                    issuer: document.issuer.clone(),
                });
                return Ok(Some(document));
            }
            Err(MetadataError::NotJson(_)) => {}
            Err(why) => {
                return Err(LoginError::Document {
                    what: SERVER,
                    url: bare(&place),
                    why,
                });
            }
        }
    }
    Ok(None)
}

fn same_issuer(text: &str, at: &Url) -> bool {
    text.trim_end_matches('/') == at.as_str().trim_end_matches('/')
}

pub(super) fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_documents_are_of_an_endpoint() {
        let endpoint = Url::parse("https://a.example/v1/mcp").expect("a URL");
        for (resource, taken) in [
            ("https://a.example/v1/mcp", true),
            ("https://a.example/v1/mcp/", true),
            ("https://a.example/v1", true),
            ("https://a.example", true),
            ("https://a.example:443/", true),
            ("https://a.example/v", false),
            ("https://a.example/v1/mcp/x", false),
            ("https://a.example/v2", false),
            ("https://evil.example/v1/mcp", false),
            ("http://a.example/v1/mcp", false),
            ("a.example/v1/mcp", false),
            ("https://a.example?tenant=1", false),
        ] {
            let text = format!(r#"{{"resource":"{resource}"}}"#);
            let document = ResourceMetadata::read(text.as_bytes()).expect("a document");
            assert_eq!(of_endpoint(document, &endpoint).is_ok(), taken, "{resource}");
        }
    }
}
