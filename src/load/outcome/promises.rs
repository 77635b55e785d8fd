//! What a plan promises, as the record holds it, and what was measured of it.

use hallmark_reports::record::{
    Bound as BoundRecord, BoundKind, Comparison as ComparisonRecord, Invariant as InvariantRecord, Load,
    Operation, Threshold as ThresholdRecord, Unit,
};

use crate::load::figures::fraction;
use crate::load::watch::{Invariant, Tallies};
use crate::run::place;
use crate::scenario::model::{Bound, Comparison, LoadPlan, Threshold};
use crate::secret::Scrubber;

/// The thresholds of a plan, with nothing measured yet.
pub(in crate::load) fn thresholds(plan: &LoadPlan, scrubber: &Scrubber) -> Vec<ThresholdRecord> {
    let mut taken = Vec::new();
    plan.thresholds
        .iter()
        .map(|threshold| of(threshold, unique(slug(threshold), &mut taken), scrubber))
        .collect()
}

/// `p99-of-search`.
fn slug(threshold: &Threshold) -> String {
    let mut slug = threshold.metric.value.clone();
    if let Some(of) = &threshold.of {
        slug.push_str("-of-");
        let plain = |c: char| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        };
        slug.extend(of.value.chars().map(plain));
    }
    slug
}

fn unique(slug: String, taken: &mut Vec<String>) -> String {
    let mut name = slug.clone();
    let mut next = 2;
    while taken.contains(&name) {
        name = format!("{slug}-{next}");
        next += 1;
    }
    taken.push(name.clone());
    name
}

fn of(threshold: &Threshold, check: String, scrubber: &Scrubber) -> ThresholdRecord {
    ThresholdRecord {
        check,
        metric: threshold.metric.value.clone(),
        of: threshold.of.as_ref().map(|of| scrubber.clean(&of.value)),
        unit: unit(&threshold.metric.value),
        bounds: threshold.bounds.iter().map(bound).collect(),
        measured: None,
        at: place(&threshold.metric.at, scrubber),
    }
}

fn unit(metric: &str) -> Unit {
    use crate::scenario::{LOAD_NUMBERS, LOAD_SHARES};
    if LOAD_SHARES.contains(&metric) {
        Unit::Share
    } else if LOAD_NUMBERS.contains(&metric) {
        Unit::Number
    } else {
        Unit::Time
    }
}

fn bound((comparison, bound): &(Comparison, Bound)) -> BoundRecord {
    let (kind, value) = match bound {
        Bound::Duration(time) => (BoundKind::Time, time.as_secs_f64() * 1e6),
        Bound::Share(share) => (BoundKind::Share, *share),
        Bound::Number(number) => (BoundKind::Number, *number),
        Bound::Baseline(times) => (BoundKind::Baseline, *times),
    };
    let comparison = match comparison {
        Comparison::Lt => ComparisonRecord::Lt,
        Comparison::Lte => ComparisonRecord::Lte,
        Comparison::Gt => ComparisonRecord::Gt,
        Comparison::Gte => ComparisonRecord::Gte,
    };
    BoundRecord {
        comparison,
        kind,
        value,
    }
}

/// A figure of a record, in microseconds, as a share, or as a number; `None` where there is none.
pub fn measured(load: &Load, metric: &str, of: Option<&str>) -> Option<f64> {
    let part = match of {
        None => &load.overall,
        Some(name) => load
            .operations
            .iter()
            .find(|operation| operation.name.as_str() == name)?,
    };
    let time = |found: &hallmark_reports::record::Distribution, value: u64| {
        (found.count > 0).then(|| fraction(value))
    };
    let response = &part.response;
    match metric {
        "p50" => time(response, response.p50),
        "p90" => time(response, response.p90),
        "p99" => time(response, response.p99),
        "p999" => time(response, response.p999),
        "max" => time(response, response.max),
        "first-event" => part.first_event.as_ref().map(|found| fraction(found.p99)),
        "connect" => load.connect.as_ref().map(|found| fraction(found.p99)),
        "refresh" => load.refresh.as_ref().map(|found| fraction(found.p99)),
        "revocation" => revocation(load),
        "rate" => Some(load.rate),
        "achieved" => share(load.achieved, load.asked),
        "errors" => share(part.counts.errors(), part.counts.total()),
        class => share(part.counts.of(class), part.counts.total()),
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| fraction(part) / fraction(whole))
}

/// The longest that a dead credential was taken. Where something was revoked and never taken again, that is no time at
/// all; where nothing could be revoked, there is no such figure.
fn revocation(load: &Load) -> Option<f64> {
    if let Some(found) = &load.revocation {
        return Some(fraction(found.max));
    }
    let kills = ["revoke", "sign-out", "disable", "remove-member"];
    let done = |event: &hallmark_reports::record::LoadEvent| {
        let verb = event.text.as_str().split(' ').next().unwrap_or_default();
        event.outcome.as_str() == "done" && kills.contains(&verb)
    };
    let seen = operations_after(load);
    (load.events.iter().any(done) && seen).then_some(0.0)
}

/// Whether anybody whose credential was ended called afterwards: a refusal shows it.
fn operations_after(load: &Load) -> bool {
    let refused = |operation: &Operation| operation.counts.of("rightly-refused") > 0;
    refused(&load.overall)
}

/// The invariants of a plan with what was counted of them; without any in the plan, all that were judged.
pub(in crate::load) fn invariants(
    plan: &LoadPlan,
    tallies: &Tallies,
    scrubber: &Scrubber,
) -> Vec<InvariantRecord> {
    let named = |invariant: &Invariant| {
        plan.invariants
            .iter()
            .any(|one| one.name.value == invariant.as_str())
    };
    let asked = Invariant::ALL.into_iter().filter(|invariant| {
        if plan.invariants.is_empty() {
            tallies.of(*invariant).judged() > 0
        } else {
            named(invariant)
        }
    });
    asked
        .map(|invariant| {
            let tally = tallies.of(invariant);
            InvariantRecord {
                check: invariant.as_str().to_owned(),
                name: invariant.as_str().to_owned(),
                judged: tally.judged(),
                broken: tally.broken(),
                budget: invariant.budget(),
                first: tally.first().iter().map(|how| scrubber.clean(how)).collect(),
            }
        })
        .collect()
}
