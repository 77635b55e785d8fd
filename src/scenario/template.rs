//! `${…}`: parsing, and what is known before a run: which filters exist, which take an argument.
//!
//! Evaluation happens where values are known, in `step`. A literal `${` is written `$${`.

use super::diagnostic::Diagnostics;
use super::model::{At, Filter, Piece, Reference, Template};
use super::suggest;

/// A filter that may follow a `|`.
#[derive(Debug, Clone, Copy)]
pub struct FilterInfo {
    /// As written.
    pub name: &'static str,
    /// How its argument is called; `None`: it takes none.
    pub argument: Option<&'static str>,
    /// One sentence.
    pub doc: &'static str,
}

const fn filter(name: &'static str, argument: Option<&'static str>, doc: &'static str) -> FilterInfo {
    FilterInfo { name, argument, doc }
}

/// Every filter.
pub const FILTERS: &[FilterInfo] = &[
    filter(
        "plus",
        Some("VALUE"),
        "Adds to a number or duration; appends to a text.",
    ),
    filter(
        "default",
        Some("VALUE"),
        "This value where there is none; stands first.",
    ),
    filter("minus", Some("VALUE"), "Subtracts from a number or duration."),
    filter("times", Some("NUMBER"), "Multiplies a number or duration."),
    filter("seconds", None, "A number of seconds as a duration."),
    filter("ms", None, "A number of milliseconds as a duration."),
    filter(
        "unix",
        None,
        "An RFC 3339 time or HTTP-date as whole seconds since 1970.",
    ),
    filter(
        "rfc3339",
        None,
        "Whole seconds since 1970 as an RFC 3339 time in UTC.",
    ),
    filter("lower", None, "Lower case."),
    filter("upper", None, "Upper case."),
    filter(
        "swapcase",
        None,
        "Lower case becomes upper case and the other way round.",
    ),
    filter(
        "lookalike",
        None,
        "Another text of the same length and alphabet, the same for the same seed.",
    ),
    filter("base64", None, "Base64 with padding (RFC 4648 §4)."),
    filter("base64url", None, "Base64url without padding (RFC 4648 §5)."),
    filter(
        "percent",
        None,
        "Percent-encodes everything but unreserved characters (RFC 3986 §2.3).",
    ),
    filter("json", None, "The value as JSON text."),
    filter("parent", None, "A URL without its last path segment."),
    filter("origin", None, "Scheme, host and port of a URL."),
    filter("host", None, "Host of a URL."),
    filter("path", None, "Path of a URL."),
    filter("scheme", None, "Scheme of a URL."),
    filter(
        "slice",
        Some("FROM..TO"),
        "Characters from the first to before the second, counted from 0.",
    ),
    filter("drop_last", Some("COUNT"), "Without the last characters."),
    filter(
        "percent_letter",
        None,
        "The first letter percent-encoded: `/mcp` becomes `/%6dcp`.",
    ),
    filter(
        "edit",
        Some("PLACE"),
        "Another letter or digit in one place: first, middle or last.",
    ),
    filter("swapcase_one", None, "The last letter in the other case."),
    filter("repeat", Some("COUNT"), "The text several times over."),
    filter(
        "fullwidth",
        None,
        "ASCII letters and digits as their full-width forms (U+FF01 and on).",
    ),
    filter(
        "first",
        None,
        "The first element of a list, the first character of a text.",
    ),
    filter(
        "last",
        None,
        "The last element of a list, the last character of a text.",
    ),
    filter(
        "segment",
        Some("N"),
        "A part of a token between its dots, counted from 0.",
    ),
    filter(
        "s256",
        None,
        "The S256 challenge of a PKCE verifier (RFC 7636 §4.2).",
    ),
    filter(
        "respell",
        None,
        "The same bytes in another spelling: the unused bits at the end of the last segment of a token differ (RFC 4648 §3.5).",
    ),
    filter("length", None, "How many elements or characters."),
    filter("join", Some("SEPARATOR"), "The elements of a list as one text."),
];

impl Template {
    /// A text without references.
    pub fn literal(text: impl Into<String>, at: At) -> Self {
        Self {
            pieces: vec![Piece::Text(text.into())],
            at,
        }
    }

    /// The text, if there is no reference in it.
    pub fn as_literal(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The reference, if there is nothing else: its value keeps its type.
    pub fn as_reference(&self) -> Option<&Reference> {
        match self.pieces.as_slice() {
            [Piece::Reference(reference)] => Some(reference),
            _ => None,
        }
    }

    /// `${omit}`: the member is left out.
    pub fn is_omit(&self) -> bool {
        self.as_reference()
            .is_some_and(|one| one.filters.is_empty() && one.path == ["omit"])
    }

    /// All references.
    pub fn references(&self) -> impl Iterator<Item = &Reference> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Reference(reference) => Some(reference),
            Piece::Text(_) => None,
        })
    }

    /// Where a reference of this template stands, as near as the source line tells.
    pub fn place_of(&self, reference: &Reference) -> At {
        let line = self.at.line_text();
        let before = self.at.column.saturating_sub(1) as usize;
        let offset = line.char_indices().nth(before).map_or(line.len(), |(at, _)| at);
        let path = reference.path.join(".");
        let found = line[offset..].match_indices("${").find_map(|(at, _)| {
            let rest = &line[offset + at + 2..];
            let inner = rest.trim_start();
            inner
                .starts_with(&path)
                .then(|| offset + at + 2 + (rest.len() - inner.len()))
        });
        let mut place = self.at.clone();
        if let Some(start) = found {
            place.column = u32::try_from(line[..start].chars().count()).unwrap_or(0) + 1;
            place.len = u32::try_from(path.chars().count()).unwrap_or(1).max(1);
        }
        place
    }
}

