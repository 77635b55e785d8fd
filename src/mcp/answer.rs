//! Finding the answer to a request in what came back, as JSON or as an event stream.

use serde_json::Value;

use super::words::shown;
use crate::wire::json::{self, JsonProblem};
use crate::wire::{Cut, Exchange, Response};

/// What was answered to one request.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The response, or why there is none.
    pub rpc: Rpc,
    /// Requests and notifications that came along, in order, at most 1000; behind them a result that does not end the
    /// call (2026-07-28: one that wants input, or of a kind that is not known).
    pub others: Vec<Value>,
}

/// A JSON-RPC response.
#[derive(Debug, Clone, PartialEq)]
pub enum Rpc {
    /// `result`.
    Result(Value),
    /// `error`.
    Error {
        /// `code`.
        code: i64,
        /// `message`; empty when absent.
        message: String,
        /// `data`.
        data: Option<Value>,
    },
    /// No response to this request.
    None(NoAnswer),
}

impl Rpc {
    /// The result.
    pub fn result(&self) -> Option<&Value> {
        match self {
            Self::Result(value) => Some(value),
            _ => None,
        }
    }
}

/// Why there is no response.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NoAnswer {
    /// Nothing readable came over the network.
    #[error("{0}")]
    Network(String),
    /// 202: a notification or response was taken in.
    #[error("accepted, without an answer (202)")]
    Accepted,
    /// No body.
    #[error("the body is empty (status {status})")]
    Empty {
        /// HTTP status.
        status: u16,
    },
    /// Not JSON, or nested too deeply.
    #[error("the body is {problem} (status {status}, {content_type})")]
    NotJson {
        /// HTTP status.
        status: u16,
        /// As announced, or "no content type".
        content_type: String,
        /// What is wrong with it.
        problem: JsonProblem,
    },
    /// A page for people.
    #[error("a page of HTML came instead of a JSON-RPC message (status {status})")]
    Html {
        /// HTTP status.
        status: u16,
    },
    /// JSON, but no JSON-RPC 2.0 message.
    #[error("the answer is no JSON-RPC message: {why} (status {status})")]
    NotRpc {
        /// HTTP status.
        status: u16,
        /// What is missing.
        why: String,
    },
    /// A response to something else.
    #[error("the answer is to id {got}, not {wanted}")]
    OtherId {
        /// The id that came, as JSON.
        got: String,
        /// The id that was asked, as JSON.
        wanted: String,
    },
    /// The same request answered more than once.
    #[error("the request was answered {times} times")]
    Repeatedly {
        /// How often.
        times: usize,
    },
    /// The event stream ended, and the answer was not in it.
    #[error("the event stream ended after {events} events without the answer")]
    NotInStream {
        /// Events read.
        events: usize,
    },
    /// A kind of result that no client knows, which makes it invalid (2026-07-28 "Responses").
    #[error("the result is invalid: it is of the unknown kind {got} (`resultType`)")]
    UnknownKind {
        /// `resultType`, as JSON.
        got: String,
    },
    /// Not answered yet: something is wanted of a client that said it can give nothing.
    #[error("the call was not carried out: it wants input from the client (`input_required`)")]
    InputRequired,
    /// The handshake was answered, but opened no session in which to ask.
    #[error("nothing was asked, because initialize {why}")]
    NoSession {
        /// What was wrong with its answer.
        why: String,
    },
    /// A stream of HTTP+SSE that tells nobody where to ask.
    #[error("{0}")]
    NoEndpoint(super::NoEndpoint),
    /// Reading stopped before the answer.
    #[error("{why} before the answer was complete")]
    Cut {
        /// Why it stopped.
        why: String,
    },
}

const OTHERS_KEPT: usize = 1_000;

/// Reads the answer to request `id` out of an exchange. Looks at the body whatever the status: errors may come
/// with 4xx.
pub fn answer(exchange: &Exchange, id: &Value) -> Answer {
    let response = match &exchange.response {
        Ok(response) => response,
        Err(error) => return none(NoAnswer::Network(error.to_string())),
    };
    if response.status == 202 && response.body.trim_ascii().is_empty() {
        return none(NoAnswer::Accepted);
    }
    let read = if response.is_event_stream() {
        from_stream(response)
    } else {
        from_body(response)
    };
    match read {
        Ok(messages) => pick(messages, id, response),
        Err(why) => none(why),
    }
}

