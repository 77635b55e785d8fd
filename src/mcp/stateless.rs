//! The stateless era (2026-07-28): every request carries its revision, its sender and what that can do, in `_meta` and
//! mirrored into headers ("Streamable HTTP", "Request Metadata").

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::session::{listed, turned_away};
use super::words::shown;
use super::{Answer, ClientInfo, NoAnswer, OpenProblem, Revision, Rpc, ServerInfo, Session, Tool, answer};
use crate::wire::Exchange;

/// Members of `_meta` that the revision reserves begin with this.
const PREFIX: &str = "io.modelcontextprotocol/";
/// `UnsupportedProtocolVersion`.
pub const UNSUPPORTED_VERSION: i64 = -32022;
/// What a value that is not plain is wrapped in.
const SENTINEL: (&str, &str) = ("=?base64?", "?=");

/// The members of `_meta` that every request carries; the client has no capabilities.
pub fn meta(revision: Revision, client: &ClientInfo) -> Map<String, Value> {
    let mut meta = Map::new();
    meta.insert(format!("{PREFIX}protocolVersion"), json!(revision.as_str()));
    meta.insert(
        format!("{PREFIX}clientInfo"),
        json!({ "name": client.name, "version": client.version }),
    );
    meta.insert(format!("{PREFIX}clientCapabilities"), json!({}));
    meta
}

/// Adds what every request carries to a message; what is there already stays.
/// `able`: what the client declares that it can do, instead of nothing.
pub fn with_meta(message: &mut Value, revision: Revision, client: &ClientInfo, able: Option<&Value>) {
    let Some(message) = message.as_object_mut() else {
        return;
    };
    let params = message.entry("params").or_insert_with(|| json!({}));
    let Some(params) = params.as_object_mut() else {
        return;
    };
    let own = params.entry("_meta").or_insert_with(|| json!({}));
    if let Some(own) = own.as_object_mut() {
        if let Some(able) = able {
            own.entry(format!("{PREFIX}clientCapabilities"))
                .or_insert_with(|| able.clone());
        }
        for (name, value) in meta(revision, client) {
            own.entry(name).or_insert(value);
        }
    }
}

/// The headers that mirror a message: revision, method, name, and the arguments that the tool's schema marks.
pub fn mirrored(message: &Value, revision: Revision, marked: &Mirrored) -> Vec<(String, String)> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let mut headers = vec![("MCP-Protocol-Version".to_owned(), revision.to_string())];
    let Some(method) = text(message.get("method")) else {
        return headers;
    };
    let params = message.get("params");
    let named = match method.as_str() {
        "tools/call" | "prompts/get" => text(params.and_then(|params| params.get("name"))),
        "resources/read" => text(params.and_then(|params| params.get("uri"))),
        // Of the extension for tasks (SEP-2663, "Streamable HTTP: Routing Headers").
        "tasks/get" | "tasks/update" | "tasks/cancel" => text(params.and_then(|params| params.get("taskId"))),
        _ => None,
    };
    if let (Some(tool), "tools/call") = (&named, method.as_str()) {
        let arguments = params.and_then(|params| params.get("arguments"));
        headers.extend(marked.get(tool).into_iter().flatten().filter_map(|mark| {
            let value = mark.value_in(arguments?)?;
            Some((format!("Mcp-Param-{}", mark.name), encoded(&value)))
        }));
    }
    headers.push(("Mcp-Method".to_owned(), method));
    if let Some(name) = named {
        headers.push(("Mcp-Name".to_owned(), encoded(&name)));
    }
    headers
}

/// A value as it stands in `Mcp-Name` and `Mcp-Param-*`: as it is where it is plain, else in Base64 ("Value Encoding").
pub fn encoded(value: &str) -> String {
    let (open, close) = SENTINEL;
    let plain = value.bytes().all(|b| matches!(b, b'\t' | b' ' | 0x21..=0x7e))
        && value.trim_matches([' ', '\t']) == value
        && !(value.starts_with(open) && value.ends_with(close));
    if plain {
        value.to_owned()
    } else {
        format!("{open}{}{close}", STANDARD.encode(value))
    }
}

