//! What a tool says, twice: as JSON and as Markdown with one section per field.

use serde_json::Value;

/// The answer of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolAnswer {
    /// An object; `structuredContent` of the MCP result and `response` of the REST envelope.
    pub structured: Value,
    /// The same for people: `**Result:** success`, then a section for each field.
    pub text: String,
}

impl ToolAnswer {
    pub(crate) fn of(structured: Value) -> ToolAnswer {
        let text = markdown(&structured);
        ToolAnswer { structured, text }
    }
}

fn markdown(answer: &Value) -> String {
    let mut text = String::from("**Result:** success\n");
    for (name, value) in answer.as_object().into_iter().flatten() {
        text.push_str("\n# ");
        text.push_str(name);
        text.push_str("\n\n");
        section(&mut text, value);
    }
    text
}

fn section(text: &mut String, value: &Value) {
    match value {
        Value::Object(_) => fields(text, value, "- "),
        Value::Array(items) if items.is_empty() => text.push_str("none\n"),
        Value::Array(items) => items.iter().for_each(|item| entry(text, item)),
        plain => {
            inline(text, plain);
            text.push('\n');
        }
    }
}

fn entry(text: &mut String, item: &Value) {
    if item
        .as_object()
        .is_some_and(|fields| fields.values().any(|value| !value.is_null()))
    {
        let start = text.len();
        fields(text, item, "  ");
        text.replace_range(start..=start, "-");
    } else {
        text.push_str("- ");
        inline(text, item);
        text.push('\n');
    }
}

fn fields(text: &mut String, value: &Value, lead: &str) {
    for (name, value) in value
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, value)| !value.is_null())
    {
        text.push_str(lead);
        text.push_str(name);
        text.push_str(": ");
        inline(text, value);
        text.push('\n');
    }
}

fn inline(text: &mut String, value: &Value) {
    match value {
        Value::String(plain) => text.push_str(plain),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                text.push_str(if at == 0 { "" } else { ", " });
                inline(text, item);
            }
        }
        other => text.push_str(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_field_is_a_section() {
        let answer = ToolAnswer::of(json!({
            "nodes": [{ "id": "a", "version": null, "tags": ["x", 2] }, { "id": "b" }],
            "names": ["n"],
            "none": [],
            "page": { "has_more": false },
            "count": 3,
        }));
        assert_eq!(
            answer.text,
            "**Result:** success\n\n# nodes\n\n- id: a\n  tags: x, 2\n- id: b\n\n# names\n\n- n\n\n# none\n\nnone\n\n\
             # page\n\n- has_more: false\n\n# count\n\n3\n"
        );
    }

    #[test]
    fn an_empty_object_in_a_list_is_no_accident() {
        assert_eq!(
            ToolAnswer::of(json!({ "all": [{}] })).text,
            "**Result:** success\n\n# all\n\n- {}\n"
        );
    }
}
