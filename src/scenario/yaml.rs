//! YAML text into a tree of nodes that know where they stand. The only file that knows a YAML library.
//!
//! Scalars keep their source text: `007`, `no` and `2025-11-25` are texts, `true`/`false` alone are booleans, only
//! decimal numbers as JSON writes them are numbers. May use `diagnostic` and `traps`; decides nothing about keys.

use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy, NonFiniteFloatPolicy};

use super::diagnostic::Diagnostics;
use super::model::{At, SourceFile, Spanned};
use super::places::Places;
use super::traps;

pub use super::node::{Node, Scalar, ScalarKind, Style, Value};

/// Largest file, in bytes.
pub const MAX_BYTES: usize = 4 << 20;
/// Deepest nesting.
pub const MAX_DEPTH: usize = 64;
/// Most uses of anchors.
pub const MAX_ALIASES: usize = 1_000;
/// Most nodes, after aliases are expanded.
pub const MAX_NODES: usize = 200_000;

/// Reads one document. `None` after a syntax error; duplicate keys are reported, the first one is kept.
pub fn parse(file: &Arc<SourceFile>, diagnostics: &mut Diagnostics) -> Option<Node> {
    let places = Places::new(file);
    if file.text.len() > MAX_BYTES {
        let message = format!("the file has {} bytes, more than {MAX_BYTES}", file.text.len());
        diagnostics
            .error("yaml-budget", &places.at(0, 0), message)
            .help("split it into several scenarios");
        return None;
    }
    match serde_saphyr::from_str_with_options::<Located>(&file.text, options()) {
        Ok(tree) => {
            let node = Converter {
                places: &places,
                diagnostics,
            }
            .node(&tree, false);
            if node.is_null() {
                diagnostics.error("empty-file", &node.at, "the file holds nothing");
                return None;
            }
            Some(node)
        }
        Err(error) => {
            report(error.without_snippet(), &places, diagnostics);
            None
        }
    }
}

fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            flow_nesting_limit: MAX_DEPTH,
            max_aliases: MAX_ALIASES,
            max_nodes: MAX_NODES,
        },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        merge_keys: MergeKeyPolicy::AsOrdinary,
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: MAX_NODES },
        strict_booleans: true,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        with_snippet: false,
    }
}

fn report(error: &serde_saphyr::Error, places: &Places<'_>, diagnostics: &mut Diagnostics) {
    use serde_saphyr::Error;
    if let Error::AliasError { error, .. } = error {
        return report(error.without_snippet(), places, diagnostics);
    }
    let at = error
        .location()
        .map_or_else(|| places.at(0, 0), |location| place_of(location, places));
    match error {
        Error::MultipleDocuments { .. } => {
            diagnostics
                .error("several-documents", &at, "a second document starts here")
                .help("one scenario per file: move it into a file of its own");
        }
        Error::Budget { breach, .. } => {
            diagnostics
                .error(
                    "yaml-budget",
                    &at,
                    format!("the file is too large or too deep: {breach:?}"),
                )
                .help(format!(
                    "at most {MAX_DEPTH} levels, {MAX_ALIASES} aliases and {MAX_NODES} values"
                ));
        }
        Error::AliasReplayLimitExceeded { .. } | Error::AliasExpansionLimitExceeded { .. } => {
            diagnostics.error(
                "yaml-budget",
                &at,
                "the aliases of this file expand to too many values",
            );
        }
        other => {
            let found = traps::scan(places, diagnostics);
            if found.is_some_and(|line| line <= at.line.saturating_add(1)) {
                return;
            }
            let text = other.to_string();
            if text.contains("recursion limit") {
                diagnostics
                    .error("yaml-budget", &at, "the file is nested too deeply")
                    .help(format!("at most {MAX_DEPTH} levels"));
                return;
            }
            let message = text.split(" at line ").next().unwrap_or(&text).trim();
            diagnostics.error(
                "yaml-syntax",
                &at,
                format!("this is not YAML: {}", message.to_lowercase()),
            );
        }
    }
}

fn place_of(location: serde_saphyr::Location, places: &Places<'_>) -> At {
    match location.span().byte_offset() {
        Some(start) => places.at(to_usize(start), to_usize(location.span().byte_len().unwrap_or(1))),
        None => places.of_line(to_usize(location.line()), to_usize(location.column())),
    }
}

