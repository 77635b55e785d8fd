//! `expect`, `until`, `or`: selectors and quantifiers into clauses.

use super::matcher::{self, Flavour};
use super::{Context, selector, tables};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::{self, Fields};
use crate::scenario::model::{
    Alternative, At, Captured, Clause, ClauseKind, Expect, Grade, Quantifier, Selector,
};
use crate::scenario::model::{Matcher, Spanned, Test};
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

/// A clause for each header.
fn headers(node: &Node, out: &mut Vec<Clause>, cx: &mut Context<'_>) {
    for (header, value) in fields::entries(node, "headers and matchers", cx.diagnostics) {
        super::headers::header_name(header, cx);
        if let Some(matcher) = matcher::of_key(header, value, Flavour::Plain, cx) {
            let kind = ClauseKind::Is(Selector::Header(header.value.clone()), matcher);
            out.push(Clause {
                kind,
                at: header.at.clone(),
            });
        }
    }
}

/// A clause for each member of a form or query that came.
fn of_request(form: bool, node: &Node, out: &mut Vec<Clause>, cx: &mut Context<'_>) {
    for (name, value) in fields::entries(node, "members and matchers", cx.diagnostics) {
        let selector = if form {
            Selector::Form(name.value.clone())
        } else {
            Selector::Query(name.value.clone())
        };
        if let Some(matcher) = matcher::of_key(name, value, Flavour::Plain, cx) {
            out.push(Clause {
                kind: ClauseKind::Is(selector, matcher),
                at: name.at.clone(),
            });
        }
    }
}

/// The matcher of a status, where it stands outside of an expectation.
pub(super) fn status(node: &Node, cx: &mut Context<'_>) -> Option<Matcher> {
    matcher::matcher(node, Flavour::Status, cx)
}

