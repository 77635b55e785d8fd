//! The outcome of a run in a few words, the same in every format that people read.

use crate::load::Trust;
use crate::record::{Record, Verdict};
use crate::standing::rule_of;
use crate::text::count;

/// `failed, 3 rules broken, stale baseline`.
pub(crate) fn headline(record: &Record) -> String {
    let broken = rules_with(record, Verdict::Failed);
    let stale = record
        .baseline
        .as_ref()
        .is_some_and(|baseline| !baseline.stale.is_empty());
    let mut line = match record.summary.verdict {
        _ if is_void(record) => "not valid, the generator was at fault".to_owned(),
        Verdict::Failed if record.load.is_some() => {
            format!("failed, {} not kept", count(broken, "promise"))
        }
        Verdict::Failed => format!("failed, {} broken", count(broken, "rule")),
        _ if record.checks.is_empty() && record.load.is_some() && !record.complete => "not judged".to_owned(),
        _ if record.checks.is_empty() && record.load.is_some() => "measured, nothing was promised".to_owned(),
        _ if record.is_empty() => "nothing was judged".to_owned(),
        Verdict::Errored => "could not judge everything".to_owned(),
        Verdict::NotTestable => "nothing broken, not everything testable".to_owned(),
        Verdict::Warned => format!(
            "passed, {} missed",
            count(rules_with(record, Verdict::Warned), "recommendation")
        ),
        Verdict::Passed | Verdict::Info => "passed".to_owned(),
        Verdict::Skipped => "everything was skipped".to_owned(),
    };
    if record.target.without_credential {
        line.push_str(", judged without a credential");
    }
    if stale {
        line.push_str(", stale baseline");
    }
    if !record.complete {
        line.push_str(", cut short");
    }
    line
}

/// Whether a load run says of itself that nothing can be said of the target.
pub(crate) fn is_void(record: &Record) -> bool {
    record
        .load
        .as_ref()
        .is_some_and(|load| Trust::of(record, load) == Trust::Void)
}

/// Rules with a check of that verdict that no baseline entry foretold.
pub(crate) fn rules_with(record: &Record, verdict: Verdict) -> u64 {
    let mut rules: Vec<&str> = record
        .checks
        .iter()
        .filter(|check| check.verdict == verdict && check.expected_failure.is_none())
        .map(rule_of)
        .collect();
    rules.sort_unstable();
    rules.dedup();
    rules.len() as u64
}
