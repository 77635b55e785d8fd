//! Broken rules as the page tells them: by rule, and within a rule each check of each case once, however many
//! revisions it broke in.

use super::safe::anchor;
use crate::matrix;
use crate::record::{Check, Record, Verdict};
use crate::standing::{Standing, decides, gravity, rule_of, title_of};
use std::collections::{BTreeMap, BTreeSet};

/// A rule with what broke it, gravest first.
pub(super) struct Broken<'r> {
    pub(super) rule: &'r str,
    /// `id` of its article; unique on the page.
    pub(super) anchor: String,
    pub(super) failures: Vec<Failure<'r>>,
    /// Checks of the rule that were judged at all.
    pub(super) judged: usize,
}

/// One check of one case, in every revision it broke in.
pub(super) struct Failure<'r> {
    pub(super) checks: Vec<&'r Check>,
}

/// What happened, and in which revisions it happened like that.
pub(super) struct Account<'r> {
    pub(super) check: &'r Check,
    pub(super) revisions: Vec<&'r str>,
}

/// `bearer/scheme#no-scheme:refused`, as `hallmark run --only` takes it.
pub(super) fn name(check: &Check) -> String {
    let row = if check.case.is_empty() {
        String::new()
    } else {
        format!("#{}", check.case)
    };
    format!("{}{row}:{}", check.scenario, check.id)
}

/// What the rule says beyond its title: its statement; of a record without titles, what follows the first sentence.
pub(super) fn statement(check: &Check) -> &str {
    let text = check.statement.as_str().trim();
    if check.rule_title.is_empty() {
        text.find(". ").map_or("", |at| text[at + 1..].trim())
    } else if text.trim_end_matches('.') == title_of(check) {
        ""
    } else {
        text
    }
}

/// What happened, in a line: the message, and the last wrong decision, which says whose data it was.
pub(super) fn happened(check: &Check) -> String {
    let message = check.message.to_string();
    let decision = check.findings.iter().rfind(|finding| finding.decision);
    match decision.map(|finding| {
        format!(
            "{}: expected {}, got {}",
            finding.selector, finding.expected, finding.actual
        )
    }) {
        Some(decision) if !decision.starts_with(&message) && !message.contains(&decision) => {
            format!("{message}; {decision}")
        }
        _ => message,
    }
}

/// `2026-11-24 15:29 UTC` of an RFC 3339 time in UTC; anything else as it is.
pub(super) fn moment(started: &str) -> String {
    match (
        started.get(..10),
        started.get(10..11),
        started.get(11..16),
        started.ends_with('Z'),
    ) {
        (Some(date), Some("T"), Some(time), true) => format!("{date} {time} UTC"),
        _ => started.to_owned(),
    }
}

/// The revisions of a run, oldest first; of an older record, those its checks name.
pub(super) fn revisions(record: &Record) -> Vec<&str> {
    let ran = record.run.revisions.iter().map(String::as_str);
    let named = record.checks.iter().map(|check| check.revision.as_str());
    let all: BTreeSet<&str> = ran.chain(named).collect();
    all.into_iter().filter(|revision| !revision.is_empty()).collect()
}

impl<'r> Broken<'r> {
    /// Every rule with checks of that standing, gravest first.
    pub(super) fn all(record: &'r Record, strict: bool, standing: Standing) -> Vec<Broken<'r>> {
        let mut checks: Vec<&Check> = record
            .checks
            .iter()
            .filter(|check| Standing::of(check, strict) == standing)
            .collect();
        checks.sort_by_key(|check| (check.verdict != Verdict::Failed, !is_leak(check), gravity(check)));
        let mut order: Vec<&str> = Vec::new();
        let mut by_rule: BTreeMap<&str, Vec<&Check>> = BTreeMap::new();
        for check in checks {
            let rule = rule_of(check);
            if !by_rule.contains_key(rule) {
                order.push(rule);
            }
            by_rule.entry(rule).or_default().push(check);
        }
        let judged = judged(record);
        let prefix = if standing == Standing::Broken {
            "rule"
        } else {
            "missed"
        };
        let mut anchors = BTreeSet::new();
        order
            .into_iter()
            .map(|rule| Broken {
                rule,
                anchor: unique(format!("{prefix}-{}", anchor(rule)), &mut anchors),
                failures: failures(&by_rule[rule]),
                judged: judged.get(rule).copied().unwrap_or_default(),
            })
            .collect()
    }

    /// The check that stands for the rule.
    pub(super) fn first(&self) -> &'r Check {
        self.failures[0].checks[0]
    }

