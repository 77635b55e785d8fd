//! Many failures with one cause: the same thing found where the same kind of thing was expected, under several rules.
//!
//! A server that breaks on every unknown token fails a dozen rules at once. Read one by one they look like a dozen
//! mistakes; said in a sentence they are one. Only what was recorded is counted; no verdict changes.

use crate::record::{Check, Finding, Record};
use crate::standing::{Standing, rule_of};
use crate::text::{one_line, without_place};
use std::collections::{BTreeMap, BTreeSet};

/// Checks a group must have to be worth a sentence, and the rules they must belong to.
const CHECKS: usize = 5;
const RULES: usize = 2;
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

impl Kind {
    /// That a request was served which should not have been is how most rules break, each for a reason of its own.
    fn is_common(&self) -> bool {
        matches!(self, Kind::NoRefusal(200..300))
    }

    /// The part of all broken checks that a group must be: a quarter; of what is common, nearly all.
    fn matters(&self, checks: &[&Check], all: usize) -> bool {
        let part = if self.is_common() {
            checks.len() * 10 >= all * 9
        } else {
            checks.len() * 4 >= all
        };
        part && checks.len() >= CHECKS && rules(checks) >= RULES
    }
}

/// The sentences about failed checks, the largest group first, and one about those that could not be judged. `31 of 34
/// failed checks, under 9 rules, got HTTP 500 where a refusal was expected: probably one cause.`
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
        .filter(|(kind, checks)| kind.matters(checks, broken.len()))
        .map(|(kind, checks)| (checks.len(), sentence(kind, checks, broken.len())))
        .collect();
    found.sort_by_key(|(checks, _)| std::cmp::Reverse(*checks));
    found
        .into_iter()
        .take(SENTENCES)
        .map(|(_, sentence)| sentence)
        .chain(unjudged(record, strict))
        .collect()
}

/// What kept most of the checks that could not be judged from being judged.
fn unjudged(record: &Record, strict: bool) -> Option<String> {
    let unjudged: Vec<&Check> = record
        .checks
        .iter()
        .filter(|check| Standing::of(check, strict) == Standing::Unjudged)
        .collect();
    let mut reasons: BTreeMap<String, Vec<&Check>> = BTreeMap::new();
    for check in &unjudged {
        let reason = without_place(check.message.as_str());
        reasons.entry(one_line(reason, 200)).or_default().push(check);
    }
    let (reason, checks) = reasons.iter().max_by_key(|(_, checks)| checks.len())?;
    let matters = checks.len() >= CHECKS && checks.len() * 2 >= unjudged.len() && rules(checks) >= RULES;
    matters.then(|| {
        format!(
            "{} of the {} checks that could not be judged, under {} rules, say the same: {reason}.",
            checks.len(),
            unjudged.len(),
            rules(checks)
        )
    })
}

fn rules(checks: &[&Check]) -> usize {
    checks
        .iter()
        .map(|check| rule_of(check))
        .collect::<BTreeSet<_>>()
        .len()
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
    let guess = if kind.is_common() {
        ""
    } else {
        ": probably one cause"
    };
    format!(
        "{} of {all} failed checks, under {} rules, {what}{guess}.",
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
    use crate::record::Verdict;
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
    fn what_is_served_has_many_causes() {
        let served = ("outcome", "\"refused\"", "\"done\" (HTTP 200)");
        let other = ("header x", "absent", "there");
        assert!(causes(&record(&[served, served, served, served, served, other]), false).is_empty());
        let said = causes(&record(&[served; 6]), false);
        assert_eq!(
            said,
            ["6 of 6 failed checks, under 6 rules, got HTTP 200 where a refusal was expected."]
        );
    }

    #[test]
    fn what_kept_checks_from_being_judged_is_said_once() {
        let mut record = record(&[("status", "401", "403"); 6]);
        for (index, check) in record.checks.iter_mut().enumerate() {
            check.verdict = Verdict::NotTestable;
            check.message = testing::clean(&format!(
                "the positive control before the check missed: got 401 (scenarios/a.yaml:{index}:5)"
            ));
        }
        assert_eq!(
            causes(&record, false),
            [
                "6 of the 6 checks that could not be judged, under 6 rules, say the same: the positive control before the check missed: got 401."
            ]
        );
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
