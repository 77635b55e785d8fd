//! `params._meta` of the stateless era: which revision a request is of, and what its client can do.

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method};
use serde_json::{Map, Value};

use super::Era;
use super::session::REVISIONS;
use super::stateless_era::REVISION;

pub(super) const VERSION_HEADER: &str = "mcp-protocol-version";
pub(super) const METHOD_HEADER: &str = "mcp-method";
const VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const CLIENT: &str = "io.modelcontextprotocol/clientInfo";
const CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
pub(super) const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";
pub(super) const SUBSCRIPTION: &str = "io.modelcontextprotocol/subscriptionId";

/// What a request says of itself.
pub(super) struct Meta<'a> {
    members: Option<&'a Map<String, Value>>,
}

impl<'a> Meta<'a> {
    pub(super) fn of(params: &'a Map<String, Value>) -> Self {
        Self {
            members: params.get("_meta").and_then(Value::as_object),
        }
    }

    pub(super) fn version(&self) -> Option<&'a str> {
        self.members?.get(VERSION)?.as_str()
    }

    /// What the client calls itself.
    pub(super) fn client(&self) -> Option<&'a str> {
        self.members?.get(CLIENT)?.get("name")?.as_str()
    }

    pub(super) fn capabilities(&self) -> Option<&'a Map<String, Value>> {
        self.members?.get(CAPABILITIES)?.as_object()
    }
}

/// Which era a request of a dual-era server is of (versioning, backward compatibility).
///
/// `_meta` with a revision that is not of the session era, a header of the stateless era where nothing speaks for a
/// session, or an unknown version outside a session make it stateless; `initialize` without them selects sessions, and so does
/// everything else.
pub(super) fn era_of(head: &Parts, message: Option<&Value>) -> Era {
    if head.method != Method::POST {
        return Era::Session;
    }
    let said = one(&head.headers, VERSION_HEADER);
    let in_session = head.headers.contains_key("mcp-session-id");
    let of_a_session = in_session || said.is_some_and(|said| REVISIONS.contains(&said));
    let unknown = said.is_some_and(|said| !REVISIONS.contains(&said)) && !in_session;
    let member = |name: &str| message.and_then(|message| message.get(name));
    let method = member("method").and_then(Value::as_str);
    let version = member("params").and_then(|params| params.get("_meta")?.get(VERSION)?.as_str());
    // A server of the session era reads over a header that it does not know.
    let named = head.headers.contains_key(METHOD_HEADER);
    let named = named && !of_a_session && method != Some("initialize");
    let marked = named || said == Some(REVISION);
    let modern = version.is_some_and(|version| !REVISIONS.contains(&version));
    if modern || marked || (unknown && method != Some("initialize")) {
        Era::Stateless
    } else {
        Era::Session
    }
}

/// What a POST says, which may be anything.
pub(super) fn peeked(head: &Parts, body: &Bytes) -> Option<Value> {
    let posts = head.method == Method::POST;
    posts.then(|| serde_json::from_slice(body).ok()).flatten()
}

/// The value of a header that is there once, as text.
pub(super) fn one<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut lines = headers.get_all(name).iter();
    let value = lines.next()?.to_str().ok()?;
    lines.next().is_none().then_some(value)
}