fn none(why: NoAnswer) -> Answer {
    Answer {
        rpc: Rpc::None(why),
        others: Vec::new(),
    }
}

fn from_body(response: &Response) -> Result<Vec<Value>, NoAnswer> {
    let status = response.status;
    match json::parse_bounded(&response.body, json::MAX_DEPTH) {
        Ok(value) => Ok(flatten(value)),
        Err(_) if response.cut.is_some() => Err(NoAnswer::Cut {
            why: cut_words(response),
        }),
        Err(JsonProblem::Empty) => Err(NoAnswer::Empty { status }),
        Err(_) if is_html(response) => Err(NoAnswer::Html { status }),
        Err(problem) => {
            let content_type = response
                .header("content-type")
                .unwrap_or_else(|| "no content type".to_owned());
            Err(NoAnswer::NotJson {
                status,
                content_type,
                problem,
            })
        }
    }
}

fn is_html(response: &Response) -> bool {
    let kind = response.header("content-type").unwrap_or_default();
    kind.trim_start().to_ascii_lowercase().starts_with("text/html")
}

/// Events that are empty or of another type than `message` carry no message.
fn from_stream(response: &Response) -> Result<Vec<Value>, NoAnswer> {
    let mut messages = Vec::new();
    let carriers = response
        .events
        .iter()
        .filter(|e| e.event == "message" && !e.data.trim().is_empty());
    for event in carriers {
        match json::parse_bounded(event.data.as_bytes(), json::MAX_DEPTH) {
            Ok(value) => messages.extend(flatten(value)),
            Err(problem) => {
                let content_type = "an event's data".to_owned();
                return Err(NoAnswer::NotJson {
                    status: response.status,
                    content_type,
                    problem,
                });
            }
        }
    }
    Ok(messages)
}

fn flatten(value: Value) -> Vec<Value> {
    match value {
        Value::Array(batch) => batch,
        value => vec![value],
    }
}

fn pick(messages: Vec<Value>, id: &Value, response: &Response) -> Answer {
    let (methods, rest): (Vec<Value>, Vec<Value>) =
        messages.into_iter().partition(|m| m.get("method").is_some());
    let (mut ours, other): (Vec<Value>, Vec<Value>) = rest.into_iter().partition(|m| m.get("id") == Some(id));
    let unnamed =
        |message: &&Value| message.get("id").is_some_and(Value::is_null) && message.get("error").is_some();
    let rpc = match ours.len() {
        // An error that names no request is a refusal all the same (JSON-RPC §5).
        0 => match other.first().filter(unnamed) {
            Some(refusal) => read(refusal.clone(), response.status),
            None => Rpc::None(missing(&other, id, response)),
        },
        1 => read(ours.remove(0), response.status),
        times => Rpc::None(NoAnswer::Repeatedly { times }),
    };
    Answer {
        rpc,
        others: methods.into_iter().take(OTHERS_KEPT).collect(),
    }
}

/// Why no message has the id.
fn missing(other: &[Value], wanted: &Value, response: &Response) -> NoAnswer {
    let status = response.status;
    match other.first() {
        Some(message) if message.get("jsonrpc") != Some(&Value::from("2.0")) => NoAnswer::NotRpc {
            status,
            why: "no \"jsonrpc\": \"2.0\"".to_owned(),
        },
        Some(message) => match message.get("id") {
            Some(got) => NoAnswer::OtherId {
                got: shown(&got.to_string()),
                wanted: wanted.to_string(),
            },
            None => NoAnswer::NotRpc {
                status,
                why: "no id".to_owned(),
            },
        },
        None if response.cut.is_some() => NoAnswer::Cut {
            why: cut_words(response),
        },
        None if response.is_event_stream() => NoAnswer::NotInStream {
            events: response.events.len(),
        },
        None => NoAnswer::NotRpc {
            status,
            why: "no response among the messages".to_owned(),
        },
    }
}