    /// Checks that broke it, all revisions counted.
    pub(super) fn checks(&self) -> usize {
        self.failures.iter().map(|failure| failure.checks.len()).sum()
    }

    /// Whether somebody got through who should not have.
    pub(super) fn leaks(&self) -> bool {
        self.failures.iter().any(Failure::leaks)
    }

    /// Whether access was granted or refused wrongly, and not only worded wrongly.
    pub(super) fn decides(&self) -> bool {
        self.failures.iter().any(Failure::decides)
    }
}

impl<'r> Failure<'r> {
    pub(super) fn leaks(&self) -> bool {
        self.checks.iter().any(|check| is_leak(check))
    }

    pub(super) fn decides(&self) -> bool {
        self.checks.iter().any(|check| decides(check))
    }

    /// What happened, each different thing once.
    pub(super) fn accounts(&self) -> Vec<Account<'r>> {
        let mut accounts: Vec<(String, Account<'r>)> = Vec::new();
        for check in &self.checks {
            let told = told(check);
            match accounts.iter_mut().find(|(other, _)| *other == told) {
                Some((_, account)) => account.revisions.push(&check.revision),
                None => accounts.push((
                    told,
                    Account {
                        check,
                        revisions: vec![&check.revision],
                    },
                )),
            }
        }
        accounts.into_iter().map(|(_, account)| account).collect()
    }
}

fn is_leak(check: &Check) -> bool {
    check
        .access
        .as_ref()
        .is_some_and(|access| matrix::kind(access, check.verdict) == matrix::Kind::Leak)
}

fn unique(anchor: String, taken: &mut BTreeSet<String>) -> String {
    let mut candidate = anchor.clone();
    let mut number = 2;
    while !taken.insert(candidate.clone()) {
        candidate = format!("{anchor}-{number}");
        number += 1;
    }
    candidate
}

fn judged(record: &Record) -> BTreeMap<&str, usize> {
    let mut judged = BTreeMap::new();
    for check in &record.checks {
        if matches!(check.verdict, Verdict::Passed | Verdict::Failed | Verdict::Warned) {
            *judged.entry(rule_of(check)).or_default() += 1;
        }
    }
    judged
}

fn failures<'r>(checks: &[&'r Check]) -> Vec<Failure<'r>> {
    let mut failures: Vec<Failure<'r>> = Vec::new();
    let mut places: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    for check in checks {
        let key = (check.scenario.as_str(), check.case.as_str(), check.id.as_str());
        let place = *places.entry(key).or_insert_with(|| {
            failures.push(Failure { checks: Vec::new() });
            failures.len() - 1
        });
        failures[place].checks.push(check);
    }
    failures
}

/// What a check says went wrong, without what differs from run to run: fingerprints and numbers of ids.
fn told(check: &Check) -> String {
    let findings = check
        .findings
        .iter()
        .map(|finding| format!("{} {} {}", finding.selector, finding.expected, finding.actual));
    let text = std::iter::once(check.message.to_string())
        .chain(findings)
        .collect::<Vec<_>>()
        .join("\n");
    let mut out = String::new();
    for part in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let word = part.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let is_print = word.len() >= 8 && word.chars().all(|c| c.is_ascii_hexdigit());
        out.push_str(if is_print { "#" } else { part });
    }
    out
}
