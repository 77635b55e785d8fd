//! JSON-RPC messages.

use serde_json::{Map, Value, json};

use crate::failure::Failure;

/// The revision is not spoken (2026-07-28).
pub(super) const UNSUPPORTED_VERSION: i64 = -32022;
/// The client lacks a capability (2026-07-28).
pub(super) const MISSING_CAPABILITY: i64 = -32021;
/// Headers and body differ (2026-07-28).
pub(super) const HEADER_MISMATCH: i64 = -32020;
/// A person must visit a page first (2025-11-25).
pub(super) const LINK_REQUIRED: i64 = -32042;

/// An error of the peer.
#[derive(Debug, Clone)]
pub(super) struct RpcError {
    pub(super) code: i64,
    pub(super) message: String,
    pub(super) data: Value,
}

impl From<RpcError> for Failure {
    fn from(error: RpcError) -> Self {
        Self::Refused(format!(
            "the server answered error {}: {}",
            error.code, error.message
        ))
    }
}

/// A request.
pub(super) fn request(id: u64, method: &str, params: &Map<String, Value>) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

/// What a message says to the request of this id; `None` where it is another message.
pub(super) fn answer_to(message: &Value, id: u64) -> Option<Result<Value, RpcError>> {
    let named = message.get("id").is_some_and(|named| *named == json!(id));
    if let Some(result) = message.get("result").filter(|_| named) {
        return Some(Ok(result.clone()));
    }
    error_of(message).filter(|_| named).map(Err)
}

/// The error of a message, whoever it is for: a refusal before the id was read has none.
pub(super) fn error_of(message: &Value) -> Option<RpcError> {
    let error = message.get("error")?;
    Some(RpcError {
        code: error.get("code")?.as_i64()?,
        message: error["message"]
            .as_str()
            .unwrap_or_default()
            .chars()
            .take(300)
            .collect(),
        data: error["data"].clone(),
    })
}

/// Parameters out of `json!`.
pub(super) fn params(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