fn read(message: Value, status: u16) -> Rpc {
    let not_rpc = |why: &str| {
        Rpc::None(NoAnswer::NotRpc {
            status,
            why: why.to_owned(),
        })
    };
    if message.get("jsonrpc") != Some(&Value::from("2.0")) {
        return not_rpc("no \"jsonrpc\": \"2.0\"");
    }
    let Value::Object(mut message) = message else {
        return not_rpc("no object");
    };
    match (message.remove("result"), message.remove("error")) {
        (Some(_), Some(_)) => not_rpc("both result and error"),
        (Some(result), None) => Rpc::Result(result),
        (None, Some(error)) => match error.get("code").and_then(Value::as_i64) {
            Some(code) => Rpc::Error {
                code,
                message: error
                    .get("message")
                    .and_then(Value::as_str)
                    .unwrap_or("")
                    .to_owned(),
                data: error.get("data").cloned(),
            },
            None => not_rpc("an error without a numeric code"),
        },
        (None, None) => not_rpc("neither result nor error"),
    }
}

fn cut_words(response: &Response) -> String {
    match response.cut {
        // What was too large or too many stands in a note.
        Some(Cut::Size(limit)) => match response.notes.iter().rfind(|note| is_bound(note)) {
            Some(note) => format!("reading stopped ({note})"),
            None => format!("reading stopped at {limit} bytes"),
        },
        Some(Cut::Time(after)) => format!("the time was over ({after:?})"),
        Some(Cut::Short) => "the peer closed the connection".to_owned(),
        Some(Cut::Enough) | None => "reading stopped".to_owned(),
    }
}

