//! `headers:` of a step: a map, verbatim lines, or one reference.

use super::{Context, cases};
use crate::scenario::fields;
use crate::scenario::model::{HeaderValue, Headers, Spanned, Template};
use crate::scenario::yaml::Node;

pub(super) fn headers(node: &Node, cx: &mut Context<'_>) -> Headers {
    if let Some(map) = node.map() {
        let entries = cases::merged(map, cx);
        return Headers::Map(
            entries
                .iter()
                .filter_map(|(name, value)| one(name, value, cx))
                .collect(),
        );
    }
    if node.list().is_some() {
        let items = fields::list(node, cx.diagnostics);
        return Headers::Lines(items.iter().filter_map(|line| verbatim(line, cx)).collect());
    }
    match fields::template(node, cx.diagnostics) {
        Some(template) if template.as_reference().is_some() => Headers::Reference(template),
        Some(template) => {
            cx.diagnostics
                .error(
                    "wrong-type",
                    &template.at,
                    "`headers` must be a mapping, a list of lines, or one reference",
                )
                .help("`headers: { Name: value }`");
            Headers::Derived
        }
        None => Headers::Derived,
    }
}

fn one(name: &Spanned<String>, node: &Node, cx: &mut Context<'_>) -> Option<(Spanned<String>, HeaderValue)> {
    header_name(name, cx);
    if node.is_null() {
        cx.diagnostics
            .error(
                "empty-value",
                &name.at,
                format!("the header `{}` has no value", name.value),
            )
            .help("`\"\"` sends it empty, `\"${omit}\"` does not send it");
        return None;
    }
    let value = match node.list() {
        Some(_) => {
            let lines = fields::list(node, cx.diagnostics);
            HeaderValue::Many(
                lines
                    .iter()
                    .filter_map(|line| fields::template(line, cx.diagnostics))
                    .collect(),
            )
        }
        None => HeaderValue::One(fields::template(node, cx.diagnostics)?),
    };
    Some((name.clone(), value))
}

/// RFC 9110 §5.6.2: a field name is a token. Anything else can still be sent, as a verbatim line.
pub(super) fn header_name(name: &Spanned<String>, cx: &mut Context<'_>) {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.value.contains("${") {
        cx.diagnostics
            .error("template-in-key", &name.at, "a key cannot hold a reference")
            .help("write the line verbatim: `headers: [\"${case.name}: value\"]`");
    } else if name.value.is_empty() || !name.value.chars().all(token) {
        cx.diagnostics
            .error(
                "header-name",
                &name.at,
                format!("`{}` is not a header name (RFC 9110 section 5.6.2)", name.value),
            )
            .help("to send it all the same, write a verbatim line: `headers: [\"Name : value\"]`");
    }
}

fn verbatim(node: &Node, cx: &mut Context<'_>) -> Option<Template> {
    if node.map().is_some() {
        cx.diagnostics
            .error(
                "wrong-type",
                &node.at,
                "a verbatim header line is text, and this is a mapping",
            )
            .help("quote the whole line: `- \"Name: value\"`");
        return None;
    }
    fields::template(node, cx.diagnostics)
}
