//! YAML text into a tree of nodes that know where they stand. The only room that knows a YAML library.
//!
//! Scalars keep their source text: `007`, `no` and `2025-11-25` are texts, `true`/`false` alone are booleans, only
//! decimal numbers as JSON writes them are numbers. May use `diagnostic` and `traps`; decides nothing about keys.

mod convert;
mod raw;

use std::sync::Arc;

use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy, NonFiniteFloatPolicy};

use super::diagnostic::Diagnostics;
use super::model::{At, SourceFile};
use super::places::Places;
use super::traps;
use convert::Converter;
use raw::Located;

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

pub(super) fn to_usize(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
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
