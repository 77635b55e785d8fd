//! Results of `tools/call` and `tools/list` ("Tools").

use serde_json::{Map, Value};

use crate::wire::json;

/// What a tool said.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolSaid {
    /// `isError`.
    pub is_error: bool,
    /// `structuredContent`.
    pub structured: Option<Value>,
    /// The text blocks, joined with LF.
    pub text: String,
    /// The value to look into: `structuredContent`, or the only text block if it is JSON.
    pub value: Option<Value>,
}

/// Reads a `tools/call` result; `None` when it is none (neither `content` nor `structuredContent`).
pub fn tool_said(result: &Value) -> Option<ToolSaid> {
    let content = result.get("content").and_then(Value::as_array);
    let structured = result.get("structuredContent").cloned();
    if content.is_none() && structured.is_none() {
        return None;
    }
    let is_text = |block: &&Value| block.get("type").and_then(Value::as_str) == Some("text");
    let blocks = content.into_iter().flatten().filter(is_text);
    let texts: Vec<&str> = blocks
        .filter_map(|b| b.get("text").and_then(Value::as_str))
        .collect();
    let only_text = || match texts.as_slice() {
        [text] => json::parse_bounded(text.as_bytes(), json::MAX_DEPTH).ok(),
        _ => None,
    };
    Some(ToolSaid {
        is_error: result.get("isError").and_then(Value::as_bool).unwrap_or(false),
        value: structured.clone().or_else(only_text),
        text: texts.join("\n"),
        structured,
    })
}

/// One page of `tools/list`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ToolsPage {
    /// In the server's order.
    pub tools: Vec<Tool>,
    /// `nextCursor`: there is another page.
    pub next: Option<String>,
    /// Entries that are no tool: no object, or without a name.
    pub unreadable: usize,
}

/// A tool as listed.
#[derive(Debug, Clone, PartialEq)]
pub struct Tool {
    /// `name`.
    pub name: String,
    /// `description`.
    pub description: Option<String>,
    /// `annotations.readOnlyHint`, if it is said.
    pub read_only: Option<bool>,
    /// `annotations.destructiveHint`, if it is said.
    pub destructive: Option<bool>,
    /// `inputSchema.required`.
    pub required: Vec<String>,
    /// `inputSchema` as it came.
    pub input_schema: Value,
}

/// Reads a `tools/list` result; `None` when it has no `tools`.
pub fn tools_page(result: &Value) -> Option<ToolsPage> {
    let entries = result.get("tools")?.as_array()?;
    let tools: Vec<Tool> = entries.iter().filter_map(|e| tool(e.as_object()?)).collect();
    Some(ToolsPage {
        unreadable: entries.len() - tools.len(),
        tools,
        next: result
            .get("nextCursor")
            .and_then(Value::as_str)
            .map(str::to_owned),
    })
}

fn tool(entry: &Map<String, Value>) -> Option<Tool> {
    let hint = |name: &str| {
        entry
            .get("annotations")
            .and_then(|a| a.get(name))
            .and_then(Value::as_bool)
    };
    let input_schema = entry.get("inputSchema").cloned().unwrap_or_default();
    let required = input_schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    Some(Tool {
        name: entry.get("name")?.as_str()?.to_owned(),
        description: entry
            .get("description")
            .and_then(Value::as_str)
            .map(str::to_owned),
        read_only: hint("readOnlyHint"),
        destructive: hint("destructiveHint"),
        required: required.filter_map(Value::as_str).map(str::to_owned).collect(),
        input_schema,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::answer::tests::any_json;
    use super::*;

    #[test]
    fn what_tools_say() {
        let said = |v: Value| tool_said(&v);
        let text = |t: &str| json!({ "type": "text", "text": t });
        let one = said(json!({ "content": [text(r#"{"id":1}"#)] })).expect("a result");
        assert_eq!((one.value, one.is_error), (Some(json!({ "id": 1 })), false));
        let two = said(json!({ "content": [text("1"), { "type": "image" }, text("b")], "isError": true }))
            .expect("a result");
        assert_eq!((two.value, two.text.as_str(), two.is_error), (None, "1\nb", true));
        let both =
            said(json!({ "content": [text("[]")], "structuredContent": { "a": 2 } })).expect("a result");
        assert_eq!((both.value, both.text.as_str()), (Some(json!({ "a": 2 })), "[]"));
        assert_eq!(said(json!({ "tools": [] })), None);
        assert_eq!(said(json!("text")), None);
    }

    #[test]
    fn pages() {
        let page = tools_page(&json!({
            "tools": [
                { "name": "find", "annotations": { "readOnlyHint": true }, "inputSchema": { "required": ["q"] } },
                { "name": 7 },
                "x",
            ],
            "nextCursor": "2",
        }));
        let page = page.expect("a page");
        assert_eq!((page.unreadable, page.next.as_deref()), (2, Some("2")));
        let tool = &page.tools[0];
        assert_eq!(
            (tool.read_only, tool.destructive, tool.required.as_slice()),
            (Some(true), None, &["q".to_owned()][..])
        );
        assert_eq!(tools_page(&json!({ "tools": {} })), None);
    }

    proptest! {
        #[test]
        fn total(value in any_json()) {
            let _ = (tool_said(&value), tools_page(&value));
        }
    }
}
