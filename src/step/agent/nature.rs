//! What a request of an agent is: where it goes, what it calls, what it presents.

use serde_json::Value as Json;

use crate::scenario::model::Traits;
use crate::step::{Fill, Problem};
use crate::wire::Sent;

/// What a request is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Nature {
    /// A word of `PLACES`.
    pub to: String,
    /// The path.
    pub path: String,
    /// The HTTP method.
    pub method: String,
    /// The JSON-RPC method.
    pub rpc: Option<String>,
    /// The tool that is called.
    pub tool: Option<String>,
    /// `grant_type`.
    pub grant: Option<String>,
    /// What it presents as its credential: a bearer token or key.
    pub credential: Option<String>,
}

impl Nature {
    /// Of a request that goes to a place.
    pub fn of(sent: &Sent, to: &str) -> Self {
        let target = sent.line.split(' ').nth(1).unwrap_or("/");
        let (rpc, tool) = if to == "resource" {
            called(sent)
        } else {
            (None, None)
        };
        Self {
            to: to.to_owned(),
            path: target.split(['?', '#']).next().unwrap_or("/").to_owned(),
            method: sent.method.clone(),
            rpc,
            tool,
            grant: (to == "token").then(|| grant(sent)).flatten(),
            credential: credential(sent),
        }
    }
}

/// Method and tool of a JSON-RPC message; of a batch those of its first request.
fn called(sent: &Sent) -> (Option<String>, Option<String>) {
    let Ok(message) = serde_json::from_slice::<Json>(&sent.body) else {
        return (None, None);
    };
    let one = match &message {
        Json::Array(batch) => batch.first(),
        one => Some(one),
    };
    let text = |pointer: &str| one?.pointer(pointer)?.as_str().map(str::to_owned);
    let rpc = text("/method");
    let tool = text("/params/name").filter(|_| rpc.as_deref() == Some("tools/call"));
    (rpc, tool)
}

fn grant(sent: &Sent) -> Option<String> {
    let mut members = url::form_urlencoded::parse(&sent.body);
    members
        .find(|(name, _)| name == "grant_type")
        .map(|(_, value)| value.into_owned())
}

/// The token of `Authorization: Bearer`, or the value of `X-API-Key`.
fn credential(sent: &Sent) -> Option<String> {
    let header = |wanted: &str| {
        let mut lines = sent.headers.iter();
        let found = lines.find(|(name, _)| name.eq_ignore_ascii_case(wanted))?;
        Some(String::from_utf8_lossy(&found.1).trim().to_owned())
    };
    let bearer = header("authorization").and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme
            .eq_ignore_ascii_case("bearer")
            .then(|| token.trim().to_owned())
    });
    bearer.or_else(|| header("x-api-key"))
}

/// What a request is to be.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    to: Vec<String>,
    tool: Option<String>,
    rpc: Option<String>,
    method: Option<String>,
    grant: Option<String>,
    path: Option<String>,
    credential: Option<String>,
}

impl Wanted {
    /// With the values of its references.
    pub fn of(traits: &Traits, fill: Fill<'_>) -> Result<Self, Problem> {
        let text = |template: &Option<_>| {
            let filled = template.as_ref().map(|template| fill.text(template));
            filled.transpose().map_err(Problem::from)
        };
        Ok(Self {
            to: traits.to.iter().map(|place| place.value.clone()).collect(),
            tool: text(&traits.tool)?,
            rpc: text(&traits.rpc)?,
            method: text(&traits.method)?,
            grant: text(&traits.grant)?,
            path: text(&traits.path)?,
            credential: text(&traits.credential)?,
        })
    }

    /// Whether a request is all of it.
    pub fn fits(&self, nature: &Nature) -> bool {
        let place = |wanted: &String| {
            *wanted == nature.to
                || (wanted == "metadata"
                    && ["resource-metadata", "server-metadata"].contains(&nature.to.as_str()))
        };
        let same = |wanted: &Option<String>, found: Option<&String>| {
            wanted.as_ref().is_none_or(|wanted| Some(wanted) == found)
        };
        (self.to.is_empty() || self.to.iter().any(place))
            && same(&self.tool, nature.tool.as_ref())
            && same(&self.rpc, nature.rpc.as_ref())
            && same(&self.grant, nature.grant.as_ref())
            && same(&self.path, Some(&nature.path))
            && same(&self.credential, nature.credential.as_ref())
            && self
                .method
                .as_ref()
                .is_none_or(|wanted| wanted.eq_ignore_ascii_case(&nature.method))
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn sent(body: &'static str) -> Sent {
        Sent {
            method: "POST".to_owned(),
            url: "http://127.0.0.1:1/mcp?x=1".to_owned(),
            line: "POST /mcp?x=1 HTTP/1.1".to_owned(),
            headers: vec![("authorization".to_owned(), b"bearer abc".to_vec())],
            body: Bytes::from_static(body.as_bytes()),
        }
    }

    #[test]
    fn a_call_is_known_by_its_tool() {
        let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"storage"}}"#;
        let nature = Nature::of(&sent(call), "resource");
        assert_eq!(nature.tool.as_deref(), Some("storage"));
        assert_eq!(nature.rpc.as_deref(), Some("tools/call"));
        assert_eq!(nature.path, "/mcp");
        assert_eq!(nature.credential.as_deref(), Some("abc"));
        let wanted = |tool: &str| Wanted {
            to: vec!["resource".to_owned()],
            tool: Some(tool.to_owned()),
            ..Wanted::default()
        };
        assert!(wanted("storage").fits(&nature));
        assert!(!wanted("auth").fits(&nature));
    }

    #[test]
    fn a_token_request_is_known_by_its_grant() {
        let nature = Nature::of(&sent("grant_type=refresh_token&refresh_token=r"), "token");
        assert_eq!(nature.grant.as_deref(), Some("refresh_token"));
        assert_eq!(nature.tool, None);
    }
}
