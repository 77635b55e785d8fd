//! Many failures with one cause: the same thing found where the same kind of thing was expected, under several rules.
//!
//! A server that breaks on every unknown token fails a dozen rules at once. Read one by one they look like a dozen
//! mistakes; said in a sentence they are one. Only what was recorded is counted; no verdict changes.

use crate::record::{Check, Finding, Record};
use crate::standing::{Standing, rule_of};
use crate::text::one_line;
use std::collections::{BTreeMap, BTreeSet};

/// Checks a group must have to be worth a sentence, the rules they must belong to, and the part of all broken checks
/// they must be: a quarter.
const CHECKS: usize = 5;
const RULES: usize = 2;
const PART: usize = 4;
/// Most sentences.
const SENTENCES: usize = 2;

/// What was found, and which kind of thing was expected.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// An HTTP status where a refusal was expected.
    NoRefusal(u16),
    /// A status that refuses, where another one was expected.
    OtherStatus(u16),
    /// An HTTP status where the call was expected to work.
    NoService(u16),
    /// No readable answer.
    NoAnswer,
    /// The same words about the same thing.
    Other(String, String, String),
}

/// The sentences, the largest group first. `31 of 34 failed checks, under 9 rules, got HTTP 500 where a refusal was
/// expected: probably one cause.`
pub(crate) fn causes(record: &Record, strict: bool) -> Vec<String> {
    let broken: Vec<&Check> = record
        .checks
        .iter()
        .filter(|check| Standing::of(check, strict) == Standing::Broken)
        .collect();
    let mut groups: BTreeMap<Kind, Vec<&Check>> = BTreeMap::new();
    for check in &broken {
        if let Some(kind) = kind(check) {
            groups.entry(kind).or_default().push(check);
        }
    }
    let mut found: Vec<(usize, String)> = groups
        .iter()
        .filter(|(_, checks)| matters(checks, broken.len()))
        .map(|(kind, checks)| (checks.len(), sentence(kind, checks, broken.len())))
        .collect();
    found.sort_by_key(|(checks, _)| std::cmp::Reverse(*checks));
    found
        .into_iter()
        .take(SENTENCES)
        .map(|(_, sentence)| sentence)
        .collect()
}

fn rules(checks: &[&Check]) -> usize {
    checks
        .iter()
        .map(|check| rule_of(check))
        .collect::<BTreeSet<_>>()
        .len()
}

fn matters(checks: &[&Check], all: usize) -> bool {
    checks.len() >= CHECKS && checks.len() * PART >= all && rules(checks) >= RULES
}

/// What a check is about first: access decided wrongly, else what was written first.
fn leading(check: &Check) -> Option<&Finding> {
    let decision = check.findings.iter().find(|finding| finding.decision);
    decision.or(check.findings.first())
}

