//! `expect`, `until`, `or`: selectors and quantifiers into clauses.

mod alternative;
mod parts;
mod series;

pub(super) use self::alternative::alternative;
use self::parts::{answer, headers, jwt, of_request, paths, quantified, results, since};
use self::series::{count, entropy, pace};
use super::matcher::{self, Flavour};
use super::{Context, selector, tables};
use crate::scenario::fields;
use crate::scenario::model::{At, Clause, ClauseKind, Expect, Matcher, Selector, Spanned};
use crate::scenario::suggest;
use crate::scenario::yaml::Node;

type Entry<'n> = (&'n Spanned<String>, &'n Node);

pub(super) fn expect(node: &Node, cx: &mut Context<'_>) -> Option<Expect> {
    let Some(map) = node.map() else {
        let found = cx.diagnostics.error(
            "wrong-type",
            &node.at,
            format!("an expectation must be a mapping, got {}", node.type_name()),
        );
        found.help(match node.text() {
            Some(text) if text.parse::<u16>().is_ok() => format!("`{{ status: {text} }}`"),
            Some(text) if tables::OUTCOMES.contains(&text) => format!("`{{ outcome: {text} }}`"),
            _ => "`{ outcome: refused, status: 401 }`".to_owned(),
        });
        return None;
    };
    let entries: Vec<Entry<'_>> = map.iter().map(|(key, value)| (key, value)).collect();
    if entries.is_empty() {
        cx.diagnostics.error(
            "empty-value",
            &node.at,
            "an expectation without a selector holds always",
        );
    }
    Some(of_entries(&entries, &node.at, cx))
}

