//! HTTP+SSE (2024-11-05, "HTTP with SSE"): where the stream says that messages go, and which of its events belong to
//! one request.

use std::collections::BTreeSet;

use serde_json::Value;
use url::Url;

use crate::wire::SseEvent;
use crate::wire::json;

/// Shorter texts of a message endpoint are no session ids.
const TELLING: usize = 16;

/// Why a stream names no place that messages may be sent to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoEndpoint {
    /// Another event came first.
    #[error("the first event of the stream is `{event}`, not `endpoint`")]
    OtherEvent {
        /// Its type.
        event: String,
    },
    /// No URI in it.
    #[error("the endpoint event names no usable URI: {why}")]
    NotAUri {
        /// What is wrong with it.
        why: String,
    },
    /// A client that followed it would hand its credential to somebody else.
    #[error("the endpoint event names {there}, another origin than {here}: nothing is sent there")]
    Foreign {
        /// The origin it names.
        there: String,
        /// The origin of the stream.
        here: String,
    },
}

/// Where to POST: the URI of the first event, absolute or relative to the stream's own. It never leaves the origin that
/// the credential is for, never changes the scheme and never carries a user or password of its own.
pub fn endpoint(first: &SseEvent, stream: &Url) -> Result<Url, NoEndpoint> {
    if first.event != "endpoint" {
        let event = first.event.chars().take(60).collect();
        return Err(NoEndpoint::OtherEvent { event });
    }
    let not = |why: &str| NoEndpoint::NotAUri { why: why.to_owned() };
    let written = first.data.trim();
    if written.is_empty() {
        return Err(not("it is empty"));
    }
    let mut url = stream.join(written).map_err(|error| not(&error.to_string()))?;
    if url.origin() != stream.origin() || url.scheme() != stream.scheme() {
        let name = |url: &Url| {
            let origin = url.origin();
            if origin.is_tuple() {
                origin.ascii_serialization()
            } else {
                format!("{}:", url.scheme())
            }
        };
        return Err(NoEndpoint::Foreign {
            there: name(&url),
            here: name(stream),
        });
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(not("it holds a user or password"));
    }
    url.set_fragment(None);
    Ok(url)
}

/// Texts of a message endpoint that name the stream: who has them may try to speak on it.
pub fn session_texts(endpoint: &Url) -> Vec<String> {
    let query = endpoint.query_pairs().map(|(_, value)| value.into_owned());
    let path = endpoint.path_segments().into_iter().flatten().map(str::to_owned);
    query.chain(path).filter(|text| text.len() >= TELLING).collect()
}

/// The ids that an event answers.
fn answered(event: &SseEvent) -> Vec<Value> {
    if event.event != "message" {
        return Vec::new();
    }
    let id = |message: &Value| {
        let answers = message.get("result").is_some() || message.get("error").is_some();
        message.get("id").filter(|_| answers).cloned()
    };
    match json::parse_bounded(event.data.as_bytes(), json::MAX_DEPTH) {
        Ok(Value::Array(batch)) => batch.iter().filter_map(id).collect(),
        Ok(message) => id(&message).into_iter().collect(),
        Err(_) => Vec::new(),
    }
}

/// Whether an event answers the request with this id.
pub fn reply_id(event: &SseEvent, id: &Value) -> bool {
    answered(event).contains(id)
}