fn kind(check: &Check) -> Option<Kind> {
    let finding = leading(check)?;
    let status = status_in(finding);
    let wants = match finding.selector.as_str() {
        "outcome" => Some(Wants::of_outcome(finding.expected.as_str())),
        "status" => Some(Wants::of_status(finding.expected.as_str())),
        _ => None,
    };
    Some(match (wants, status) {
        (Some(Wants::Refusal), Some(found @ 300..500)) => Kind::OtherStatus(found),
        (Some(Wants::Refusal), Some(found)) => Kind::NoRefusal(found),
        (Some(Wants::Service), Some(found)) => Kind::NoService(found),
        (Some(Wants::Refusal | Wants::Service), None) if no_answer(check) => Kind::NoAnswer,
        _ => Kind::Other(
            finding.selector.clone(),
            one_line(finding.expected.as_str(), 100),
            one_line(without_rounds(finding.actual.as_str()), 100),
        ),
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wants {
    Refusal,
    Service,
    Else,
}

impl Wants {
    fn of_outcome(expected: &str) -> Wants {
        match expected.trim_matches('"') {
            "refused" => Wants::Refusal,
            "done" => Wants::Service,
            _ => Wants::Else,
        }
    }

    /// `400 or 401`
    fn of_status(expected: &str) -> Wants {
        let wanted: Vec<u16> = numbers(expected).collect();
        let all = |within: std::ops::Range<u16>| {
            !wanted.is_empty() && wanted.iter().all(|status| within.contains(status))
        };
        if all(400..500) {
            Wants::Refusal
        } else if all(200..300) {
            Wants::Service
        } else {
            Wants::Else
        }
    }
}

fn numbers(text: &str) -> impl Iterator<Item = u16> {
    text.split(|c: char| !c.is_ascii_digit())
        .filter(|digits| digits.len() == 3)
        .filter_map(|digits| digits.parse().ok())
}

/// `403`, `403 (5 of 5 miss)`, `"broken" (HTTP 500)`.
fn status_in(finding: &Finding) -> Option<u16> {
    let actual = without_rounds(finding.actual.as_str());
    match finding.selector.as_str() {
        "status" => actual.parse().ok(),
        _ => numbers(actual.split_once("(HTTP ")?.1.get(..3)?).next(),
    }
}

/// What was found, without in how many rounds.
fn without_rounds(actual: &str) -> &str {
    let rounds = actual
        .rfind(" (")
        .filter(|at| actual.ends_with(" miss)") && !actual[*at..].contains("HTTP"));
    rounds.map_or(actual, |at| &actual[..at])
}

fn no_answer(check: &Check) -> bool {
    let judged = check.exchanges.iter().rev().find(|exchange| exchange.judged);
    judged.is_some_and(|exchange| exchange.response.is_none())
}

fn sentence(kind: &Kind, checks: &[&Check], all: usize) -> String {
    let what = match kind {
        Kind::NoRefusal(found) => format!("got HTTP {found} where a refusal was expected"),
        Kind::NoService(found) => format!("got HTTP {found} where the call had to work"),
        Kind::NoAnswer => "got no answer at all".to_owned(),
        Kind::OtherStatus(found) => match expected_by_all(checks) {
            Some(expected) => format!("got HTTP {found} where {expected} was expected"),
            None => format!("got HTTP {found} where another refusal was expected"),
        },
        Kind::Other(selector, expected, actual) => {
            format!("found {selector} to be {actual} where {expected} was expected")
        }
    };
    format!(
        "{} of {all} failed checks, under {} rules, {what}: probably one cause.",
        checks.len(),
        rules(checks)
    )
}

fn expected_by_all(checks: &[&Check]) -> Option<String> {
    let mut expected = checks
        .iter()
        .filter_map(|check| leading(check))
        .map(|finding| one_line(finding.expected.as_str(), 60));
    let first = expected.next()?;
    expected.all(|other| other == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    /// Failed checks with these leading findings, each under a rule of its own.
    fn record(findings: &[(&str, &str, &str)]) -> Record {
        let mut record = testing::record();
        let failing = testing::failing(&record);
        record.checks = findings
            .iter()
            .enumerate()
            .map(|(index, (selector, expected, actual))| {
                let mut check = failing.clone();
                check.rule = format!("RULE-{index:02}");
                check.findings[0].selector = (*selector).to_owned();
                check.findings[0].expected = testing::clean(expected);
                check.findings[0].actual = testing::clean(actual);
                check.findings[0].decision = *selector == "outcome";
                check
            })
            .collect();
        record
    }

    #[test]
    fn statuses_of_one_kind_are_one_cause() {
        let broken = ("outcome", "\"refused\"", "\"broken\" (HTTP 500)");
        let status = ("status", "400 or 401", "500 (5 of 5 miss)");
        let other = ("header x", "absent", "there");
        let record = record(&[broken, broken, status, status, status, other]);
        assert_eq!(
            causes(&record, false),
            [
                "5 of 6 failed checks, under 5 rules, got HTTP 500 where a refusal was expected: probably one cause."
            ]
        );
    }

    #[test]
    fn the_expected_status_is_named_where_it_is_the_same() {
        let same = [("status", "400 or 401", "403"); 5];
        assert!(causes(&record(&same), false)[0].contains("got HTTP 403 where 400 or 401 was expected"));
        let mut mixed = same;
        mixed[4].1 = "401";
        assert!(
            causes(&record(&mixed), false)[0].contains("got HTTP 403 where another refusal was expected")
        );
        let refused = [("outcome", "\"done\"", "\"refused\" (HTTP 401)"); 5];
        assert!(causes(&record(&refused), false)[0].contains("got HTTP 401 where the call had to work"));
    }

    #[test]
    fn few_checks_one_rule_or_a_small_part_are_no_cause() {
        let broken = ("outcome", "\"refused\"", "\"broken\" (HTTP 500)");
        assert!(causes(&record(&[broken; 4]), false).is_empty());
        let mut one_rule = record(&[broken; 6]);
        for check in &mut one_rule.checks {
            check.rule = "RULE-01".to_owned();
        }
        assert!(causes(&one_rule, false).is_empty());
        let names: Vec<String> = (0..20).map(|index| format!("header x-{index}")).collect();
        let mut many = vec![broken; 6];
        many.extend(names.iter().map(|name| (name.as_str(), "absent", "there")));
        assert!(causes(&record(&many), false).is_empty());
    }
}
