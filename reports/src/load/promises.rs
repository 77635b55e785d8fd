//! Thresholds and invariants in words, each with the verdict that was recorded for it.

use super::figures::{figure, grouped, number, percent};
use crate::record::{Bound, BoundKind, Invariant, Load, Record, Threshold, Verdict};

/// A line of the table of promises.
pub(crate) struct Promise<'r> {
    /// `p99 of search`, or the name of an invariant.
    pub(crate) what: String,
    /// `< 120 ms`, or how many answers may break it.
    pub(crate) bound: String,
    /// What was measured.
    pub(crate) found: String,
    /// As recorded; absent where the run was cut short before.
    pub(crate) verdict: Option<Verdict>,
    /// What is written beside it: the message of its check where that did not pass.
    pub(crate) note: &'r str,
}

/// What was measured of the promise with this check, and its bound.
pub(crate) fn promise_of(load: &Load, check: &str) -> Option<(String, String)> {
    let threshold = load.thresholds.iter().find(|threshold| threshold.check == check);
    let invariant = load.invariants.iter().find(|invariant| invariant.check == check);
    match (threshold, invariant) {
        (Some(threshold), _) => {
            let found = figure(threshold.unit, threshold.measured?);
            Some((found, bounds(threshold)))
        }
        (None, Some(invariant)) => Some((broken(invariant), budget(invariant))),
        (None, None) => None,
    }
}

/// First the thresholds, then the invariants, as in the plan.
pub(crate) fn promises<'r>(record: &'r Record, load: &Load) -> Vec<Promise<'r>> {
    let thresholds = load.thresholds.iter().map(|threshold| {
        let found = threshold.measured.map(|value| figure(threshold.unit, value));
        promise(
            record,
            load,
            &threshold.check,
            what(threshold),
            bounds(threshold),
            found,
        )
    });
    let invariants = load.invariants.iter().map(|invariant| {
        let found = broken(invariant);
        promise(
            record,
            load,
            &invariant.check,
            invariant.name.clone(),
            budget(invariant),
            Some(found),
        )
    });
    thresholds.chain(invariants).collect()
}

fn promise<'r>(
    record: &'r Record,
    load: &Load,
    id: &str,
    what: String,
    bound: String,
    found: Option<String>,
) -> Promise<'r> {
    let check = super::check(record, load, id);
    let told = check.filter(|check| !matches!(check.verdict, Verdict::Passed | Verdict::Info));
    Promise {
        what,
        bound,
        found: found.unwrap_or_else(|| "not measured".to_owned()),
        verdict: check.map(|check| check.verdict),
        note: told.map_or("", |check| check.message.as_str()),
    }
}

/// `p99 of search`.
pub(crate) fn what(threshold: &Threshold) -> String {
    match &threshold.of {
        Some(of) => format!("{} of {of}", threshold.metric),
        None => threshold.metric.clone(),
    }
}

/// `≥ 1 ms and < 120 ms`.
pub(crate) fn bounds(threshold: &Threshold) -> String {
    let all: Vec<String> = threshold
        .bounds
        .iter()
        .map(|bound| one(threshold, bound))
        .collect();
    all.join(" and ")
}

fn one(threshold: &Threshold, bound: &Bound) -> String {
    let sign = bound.comparison.sign();
    match bound.kind {
        BoundKind::Baseline => format!("{sign} {} × the baseline", number(bound.value)),
        _ => format!("{sign} {}", figure(threshold.unit, bound.value)),
    }
}

fn broken(invariant: &Invariant) -> String {
    format!(
        "{} of {} answers",
        grouped(invariant.broken),
        grouped(invariant.judged)
    )
}

fn budget(invariant: &Invariant) -> String {
    if invariant.budget > 0.0 {
        format!("≤ {} of the answers", percent(invariant.budget))
    } else {
        "never broken".to_owned()
    }
}

/// `all 7 promises held`, `2 of 7 promises not kept, 1 not judged`.
pub(crate) fn summary(record: &Record, load: &Load) -> String {
    let all = promises(record, load);
    let n = |wanted: fn(&Option<Verdict>) -> bool| all.iter().filter(|one| wanted(&one.verdict)).count();
    let kept = n(|verdict| matches!(verdict, Some(Verdict::Passed | Verdict::Info)));
    let missed = n(|verdict| matches!(verdict, Some(Verdict::Failed | Verdict::Warned)));
    let open = all.len() - kept - missed;
    let mut parts = Vec::new();
    if missed > 0 {
        parts.push(format!("{missed} of {} promises not kept", all.len()));
    }
    if open > 0 {
        parts.push(format!("{open} not judged"));
    }
    match (all.len(), parts.is_empty()) {
        (0, _) => "nothing was promised".to_owned(),
        (1, true) => "its promise was kept".to_owned(),
        (of, true) => format!("all {of} promises kept"),
        _ => parts.join(", "),
    }
}
