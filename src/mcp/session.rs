//! Opening, naming and ending a session (session era: "Lifecycle", "Transports").

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use url::Url;

use super::words::shown;
use super::{NoAnswer, Revision, Rpc, UNSUPPORTED_VERSION, answer};
use crate::wire::{Exchange, HeaderLine, Read, Request};

/// An open session; also of a server that gave no session id.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// Negotiated: the server's word.
    pub revision: Revision,
    /// `Mcp-Session-Id`, if the server gave one.
    pub id: Option<String>,
    /// Who it is.
    pub server: ServerInfo,
    /// `instructions`.
    pub instructions: Option<String>,
}

/// Who a server says it is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ServerInfo {
    /// `serverInfo.name`; empty when absent.
    pub name: String,
    /// `serverInfo.version`; empty when absent.
    pub version: String,
    /// `capabilities` as they came.
    pub capabilities: Value,
}

/// Why a session did not open, or a server did not say who it is. The sentence begins with the method.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum OpenProblem {
    /// Refused on the HTTP level, before any JSON-RPC.
    #[error("was refused with status {status}")]
    Refused {
        /// 401, 403, 404 …
        status: u16,
    },
    /// A JSON-RPC error.
    #[error("was answered with error {code}: {message}")]
    Error {
        /// `code`.
        code: i64,
        /// `message`.
        message: String,
    },
    /// No response to the request.
    #[error("got no usable answer: {0}")]
    NoAnswer(#[from] NoAnswer),
    /// The result says no protocol version.
    #[error("was answered without a protocolVersion")]
    NoVersion,
    /// The server says no list of versions.
    #[error("was answered without supportedVersions")]
    NoVersions,
    /// The server speaks no revision that is known here.
    #[error("was answered with MCP {got} (asked: {asked})")]
    UnknownVersion {
        /// The server's, as text.
        got: String,
        /// Ours.
        asked: Revision,
    },
    /// The session id has bytes that cannot be sent back. A blank can; that it must not be there either ("Session
    /// Management") is for a rule to say.
    #[error("was answered with a session id that has bytes other than printable ASCII")]
    SessionId,
}

/// Reads the answer to [`super::initialize_request`]. A server may answer with another revision than was asked.
pub fn opened(exchange: &Exchange, asked: Revision) -> Result<Session, OpenProblem> {
    let result = match answer(exchange, &json!(0)).rpc {
        Rpc::Result(result) => result,
        Rpc::Error { code, message, data } => return Err(turned_away(code, &message, data.as_ref(), asked)),
        Rpc::None(why) => return Err(not_opened(exchange, why)),
    };
    let text = |v: &Value, name: &str| v.get(name).and_then(Value::as_str).map(str::to_owned);
    let got = text(&result, "protocolVersion").ok_or(OpenProblem::NoVersion)?;
    // Over HTTP+SSE a server may answer with any revision that has sessions; over Streamable HTTP with one that has it.
    let revision = Revision::parse(&got)
        .filter(|revision| !revision.is_stateless() && (asked.is_http_sse() || !revision.is_http_sse()))
        .ok_or_else(|| OpenProblem::UnknownVersion {
            got: shown(&got),
            asked,
        })?;
    let server = result.get("serverInfo").unwrap_or(&Value::Null);
    Ok(Session {
        revision,
        id: session_id(exchange)?,
        server: ServerInfo {
            name: shown(&text(server, "name").unwrap_or_default()),
            version: shown(&text(server, "version").unwrap_or_default()),
            capabilities: result.get("capabilities").cloned().unwrap_or_default(),
        },
        instructions: text(&result, "instructions"),
    })
}

/// An error; where it is about versions and names some, these.
pub(super) fn turned_away(code: i64, message: &str, data: Option<&Value>, asked: Revision) -> OpenProblem {
    let supported = data
        .and_then(|data| data.get("supported"))
        .and_then(Value::as_array);
    match supported.map(|versions| listed(versions)) {
        Some(got) if code == UNSUPPORTED_VERSION && !got.is_empty() => {
            OpenProblem::UnknownVersion { got, asked }
        }
        _ => OpenProblem::Error {
            code,
            message: shown(message),
        },
    }
}

/// Versions for a sentence; a few of many.
pub(super) fn listed(versions: &[Value]) -> String {
    let texts: Vec<&str> = versions.iter().filter_map(Value::as_str).collect();
    let some: Vec<String> = texts.iter().take(5).map(|text| shown(text)).collect();
    match texts.len().saturating_sub(some.len()) {
        0 => some.join(", "),
        more => format!("{} and {more} more", some.join(", ")),
    }
}

/// An HTTP refusal says more than the shape of its body.
fn not_opened(exchange: &Exchange, why: NoAnswer) -> OpenProblem {
    match &exchange.response {
        Ok(response) if response.status >= 300 => OpenProblem::Refused {
            status: response.status,
        },
        _ => OpenProblem::NoAnswer(why),
    }
}

