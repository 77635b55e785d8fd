//! JSON-RPC 2.0 envelopes as MCP uses them.

use serde_json::{Map, Value, json};

use crate::platform::Refusal;
use crate::serve::exchange::Exchange;

pub(crate) const PARSE_ERROR: i32 = -32_700;
pub(crate) const INVALID_REQUEST: i32 = -32_600;
pub(crate) const METHOD_NOT_FOUND: i32 = -32_601;
pub(crate) const INVALID_PARAMS: i32 = -32_602;
pub(crate) const INTERNAL: i32 = -32_603;
/// The resource is not there, as the session era says it; the stateless one says `INVALID_PARAMS`.
pub(crate) const RESOURCE_NOT_FOUND: i32 = -32_002;
/// Somebody must visit a page of the server first (2025-11-25).
pub(crate) const LINK_REQUIRED: i32 = -32_042;
/// Headers and body say different things, or a required header is missing (2026-07-28).
pub(crate) const HEADER_MISMATCH: i32 = -32_020;
/// The client did not declare a capability that this needs (2026-07-28).
pub(crate) const MISSING_CAPABILITY: i32 = -32_021;
/// The revision is not spoken here (2026-07-28).
pub(crate) const UNSUPPORTED_VERSION: i32 = -32_022;
/// Unfit for this server at the transport's level (session, version, origin); from the implementation range.
pub(crate) const TRANSPORT: i32 = -32_000;

/// One message of a client.
#[derive(Debug)]
pub(crate) enum Message {
    Request {
        id: Value,
        method: String,
        params: Map<String, Value>,
    },
    Notification {
        method: String,
    },
    /// An answer to something the server asked; this server asks nothing.
    Response,
}

/// A body that holds no message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unreadable {
    pub(crate) code: i32,
    pub(crate) text: &'static str,
}

/// What a POST carries.
#[derive(Debug)]
pub(crate) enum Post {
    One(Message),
    Batch(Vec<Message>),
}

/// What one request comes to; the era makes a message of it.
#[derive(Debug)]
pub(crate) enum Outcome {
    Result(Value),
    Error {
        code: i32,
        text: String,
        data: Option<Value>,
    },
    /// Refused at HTTP level.
    Refused(Refusal),
}

impl Outcome {
    pub(crate) fn error(code: i32, text: impl Into<String>) -> Self {
        Self::Error {
            code,
            text: text.into(),
            data: None,
        }
    }
}

/// Reads what a request carries, which may have been parsed already.
pub(crate) fn take(exchange: &mut Exchange<'_>) -> Result<Post, Unreadable> {
    match exchange.message.take() {
        Some(value) => posted(value),
        None => read(&exchange.body),
    }
}

/// Reads a POST body.
pub(crate) fn read(body: &[u8]) -> Result<Post, Unreadable> {
    let value: Value = serde_json::from_slice(body).map_err(|_| Unreadable {
        code: PARSE_ERROR,
        text: "the body is not JSON",
    })?;
    posted(value)
}

fn posted(value: Value) -> Result<Post, Unreadable> {
    match value {
        Value::Array(items) if items.is_empty() => invalid("the batch is empty"),
        Value::Array(items) => items
            .into_iter()
            .map(message)
            .collect::<Result<_, _>>()
            .map(Post::Batch),
        single => message(single).map(Post::One),
    }
}

fn message(value: Value) -> Result<Message, Unreadable> {
    let Value::Object(mut members) = value else {
        return invalid("a message is an object");
    };
    if members.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return invalid("jsonrpc is not \"2.0\"");
    }
    let id = members.remove("id");
    let Some(method) = members.remove("method") else {
        let answers = members.contains_key("result") || members.contains_key("error");
        return if answers && id.is_some() {
            Ok(Message::Response)
        } else {
            invalid("there is no method")
        };
    };
    let Value::String(method) = method else {
        return invalid("method is not a string");
    };
    let params = match members.remove("params") {
        None => Map::new(),
        Some(Value::Object(params)) => params,
        Some(_) => return invalid("params is not an object"),
    };
    match id {
        None => Ok(Message::Notification { method }),
        Some(id @ (Value::String(_) | Value::Number(_))) => Ok(Message::Request { id, method, params }),
        Some(_) => invalid("id is neither a string nor a number"),
    }
}

fn invalid<T>(text: &'static str) -> Result<T, Unreadable> {
    Err(Unreadable {
        code: INVALID_REQUEST,
        text,
    })
}

pub(crate) fn result(id: &Value, result: Value) -> Value {
    let mut message = json!({ "jsonrpc": "2.0", "id": id });
    // By itself, not inside the macro: that would copy all of it.
    message["result"] = result;
    message
}

pub(crate) fn error(id: &Value, code: i32, message: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
}

pub(crate) fn error_with(id: &Value, code: i32, message: &str, data: Option<Value>) -> Value {
    let mut answer = error(id, code, message);
    if let Some(data) = data {
        answer["error"]["data"] = data;
    }
    answer
}

/// A notification; without `params` where there are none.
pub(crate) fn notification(method: &str, params: Map<String, Value>) -> Value {
    let mut message = json!({ "jsonrpc": "2.0", "method": method });
    if !params.is_empty() {
        message["params"] = Value::Object(params);
    }
    message
}
