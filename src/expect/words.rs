//! Wishes and findings in words.

use super::Surroundings;
use super::Value;
use super::matcher::{combined, grammar_problem, is_grammar};
use super::selector::Selected;
use super::value::{shorten, show_duration};
use crate::scenario::model::{Comparison, Data, Matcher, Operand, Quantifier, Selector, Test};

/// The wish in words, for a report.
pub(super) fn describe(matcher: &Matcher, around: &dyn Surroundings) -> String {
    let parts: Vec<String> = matcher
        .tests
        .iter()
        .filter_map(|test| describe_test(test, around))
        .collect();
    parts.join(", ")
}

fn describe_test(test: &Test, around: &dyn Surroundings) -> Option<String> {
    let show = |data: &Data| around.resolve(data).map_or_else(|e| e.to_string(), |v| v.show());
    Some(match test {
        Test::Equals(data) => show(data),
        Test::Range(low, high) => format!("{} to {}", operand(*low), operand(*high)),
        Test::StatusClass(class) => format!("{class}xx"),
        Test::OneOf(matchers) => matchers
            .iter()
            .map(|m| describe(m, around))
            .collect::<Vec<_>>()
            .join(" or "),
        Test::Not(inner) => format!("not {}", describe(inner, around)),
        Test::Matches(pattern) => format!("matching {}", shorten(pattern.as_str())),
        Test::Contains(data) => format!("containing {}", show(data)),
        Test::Lacks(data) => format!("without {}", show(data)),
        Test::Exists(true) => "present".to_owned(),
        Test::Exists(false) => "absent".to_owned(),
        Test::Compare(comparison, data) => format!("{} {}", symbol(*comparison), show(data)),
        Test::Length(inner) => format!("length {}", describe(inner, around)),
        Test::Bytes(inner) => format!("bytes {}", describe(inner, around)),
        Test::Fits(data) => format!("fitting {}", show(data)),
        Test::Type(name) if name.value == "challenges" => {
            "well-formed under the challenge grammar".to_owned()
        }
        Test::Type(name) if is_grammar(&name.value) => format!("a well-formed {} field", name.value),
        Test::Type(name) => format!("of type {}", name.value),
        Test::DiffersFrom(data) => format!("different from {}", show(data)),
        Test::SameAs(data) => format!("the same as {}", show(data)),
        Test::Except(_) => return None,
        Test::Near(to, by) => format!("within {} of {}", show(by), show(to)),
        Test::Grows(factor) => format!("each at least {factor} times the one before"),
        Test::Members(members) => members
            .iter()
            .map(|(name, m)| format!("{} {}", name.value, describe(m, around)))
            .collect::<Vec<_>>()
            .join(", "),
        Test::Quantified(quantifier, inner) => {
            format!("{} {}", quantifier_word(*quantifier), describe(inner, around))
        }
    })
}

fn quantifier_word(quantifier: Quantifier) -> &'static str {
    match quantifier {
        Quantifier::Each => "each:",
        Quantifier::Any => "some:",
        Quantifier::None => "none:",
        Quantifier::Count => "count",
    }
}

fn symbol(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Lt => "less than",
        Comparison::Lte => "at most",
        Comparison::Gt => "more than",
        Comparison::Gte => "at least",
    }
}

fn operand(operand: Operand) -> String {
    match operand {
        Operand::Number(n) => n.to_string(),
        Operand::Duration(d) => show_duration(d),
        Operand::Share(s) => format!("{}%", s * 100.0),
    }
}

/// The finding in words.
pub(super) fn describe_found(found: &Selected, matcher: &Matcher) -> String {
    let grammar = matcher.tests.iter().find_map(|test| match test {
        Test::Type(name) if is_grammar(&name.value) => Some(&name.value),
        _ => None,
    });
    if let Some(problem) = grammar.and_then(|name| grammar_problem(name, found)) {
        let value = combined(found).map(|v| v.show()).unwrap_or_default();
        return format!("{problem} in {value}");
    }
    match found {
        Selected::Absent => "absent".to_owned(),
        Selected::One(value) => value.show(),
        Selected::Many(values) if values.is_empty() => "none".to_owned(),
        Selected::Many(values) => shorten(&values.iter().map(Value::show).collect::<Vec<_>>().join(" and ")),
        Selected::Unreadable(why) | Selected::Undeclared(why) => why.clone(),
    }
}

/// The selector as an author writes it.
pub(super) fn word(selector: &Selector) -> String {
    match selector {
        Selector::Outcome => "outcome".into(),
        Selector::Sees => "sees".into(),
        Selector::Strangers => "strangers".into(),
        Selector::Answer => "answer".into(),
        Selector::Status => "status".into(),
        Selector::Header(name) => format!("header {name}"),
        Selector::Challenge => "challenge".into(),
        Selector::Challenges => "challenges".into(),
        Selector::Json(path) => format!("json {path}"),
        Selector::JsonWith(_) => "json".into(),
        Selector::Result(path) => format!("result {path}"),
        Selector::ResultWhole => "result".into(),
        Selector::RpcError => "rpc_error".into(),
        Selector::Body => "body".into(),
        Selector::InBody(pattern) => format!("body /{pattern}/"),
        Selector::RetryAfter => "retry_after".into(),
        Selector::Pause => "pause".into(),
        Selector::Rate => "rate".into(),
        Selector::Rates => "rates".into(),
        Selector::Duration => "duration".into(),
        Selector::Connection => "connection".into(),
        Selector::Close => "close".into(),
        Selector::Since(step) => format!("since {step}"),
        Selector::Exit => "exit".into(),
        Selector::Output => "output".into(),
        Selector::End => "end".into(),
        Selector::Files => "files".into(),
        Selector::Method => "method".into(),
        Selector::Form(name) => format!("form {name}"),
        Selector::Query(name) => format!("query {name}"),
        Selector::OAuth(name) => name.clone(),
        Selector::Callback => "callback".into(),
        Selector::CallbackParam(name) => format!("callback {name}"),
        Selector::ChallengeParam(name) => format!("challenge {name}"),
        Selector::Path => "path".into(),
        Selector::Signature => "signature".into(),
        Selector::Jwt { of, path: None } => format!("jwt of {of}"),
        Selector::Jwt { path: Some(path), .. } => format!("jwt {path}"),
    }
}
