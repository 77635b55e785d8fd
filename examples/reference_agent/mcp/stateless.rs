//! What every request of 2026-07-28 carries: who asks in which revision, in `_meta`, and headers that repeat the body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::tools::Tool;
use crate::habits::{self, on};

pub(super) const REVISION: &str = "2026-07-28";
const PREFIX: &str = "io.modelcontextprotocol/";

/// Adds the reserved members.
pub(super) fn with_meta(params: &mut Map<String, Value>) {
    let meta = params.entry("_meta").or_insert_with(|| json!({}));
    meta[format!("{PREFIX}protocolVersion")] = json!(REVISION);
    meta[format!("{PREFIX}clientInfo")] = super::open::client_info();
    meta[format!("{PREFIX}clientCapabilities")] = super::open::capabilities();
}

/// The headers of a message.
pub(super) fn headers(
    method: &str,
    params: &Map<String, Value>,
    tool: Option<&Tool>,
) -> Vec<(String, String)> {
    let mut headers = Vec::new();
    if !on(habits::NO_VERSION_HEADER) {
        headers.push(("MCP-Protocol-Version".to_owned(), REVISION.to_owned()));
    }
    if on(habits::NO_MCP_METHOD) {
        return headers;
    }
    headers.push(("Mcp-Method".to_owned(), method.to_owned()));
    if let Some(name) = params
        .get("name")
        .and_then(Value::as_str)
        .filter(|_| method == "tools/call")
    {
        headers.push(("Mcp-Name".to_owned(), encoded(name)));
    }
    let arguments = params.get("arguments").unwrap_or(&Value::Null);
    for (header, path) in tool
        .filter(|_| !on(habits::NO_MCP_PARAM))
        .map(|tool| &tool.marks)
        .into_iter()
        .flatten()
    {
        if let Some(value) = plain(arguments.pointer(path)) {
            headers.push((format!("Mcp-Param-{header}"), encoded(&value)));
        }
    }
    headers
}

fn plain(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// As it is where it can stand in a header, else in Base64 between marks ("Value Encoding").
fn encoded(value: &str) -> String {
    let plain = value
        .bytes()
        .all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte))
        && value.trim() == value
        && !(value.starts_with("=?base64?") && value.ends_with("?="));
    if plain {
        value.to_owned()
    } else {
        format!("=?base64?{}?=", STANDARD.encode(value))
    }
}
