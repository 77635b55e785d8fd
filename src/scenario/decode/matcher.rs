//! Matchers: a plain value, a list, or a mapping of tests.

use regex::Regex;

use super::{Context, tables};
use crate::scenario::fields::{self, Fields};
use crate::scenario::model::{At, Comparison, Data, Matcher, Quantifier, Spanned, Test};
use crate::scenario::table::Table;
use crate::scenario::yaml::{Node, ScalarKind, Style, Value};
use crate::scenario::{suggest, time};

/// What a plain value and a list mean depends on the selector.
#[derive(Debug, Clone, Copy)]
pub(super) enum Flavour {
    /// A text or number; a list is ambiguous.
    Plain,
    /// HTTP status: `4xx`, and a list is *one of*.
    Status,
    /// One of these words.
    Words(&'static str, &'static [&'static str]),
    /// A duration.
    Duration,
    /// A number, a range or a share.
    Count,
    /// JSON: lists and mappings are values.
    Payload,
}

/// Whether a key is a matcher.
pub(super) fn is_word(name: &str) -> bool {
    name == "except" || tables::MATCHER.names().any(|known| known == name)
}

/// The matcher of a key; an empty value is reported. In a payload null is a value.
pub(super) fn of_key(
    key: &Spanned<String>,
    node: &Node,
    flavour: Flavour,
    cx: &mut Context<'_>,
) -> Option<Matcher> {
    if node.is_null() && (!matches!(flavour, Flavour::Payload) || node.type_name() == "nothing") {
        cx.diagnostics
            .error(
                "empty-value",
                &key.at,
                format!(
                    "`{}` has no value (YAML reads {} here)",
                    key.value,
                    node.type_name()
                ),
            )
            .help("`{ exists: false }` says that there is none");
        return None;
    }
    matcher(node, flavour, cx)
}

pub(super) fn matcher(node: &Node, flavour: Flavour, cx: &mut Context<'_>) -> Option<Matcher> {
    match &node.value {
        Value::Scalar(_) => plain(node, flavour, cx).map(|test| Matcher {
            tests: vec![test],
            at: node.at.clone(),
        }),
        Value::List(_) => listed(node, flavour, cx),
        Value::Map(map) => {
            if matches!(flavour, Flavour::Payload) && is_object(map) {
                return members(node, cx);
            }
            let entries: Vec<_> = map.iter().map(|(key, value)| (key, value)).collect();
            Some(tests_flavoured(&entries, &node.at, &tables::MATCHER, flavour, cx))
        }
    }
}

/// No key is a matcher, nor looks like a slip of one.
fn is_object(map: &[(Spanned<String>, Node)]) -> bool {
    !map.iter().any(|(key, _)| is_word(&key.value))
        && !map.iter().any(|(key, _)| {
            key.value.len() > 3 && suggest::nearest(&key.value, tables::MATCHER.names()).is_some()
        })
}

fn plain(node: &Node, flavour: Flavour, cx: &mut Context<'_>) -> Option<Test> {
    let data = fields::data(node, cx.diagnostics);
    let Data::Text(template) = &data else {
        check_plain(&data, node, flavour, cx);
        return Some(Test::Equals(data));
    };
    let Some(text) = template.as_literal() else {
        return Some(Test::Equals(data));
    };
    if node.style == Style::Plain
        && let Some(range) = time::range(text)
    {
        return match range {
            Ok((from, to)) => Some(Test::Range(from, to)),
            Err(why) => {
                cx.diagnostics.error("bad-range", &node.at, why);
                None
            }
        };
    }
    if matches!(flavour, Flavour::Status) {
        return status_class(text, node, cx);
    }
    check_plain(&data, node, flavour, cx);
    Some(Test::Equals(data))
}

fn status_class(text: &str, node: &Node, cx: &mut Context<'_>) -> Option<Test> {
    let class = text
        .strip_suffix("xx")
        .and_then(|digit| digit.parse::<u16>().ok());
    if let Some(class @ 1..=5) = class {
        return Some(Test::StatusClass(class));
    }
    cx.diagnostics
        .error("bad-status", &node.at, format!("`{text}` is not a status"))
        .help("a number, a list of numbers, a range `400..404`, or a class `4xx`");
    None
}

fn check_plain(data: &Data, node: &Node, flavour: Flavour, cx: &mut Context<'_>) {
    let literal = match data {
        Data::Text(template) => template.as_literal(),
        _ => None,
    };
    match (flavour, data, literal) {
        (Flavour::Status, Data::Number(number, _), _)
            if number
                .as_u64()
                .is_none_or(|status| !(100..=599).contains(&status)) =>
        {
            cx.diagnostics
                .error("bad-status", &node.at, format!("`{number}` is not a status"))
                .help("from 100 to 599, or a class `4xx`");
        }
        (Flavour::Words(what, known), Data::Text(template), Some(text)) if !known.contains(&text) => {
            let text = Spanned {
                value: text.to_owned(),
                at: template.at.clone(),
            };
            fields::unknown_word(&text, known, what, cx.diagnostics);
        }
        (Flavour::Duration, Data::Text(_), Some(text)) => not_a_duration(text, node, cx),
        (Flavour::Duration, Data::Number(number, _), _) => not_a_duration(&number.to_string(), node, cx),
        (Flavour::Count, Data::Text(_), Some(text)) if time::operand(text).is_none() => {
            cx.diagnostics
                .error(
                    "not-a-count",
                    &node.at,
                    format!("`{text}` is not a number, a range or a share"),
                )
                .help("`1`, `1..6`, `95%`, `{ gte: 2 }`");
        }
        (Flavour::Count, Data::Number(number, _), _) if number.as_u64().is_none() => {
            cx.diagnostics
                .error(
                    "not-a-count",
                    &node.at,
                    format!("`{number}` elements cannot be counted"),
                )
                .help("a whole number, not negative");
        }
        _ => {}
    }
}

fn not_a_duration(text: &str, node: &Node, cx: &mut Context<'_>) {
    if time::duration(text).is_none() {
        cx.diagnostics
            .error("not-a-duration", &node.at, format!("`{text}` is not a duration"))
            .help(time::duration_help(text));
    }
}

fn listed(node: &Node, flavour: Flavour, cx: &mut Context<'_>) -> Option<Matcher> {
    let at = node.at.clone();
    match flavour {
        Flavour::Status => {
            let items = fields::list(node, cx.diagnostics);
            let items: Vec<Matcher> = items
                .iter()
                .filter_map(|item| matcher(item, flavour, cx))
                .collect();
            (!items.is_empty()).then(|| Matcher {
                tests: vec![Test::OneOf(items)],
                at,
            })
        }
        Flavour::Payload => {
            let data = fields::data(node, cx.diagnostics);
            Some(Matcher {
                tests: vec![Test::Equals(data)],
                at,
            })
        }
        _ => {
            cx.diagnostics
                .error(
                    "bare-list",
                    &at,
                    "a list is ambiguous here: one of them, or all of them?",
                )
                .help("`{ one_of: […] }`");
            None
        }
    }
}

/// A mapping of members: challenge parameters, or the members of an object.
pub(super) fn members(node: &Node, cx: &mut Context<'_>) -> Option<Matcher> {
    members_flavoured(node, Flavour::Plain, cx)
}

/// The same where the members are JSON: lists and mappings are values.
pub(super) fn payload_members(node: &Node, cx: &mut Context<'_>) -> Option<Matcher> {
    members_flavoured(node, Flavour::Payload, cx)
}

fn members_flavoured(node: &Node, flavour: Flavour, cx: &mut Context<'_>) -> Option<Matcher> {
    let map = fields::entries(node, "members and matchers", cx.diagnostics);
    node.map()?;
    let mut held = vec![];
    for (name, value) in map {
        held.extend(of_key(name, value, flavour, cx).map(|matcher| (name.clone(), matcher)));
    }
    Some(Matcher {
        tests: vec![Test::Members(held)],
        at: node.at.clone(),
    })
}

/// The tests of a mapping, for a table that holds some of the matchers.
pub(super) fn tests(
    entries: &[(&Spanned<String>, &Node)],
    at: &At,
    table: &'static Table,
    cx: &mut Context<'_>,
) -> Matcher {
    tests_flavoured(entries, at, table, Flavour::Plain, cx)
}

fn tests_flavoured(
    entries: &[(&Spanned<String>, &Node)],
    at: &At,
    table: &'static Table,
    flavour: Flavour,
    cx: &mut Context<'_>,
) -> Matcher {
    let mut found = vec![];
    if entries.is_empty() {
        cx.diagnostics
            .error("empty-value", at, "a matcher without a test holds always");
    }
    for (key, node) in entries {
        if !table.names().any(|name| name == key.value) {
            unknown_matcher(key, table, cx);
            continue;
        }
        let null_is_a_value = matches!(flavour, Flavour::Payload) && node.type_name() == "null";
        if node.is_null() && !null_is_a_value {
            let message = format!(
                "`{}` has no value (YAML reads {} here)",
                key.value,
                node.type_name()
            );
            cx.diagnostics
                .error("empty-value", &key.at, message)
                .help("`exists: false` says that there is none");
            continue;
        }
        found.extend(test(&key.value, node, flavour, cx));
    }
    Matcher {
        tests: found,
        at: at.clone(),
    }
}

fn unknown_matcher(key: &Spanned<String>, table: &'static Table, cx: &mut Context<'_>) {
    let name = key.value.as_str();
    let near = suggest::nearest(name, table.names());
    let help = match name {
        "absent" => "`exists: false` says that there is none".to_owned(),
        "equals" | "eq" | "is" => "a plain value equals: leave the mapping out".to_owned(),
        "within" => "`near: { to: …, by: … }`".to_owned(),
        "regex" | "match" => "did you mean `matches`?".to_owned(),
        "in" => "did you mean `one_of`?".to_owned(),
        "min" => "did you mean `gte`?".to_owned(),
        "max" => "did you mean `lte`?".to_owned(),
        "includes" => "did you mean `contains`?".to_owned(),
        _ => format!("matchers: {}", suggest::listed(table.names())),
    };
    cx.diagnostics
        .error(
            "unknown-matcher",
            &key.at,
            format!("there is no matcher `{name}`"),
        )
        .help(help)
        .meant(near);
}

fn test(name: &str, node: &Node, flavour: Flavour, cx: &mut Context<'_>) -> Option<Test> {
    let inner = |cx: &mut Context<'_>| matcher(node, flavour, cx).map(Box::new);
    let boxed = |node: &Node, cx: &mut Context<'_>| matcher(node, Flavour::Plain, cx).map(Box::new);
    Some(match name {
        "not" => Test::Not(inner(cx)?),
        "one_of" => {
            let items = fields::list(node, cx.diagnostics);
            Test::OneOf(
                items
                    .iter()
                    .filter_map(|item| matcher(item, flavour, cx))
                    .collect(),
            )
        }
        "matches" => Test::Matches(regex(node, cx)?),
        "contains" => Test::Contains(fields::data(node, cx.diagnostics)),
        "lacks" => Test::Lacks(fields::data(node, cx.diagnostics)),
        "exists" => Test::Exists(fields::boolean(node, cx.diagnostics)?),
        "lt" => Test::Compare(Comparison::Lt, bound(node, flavour, cx)?),
        "lte" => Test::Compare(Comparison::Lte, bound(node, flavour, cx)?),
        "gt" => Test::Compare(Comparison::Gt, bound(node, flavour, cx)?),
        "gte" => Test::Compare(Comparison::Gte, bound(node, flavour, cx)?),
        "length" => Test::Length(boxed(node, cx)?),
        "bytes" => Test::Bytes(boxed(node, cx)?),
        "fits" => Test::Fits(fields::data(node, cx.diagnostics)),
        "type" => Test::Type(fields::word(node, tables::TYPES, "type", cx.diagnostics)?),
        "differs_from" => Test::DiffersFrom(fields::data(node, cx.diagnostics)),
        "same_as" => Test::SameAs(fields::data(node, cx.diagnostics)),
        "near" => near(node, cx)?,
        "grows" => Test::Grows(fields::number(node, cx.diagnostics)?),
        "each" => Test::Quantified(Quantifier::Each, boxed(node, cx)?),
        "any" => Test::Quantified(Quantifier::Any, boxed(node, cx)?),
        "none" => Test::Quantified(Quantifier::None, boxed(node, cx)?),
        _ => Test::Quantified(Quantifier::Count, boxed(node, cx)?),
    })
}

/// What a comparison compares with: a number, a duration, a share, or a reference.
fn bound(node: &Node, flavour: Flavour, cx: &mut Context<'_>) -> Option<Data> {
    let data = fields::data(node, cx.diagnostics);
    let sound = match &data {
        Data::Number(..) => !matches!(flavour, Flavour::Duration),
        Data::Text(template) => template
            .as_literal()
            .is_none_or(|text| time::operand(text).is_some()),
        _ => false,
    };
    if !sound {
        let got = node
            .text()
            .map_or_else(|| node.type_name().to_owned(), |text| format!("`{text}`"));
        let found = cx
            .diagnostics
            .error("bad-bound", &node.at, format!("{got} cannot be compared"));
        found.help(match flavour {
            Flavour::Duration => time::duration_help(node.text().unwrap_or("")),
            _ => "a number, a duration, a share `95%`, or one reference".to_owned(),
        });
        return None;
    }
    Some(data)
}

fn near(node: &Node, cx: &mut Context<'_>) -> Option<Test> {
    let mut fields = Fields::of(node, &tables::NEAR, cx.diagnostics)?;
    let to = fields
        .need("to", cx.diagnostics)
        .map(|node| fields::data(node, cx.diagnostics));
    let by = fields
        .need("by", cx.diagnostics)
        .and_then(|node| bound(node, Flavour::Plain, cx));
    fields.finish(cx.diagnostics);
    Some(Test::Near(to?, by?))
}

/// A regular expression: it compiles, and quotes do not change it.
fn regex(node: &Node, cx: &mut Context<'_>) -> Option<Regex> {
    let text = fields::text(node, cx.diagnostics)?;
    if text.value.contains("${") {
        cx.diagnostics
            .error(
                "template-in-regex",
                &text.at,
                "a regular expression cannot hold a reference",
            )
            .help("`contains: \"${…}\"` finds a text as it is");
        return None;
    }
    let pattern = match Regex::new(&text.value) {
        Ok(pattern) => pattern,
        Err(problem) => {
            let why = problem.to_string();
            let why = why.lines().last().unwrap_or("");
            cx.diagnostics
                .error("bad-regex", &text.at, "this regular expression does not compile")
                .label(why.trim_start_matches("error: "));
            return None;
        }
    };
    let risky = match node.style {
        Style::Single | Style::Block | Style::Flow => false,
        Style::Plain => node.in_flow,
        Style::Double => node.in_flow || text.value.contains('\\'),
    };
    if risky && is_text(node) {
        let quoted = text.value.replace('\'', "''");
        cx.diagnostics
            .warning(
                "regex-quotes",
                &text.at,
                "a regular expression stands in single quotes",
            )
            .help(format!("`matches: '{quoted}'`"));
    }
    Some(pattern)
}

fn is_text(node: &Node) -> bool {
    matches!(&node.value, Value::Scalar(scalar) if scalar.kind == ScalarKind::Text)
}
