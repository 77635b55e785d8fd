//! The decoding toolkit: nodes into texts, booleans, counts, durations, lists and data, each with its own message.
//!
//! Used by every decoder of authored YAML. Reports and goes on: a caller gets `None` and the file gets a diagnostic.

use std::time::Duration;

use super::diagnostic::Diagnostics;
use super::model::{At, Data, Spanned, Template, Time};
use super::table::{Key, Table};
use super::yaml::{Node, ScalarKind, Value};
use super::{suggest, template, time};

/// The entries of one mapping, taken key by key; what is left at the end is an error.
#[derive(Debug)]
pub struct Fields<'n> {
    table: &'static Table,
    at: At,
    entries: Vec<(&'n Spanned<String>, &'n Node)>,
}

impl<'n> Fields<'n> {
    /// Opens a mapping; anything else is reported.
    pub fn of(node: &'n Node, table: &'static Table, diagnostics: &mut Diagnostics) -> Option<Self> {
        let Some(map) = node.map() else {
            let keys = suggest::listed(table.names());
            let message = format!(
                "{} must be a mapping, got {}",
                article(table.name),
                node.type_name()
            );
            diagnostics
                .error("wrong-type", &node.at, message)
                .help(format!("keys: {keys}"));
            return None;
        };
        let entries = map.iter().map(|(key, value)| (key, value)).collect();
        Some(Self {
            table,
            at: node.at.clone(),
            entries,
        })
    }

    /// Where the mapping starts.
    pub fn at(&self) -> &At {
        &self.at
    }

    /// Whether a key is there and not yet taken.
    pub fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|(name, _)| name.value == key)
    }

    /// Takes a key and its value, null included: for payloads.
    pub fn take_raw(&mut self, key: &str) -> Option<(&'n Spanned<String>, &'n Node)> {
        debug_assert!(
            self.table.names().any(|name| name == key),
            "`{key}` is not in table {}",
            self.table.name
        );
        let index = self.entries.iter().position(|(name, _)| name.value == key)?;
        Some(self.entries.remove(index))
    }

    /// Removes a key that is in no table, to report it better than `finish` would.
    pub fn remove_unknown(&mut self, key: &str) -> Option<&'n Spanned<String>> {
        let index = self.entries.iter().position(|(name, _)| name.value == key)?;
        Some(self.entries.remove(index).0)
    }

    /// Takes the value of a key; an empty one is reported.
    pub fn take(&mut self, key: &str, diagnostics: &mut Diagnostics) -> Option<&'n Node> {
        let (name, node) = self.take_raw(key)?;
        if node.is_null() {
            let word = node.type_name();
            diagnostics
                .error(
                    "empty-value",
                    &name.at,
                    format!("`{key}` has no value (YAML reads {word} here)"),
                )
                .help(match self.doc(key) {
                    Some(doc) => format!("{key}: {doc}"),
                    None => "write a value or remove the key".to_owned(),
                });
            return None;
        }
        Some(node)
    }

    /// Takes a key that must be there.
    pub fn need(&mut self, key: &str, diagnostics: &mut Diagnostics) -> Option<&'n Node> {
        if !self.has(key) {
            let doc = self.doc(key).unwrap_or_default();
            diagnostics
                .error(
                    "missing-key",
                    &self.at,
                    format!("{} needs `{key}`", article(self.table.name)),
                )
                .help(format!("{key}: {doc}"));
            return None;
        }
        self.take(key, diagnostics)
    }

    /// What has not been taken: free keys. Call `finish` no more.
    pub fn rest(self) -> Vec<(&'n Spanned<String>, &'n Node)> {
        self.entries
    }

    /// Where a key that has not been taken stands.
    pub fn place(&self, key: &str) -> Option<&'n At> {
        self.entries
            .iter()
            .find(|(name, _)| name.value == key)
            .map(|(name, _)| &name.at)
    }

    /// Reports every key that was not taken.
    pub fn finish(self, diagnostics: &mut Diagnostics) {
        for (name, node) in self.entries {
            if comma_trap(name, node, diagnostics) {
                continue;
            }
            unknown_key(name, self.table.name, self.table.names(), diagnostics);
        }
    }

    fn doc(&self, key: &str) -> Option<&'static str> {
        self.table
            .keys
            .iter()
            .find(|one: &&Key| one.name == key)
            .map(|one| one.doc)
    }
}

/// `step` → `a step`.
pub fn article(name: &str) -> String {
    let spelled = ["HTTP", "MCP", "OAuth"].iter().any(|word| name.starts_with(word));
    let vowel = spelled || name.starts_with(['a', 'e', 'i', 'o']);
    format!("{} {name}", if vowel { "an" } else { "a" })
}