/// The events of a stream that belong to the request `id`: its answer, and whatever answers none of the `others` that
/// were asked on the same stream.
pub fn share(events: Vec<SseEvent>, id: &Value, others: &BTreeSet<String>) -> Vec<SseEvent> {
    let of_others = |event: &SseEvent| {
        let ids = answered(event);
        !ids.is_empty()
            && ids
                .iter()
                .all(|one| one != id && others.contains(&one.to_string()))
    };
    events.into_iter().filter(|event| !of_others(event)).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn event(kind: &str, data: &str) -> SseEvent {
        SseEvent {
            event: kind.to_owned(),
            data: data.to_owned(),
            id: None,
            at: Instant::now(),
        }
    }

    fn found(kind: &str, data: &str) -> String {
        let stream = Url::parse("https://mcp.example:8443/a/sse?x=1").expect("a URL");
        endpoint(&event(kind, data), &stream).map_or_else(|no| no.to_string(), |url| url.to_string())
    }

    #[test]
    fn where_messages_go() {
        let table = [
            ("endpoint", "/messages?session_id=1"),
            ("endpoint", " messages/1 "),
            ("endpoint", "?session=1"),
            ("endpoint", "https://mcp.example:8443/m#part"),
            ("endpoint", "//mcp.example:8443/m"),
            ("message", "/messages"),
            ("endpoint", "  "),
            ("endpoint", "https://"),
            ("endpoint", "https://mcp.example/m"),
            ("endpoint", "http://mcp.example:8443/m"),
            ("endpoint", "https://evil.example/m"),
            ("endpoint", "//evil.example/m"),
            ("endpoint", "\\\\evil.example\\m"),
            ("endpoint", "https://mcp.example:8443@evil.example/m"),
            ("endpoint", "https://u:p@mcp.example:8443/m"),
            ("endpoint", "file:///etc/passwd"),
            ("endpoint", "data:text/plain,x"),
        ];
        let all: Vec<String> = table.iter().map(|(kind, data)| found(kind, data)).collect();
        insta::assert_snapshot!(all.join("\n"), @r"
        https://mcp.example:8443/messages?session_id=1
        https://mcp.example:8443/a/messages/1
        https://mcp.example:8443/a/sse?session=1
        https://mcp.example:8443/m
        https://mcp.example:8443/m
        the first event of the stream is `message`, not `endpoint`
        the endpoint event names no usable URI: it is empty
        the endpoint event names no usable URI: empty host
        the endpoint event names https://mcp.example, another origin than https://mcp.example:8443: nothing is sent there
        the endpoint event names http://mcp.example:8443, another origin than https://mcp.example:8443: nothing is sent there
        the endpoint event names https://evil.example, another origin than https://mcp.example:8443: nothing is sent there
        the endpoint event names https://evil.example, another origin than https://mcp.example:8443: nothing is sent there
        the endpoint event names https://evil.example, another origin than https://mcp.example:8443: nothing is sent there
        the endpoint event names https://evil.example, another origin than https://mcp.example:8443: nothing is sent there
        the endpoint event names no usable URI: it holds a user or password
        the endpoint event names file:, another origin than https://mcp.example:8443: nothing is sent there
        the endpoint event names data:, another origin than https://mcp.example:8443: nothing is sent there
        ");
    }

    proptest! {
        #[test]
        fn no_text_leads_to_another_origin(data in "\\PC{0,60}", prefix in "(https?:)?[/\\\\@.:a-z0-9]{0,12}") {
            let stream = Url::parse("https://mcp.example:8443/a/sse").expect("a URL");
            for data in [data.clone(), format!("{prefix}{data}")] {
                if let Ok(url) = endpoint(&event("endpoint", &data), &stream) {
                    prop_assert_eq!(url.origin(), stream.origin());
                    prop_assert!(url.username().is_empty() && url.password().is_none());
                }
            }
        }

        #[test]
        fn an_answer_is_never_lost_and_never_another_s(ids in proptest::collection::vec(0_u64..8, 0..12), own in 0_u64..8) {
            let events: Vec<SseEvent> = ids
                .iter()
                .map(|id| event("message", &json!({ "jsonrpc": "2.0", "id": id, "result": {} }).to_string()))
                .collect();
            let others: BTreeSet<String> = (0..8).filter(|id| *id != own).map(|id: u64| id.to_string()).collect();
            let kept = share(events, &json!(own), &others);
            prop_assert_eq!(kept.len(), ids.iter().filter(|id| **id == own).count());
            prop_assert!(kept.iter().all(|one| reply_id(one, &json!(own))));
        }
    }

    #[test]
    fn what_answers_nobody_belongs_to_whoever_listens() {
        let others = BTreeSet::from(["2".to_owned()]);
        let events = vec![
            event("message", r#"{"jsonrpc":"2.0","id":2,"result":{}}"#),
            event("message", r#"{"jsonrpc":"2.0","id":9,"result":{}}"#),
            event("message", r#"{"jsonrpc":"2.0","id":2,"method":"ping"}"#),
            event("message", "nonsense"),
            event(
                "message",
                r#"[{"jsonrpc":"2.0","id":2,"result":{}},{"jsonrpc":"2.0","id":1,"result":{}}]"#,
            ),
        ];
        let kept = share(events, &json!(1), &others);
        assert_eq!(kept.len(), 4);
        assert!(reply_id(&kept[3], &json!(1)));
    }

    #[test]
    fn what_names_a_stream_is_a_secret() {
        let url = Url::parse("http://127.0.0.1/messages/0123456789abcdef?session_id=fedcba9876543210&v=1")
            .expect("a URL");
        assert_eq!(session_texts(&url), ["fedcba9876543210", "0123456789abcdef"]);
    }
}
