//! Expected failures: a case that fails as expected does not fail the run; one that passes, or is out of date, does.

use std::collections::BTreeSet;

use hallmark_reports::record::{BaselineResult, Check, Stale, StaleReason, Verdict};

use jiff::civil::Date;

use super::Known;
use crate::secret::Scrubber;
use crate::target::baseline::{Baseline, Entry};

/// Marks the checks that are expected to fail.
pub(super) fn mark(baseline: &Baseline, checks: &mut [Check]) {
    for check in checks.iter_mut().filter(|check| is_miss(check.verdict)) {
        if let Some(entry) = baseline.entries.iter().find(|entry| entry.names(check)) {
            check.expected_failure = Some(entry.why.value.clone());
        }
    }
}

/// Finds the entries that are stale today. `known` is all there is to run, selected or not.
pub(super) fn apply(
    baseline: &Baseline,
    checks: &mut [Check],
    known: &[Known],
    today: Date,
    scrubber: &Scrubber,
) -> BaselineResult {
    mark(baseline, checks);
    let (mut stale, mut open) = (Vec::new(), Vec::new());
    for entry in &baseline.entries {
        let record = |reason| Stale {
            entry: entry.expects(),
            why: scrubber.clean(&entry.why.value),
            reason,
            until: entry.until.as_ref().map(|until| until.value.to_string()),
            line: entry.at.line,
            meant: (reason == StaleReason::Unmatched)
                .then(|| nearest(entry, known))
                .flatten(),
        };
        match state(entry, checks, known, today) {
            State::Holds => {}
            State::Stale(reason) => stale.push(record(reason)),
            State::Open => open.push(record(StaleReason::Passed)),
        }
    }
    BaselineResult {
        file: baseline.file.path.clone(),
        entries: u32::try_from(baseline.entries.len()).unwrap_or(u32::MAX),
        stale,
        open,
    }
}

enum State {
    /// It holds, or nothing it names was judged here.
    Holds,
    /// What ran of it passed, but not all of it ran.
    Open,
    Stale(StaleReason),
}

fn state(entry: &Entry, checks: &[Check], known: &[Known], today: Date) -> State {
    if entry.expired_on(today) {
        return State::Stale(StaleReason::Expired);
    }
    let cases: Vec<&Known> = known.iter().filter(|known| covers(entry, known)).collect();
    if cases.is_empty() {
        return if is_of(entry, known) {
            State::Stale(StaleReason::Unmatched)
        } else {
            State::Holds
        };
    }
    let named: Vec<&Check> = checks.iter().filter(|check| entry.names(check)).collect();
    if named.iter().any(|check| is_miss(check.verdict)) || !named.iter().any(|check| holds(check.verdict)) {
        return State::Holds;
    }
    let ran: BTreeSet<[&str; 3]> = checks
        .iter()
        .map(|check| [&*check.scenario, &*check.case, &*check.revision])
        .collect();
    if cases
        .iter()
        .all(|case| ran.contains(&[&*case.scenario, &*case.case, &*case.revision]))
    {
        State::Stale(StaleReason::Passed)
    } else {
        State::Open
    }
}

/// Whether the entry speaks of a revision that is spoken here and of the scenarios that were loaded: one baseline may serve the shipped ones and your own,
/// which run apart. A scenario that is loaded, or a folder that holds loaded ones.
fn is_of(entry: &Entry, known: &[Known]) -> bool {
    let spoken = |revision: &String| known.iter().any(|known| known.revision == *revision);
    if entry.revision.as_ref().is_some_and(|revision| !spoken(revision)) {
        return false;
    }
    let folder = |scenario: &str| scenario.split_once('/').map(|(folder, _)| folder.to_owned());
    known.iter().any(|known| {
        known.scenario == entry.scenario
            || folder(&entry.scenario).is_some_and(|own| folder(&known.scenario) == Some(own))
    })
}

fn covers(entry: &Entry, known: &Known) -> bool {
    entry.scenario == known.scenario
        && entry.case.as_ref().is_none_or(|case| *case == known.case)
        && entry
            .revision
            .as_ref()
            .is_none_or(|revision| *revision == known.revision)
        && entry.check.as_ref().is_none_or(|id| known.checks.contains(id))
}

/// The name most like the one written, with as many parts.
fn nearest(entry: &Entry, known: &[Known]) -> Option<String> {
    let wanted = entry.expects();
    let mut near: BTreeSet<(usize, String)> = BTreeSet::new();
    for known in known {
        let mut name = known.scenario.clone();
        if entry.case.is_some() && !known.case.is_empty() {
            name = format!("{name}#{}", known.case);
        }
        if entry.revision.is_some() && !known.revision.is_empty() {
            name = format!("{name}@{}", known.revision);
        }
        let full: Vec<String> = match &entry.check {
            Some(_) => known
                .checks
                .iter()
                .map(|check| format!("{name}:{check}"))
                .collect(),
            None => vec![name],
        };
        near.extend(
            full.into_iter()
                .map(|name| (strsim::damerau_levenshtein(&wanted, &name), name)),
        );
    }
    near.into_iter()
        .next()
        .filter(|(distance, _)| *distance <= wanted.len() / 3)
        .map(|(_, name)| name)
}

fn holds(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Passed | Verdict::Info)
}

fn is_miss(verdict: Verdict) -> bool {
    matches!(
        verdict,
        Verdict::Failed | Verdict::Errored | Verdict::NotTestable | Verdict::Warned
    )
}