fn of_entries(entries: &[Entry<'_>], at: &At, cx: &mut Context<'_>) -> Expect {
    let mut clauses = vec![];
    for (key, node) in entries {
        if fields::comma_trap(key, node, cx.diagnostics) {
            continue;
        }
        if node.is_null() {
            let message = format!(
                "`{}` has no value (YAML reads {} here)",
                key.value,
                node.type_name()
            );
            cx.diagnostics
                .error("empty-value", &key.at, message)
                .help("`{ exists: false }` says that there is none");
            continue;
        }
        clause(key, node, &mut clauses, cx);
    }
    Expect {
        clauses,
        at: at.clone(),
    }
}

/// Selectors that yield to a step of the group with that name.
const STEPS_FIRST: &[&str] = &["end", "files", "form", "method", "query"];

fn clause(key: &Spanned<String>, node: &Node, out: &mut Vec<Clause>, cx: &mut Context<'_>) {
    let name = key.value.as_str();
    // Words that came later than the names of steps that people have given.
    if STEPS_FIRST.contains(&name) && cx.handles.contains(name) {
        return other(key, node, out, cx);
    }
    let mut push = |kind: ClauseKind| {
        out.push(Clause {
            kind,
            at: key.at.clone(),
        });
    };
    match name {
        "headers" => headers(node, out, cx),
        "json" => paths(node, out, cx),
        "result" => results(key, node, out, cx),
        "challenge" | "rate" | "signature" => {
            let Some(matcher) = matcher::members(node, cx) else {
                return;
            };
            let selector = match name {
                "challenge" => Selector::Challenge,
                "rate" => Selector::Rate,
                _ => Selector::Signature,
            };
            push(ClauseKind::Is(selector, matcher));
        }
        "challenges" => quantified(Selector::Challenges, key, node, out, cx),
        "answer" => {
            if let Some(matcher) = answer(node, cx) {
                push(ClauseKind::Is(Selector::Answer, matcher));
            }
        }
        "since" => since(node, out, cx),
        "rates" => quantified(Selector::Rates, key, node, out, cx),
        "files" => quantified(Selector::Files, key, node, out, cx),
        "form" | "query" => of_request(name == "form", node, out, cx),
        "callback" => {
            let tests = node.get("exists").is_some();
            let matcher = if tests {
                matcher::of_key(key, node, Flavour::Plain, cx)
            } else {
                matcher::members(node, cx)
            };
            if let Some(matcher) = matcher {
                push(ClauseKind::Is(Selector::Callback, matcher));
            }
        }
        "jwt" => {
            if let Some((selector, matcher)) = jwt(node, cx) {
                push(ClauseKind::Is(selector, matcher));
            }
        }
        "each" | "any" | "none" | "first" | "last" | "median" | "event" | "frame" | "forms" => {
            let Some(inner) = expect(node, cx) else { return };
            push(match name {
                "each" => ClauseKind::Each(inner),
                "any" => ClauseKind::Any(inner),
                "none" => ClauseKind::None(inner),
                "first" => ClauseKind::First(inner),
                "median" => ClauseKind::Median(inner),
                "event" => ClauseKind::Event(inner),
                "frame" => ClauseKind::Frame(inner),
                "forms" => ClauseKind::Forms(inner),
                _ => ClauseKind::Last(inner),
            });
        }
        "count" => {
            if let Some(kind) = count(node, cx) {
                push(kind);
            }
        }
        "gaps" => {
            if let Some(matcher) = matcher::of_key(key, node, Flavour::Duration, cx) {
                push(ClauseKind::Gaps(matcher));
            }
        }
        "pace" => {
            if let Some(kind) = pace(node, cx) {
                push(kind);
            }
        }
        "entropy" => {
            if let Some(kind) = entropy(node, cx) {
                push(kind);
            }
        }
        _ => match selector::plain(name) {
            Some(selector) => {
                if let Some(matcher) = matcher::of_key(key, node, flavour(&selector), cx) {
                    push(ClauseKind::Is(selector, matcher));
                }
            }
            None => other(key, node, out, cx),
        },
    }
}

/// The matcher of a status, where it stands outside of an expectation.
pub(super) fn status(node: &Node, cx: &mut Context<'_>) -> Option<Matcher> {
    matcher::matcher(node, Flavour::Status, cx)
}

fn flavour(selector: &Selector) -> Flavour {
    match selector {
        Selector::Status => Flavour::Status,
        Selector::Outcome => Flavour::Words("outcome", tables::OUTCOMES),
        Selector::Connection => Flavour::Words("connection", tables::CONNECTIONS),
        Selector::End => Flavour::Words("end", tables::ENDS),
        Selector::RetryAfter | Selector::Pause | Selector::Duration => Flavour::Duration,
        _ => Flavour::Plain,
    }
}

/// A key that is no selector: a step of the group, a word of a later version, or a mistake.
fn other(key: &Spanned<String>, node: &Node, out: &mut Vec<Clause>, cx: &mut Context<'_>) {
    let name = key.value.as_str();
    if cx.handles.contains(name) {
        if let Some(inner) = expect(node, cx) {
            out.push(Clause {
                kind: ClauseKind::Of(key.clone(), inner),
                at: key.at.clone(),
            });
        }
        return;
    }
    if tables::LATER_SELECTORS.contains(&name) {
        selector::later(key, cx);
        return;
    }
    let message = if name == "<<" {
        "`<<` is for `cases` and `headers` only".to_owned()
    } else {
        format!("there is no selector `{name}`")
    };
    let known: Vec<&str> = tables::EXPECT.names().collect();
    let near = match name {
        "ok" | "success" => Some("outcome"),
        "header" => Some("headers"),
        "code" => Some("status"),
        "error" => Some("rpc_error"),
        _ => suggest::nearest(
            name,
            known.iter().copied().chain(cx.handles.iter().map(String::as_str)),
        ),
    };
    let near = near.map(str::to_owned);
    cx.diagnostics
        .error("unknown-selector", &key.at, message)
        .help(format!("selectors: {}", suggest::listed(known)))
        .meant(near.as_deref());
}
