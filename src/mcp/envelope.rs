//! Messages to send (JSON-RPC 2.0).

use serde_json::{Value, json};

use super::Revision;

/// Who we say we are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientInfo {
    /// Program name.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl Default for ClientInfo {
    fn default() -> Self {
        Self {
            name: "hallmark".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// The `initialize` request, with id 0 and no capabilities ("Lifecycle").
pub fn initialize_request(revision: Revision, client: &ClientInfo) -> Value {
    let params = json!({
        "protocolVersion": revision.as_str(),
        "capabilities": {},
        "clientInfo": { "name": client.name, "version": client.version },
    });
    call(&json!(0), "initialize", Some(params))
}

/// The notification that ends the handshake.
pub fn initialized() -> Value {
    notify("notifications/initialized", None)
}

/// A request. `params` is left out when `None`.
pub fn call(id: &Value, method: &str, params: Option<Value>) -> Value {
    let mut message = json!({ "jsonrpc": "2.0", "id": id, "method": method });
    if let Some(params) = params {
        message["params"] = params;
    }
    message
}

/// A notification: no id, no answer.
pub fn notify(method: &str, params: Option<Value>) -> Value {
    let mut message = json!({ "jsonrpc": "2.0", "method": method });
    if let Some(params) = params {
        message["params"] = params;
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages() {
        let client = ClientInfo {
            name: "n".to_owned(),
            version: "1".to_owned(),
        };
        let all = [
            initialize_request(Revision::V2025_06_18, &client),
            initialized(),
            call(&json!("a"), "tools/list", None),
        ];
        let text: Vec<String> = all.iter().map(Value::to_string).collect();
        insta::assert_snapshot!(text.join("\n"), @r#"
        {"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"n","version":"1"}}}
        {"jsonrpc":"2.0","method":"notifications/initialized"}
        {"jsonrpc":"2.0","id":"a","method":"tools/list"}
        "#);
    }
}