/// Reports a key nobody knows, with a suggestion.
pub fn unknown_key<'a>(
    name: &Spanned<String>,
    what: &str,
    known: impl Iterator<Item = &'a str>,
    diagnostics: &mut Diagnostics,
) {
    if name.value == "<<" {
        diagnostics
            .error("merge-key", &name.at, "`<<` stands in `cases` and `headers` only")
            .help("write the keys out here");
        return;
    }
    let known: Vec<&str> = known.collect();
    let near = suggest::nearest(&name.value, known.iter().copied());
    let mut message = format!("unknown key `{}` in {}", name.value, article(what));
    if let Some(trap) = boolean_word(&name.value) {
        message.push_str(trap);
    }
    let found = diagnostics.error("unknown-key", &name.at, message);
    found
        .help(format!("keys: {}", suggest::listed(known.iter().copied())))
        .meant(near);
}

/// `{ warn: refused, but why }`: inside braces a comma ends a plain text, and the rest becomes a key.
pub fn comma_trap(name: &Spanned<String>, node: &Node, diagnostics: &mut Diagnostics) -> bool {
    let is_tail = name.value.contains(' ') && node.type_name() == "nothing";
    if is_tail {
        diagnostics
            .error(
                "flow-comma",
                &name.at,
                "inside `{…}` a comma ends a text, and this became a key",
            )
            .help("put the whole text in quotes");
    }
    is_tail
}

/// A remark on keys that YAML 1.1 readers take for booleans.
fn boolean_word(key: &str) -> Option<&'static str> {
    let trap = ["on", "off", "yes", "no", "y", "n"].contains(&key.to_lowercase().as_str());
    trap.then_some(" (other YAML readers take this word for a boolean)")
}

fn wrong(node: &Node, expected: &str, diagnostics: &mut Diagnostics) {
    diagnostics.error(
        "wrong-type",
        &node.at,
        format!("expected {expected}, got {}", node.type_name()),
    );
}

/// Text; numbers and booleans give their source text. No references are read.
pub fn text(node: &Node, diagnostics: &mut Diagnostics) -> Option<Spanned<String>> {
    let Some(text) = node.text() else {
        wrong(node, "text", diagnostics);
        return None;
    };
    Some(Spanned {
        value: text.to_owned(),
        at: node.at.clone(),
    })
}

/// Text with references.
pub fn template(node: &Node, diagnostics: &mut Diagnostics) -> Option<Template> {
    let text = text(node, diagnostics)?;
    Some(template::parse(&text.value, &text.at, diagnostics))
}

/// `true` or `false`, nothing else.
pub fn boolean(node: &Node, diagnostics: &mut Diagnostics) -> Option<bool> {
    if let Value::Scalar(scalar) = &node.value {
        if let ScalarKind::Bool(value) = scalar.kind {
            return Some(value);
        }
        let meant = match scalar.text.to_lowercase().as_str() {
            "yes" | "on" | "y" | "true" => Some("true"),
            "no" | "off" | "n" | "false" => Some("false"),
            _ => None,
        };
        let message = format!("expected `true` or `false`, got `{}`", scalar.text);
        diagnostics.error("not-a-boolean", &node.at, message).meant(meant);
        return None;
    }
    wrong(node, "`true` or `false`", diagnostics);
    None
}

/// A whole number, at least `least`.
pub fn count(node: &Node, least: u64, diagnostics: &mut Diagnostics) -> Option<u64> {
    let number = node
        .text()
        .and_then(|text| text.parse::<u64>().ok())
        .filter(|number| *number >= least);
    if number.is_none() {
        let got = node
            .text()
            .map_or_else(|| node.type_name().to_owned(), |text| format!("`{text}`"));
        let message = format!("expected a whole number, at least {least}, got {got}");
        diagnostics.error("not-a-count", &node.at, message);
    }
    number
}

/// A finite number.
pub fn number(node: &Node, diagnostics: &mut Diagnostics) -> Option<f64> {
    let number = node
        .text()
        .and_then(|text| text.parse::<f64>().ok())
        .filter(|number| number.is_finite());
    if number.is_none() {
        wrong(node, "a number", diagnostics);
    }
    number
}

/// A duration that is written out.
pub fn duration(node: &Node, diagnostics: &mut Diagnostics) -> Option<Duration> {
    let text = text(node, diagnostics)?;
    let found = time::duration(&text.value);
    if found.is_none() {
        diagnostics
            .error(
                "not-a-duration",
                &node.at,
                format!("`{}` is not a duration", text.value),
            )
            .help(time::duration_help(&text.value));
    }
    found
}

