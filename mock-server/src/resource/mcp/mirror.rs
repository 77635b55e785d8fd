//! Headers that repeat what the body says (2026-07-28, request metadata), held against it.
//!
//! A gateway decides by the header, the server by the body; where the two differ, one of them was fooled.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use serde_json::{Map, Value};

use super::features;
use super::meta::{METHOD_HEADER, one};
use crate::defect::{DefectSet, transport};

const NAME_HEADER: &str = "mcp-name";

/// Compares `Mcp-Method`, `Mcp-Name` and `Mcp-Param-*` with the body; the text says what differs.
pub(super) fn check(
    headers: &HeaderMap,
    defects: &DefectSet,
    method: &str,
    params: &Map<String, Value>,
) -> Result<(), String> {
    let differs = |said: Option<&str>, meant: Option<&str>| match (said, meant) {
        (Some(said), Some(meant)) if defects.has(transport::HEADER_VALUES_CASELESS) => {
            !said.eq_ignore_ascii_case(meant)
        }
        (said, meant) => said != meant,
    };
    let said = present(headers, METHOD_HEADER, false)?;
    if differs(said.as_deref(), Some(method)) && !defects.has(transport::METHOD_HEADER_UNCHECKED) {
        return Err("the Mcp-Method header is not the method of the body".to_owned());
    }
    let source = match method {
        "tools/call" | "prompts/get" => "name",
        "resources/read" => "uri",
        // Of the extension for tasks (SEP-2663, routing headers).
        "tasks/get" | "tasks/update" | "tasks/cancel" => "taskId",
        _ => return Ok(()),
    };
    let name = params.get(source).and_then(Value::as_str);
    let said = present(headers, NAME_HEADER, !defects.has(transport::SENTINEL_LITERAL))?;
    let wrong = name.is_none() || differs(said.as_deref(), name);
    if wrong && !defects.has(transport::NAME_HEADER_UNCHECKED) {
        return Err(format!("the Mcp-Name header is not params.{source} of the body"));
    }
    if method == "tools/call" && !defects.has(transport::PARAM_HEADERS_UNCHECKED) {
        arguments(headers, name.unwrap_or_default(), params)?;
    }
    Ok(())
}

fn arguments(headers: &HeaderMap, tool: &str, params: &Map<String, Value>) -> Result<(), String> {
    for mirror in features::mirrored(tool) {
        let (argument, header) = (mirror.argument, mirror.header);
        let said = present(headers, &mirror.name, true)?;
        let meant = params
            .get("arguments")
            .and_then(|arguments| arguments.get(argument))
            .filter(|value| !value.is_null());
        let agree = match (&said, meant) {
            (None, None) => true,
            (Some(said), Some(meant)) => same(said, meant),
            _ => false,
        };
        if !agree {
            return Err(format!(
                "the Mcp-Param-{header} header is not {argument} of the body"
            ));
        }
    }
    Ok(())
}

/// Whole numbers are compared as numbers, everything else as text.
fn same(said: &str, meant: &Value) -> bool {
    match meant {
        Value::String(text) => said == text,
        Value::Bool(flag) => said == if *flag { "true" } else { "false" },
        Value::Number(number) => match (said.parse::<f64>(), number.as_f64()) {
            (Ok(said), Some(meant)) => (said - meant).abs() < f64::EPSILON,
            _ => false,
        },
        _ => false,
    }
}

/// The decoded value of a header; an error where it is there twice, is not visible ASCII, or does not decode.
fn present(headers: &HeaderMap, name: &str, encoded: bool) -> Result<Option<String>, String> {
    if !headers.contains_key(name) {
        return Ok(None);
    }
    let bad = || format!("the {name} header cannot be read");
    let text = one(headers, name).ok_or_else(bad)?;
    let inside = text
        .strip_prefix("=?base64?")
        .and_then(|rest| rest.strip_suffix("?="));
    match inside {
        Some(inside) if encoded => {
            let bytes = STANDARD.decode(inside).map_err(|_| bad())?;
            String::from_utf8(bytes).map(Some).map_err(|_| bad())
        }
        _ => Ok(Some(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn verdict(lines: &[(&'static str, &str)], method: &str, params: Value) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, http::HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        let healthy = DefectSet::default();
        check(&headers, &healthy, method, params.as_object().unwrap()).is_ok()
    }

    #[test]
    fn names_and_methods() {
        let list = |value| verdict(&[("mcp-method", value)], "tools/list", json!({}));
        assert!(list("tools/list"));
        for wrong in ["TOOLS/LIST", "tools/call", "", "=?base64?dG9vbHMvbGlzdA==?="] {
            assert!(!list(wrong), "{wrong}");
        }
        let read = |value| {
            let lines = [("mcp-method", "prompts/get"), ("mcp-name", value)];
            verdict(&lines, "prompts/get", json!({ "name": "a b" }))
        };
        assert!(read("a b") && read("=?base64?YSBi?="));
        for wrong in [
            "A b",
            "=?BASE64?YSBi?=",
            "=?base64?YSBi",
            "=?base64?!?=",
            "=?base64?/w==?=",
            "a\u{e9}",
        ] {
            assert!(!read(wrong), "{wrong}");
        }
        assert!(!verdict(
            &[("mcp-method", "prompts/get")],
            "prompts/get",
            json!({ "name": "a" })
        ));
        let twice = [("mcp-method", "tools/list"), ("mcp-method", "tools/list")];
        assert!(!verdict(&twice, "tools/list", json!({})));
    }

    #[test]
    fn parameters() {
        let call = |lines: &[(&'static str, &str)], arguments: Value| {
            let mut all = vec![("mcp-method", "tools/call"), ("mcp-name", "storage")];
            all.extend_from_slice(lines);
            verdict(
                &all,
                "tools/call",
                json!({ "name": "storage", "arguments": arguments }),
            )
        };
        assert!(call(&[], json!({ "action": "list" })));
        assert!(call(&[], json!({ "profile_id": null })));
        assert!(call(&[("mcp-param-profile", "1")], json!({ "profile_id": "1" })));
        assert!(call(
            &[("mcp-param-page-size", "42.0")],
            json!({ "page_size": 42 })
        ));
        assert!(call(&[("mcp-param-nobody-knows", "1")], json!({})));
        assert!(!call(&[("mcp-param-profile", "2")], json!({ "profile_id": "1" })));
        assert!(!call(&[("mcp-param-profile", "1")], json!({})));
        assert!(!call(&[], json!({ "profile_id": "1" })));
        assert!(!call(&[("mcp-param-page-size", "x")], json!({ "page_size": 42 })));
    }
}