/// The arguments that are mirrored, by tool.
pub type Mirrored = BTreeMap<String, Vec<Mark>>;

/// An argument that a tool's schema marks with `x-mcp-header`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// What follows `Mcp-Param-`.
    pub name: String,
    /// The members of the arguments that lead to it.
    pub path: Vec<String>,
}

impl Mark {
    /// The value as text; `None` when it is absent, null, or not of a primitive type.
    fn value_in(&self, arguments: &Value) -> Option<String> {
        let mut value = arguments;
        for name in &self.path {
            value = value.get(name)?;
        }
        match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(bool) => Some(bool.to_string()),
            _ => None,
        }
    }
}

/// Deepest chain of `properties` that is followed.
const DEPTH: usize = 32;

/// The marks of a tool's schema, found along `properties` only. A tool whose marks are not as they must be cannot be
/// called with headers; here they are left out ("Schema Extension").
pub fn marks(tool: &Tool) -> Vec<Mark> {
    let mut found = Vec::new();
    collect(&tool.input_schema, &mut Vec::new(), &mut found);
    found
}

fn collect(schema: &Value, path: &mut Vec<String>, found: &mut Vec<Mark>) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return;
    };
    if path.len() >= DEPTH {
        return;
    }
    for (name, property) in properties {
        path.push(name.clone());
        let mark = property.get("x-mcp-header").and_then(Value::as_str);
        if let Some(mark) = mark.filter(|mark| is_token(mark)) {
            found.push(Mark {
                name: mark.to_owned(),
                path: path.clone(),
            });
        }
        collect(property, path, found);
        path.pop();
    }
}

/// `1*tchar` of RFC 9110 §5.6.2.
fn is_token(text: &str) -> bool {
    let tchar = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !text.is_empty() && text.bytes().all(tchar)
}

/// An answer in this era: a result whose kind no client knows is invalid, and one that wants input is not there yet
/// ("Responses", "Multi Round-Trip Requests"). Without a kind it is complete.
pub fn completed(mut answer: Answer) -> Answer {
    let kind = answer.rpc.result().and_then(|result| result.get("resultType"));
    let problem = match kind {
        None => return answer,
        Some(kind) if kind == "complete" => return answer,
        Some(kind) if kind == "input_required" => NoAnswer::InputRequired,
        Some(kind) => NoAnswer::UnknownKind {
            got: shown(&kind.to_string()),
        },
    };
    if let Rpc::Result(result) = std::mem::replace(&mut answer.rpc, Rpc::None(problem)) {
        answer.others.push(json!({ "result": result }));
    }
    answer
}

