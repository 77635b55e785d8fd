//! The account of a run as the record holds it.

use std::time::Duration;

use hallmark_reports::record::{
    Counts as CountsRecord, Distribution, Load, LoadEvent, Model, Operation, Second as SecondRecord, Shard,
    Trouble,
};
use hdrhistogram::Histogram;

use crate::load::during::Happened;
use crate::load::engine::{Ended, doubts};
use crate::load::figures::fraction;
use crate::load::meter::{Class, Counts, Measure, Quantiles, Second, Series, encoded};
use crate::scenario::model::{LoadModel, LoadPlan};
use crate::secret::Scrubber;

/// What is known of a run besides what was counted.
pub(in crate::load) struct Facts<'a> {
    pub(in crate::load) plan: &'a LoadPlan,
    pub(in crate::load) scrubber: &'a Scrubber,
    /// RFC 3339.
    pub(in crate::load) started_at: String,
    /// What measured, and why.
    pub(in crate::load) transport: String,
    pub(in crate::load) identities: usize,
    pub(in crate::load) seed: u64,
    /// `k` of `n`, from 1.
    pub(in crate::load) shard: Option<(u64, u64)>,
}

/// The record of a run that has begun.
pub(in crate::load) fn begun(facts: &Facts<'_>) -> Load {
    let clean = |text: &str| facts.scrubber.clean(text);
    Load {
        profile: facts.plan.id.clone(),
        title: Scrubber::own_words(&facts.plan.title.value),
        model: match facts.plan.model {
            Some(LoadModel::Users(_)) => Model::Users,
            _ => Model::Arrivals,
        },
        transport: clean(&facts.transport),
        valid: true,
        started_at: facts.started_at.clone(),
        length_ms: millis(facts.plan.length()),
        warm_up_ms: millis(facts.plan.warm_up),
        identities: facts.identities as u64,
        seed: facts.seed,
        shard: facts.shard.map(|(index, of)| Shard { index, of }),
        operations: operations(facts.plan)
            .map(|(name, weight)| Operation {
                name: clean(&name),
                weight,
                ..Operation::default()
            })
            .collect(),
        overall: Operation {
            name: clean("all"),
            ..Operation::default()
        },
        ..Load::default()
    }
}

/// Names and weights.
fn operations(plan: &LoadPlan) -> impl Iterator<Item = (String, u64)> + '_ {
    plan.mix
        .iter()
        .map(|entry| (entry.called().unwrap_or("a call").to_owned(), entry.weight.value))
}

/// Adds what was measured; `happened` is what `during` did.
pub(in crate::load) fn load(facts: &Facts<'_>, ended: &Ended, happened: &[Happened]) -> Load {
    let mut load = begun(facts);
    let total = &ended.account.total;
    for (operation, series) in load.operations.iter_mut().zip(&total.operations) {
        fill(operation, series);
    }
    let overall = total.overall();
    fill(&mut load.overall, &overall);
    let counts = &load.overall.counts;
    load.asked = ended.asked;
    load.sent = total.sent;
    load.achieved = counts.answered();
    load.dropped = counts.of(Class::Dropped.as_str());
    load.rate = rate(facts.plan, ended, counts.of("ok"));
    load.connections = total.opened;
    load.connect = some(total.connections.of(Measure::Connect));
    load.tls = some(total.connections.of(Measure::Tls));
    if load.model == Model::Arrivals {
        let doubts = doubts(total, ended.asked).into_iter();
        load.invalid_because = doubts
            .map(|doubt| facts.scrubber.clean(&doubt.to_string()))
            .collect();
    }
    load.valid = load.invalid_because.is_empty();
    load.seconds = ended.account.seconds.iter().map(second).collect();
    load.events = happened
        .iter()
        .map(|event| happening(event, facts.scrubber))
        .collect();
    load.troubles = total
        .troubles
        .iter()
        .map(|(class, why)| Trouble {
            class: class.as_str().to_owned(),
            why: facts.scrubber.clean(why),
        })
        .collect();
    load
}

fn happening(event: &Happened, scrubber: &Scrubber) -> LoadEvent {
    LoadEvent {
        at_ms: millis(event.at),
        text: scrubber.clean(&event.text),
        outcome: scrubber.clean(&event.outcome),
    }
}

/// Calls answered as asked in each second of the measured part.
fn rate(plan: &LoadPlan, ended: &Ended, ok: u64) -> f64 {
    let lasted = ended
        .account
        .seconds
        .last()
        .map_or(Duration::ZERO, |last| last.from + last.length);
    let measured = plan.length().min(lasted).saturating_sub(plan.warm_up);
    if measured.is_zero() {
        return 0.0;
    }
    fraction(ok) / measured.as_secs_f64()
}

fn fill(operation: &mut Operation, series: &Series) {
    operation.counts = counts(&series.counts);
    operation.response = distribution(series.of(Measure::Response));
    operation.service = distribution(series.of(Measure::Service));
    operation.backlog = distribution(series.of(Measure::Backlog));
    operation.pacer_lag = distribution(series.of(Measure::PacerLag));
    operation.first_event = some(series.of(Measure::FirstEvent));
}

fn counts(counts: &Counts) -> CountsRecord {
    counts.each().map(|(class, n)| (class.as_str(), n)).collect()
}

fn some(histogram: &Histogram<u64>) -> Option<Distribution> {
    (!histogram.is_empty()).then(|| distribution(histogram))
}

/// A histogram with its figures.
pub(in crate::load) fn distribution(histogram: &Histogram<u64>) -> Distribution {
    if histogram.is_empty() {
        return Distribution::default();
    }
    let mut found = short(Quantiles::of(histogram));
    found.mean = histogram.mean();
    found.hdr = encoded(histogram);
    found
}

fn short(quantiles: Quantiles) -> Distribution {
    Distribution {
        count: quantiles.count,
        p50: quantiles.p50,
        p90: quantiles.p90,
        p99: quantiles.p99,
        p999: quantiles.p999,
        max: quantiles.max,
        ..Distribution::default()
    }
}

/// One second as the record holds it.
pub(in crate::load) fn second(second: &Second) -> SecondRecord {
    SecondRecord {
        at_ms: millis(second.from),
        length_ms: millis(second.length),
        offered: second.offered,
        counts: counts(&second.counts),
        response: Distribution {
            hdr: second.response_hdr.clone(),
            mean: second.response_mean,
            ..short(second.response)
        },
        pacer_lag: short(second.pacer_lag),
        busy: second.busy,
        in_flight: None,
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