fn session_id(exchange: &Exchange) -> Result<Option<String>, OpenProblem> {
    let Ok(response) = &exchange.response else {
        return Ok(None);
    };
    let Some(id) = response.header_values("mcp-session-id").next() else {
        return Ok(None);
    };
    let sendable = !id.is_empty() && id.iter().all(|byte| matches!(byte, b' '..=b'~'));
    let id = std::str::from_utf8(id)
        .ok()
        .filter(|_| sendable)
        .ok_or(OpenProblem::SessionId)?;
    Ok(Some(id.to_owned()))
}

/// The headers of a POST, and, in a session, the ones that name it. Without a session: those of `initialize`.
pub fn headers_for(session: Option<&Session>) -> Vec<(String, String)> {
    let mut headers = vec![
        (
            "Accept".to_owned(),
            "application/json, text/event-stream".to_owned(),
        ),
        ("Content-Type".to_owned(), "application/json".to_owned()),
    ];
    headers.extend(session.into_iter().flat_map(naming));
    headers
}

fn naming(session: &Session) -> Vec<(String, String)> {
    let version = session.revision.names_itself_in_header();
    let version = version.then(|| ("MCP-Protocol-Version".to_owned(), session.revision.to_string()));
    let id = session.id.clone().map(|id| ("Mcp-Session-Id".to_owned(), id));
    version.into_iter().chain(id).collect()
}

/// The DELETE that ends a session; `None` when there is no session id to end. The caller adds credentials.
pub fn end_request(url: &Url, session: &Session, timeout: Duration) -> Option<Request> {
    session.id.as_ref()?;
    let field = |(name, value): (String, String)| HeaderLine::Field(name, value.into_bytes());
    Some(Request {
        method: "DELETE".to_owned(),
        url: url.clone(),
        target: None,
        headers: naming(session).into_iter().map(field).collect(),
        body: Bytes::new(),
        timeout,
        redirects: 0,
        read: Read::Whole,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::answer::tests::{any_json, json_body};
    use super::*;

    fn answered(result: &str, id: Option<&str>) -> Exchange {
        let mut exchange = json_body(200, &format!(r#"{{"jsonrpc":"2.0","id":0,"result":{result}}}"#));
        if let (Ok(response), Some(id)) = (&mut exchange.response, id) {
            response
                .headers
                .push(("mcp-session-id".to_owned(), id.as_bytes().to_vec()));
        }
        exchange
    }

    #[test]
    fn a_session_opens_and_names_itself() {
        let result = r#"{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}}"#;
        let session =
            opened(&answered(result, Some("abc")), Revision::latest_with_sessions()).expect("opens");
        assert_eq!(
            (session.revision, session.server.name.as_str()),
            (Revision::V2025_06_18, "s")
        );
        let lines: Vec<String> = headers_for(Some(&session))
            .iter()
            .map(|(n, v)| format!("{n}: {v}"))
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        Accept: application/json, text/event-stream
        Content-Type: application/json
        MCP-Protocol-Version: 2025-06-18
        Mcp-Session-Id: abc
        ");
        let url = Url::parse("http://127.0.0.1/mcp").expect("url");
        assert!(end_request(&url, &session, Duration::from_secs(1)).is_some());
        assert_eq!(headers_for(None).len(), 2);
        let old = Session {
            revision: Revision::V2025_03_26,
            id: None,
            ..session
        };
        assert_eq!(headers_for(Some(&old)).len(), 2);
        assert!(end_request(&url, &old, Duration::from_secs(1)).is_none());
    }

    #[test]
    fn problems() {
        let table = [
            json_body(401, r#"{"error":"invalid_token"}"#),
            json_body(
                400,
                r#"{"jsonrpc":"2.0","id":0,"error":{"code":-32602,"message":"version"}}"#,
            ),
            json_body(200, "<html>"),
            answered("{}", None),
            answered(r#"{"protocolVersion":"1999-01-01"}"#, None),
            answered(r#"{"protocolVersion":"2025-06-18"}"#, Some("a\u{e9}b")),
        ];
        let all: Vec<String> = table
            .iter()
            .map(|e| {
                opened(e, Revision::latest_with_sessions())
                    .map_or_else(|p| p.to_string(), |s| format!("{s:?}"))
            })
            .collect();
        insta::assert_snapshot!(all.join("\n"), @r#"
        was refused with status 401
        was answered with error -32602: version
        got no usable answer: the body is not JSON: expected value at line 1 column 1 (status 200, application/json)
        was answered without a protocolVersion
        was answered with MCP 1999-01-01 (asked: 2025-11-25)
        was answered with a session id that has bytes other than printable ASCII
        "#);
    }

    proptest! {
        #[test]
        fn total(result in any_json()) {
            let _ = opened(&answered(&result.to_string(), None), Revision::latest_with_sessions());
        }
    }
}