/// Reads the answer to `server/discover`. The session that comes back has no id: it only says who answers.
pub fn discovered(exchange: &Exchange, id: &Value, asked: Revision) -> Result<Session, OpenProblem> {
    let result = match completed(answer(exchange, id)).rpc {
        Rpc::Result(result) => result,
        Rpc::Error { code, message, data } => return Err(turned_away(code, &message, data.as_ref(), asked)),
        Rpc::None(why) => {
            return Err(match &exchange.response {
                Ok(response) if response.status >= 300 => OpenProblem::Refused {
                    status: response.status,
                },
                _ => OpenProblem::NoAnswer(why),
            });
        }
    };
    let versions = result.get("supportedVersions").and_then(Value::as_array);
    let versions = versions.ok_or(OpenProblem::NoVersions)?;
    if !versions.iter().any(|version| version == asked.as_str()) {
        let got = listed(versions);
        return Err(if got.is_empty() {
            OpenProblem::NoVersions
        } else {
            OpenProblem::UnknownVersion { got, asked }
        });
    }
    let info = |of: Option<&Value>| of.and_then(|of| of.get(format!("{PREFIX}serverInfo"))).cloned();
    // The released revision says who it is in `_meta`; drafts of it did so in the result.
    let server = info(result.get("_meta"))
        .or_else(|| result.get("serverInfo").cloned())
        .unwrap_or_default();
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    Ok(Session {
        revision: asked,
        id: None,
        server: ServerInfo {
            name: shown(&text(&server, "name").unwrap_or_default()),
            version: shown(&text(&server, "version").unwrap_or_default()),
            capabilities: result.get("capabilities").cloned().unwrap_or_default(),
        },
        instructions: text(&result, "instructions"),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::answer::tests::{any_json, json_body};
    use super::super::{call, tools_page};
    use super::*;

    const REVISION: Revision = Revision::V2026_07_28;

    fn lines(message: &Value, marked: &Mirrored) -> String {
        let lines: Vec<String> = mirrored(message, REVISION, marked)
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        lines.join("\n")
    }

    #[test]
    fn a_call_and_its_headers() {
        let schema = json!({ "tools": [{ "name": "sql", "inputSchema": { "properties": {
            "region": { "type": "string", "x-mcp-header": "Region" },
            "limit": { "type": "integer", "x-mcp-header": "Limit" },
            "dry": { "type": "boolean", "x-mcp-header": "Dry" },
            "gone": { "type": "string", "x-mcp-header": "Gone" },
            "deep": { "properties": { "tenant": { "x-mcp-header": "Tenant" } } },
            "list": { "items": { "properties": { "x": { "x-mcp-header": "Never" } } } },
            "bad": { "x-mcp-header": "a b" },
        } } }] });
        let page = tools_page(&schema).expect("a page");
        let marked: Mirrored = page
            .tools
            .iter()
            .map(|tool| (tool.name.clone(), marks(tool)))
            .collect();
        let arguments = json!({
            "region": "Zürich", "limit": 42, "dry": false, "gone": null, "deep": { "tenant": "t1" },
            "list": [{ "x": 1 }], "bad": "x",
        });
        let mut message = call(
            &json!(7),
            "tools/call",
            Some(json!({ "name": "sql", "arguments": arguments })),
        );
        insta::assert_snapshot!(lines(&message, &marked), @r"
        MCP-Protocol-Version: 2026-07-28
        Mcp-Param-Region: =?base64?WsO8cmljaA==?=
        Mcp-Param-Limit: 42
        Mcp-Param-Dry: false
        Mcp-Param-Tenant: t1
        Mcp-Method: tools/call
        Mcp-Name: sql
        ");
        let client = ClientInfo {
            name: "n".to_owned(),
            version: "1".to_owned(),
        };
        message["params"]["_meta"] =
            json!({ "progressToken": 1, "io.modelcontextprotocol/protocolVersion": "own" });
        with_meta(&mut message, REVISION, &client, None);
        insta::assert_snapshot!(message["params"]["_meta"].to_string(), @r#"{"progressToken":1,"io.modelcontextprotocol/protocolVersion":"own","io.modelcontextprotocol/clientInfo":{"name":"n","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}"#);
        let mut bare = call(&json!(1), "server/discover", None);
        with_meta(&mut bare, REVISION, &client, None);
        assert_eq!(bare["params"]["_meta"], Value::Object(meta(REVISION, &client)));
        let read = call(&json!(1), "resources/read", Some(json!({ "uri": " file:///a" })));
        insta::assert_snapshot!(lines(&read, &marked), @r"
        MCP-Protocol-Version: 2026-07-28
        Mcp-Method: resources/read
        Mcp-Name: =?base64?IGZpbGU6Ly8vYQ==?=
        ");
    }

    /// The table of "Value Encoding".
    #[test]
    fn values() {
        for (value, header) in [
            ("us-west1", "us-west1"),
            ("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="),
            (" padded ", "=?base64?IHBhZGRlZCA=?="),
            ("line1\nline2", "=?base64?bGluZTEKbGluZTI=?="),
            ("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="),
            ("=?base64?open", "=?base64?open"),
            ("", ""),
        ] {
            assert_eq!(encoded(value), header, "{value:?}");
        }
    }

    #[test]
    fn who_answers() {
        let read = |status, body: &str| {
            discovered(&json_body(status, body), &json!(1), REVISION)
                .map_or_else(|problem| problem.to_string(), |session| session.server.name)
        };
        let result = |result: &str| format!(r#"{{"jsonrpc":"2.0","id":1,"result":{result}}}"#);
        let found = [
            read(
                200,
                &result(
                    r#"{"supportedVersions":["2026-07-28"],"_meta":{"io.modelcontextprotocol/serverInfo":{"name":"s"}}}"#,
                ),
            ),
            read(200, &result(r#"{"supportedVersions":["2027-01-01"]}"#)),
            read(
                200,
                &result(r#"{"supportedVersions":["1","2","3","4","5","6","7"]}"#),
            ),
            read(200, &result(r#"{"tools":[]}"#)),
            read(200, &result(r#"{"supportedVersions":[7]}"#)),
            read(
                400,
                r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32022,"message":"no"}}"#,
            ),
            read(
                400,
                r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32022,"message":"no","data":{"supported":["2027-01-01"]}}}"#,
            ),
            read(
                200,
                &result(r#"{"supportedVersions":["2026-07-28"],"resultType":"perhaps"}"#),
            ),
            read(400, "Bad Request: no session"),
        ];
        insta::assert_snapshot!(found.join("\n"), @r#"
        s
        was answered with MCP 2027-01-01 (asked: 2026-07-28)
        was answered with MCP 1, 2, 3, 4, 5 and 2 more (asked: 2026-07-28)
        was answered without supportedVersions
        was answered without supportedVersions
        was answered with error -32022: no
        was answered with MCP 2027-01-01 (asked: 2026-07-28)
        got no usable answer: the result is invalid: it is of the unknown kind "perhaps" (`resultType`)
        was refused with status 400
        "#);
    }

    #[test]
    fn kinds_of_results() {
        let kind = |members: &str| {
            let body = format!(r#"{{"jsonrpc":"2.0","id":1,"result":{{{members}}}}}"#);
            completed(answer(&json_body(200, &body), &json!(1))).rpc
        };
        assert!(kind("").result().is_some(), "without a kind it is complete");
        assert!(kind(r#""resultType":"complete""#).result().is_some());
        assert_eq!(
            kind(r#""resultType":"input_required""#),
            Rpc::None(NoAnswer::InputRequired)
        );
        for odd in [r#""Complete""#, "7", "null", r#"{"complete":true}"#] {
            let got = odd.to_owned();
            assert_eq!(
                kind(&format!(r#""resultType":{odd}"#)),
                Rpc::None(NoAnswer::UnknownKind { got })
            );
        }
    }

    proptest! {
        #[test]
        fn a_header_value_is_plain_and_says_the_value(value in "\\PC{0,20}|[ -~]{0,20}|[\\x00-\\xff]{0,8}|=\\?base64\\?[ -~]{0,9}\\?=") {
            let header = encoded(&value);
            prop_assert!(header.bytes().all(|b| matches!(b, b'\t' | 0x20..=0x7e)));
            prop_assert_eq!(header.trim_matches([' ', '\t']), header.as_str());
            let inner = header.strip_prefix(SENTINEL.0).and_then(|rest| rest.strip_suffix(SENTINEL.1));
            let back = match inner {
                Some(inner) => String::from_utf8(STANDARD.decode(inner).expect("Base64")).expect("UTF-8"),
                None => header.clone(),
            };
            prop_assert_eq!(back, value);
        }

        #[test]
        fn total(value in any_json()) {
            let mut message = value.clone();
            let _ = mirrored(&message, REVISION, &Mirrored::new());
            with_meta(&mut message, REVISION, &ClientInfo::default(), None);
            let mut found = Vec::new();
            collect(&value, &mut Vec::new(), &mut found);
            let body = format!(r#"{{"jsonrpc":"2.0","id":1,"result":{value}}}"#);
            let _ = discovered(&json_body(200, &body), &json!(1), REVISION);
        }
    }
}
