//! Parts of an answer that have a shape of their own.

use super::super::headers::header_name;
use super::super::matcher::{self, Flavour};
use super::super::{Context, selector, tables};
use crate::scenario::fields::{self, Fields};
use crate::scenario::model::{Clause, ClauseKind, Matcher, Quantifier, Selector, Spanned, Test};
use crate::scenario::yaml::Node;

/// A clause for each header.
pub(super) fn headers(node: &Node, out: &mut Vec<Clause>, cx: &mut Context<'_>) {
    for (header, value) in fields::entries(node, "headers and matchers", cx.diagnostics) {
        header_name(header, cx);
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
pub(super) fn of_request(form: bool, node: &Node, out: &mut Vec<Clause>, cx: &mut Context<'_>) {
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

/// A clause for each step that time is counted from.
pub(super) fn since(node: &Node, out: &mut Vec<Clause>, cx: &mut Context<'_>) {
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

pub(super) fn paths(node: &Node, out: &mut Vec<Clause>, cx: &mut Context<'_>) {
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
pub(super) fn results(key: &Spanned<String>, node: &Node, out: &mut Vec<Clause>, cx: &mut Context<'_>) {
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
pub(super) fn quantified(
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

pub(super) fn answer(node: &Node, cx: &mut Context<'_>) -> Option<Matcher> {
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
pub(super) fn jwt(node: &Node, cx: &mut Context<'_>) -> Option<(Selector, Matcher)> {
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