/// Parses a text. Problems are reported at `at`; what cannot be read stays text.
pub fn parse(text: &str, at: &At, diagnostics: &mut Diagnostics) -> Template {
    let mut pieces = vec![];
    let mut literal = String::new();
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        literal.push_str(&rest[..dollar]);
        rest = &rest[dollar..];
        if let Some(after) = rest.strip_prefix("$${") {
            literal.push_str("${");
            rest = after;
        } else if let Some(inner) = rest.strip_prefix("${") {
            let Some(end) = inner.find('}') else {
                diagnostics
                    .error(
                        "template-unclosed",
                        at,
                        "a reference starts with `${` and never ends",
                    )
                    .help("close it with `}`, or write `$${` for a literal `${`");
                break;
            };
            match reference(&inner[..end], at, diagnostics) {
                Some(reference) => {
                    if !literal.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut literal)));
                    }
                    pieces.push(Piece::Reference(reference));
                }
                None => literal.push_str(&rest[..end + 3]),
            }
            rest = &inner[end + 1..];
        } else {
            literal.push('$');
            rest = &rest[1..];
        }
    }
    literal.push_str(rest);
    if !literal.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Text(literal));
    }
    Template {
        pieces,
        at: at.clone(),
    }
}

fn reference(inner: &str, at: &At, diagnostics: &mut Diagnostics) -> Option<Reference> {
    let mut parts = inner.split('|');
    let path = parts.next().unwrap_or("").trim();
    if path.is_empty() {
        diagnostics
            .error("template-empty", at, "`${}` names nothing")
            .help("write a name between the braces, or `$${` for a literal `${`");
        return None;
    }
    let names: Vec<String> = path.split('.').map(str::to_owned).collect();
    let plain =
        |name: &String| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    if !names.iter().all(plain) {
        diagnostics
            .error("template-name", at, format!("`{path}` is not a name"))
            .help("names are letters, digits, `-` and `_`, joined by dots; a filter follows after `|`");
        return None;
    }
    let filters = parts.map(|part| one_filter(part.strip_prefix(' ').unwrap_or(part), at, diagnostics));
    let filters: Vec<Option<Filter>> = filters.collect();
    let filters: Option<Vec<Filter>> = filters.into_iter().collect();
    Some(Reference {
        path: names,
        filters: filters?,
    })
}

fn one_filter(text: &str, at: &At, diagnostics: &mut Diagnostics) -> Option<Filter> {
    let text = text.strip_suffix(' ').unwrap_or(text);
    let (name, argument) = match text.split_once(' ') {
        Some((name, argument)) => (name, Some(argument.to_owned())),
        None => (text, None),
    };
    let Some(info) = FILTERS.iter().find(|info| info.name == name) else {
        let near = suggest::nearest(name, FILTERS.iter().map(|info| info.name));
        let names = suggest::listed(FILTERS.iter().map(|info| info.name));
        diagnostics
            .error("unknown-filter", at, format!("there is no filter `{name}`"))
            .help(format!("filters: {names}"))
            .meant(near);
        return None;
    };
    match (info.argument, &argument) {
        (Some(what), None) => {
            diagnostics
                .error(
                    "filter-argument",
                    at,
                    format!("the filter `{name}` needs an argument"),
                )
                .help(format!("`| {name} {what}`"));
            None
        }
        (None, Some(given)) => {
            diagnostics.error(
                "filter-argument",
                at,
                format!("the filter `{name}` takes no argument, got `{given}`"),
            );
            None
        }
        _ => Some(Filter {
            name: name.to_owned(),
            argument,
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::scenario::model::SourceFile;

    fn parsed(text: &str) -> (Template, Diagnostics) {
        let file = Arc::new(SourceFile {
            path: "t.yaml".into(),
            text: text.into(),
        });
        let at = At {
            file,
            line: 1,
            column: 1,
            len: 1,
        };
        let mut diagnostics = Diagnostics::new();
        let template = parse(text, &at, &mut diagnostics);
        (template, diagnostics)
    }

    #[test]
    fn text_and_references() {
        let (template, problems) = parsed("Bearer ${principal.reader.token | slice 0..12 | upper}!");
        assert!(problems.is_empty());
        assert_eq!(template.pieces.len(), 3);
        let reference = template.references().next().expect("one reference");
        assert_eq!(reference.path, ["principal", "reader", "token"]);
        assert_eq!(reference.filters[0].argument.as_deref(), Some("0..12"));
        assert_eq!(template.place_of(reference).column, 10);
    }

    #[test]
    fn a_doubled_dollar_is_literal() {
        assert_eq!(parsed("$${x} costs $5").0.as_literal(), Some("${x} costs $5"));
    }

    #[test]
    fn mistakes_have_codes() {
        let table = [
            ("${x", "template-unclosed"),
            ("${}", "template-empty"),
            ("${a b}", "template-name"),
            ("${a..b}", "template-name"),
            ("${a | uper}", "unknown-filter"),
            ("${a | plus}", "filter-argument"),
            ("${a | lower 3}", "filter-argument"),
        ];
        for (text, code) in table {
            let (_, problems) = parsed(text);
            assert_eq!(
                problems.iter().map(|one| one.code).collect::<Vec<_>>(),
                [code],
                "{text}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_survived(text in ".*") {
            let (template, _) = parsed(&text);
            for reference in template.references() {
                let _ = template.place_of(reference);
            }
        }

        #[test]
        fn text_without_a_dollar_is_itself(text in "[^$]*") {
            let (template, problems) = parsed(&text);
            proptest::prop_assert_eq!(template.as_literal(), Some(text.as_str()));
            proptest::prop_assert!(problems.is_empty());
        }
    }
}
