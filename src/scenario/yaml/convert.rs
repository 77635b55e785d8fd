//! What was read, into nodes: source text, style and place of each.

use super::raw::{Located, Raw};
use super::to_usize;
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::model::{At, Spanned};
use crate::scenario::node::{Node, Scalar, ScalarKind, Style, Value};
use crate::scenario::places::Places;

pub(super) struct Converter<'p, 'f, 'd> {
    pub(super) places: &'p Places<'f>,
    pub(super) diagnostics: &'d mut Diagnostics,
}

impl Converter<'_, '_, '_> {
    pub(super) fn node(&mut self, raw: &Located, in_flow: bool) -> Node {
        let span = raw.defined.span();
        let start = to_usize(span.byte_offset().unwrap_or(0));
        let len = to_usize(span.byte_len().unwrap_or(0));
        let text = &self.places.file.text;
        let source = text.get(start..start.saturating_add(len)).unwrap_or("");
        match &raw.value {
            Raw::List(items) => {
                let flow = in_flow || text[floor(text, start)..].starts_with('[');
                let at = self.places.at(start, 1);
                let items = items.iter().map(|item| self.node(item, flow)).collect();
                Node {
                    value: Value::List(items),
                    at,
                    style: collection_style(flow),
                    in_flow,
                }
            }
            Raw::Map(entries) => {
                let flow = in_flow || text[floor(text, start)..].starts_with('{');
                let at = self.places.at(start, 1);
                let entries = self.entries(entries, flow);
                let at = match entries.first() {
                    Some((key, _)) if !flow && key.at.line == at.line => key.at.clone(),
                    _ => at,
                };
                Node {
                    value: Value::Map(entries),
                    at,
                    style: collection_style(flow),
                    in_flow,
                }
            }
            scalar => {
                let at = self.places.at(start, source.trim_end().len().max(1));
                let style = scalar_style(text, start, source);
                self.reject_tag(text, start, &at);
                if style == Style::Plain {
                    self.comment_after_reference(text, start + source.len(), source, &at);
                }
                Node {
                    value: Value::Scalar(typed(scalar, source, style)),
                    at,
                    style,
                    in_flow,
                }
            }
        }
    }

    fn entries(&mut self, raw: &[(Located, Located)], flow: bool) -> Vec<(Spanned<String>, Node)> {
        let mut entries: Vec<(Spanned<String>, Node)> = Vec::with_capacity(raw.len());
        let mut seen = std::collections::BTreeMap::new();
        for (key, value) in raw {
            let key = self.node(key, flow);
            let value = self.node(value, flow);
            let Value::Scalar(scalar) = key.value else {
                self.diagnostics
                    .error("key-not-text", &key.at, "a key must be text")
                    .help("quote a key that holds `[`, `]`, `{`, `}` or `,`");
                continue;
            };
            if let Some(first) = seen.insert(scalar.text.clone(), key.at.line) {
                self.diagnostics
                    .error(
                        "duplicate-key",
                        &key.at,
                        format!("the key `{}` occurs twice", scalar.text),
                    )
                    .label(format!("first on line {first}"))
                    .help("keep one of them; several values of one key are a list");
                seen.insert(scalar.text, first);
                continue;
            }
            entries.push((
                Spanned {
                    value: scalar.text,
                    at: key.at,
                },
                value,
            ));
        }
        entries
    }

    /// `${x} #1`: the tail is a comment, and nobody notices.
    fn comment_after_reference(&mut self, text: &str, end: usize, source: &str, at: &At) {
        let rest = text.get(end..).unwrap_or("").lines().next().unwrap_or("");
        if source.contains("${") && rest.trim_start().starts_with('#') {
            self.diagnostics
                .warning(
                    "comment-after-reference",
                    at,
                    format!("`{}` is a comment, not part of the value", rest.trim()),
                )
                .help("put the value in quotes, with the tail inside or outside");
        }
    }

    /// `!word` before a value would vanish without a word.
    fn reject_tag(&mut self, text: &str, start: usize, at: &At) {
        let before = text.get(..start).unwrap_or("");
        let line = before.rsplit('\n').next().unwrap_or("").trim_end();
        let word = line.rsplit([' ', '\t', '[', '{', ',']).next().unwrap_or("");
        if word.starts_with('!') && line.len() < before.len() {
            self.diagnostics
                .error(
                    "yaml-tag",
                    at,
                    format!("`{word}` is a YAML tag, not part of the value"),
                )
                .help("quote the whole value");
        }
    }
}

fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn collection_style(flow: bool) -> Style {
    if flow { Style::Flow } else { Style::Plain }
}

fn scalar_style(text: &str, start: usize, source: &str) -> Style {
    match source.as_bytes().first() {
        Some(b'"') => return Style::Double,
        Some(b'\'') => return Style::Single,
        _ => {}
    }
    let before = text.get(..start).unwrap_or("").trim_end_matches([' ', '\t']);
    let Some(previous) = before
        .trim_end_matches(['\n', '\r', ' ', '\t'])
        .rsplit('\n')
        .next()
    else {
        return Style::Plain;
    };
    let head = previous.split(" #").next().unwrap_or("").trim_end();
    let word = head.rsplit([' ', '\t']).next().unwrap_or("");
    let is_block = before.ends_with('\n')
        && word.starts_with(['|', '>'])
        && word[1..]
            .chars()
            .all(|c| c == '-' || c == '+' || c.is_ascii_digit());
    if is_block { Style::Block } else { Style::Plain }
}

fn typed(raw: &Raw, source: &str, style: Style) -> Scalar {
    let text = match raw {
        Raw::Text(text) => {
            return Scalar {
                text: text.clone(),
                kind: ScalarKind::Text,
            };
        }
        _ => source.trim(),
    };
    let kind = match (raw, text) {
        (Raw::Null, "" | "~" | "null") => ScalarKind::Null,
        (Raw::Bool, "true") => ScalarKind::Bool(true),
        (Raw::Bool, "false") => ScalarKind::Bool(false),
        (Raw::Number, _) if style == Style::Plain => {
            exact_number(text).map_or(ScalarKind::Text, ScalarKind::Number)
        }
        _ => ScalarKind::Text,
    };
    Scalar {
        text: text.to_owned(),
        kind,
    }
}

/// A number that JSON writes the same way; one that would lose digits stays text.
fn exact_number(text: &str) -> Option<serde_json::Number> {
    let number: serde_json::Number = serde_json::from_str(text).ok()?;
    let whole = !text.contains(['.', 'e', 'E']);
    (!whole || number.is_i64() || number.is_u64()).then_some(number)
}
