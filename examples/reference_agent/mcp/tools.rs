//! Tools as a server lists them.

use serde_json::Value;

/// What this client needs to know of a tool.
#[derive(Debug, Clone)]
pub(super) struct Tool {
    pub(super) name: String,
    /// Calling it twice does no more than calling it once, says the server.
    pub(super) repeatable: bool,
    /// Headers that repeat arguments, and where those are (2026-07-28, custom headers from tool parameters).
    pub(super) marks: Vec<(String, String)>,
    pub(super) definition: Value,
}

impl Tool {
    /// Reads a definition; `None` for one whose marks are not as they must be: the tool cannot be called rightly.
    pub(super) fn read(definition: &Value) -> Option<Self> {
        let mut marks = Vec::new();
        collect(&definition["inputSchema"], "", 0, &mut marks)?;
        let lower = |marks: &[(String, String)]| {
            let mut names: Vec<String> = marks.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
            names.sort();
            names
        };
        let mut names = lower(&marks);
        names.dedup();
        if names.len() != marks.len() {
            return None;
        }
        let hint = |name: &str| definition["annotations"][name] == true;
        Some(Self {
            name: definition["name"].as_str()?.to_owned(),
            repeatable: hint("readOnlyHint") || hint("idempotentHint"),
            marks,
            definition: definition.clone(),
        })
    }

    /// The addresses of its icons.
    pub(super) fn icons(&self) -> Vec<String> {
        let icons = self.definition["icons"].as_array().into_iter().flatten();
        icons
            .filter_map(|icon| icon["src"].as_str())
            .map(str::to_owned)
            .collect()
    }

    /// The addresses that `$ref` points to in its schemas.
    pub(super) fn references(&self) -> Vec<String> {
        let mut found = Vec::new();
        references(&self.definition, &mut found);
        found
    }
}

fn collect(schema: &Value, path: &str, depth: usize, marks: &mut Vec<(String, String)>) -> Option<()> {
    const DEEPEST: usize = 32;
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"));
        match &property["x-mcp-header"] {
            Value::Null => {}
            Value::String(mark) if is_token(mark) && is_primitive(property) => {
                marks.push((mark.clone(), path.clone()));
            }
            _ => return None,
        }
        if depth < DEEPEST {
            collect(property, &path, depth + 1, marks)?;
        }
    }
    Some(())
}

fn is_primitive(property: &Value) -> bool {
    property["type"]
        .as_str()
        .is_none_or(|kind| matches!(kind, "string" | "integer" | "number" | "boolean"))
}

fn is_token(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(allowed)
}

fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value.as_str().filter(|_| name == "$ref") {
                    Some(to) if to.starts_with("http") => found.push(to.to_owned()),
                    _ => references(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}