/// A clause for each step that time is counted from.
fn since(node: &Node, out: &mut Vec<Clause>, cx: &mut Context<'_>) {
    for (step, value) in fields::entries(node, "steps and matchers", cx.diagnostics) {
        if let Some(matcher) = matcher::of_key(step, value, Flavour::Plain, cx) {
            let kind = ClauseKind::Is(Selector::Since(step.value.clone()), matcher);
            out.push(Clause {
                kind,
                at: step.at.clone(),
            });
        }
    }
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

fn paths(node: &Node, out: &mut Vec<Clause>, cx: &mut Context<'_>) {
    for (path, value) in fields::entries(node, "JSONPaths and matchers", cx.diagnostics) {
        let selector = selector::json_path(path, cx).map(Selector::Json);
        let matcher = matcher::of_key(path, value, Flavour::Payload, cx);
        if let (Some(selector), Some(matcher)) = (selector, matcher) {
            out.push(Clause {
                kind: ClauseKind::Is(selector, matcher),
                at: path.at.clone(),
            });
        }
    }
}

/// Paths or outputs of a probe; a mapping of nothing but matcher words is about the whole.
fn results(key: &Spanned<String>, node: &Node, out: &mut Vec<Clause>, cx: &mut Context<'_>) {
    let words = |map: &[(Spanned<String>, Node)]| map.iter().all(|(name, _)| matcher::is_word(&name.value));
    match node.map() {
        Some(map) if map.is_empty() || !words(map) => {
            for (name, value) in fields::entries(node, "results and matchers", cx.diagnostics) {
                let selector = selector::result(name, cx);
                let matcher = matcher::of_key(name, value, Flavour::Payload, cx);
                if let (Some(selector), Some(matcher)) = (selector, matcher) {
                    out.push(Clause {
                        kind: ClauseKind::Is(selector, matcher),
                        at: name.at.clone(),
                    });
                }
            }
        }
        _ => {
            if let Some(matcher) = matcher::matcher(node, Flavour::Payload, cx) {
                out.push(Clause {
                    kind: ClauseKind::Is(Selector::ResultWhole, matcher),
                    at: key.at.clone(),
                });
            }
        }
    }
}

/// `challenges` and `rates`: one quantifier over all that an answer holds of them.
fn quantified(
    selector: Selector,
    key: &Spanned<String>,
    node: &Node,
    out: &mut Vec<Clause>,
    cx: &mut Context<'_>,
) {
    let Some(mut fields) = Fields::of(node, &tables::CHALLENGES, cx.diagnostics) else {
        return;
    };
    let words = [
        ("each", Quantifier::Each),
        ("any", Quantifier::Any),
        ("none", Quantifier::None),
        ("count", Quantifier::Count),
    ];
    let mut tests = vec![];
    for (word, quantifier) in words {
        let Some(inner) = fields.take(word, cx.diagnostics) else {
            continue;
        };
        let matcher = match quantifier {
            Quantifier::Count => matcher::matcher(inner, Flavour::Plain, cx),
            _ => matcher::members(inner, cx),
        };
        tests.extend(matcher.map(|matcher| Test::Quantified(quantifier, Box::new(matcher))));
    }
    fields.finish(cx.diagnostics);
    let matcher = Matcher {
        tests,
        at: node.at.clone(),
    };
    out.push(Clause {
        kind: ClauseKind::Is(selector, matcher),
        at: key.at.clone(),
    });
}

fn answer(node: &Node, cx: &mut Context<'_>) -> Option<Matcher> {
    let mut fields = Fields::of(node, &tables::ANSWER, cx.diagnostics)?;
    let mut tests = vec![];
    if !fields.has("same_as") && !fields.has("differs_from") {
        cx.diagnostics
            .error(
                "missing-key",
                fields.at(),
                "`answer` is compared with another step, and none is named",
            )
            .help("`answer: { same_as: STEP }`");
    }
    if let Some(step) = fields.take("same_as", cx.diagnostics) {
        fields::text(step, cx.diagnostics)?;
        tests.push(Test::SameAs(fields::data(step, cx.diagnostics)));
    }
    if let Some(step) = fields.take("differs_from", cx.diagnostics) {
        fields::text(step, cx.diagnostics)?;
        tests.push(Test::DiffersFrom(fields::data(step, cx.diagnostics)));
    }
    if let Some(parts) = fields.take("except", cx.diagnostics) {
        tests.push(Test::Except(fields::texts(parts, cx.diagnostics)));
    }
    fields.finish(cx.diagnostics);
    Some(Matcher {
        tests,
        at: node.at.clone(),
    })
}

/// `jwt: { of, header: { … }, claims: { … } }`.
fn jwt(node: &Node, cx: &mut Context<'_>) -> Option<(Selector, Matcher)> {
    let mut fields = Fields::of(node, &tables::JWT, cx.diagnostics)?;
    let of = fields
        .take("of", cx.diagnostics)
        .and_then(|node| fields::word(node, tables::TOKENS, "token of an answer", cx.diagnostics));
    let mut held = vec![];
    for part in ["header", "claims"] {
        let Some(place) = fields.place(part).cloned() else {
            continue;
        };
        let Some(inner) = fields.take(part, cx.diagnostics) else {
            continue;
        };
        let name = Spanned {
            value: part.to_owned(),
            at: place,
        };
        held.extend(matcher::payload_members(inner, cx).map(|matcher| (name, matcher)));
    }
    let mut tests = vec![];
    if let Some(node) = fields.take("exists", cx.diagnostics) {
        tests.push(Test::Exists(fields::boolean(node, cx.diagnostics)?));
    }
    if !held.is_empty() {
        tests.push(Test::Members(held));
    }
    if tests.is_empty() {
        cx.diagnostics
            .error("empty-value", fields.at(), "nothing is expected of the token")
            .help("`jwt: { claims: { aud: … } }`, `jwt: { exists: true }`");
    }
    fields.finish(cx.diagnostics);
    let selector = Selector::Jwt {
        of: of.map_or_else(|| "access_token".to_owned(), |of| of.value),
        path: None,
    };
    let matcher = Matcher {
        tests,
        at: node.at.clone(),
    };
    Some((selector, matcher))
}

fn count(node: &Node, cx: &mut Context<'_>) -> Option<ClauseKind> {
    let long = node.get("of").is_some() || node.get("is").is_some();
    if !long {
        return matcher::matcher(node, Flavour::Count, cx).map(|is| ClauseKind::Count {
            of: None,
            within: None,
            is,
        });
    }
    let mut fields = Fields::of(node, &tables::COUNT, cx.diagnostics)?;
    let of = fields
        .take("of", cx.diagnostics)
        .and_then(|node| expect(node, cx));
    let is = fields
        .need("is", cx.diagnostics)
        .and_then(|node| matcher::matcher(node, Flavour::Count, cx));
    let within = fields.take("within", cx.diagnostics).map(|node| {
        // Only to be told of what is no duration.
        let _ = fields::moment(node, cx.diagnostics);
        fields::data(node, &mut Diagnostics::new())
    });
    fields.finish(cx.diagnostics);
    is.map(|is| ClauseKind::Count { of, within, is })
}

fn pace(node: &Node, cx: &mut Context<'_>) -> Option<ClauseKind> {
    let mut fields = Fields::of(node, &tables::PACE, cx.diagnostics)?;
    let of = fields.need("of", cx.diagnostics);
    let like = fields.need("like", cx.diagnostics);
    fields.finish(cx.diagnostics);
    let mut names = |node: &Node| -> Vec<Spanned<String>> {
        let all = fields::one_or_many(node).iter();
        all.filter_map(|node| fields::text(node, cx.diagnostics))
            .collect()
    };
    Some(ClauseKind::Pace {
        of: names(of?),
        like: names(like?),
    })
}

fn entropy(node: &Node, cx: &mut Context<'_>) -> Option<ClauseKind> {
    let mut fields = Fields::of(node, &tables::ENTROPY, cx.diagnostics)?;
    let of = fields.need("of", cx.diagnostics);
    let bits = fields
        .need("bits", cx.diagnostics)
        .and_then(|node| matcher::matcher(node, Flavour::Plain, cx));
    fields.finish(cx.diagnostics);
    let node = of?;
    let (selector, secret) = selector::source(node, cx)?;
    Some(ClauseKind::Entropy {
        of: Captured {
            selector,
            secret,
            at: node.at.clone(),
        },
        bits: bits?,
    })
}

pub(super) fn alternative(node: &Node, cx: &mut Context<'_>) -> Option<Alternative> {
    let Some(map) = node.map() else {
        cx.diagnostics
            .error(
                "wrong-type",
                &node.at,
                format!("an alternative must be a mapping, got {}", node.type_name()),
            )
            .help("`- { warn: what it means, status: 403 }`");
        return None;
    };
    let is_grade = |name: &str| tables::GRADES.contains(&name);
    let grades: Vec<Entry<'_>> = map
        .iter()
        .filter(|(key, _)| is_grade(&key.value))
        .map(|(k, v)| (k, v))
        .collect();
    let rest: Vec<Entry<'_>> = map
        .iter()
        .filter(|(key, _)| !is_grade(&key.value))
        .map(|(k, v)| (k, v))
        .collect();
    let [(grade, says)] = grades.as_slice() else {
        let unknown = rest
            .iter()
            .find(|(key, _)| !tables::EXPECT.names().any(|name| name == key.value));
        let slip = unknown.filter(|_| grades.is_empty());
        let at = grades.get(1).or(slip).map_or(&node.at, |(key, _)| &key.at);
        let near = slip.and_then(|(key, _)| suggest::nearest(&key.value, tables::GRADES.iter().copied()));
        let words = suggest::listed(tables::GRADES.iter().copied());
        cx.diagnostics
            .error("alternative-grade", at, "an alternative has one grade")
            .help(format!("one of {words}, with the sentence for the report"))
            .meant(near);
        return None;
    };
    let says = fields::text(says, cx.diagnostics)?.value;
    if rest.is_empty() {
        cx.diagnostics
            .error(
                "alternative-empty",
                &grade.at,
                "this alternative says nothing that must hold",
            )
            .help("add a selector, such as `outcome: refused`");
        return None;
    }
    let value = match grade.value.as_str() {
        "pass" => Grade::Pass,
        "warn" => Grade::Warn,
        "info" => Grade::Info,
        "review" => Grade::Review,
        _ => Grade::Skip,
    };
    let expect = of_entries(&rest, &node.at, cx);
    Some(Alternative {
        grade: Spanned {
            value,
            at: grade.at.clone(),
        },
        says,
        expect,
    })
}