fn to_usize(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

type Located = serde_saphyr::Spanned<Raw>;

/// What the library hands over, before scalars are typed by our rules.
enum Raw {
    Text(String),
    Bool,
    Number,
    Null,
    List(Vec<Located>),
    Map(Vec<(Located, Located)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Raw, E> {
        Ok(Raw::Bool)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Raw, E> {
        Ok(Raw::Text(text))
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Raw, E> {
        Ok(Raw::Text(String::from_utf8_lossy(bytes).into_owned()))
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = vec![];
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Raw::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut map = vec![];
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Raw::Map(map))
    }
}

struct Converter<'p, 'f, 'd> {
    places: &'p Places<'f>,
    diagnostics: &'d mut Diagnostics,
}

impl Converter<'_, '_, '_> {
    fn node(&mut self, raw: &Located, in_flow: bool) -> Node {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Node {
        let file = Arc::new(SourceFile {
            path: "t.yaml".into(),
            text: text.into(),
        });
        let mut diagnostics = Diagnostics::new();
        let node = parse(&file, &mut diagnostics).expect("sound YAML");
        assert!(
            diagnostics.is_empty(),
            "{:?}",
            diagnostics.iter().collect::<Vec<_>>()
        );
        node
    }

    #[test]
    fn scalars_keep_their_source_text() {
        let table = [
            ("007", "007", "text"),
            ("no", "no", "text"),
            ("yes", "yes", "text"),
            ("True", "True", "text"),
            ("true", "true", "a boolean"),
            ("1_000", "1_000", "text"),
            ("0x1F", "0x1F", "text"),
            ("+1", "+1", "text"),
            ("1.50", "1.50", "a number"),
            ("12345678901234567890123", "12345678901234567890123", "text"),
            (".inf", ".inf", "text"),
            ("2025-11-25", "2025-11-25", "text"),
            ("1:30", "1:30", "text"),
            ("4xx", "4xx", "text"),
            ("\"5\"", "5", "text"),
            ("'true'", "true", "text"),
            ("\"\\xff\"", "\u{ff}", "text"),
            ("Null", "Null", "text"),
            ("~", "~", "null"),
            ("", "", "nothing"),
        ];
        for (source, text, kind) in table {
            for document in [
                format!("a: {source}\n"),
                format!("{{ a: {source} }}"),
                format!("- a: {source}\r\n"),
            ] {
                let node = read(&document);
                let node = node
                    .list()
                    .map_or(&node, |items| &items[0])
                    .get("a")
                    .expect("the key");
                let Value::Scalar(scalar) = &node.value else {
                    panic!("{document}: no scalar")
                };
                assert_eq!(
                    (scalar.text.as_str(), node.type_name()),
                    (text, kind),
                    "{document:?}"
                );
            }
        }
    }

    #[test]
    fn keys_keep_their_source_text() {
        let node = read("n: 1\nno: 2\n2025-11-25: 3\n007: 4\ntrue: 5\n");
        let keys: Vec<&str> = node
            .map()
            .expect("a mapping")
            .iter()
            .map(|(key, _)| key.value.as_str())
            .collect();
        assert_eq!(keys, ["n", "no", "2025-11-25", "007", "true"]);
    }

    #[test]
    fn places_are_counted_in_characters() {
        let node = read("\u{e9}\u{e9}: { b: \"x\", c: zwei }\nd:\n  - eins\n");
        let flow = node.get("\u{e9}\u{e9}").expect("the key");
        let place = |node: &Node| (node.at.line, node.at.column, node.at.len);
        assert_eq!(place(flow.get("c").expect("c")), (1, 18, 4));
        assert_eq!(
            place(&node.get("d").expect("d").list().expect("a list")[0]),
            (2 + 1, 5, 4)
        );
    }

    #[test]
    fn styles_are_known() {
        let node = read("a: x\nb: 'x'\nc: \"x\"\nd: |\n  x\ne: >-\n  x\nf: { g: x }\n");
        let style = |key: &str| node.get(key).expect("the key").style;
        assert_eq!(
            [
                style("a"),
                style("b"),
                style("c"),
                style("d"),
                style("e"),
                style("f")
            ],
            [
                Style::Plain,
                Style::Single,
                Style::Double,
                Style::Block,
                Style::Block,
                Style::Flow
            ]
        );
        assert!(node.get("f").and_then(|map| map.get("g")).expect("g").in_flow);
    }

    #[test]
    fn budgets_hold() {
        let deep = format!("a: {}1{}", "[".repeat(200), "]".repeat(200));
        let long = "a".repeat(MAX_BYTES + 1);
        let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n";
        let many = format!("a: &a x\nb: [{}]\n", "*a, ".repeat(MAX_ALIASES + 1));
        for text in [deep.as_str(), &long, bomb, &many] {
            let file = Arc::new(SourceFile {
                path: "t.yaml".into(),
                text: text.into(),
            });
            let mut diagnostics = Diagnostics::new();
            assert!(parse(&file, &mut diagnostics).is_none());
            let codes: Vec<&str> = diagnostics.iter().map(|one| one.code).collect();
            assert_eq!(codes, ["yaml-budget"], "{}", &text[..text.len().min(60)]);
        }
    }
}