/// A duration, or a reference to one.
pub fn moment(node: &Node, diagnostics: &mut Diagnostics) -> Option<Time> {
    if node.text().is_some_and(|text| text.contains("${")) {
        let template = template(node, diagnostics)?;
        if template.as_reference().is_none() && template.as_literal().is_none() {
            diagnostics
                .error(
                    "not-a-duration",
                    &node.at,
                    "a duration is written out or is one reference, not a mix",
                )
                .help("add with a filter: `${pause | plus 1s}`");
            return None;
        }
        return Some(Time::Reference(template));
    }
    let value = duration(node, diagnostics)?;
    Some(Time::Fixed(Spanned {
        value,
        at: node.at.clone(),
    }))
}

/// The items of a list that is not empty.
pub fn list<'n>(node: &'n Node, diagnostics: &mut Diagnostics) -> &'n [Node] {
    match node.list() {
        Some([]) => {
            diagnostics
                .error("empty-list", &node.at, "the list is empty")
                .help("write an entry or remove the key");
            &[]
        }
        Some(items) => items,
        None => {
            wrong(node, "a list", diagnostics);
            &[]
        }
    }
}

/// One node, or the items of a list.
pub fn one_or_many(node: &Node) -> &[Node] {
    node.list().unwrap_or(std::slice::from_ref(node))
}

/// One text or a list of them.
pub fn texts(node: &Node, diagnostics: &mut Diagnostics) -> Vec<Spanned<String>> {
    one_or_many(node)
        .iter()
        .filter_map(|item| text(item, diagnostics))
        .collect()
}

/// The entries of a mapping with free keys.
pub fn entries<'n>(
    node: &'n Node,
    what: &str,
    diagnostics: &mut Diagnostics,
) -> &'n [(Spanned<String>, Node)] {
    if let Some(map) = node.map() {
        for (key, _) in map {
            key_without_reference(key, diagnostics);
        }
        return map;
    }
    wrong(node, &format!("a mapping of {what}"), diagnostics);
    &[]
}

fn key_without_reference(key: &Spanned<String>, diagnostics: &mut Diagnostics) {
    if key.value.contains("${") {
        diagnostics
            .error("template-in-key", &key.at, "a key cannot hold a reference")
            .help("references stand in values; a probe input or a list of header lines does the same");
    }
}

/// One of a few words.
pub fn word(
    node: &Node,
    known: &[&str],
    what: &str,
    diagnostics: &mut Diagnostics,
) -> Option<Spanned<String>> {
    let text = text(node, diagnostics)?;
    if known.contains(&text.value.as_str()) {
        return Some(text);
    }
    unknown_word(&text, known, what, diagnostics);
    None
}

/// Reports a word nobody knows, with a suggestion.
pub fn unknown_word(text: &Spanned<String>, known: &[&str], what: &str, diagnostics: &mut Diagnostics) {
    let near = suggest::nearest(&text.value, known.iter().copied());
    diagnostics
        .error(
            "unknown-word",
            &text.at,
            format!("unknown {what} `{}`", text.value),
        )
        .help(format!(
            "expected one of: {}",
            suggest::listed(known.iter().copied())
        ))
        .meant(near);
}

/// Whether a text is `[a-z][a-z0-9-]*`.
pub fn is_slug(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// Data as a payload carries it: every text may hold references, null is a value.
pub fn data(node: &Node, diagnostics: &mut Diagnostics) -> Data {
    let at = node.at.clone();
    match &node.value {
        Value::List(items) => Data::List(items.iter().map(|item| data(item, diagnostics)).collect(), at),
        Value::Map(map) => {
            for (key, _) in map {
                key_without_reference(key, diagnostics);
            }
            Data::Map(
                map.iter()
                    .map(|(key, value)| (key.clone(), data(value, diagnostics)))
                    .collect(),
                at,
            )
        }
        Value::Scalar(scalar) => match &scalar.kind {
            ScalarKind::Null => Data::Null(at),
            ScalarKind::Bool(value) => Data::Bool(*value, at),
            ScalarKind::Number(value) => Data::Number(value.clone(), at),
            ScalarKind::Text => Data::Text(template::parse(&scalar.text, &at, diagnostics)),
        },
    }
}

/// The members of a payload mapping.
pub fn members(node: &Node, what: &str, diagnostics: &mut Diagnostics) -> Vec<(Spanned<String>, Data)> {
    let map = entries(node, what, diagnostics);
    map.iter()
        .map(|(key, value)| (key.clone(), data(value, diagnostics)))
        .collect()
}