fn is_bound(note: &str) -> bool {
    note.contains("of the event stream is larger than") || note.ends_with(" events")
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::{Duration, Instant};

    use bytes::Bytes;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::wire::{Sent, SseEvent, Timing, WireError};

    /// An exchange that was answered so.
    pub(in crate::mcp) fn exchange(response: Result<Response, WireError>) -> Exchange {
        let now = Instant::now();
        let (method, url, line) = ("POST".to_owned(), "http://x/".to_owned(), String::new());
        Exchange {
            request: Sent {
                method,
                url,
                line,
                headers: Vec::new(),
                body: Bytes::new(),
            },
            response,
            timing: Timing {
                start: now,
                first_byte: None,
                end: now,
            },
            connection: None,
            marks: Vec::new(),
        }
    }

    pub(in crate::mcp) fn json_body(status: u16, body: &str) -> Exchange {
        let headers = vec![("Content-Type".to_owned(), b"application/json".to_vec())];
        exchange(Ok(Response {
            status,
            headers,
            body: body.to_owned().into(),
            ..Response::default()
        }))
    }

    fn page() -> Exchange {
        let headers = vec![("Content-Type".to_owned(), b"Text/HTML; charset=utf-8".to_vec())];
        exchange(Ok(Response {
            status: 200,
            headers,
            body: "<!doctype html>".into(),
            ..Response::default()
        }))
    }

    fn stream(data: &[&str], cut: Option<Cut>) -> Exchange {
        let headers = vec![("Content-Type".to_owned(), b"text/event-stream".to_vec())];
        let event = |data: &&str| SseEvent {
            event: "message".to_owned(),
            data: (*data).to_owned(),
            id: None,
            at: Instant::now(),
        };
        let events = data.iter().map(event).collect();
        exchange(Ok(Response {
            status: 200,
            headers,
            events,
            cut,
            ..Response::default()
        }))
    }

    fn words(exchange: &Exchange) -> String {
        let Answer { rpc, others } = answer(exchange, &json!(7));
        let rpc = match rpc {
            Rpc::Result(value) => format!("result {value}"),
            Rpc::Error { code, message, data } => format!("error {code} {message:?} {data:?}"),
            Rpc::None(why) => format!("none: {why}"),
        };
        if others.is_empty() {
            rpc
        } else {
            format!("{rpc} (+{})", others.len())
        }
    }

    const GOOD: &str = r#"{"jsonrpc":"2.0","id":7,"result":{}}"#;
    const NEWS: &str = r#"{"jsonrpc":"2.0","method":"notifications/message"}"#;

    #[test]
    fn answers() {
        let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
        let table = [
            json_body(200, GOOD),
            json_body(200, &format!("[{NEWS},{GOOD}]")),
            json_body(
                400,
                r#"{"jsonrpc":"2.0","id":7,"error":{"code":-32600,"message":"no"}}"#,
            ),
            json_body(200, r#"{"jsonrpc":"2.0","id":7,"error":"no"}"#),
            json_body(200, r#"{"jsonrpc":"2.0","id":7,"error":{"code":1},"result":1}"#),
            json_body(200, r#"{"jsonrpc":"2.0","id":7}"#),
            json_body(200, r#"{"jsonrpc":"2.0","id":"7","result":{}}"#),
            json_body(400, r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700}}"#),
            json_body(200, r#"{"id":7,"result":{}}"#),
            json_body(401, r#"{"error":"invalid_token"}"#),
            json_body(200, "7"),
            json_body(200, "[]"),
            json_body(200, NEWS),
            json_body(200, ""),
            json_body(202, ""),
            json_body(502, "<html>"),
            page(),
            json_body(200, &deep),
            stream(&["", NEWS, GOOD], Some(Cut::Enough)),
            stream(&[GOOD, GOOD], None),
            stream(&["", NEWS], None),
            stream(&[NEWS], Some(Cut::Time(Duration::from_secs(5)))),
            stream(&["{"], None),
            exchange(Err(WireError::Closed {
                when: "inside the header",
            })),
        ];
        let all: Vec<String> = table.iter().map(words).collect();
        insta::assert_snapshot!(all.join("\n"), @r#"
        result {}
        result {} (+1)
        error -32600 "no" None
        none: the answer is no JSON-RPC message: an error without a numeric code (status 200)
        none: the answer is no JSON-RPC message: both result and error (status 200)
        none: the answer is no JSON-RPC message: neither result nor error (status 200)
        none: the answer is to id "7", not 7
        error -32700 "" None
        none: the answer is no JSON-RPC message: no "jsonrpc": "2.0" (status 200)
        none: the answer is no JSON-RPC message: no "jsonrpc": "2.0" (status 401)
        none: the answer is no JSON-RPC message: no "jsonrpc": "2.0" (status 200)
        none: the answer is no JSON-RPC message: no response among the messages (status 200)
        none: the answer is no JSON-RPC message: no response among the messages (status 200) (+1)
        none: the body is empty (status 200)
        none: accepted, without an answer (202)
        none: the body is not JSON: expected value at line 1 column 1 (status 502, application/json)
        none: a page of HTML came instead of a JSON-RPC message (status 200)
        none: the body is nested more than 127 levels deep (status 200, application/json)
        result {} (+1)
        none: the request was answered 2 times
        none: the event stream ended after 2 events without the answer (+1)
        none: the time was over (5s) before the answer was complete (+1)
        none: the body is not JSON: EOF while parsing an object at line 1 column 1 (status 200, an event's data)
        none: the peer closed the connection inside the header
        "#);
    }

    /// Any small JSON made of the words that matter here.
    pub(in crate::mcp) fn any_json() -> impl Strategy<Value = Value> {
        const NAMES: &[&str] = &[
            "jsonrpc",
            "id",
            "method",
            "result",
            "error",
            "code",
            "tools",
            "name",
            "annotations",
            "inputSchema",
            "required",
            "content",
            "type",
            "text",
            "isError",
            "structuredContent",
            "nextCursor",
            "protocolVersion",
            "serverInfo",
            "version",
            "capabilities",
            "readOnlyHint",
        ];
        const TEXTS: &[&str] = &["2.0", "text", "", "{}", "2025-06-18", "7"];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (0_i64..10).prop_map(Value::from),
            prop::sample::select(TEXTS).prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 40, 6, |inner| {
            let name = prop::sample::select(NAMES).prop_map(str::to_owned);
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(name, inner, 0..6)
                    .prop_map(|m| Value::Object(m.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn total(value in any_json(), id in any_json()) {
            let text = value.to_string();
            let (body, events) = (answer(&json_body(200, &text), &id), answer(&stream(&[&text], None), &id));
            prop_assert_eq!(body.rpc.result(), events.rpc.result());
        }
    }
}
