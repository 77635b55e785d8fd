//! Expected failures: a case that fails as expected does not fail the run; one that passes, or is out of date, does.

use hallmark_reports::record::{BaselineResult, Check, Stale, StaleReason, Verdict};

use jiff::civil::Date;

use crate::secret::Scrubber;
use crate::target::baseline::{Baseline, Entry};

/// Marks the checks that are expected to fail.
pub(super) fn mark(baseline: &Baseline, checks: &mut [Check]) {
    for check in checks.iter_mut().filter(|check| is_miss(check.verdict)) {
        if let Some(entry) = baseline.entries.iter().find(|entry| names(entry, check)) {
            check.expected_failure = Some(entry.why.value.clone());
        }
    }
}

/// Finds the entries that are stale today.
pub(super) fn apply(
    baseline: &Baseline,
    checks: &mut [Check],
    today: Date,
    scrubber: &Scrubber,
) -> BaselineResult {
    mark(baseline, checks);
    let stale = baseline
        .entries
        .iter()
        .filter_map(|entry| stale(entry, checks, today, scrubber))
        .collect();
    BaselineResult {
        file: baseline.file.path.clone(),
        entries: u32::try_from(baseline.entries.len()).unwrap_or(u32::MAX),
        stale,
    }
}

fn stale(entry: &Entry, checks: &[Check], today: Date, scrubber: &Scrubber) -> Option<Stale> {
    let named: Vec<&Check> = checks.iter().filter(|check| names(entry, check)).collect();
    let reason = if entry.expired_on(today) {
        StaleReason::Expired
    } else if !named.is_empty() && !named.iter().any(|check| is_miss(check.verdict)) {
        StaleReason::Passed
    } else {
        return None;
    };
    let until = entry.until.as_ref().map(|until| until.value.to_string());
    Some(Stale {
        entry: entry.expects(),
        why: scrubber.clean(&entry.why.value),
        reason,
        until,
        line: entry.at.line,
    })
}

fn names(entry: &Entry, check: &Check) -> bool {
    entry.scenario == check.scenario
        && entry.case.as_ref().is_none_or(|case| *case == check.case)
        && entry.check.as_ref().is_none_or(|id| *id == check.id)
}

fn is_miss(verdict: Verdict) -> bool {
    matches!(
        verdict,
        Verdict::Failed | Verdict::Errored | Verdict::NotTestable | Verdict::Warned
    )
}
