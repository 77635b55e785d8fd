//! The load of several shards made one. Counts and histograms are added, which loses nothing; seconds by their place in
//! time; what differs where it must not is an error. Whether the whole is valid and keeps its thresholds is judged
//! again by whoever can judge: this only adds.

use super::figures::{fraction, share};
use crate::merge::MergeError;
use crate::record::{
    Counts, Distribution, Invariant, Load, Operation, Part, Record, Second, Shard, Threshold, sum,
};
use std::collections::BTreeMap;

/// Takes the load out of the shards, in their order, and makes it one. `None` when there is none in any.
pub(crate) fn taken(shards: &mut BTreeMap<u32, Record>) -> Result<Option<Load>, MergeError> {
    let of = u64::from(shards.keys().last().copied().unwrap_or_default());
    let mut parts = Vec::new();
    let mut without = Vec::new();
    for (number, record) in shards.iter_mut() {
        match record.load.take() {
            Some(load) => parts.push((u64::from(*number), record.run.id.clone(), load)),
            None => without.push(format!("{number}/{of}")),
        }
    }
    if parts.is_empty() {
        return Ok(None);
    }
    if !without.is_empty() {
        return Err(MergeError::NoLoad(without));
    }
    same_plan(&parts, of)?;
    whole(&parts).map(Some)
}

type Piece = (u64, String, Load);

/// What every shard of one plan has in common, and its own number in it.
fn same_plan(parts: &[Piece], of: u64) -> Result<(), MergeError> {
    let Some((_, _, first)) = parts.first() else {
        return Ok(());
    };
    for (number, run, load) in parts {
        let told = load.shard.unwrap_or(Shard { index: *number, of });
        if (told.index, told.of) != (*number, of) {
            return Err(MergeError::Mixed {
                run: run.clone(),
                record: format!("{number}/{of}"),
                load: format!("{}/{}", told.index, told.of),
            });
        }
        for ((what, ours), (_, theirs)) in plan(first).into_iter().zip(plan(load)) {
            if ours != theirs {
                return Err(MergeError::Differ {
                    what,
                    one: ours,
                    other: theirs,
                });
            }
        }
    }
    Ok(())
}

fn plan(load: &Load) -> Vec<(&'static str, String)> {
    let mix: Vec<String> = load
        .operations
        .iter()
        .map(|operation| format!("{} × {}", operation.weight, operation.name))
        .collect();
    let thresholds: Vec<String> = load
        .thresholds
        .iter()
        .map(|threshold| {
            let (what, bounds) = (
                super::promises::what(threshold),
                super::promises::bounds(threshold),
            );
            format!("{what} {bounds}")
        })
        .collect();
    let invariants: Vec<String> = load
        .invariants
        .iter()
        .map(|invariant| format!("{} {}", invariant.name, invariant.budget))
        .collect();
    vec![
        ("load plan", load.profile.clone()),
        ("load model", load.model.as_str().to_owned()),
        ("load seed", load.seed.to_string()),
        ("load length", format!("{} ms", load.length_ms)),
        ("load warm-up", format!("{} ms", load.warm_up_ms)),
        ("load mix", mix.join(", ")),
        ("thresholds", thresholds.join(", ")),
        ("invariants", invariants.join(", ")),
    ]
}

fn whole(parts: &[Piece]) -> Result<Load, MergeError> {
    let loads: Vec<&Load> = parts.iter().map(|(_, _, load)| load).collect();
    let first = loads[0];
    let total = |of: fn(&Load) -> u64| loads.iter().map(|load| of(load)).fold(0, u64::saturating_add);
    let some = |of: fn(&Load) -> Option<&Distribution>| optional(loads.iter().filter_map(|load| of(load)));
    let overall: Vec<&Operation> = loads.iter().map(|load| &load.overall).collect();
    let operations = (0..first.operations.len()).map(|place| {
        let each: Vec<&Operation> = loads.iter().map(|load| &load.operations[place]).collect();
        operation(&each)
    });
    Ok(Load {
        // Judged again by whoever can judge. Until then the whole is worth no more than its worst part.
        valid: loads.iter().all(|load| load.valid),
        invalid_because: because(parts),
        asked: total(|load| load.asked),
        sent: total(|load| load.sent),
        achieved: total(|load| load.achieved),
        dropped: total(|load| load.dropped),
        rate: loads.iter().map(|load| load.rate).sum(),
        started_at: earliest(&loads),
        identities: total(|load| load.identities),
        connections: total(|load| load.connections),
        shard: None,
        shards: parts
            .iter()
            .map(|piece| part(piece, parts.len() as u64))
            .collect(),
        overall: operation(&overall)?,
        operations: operations.collect::<Result<_, _>>()?,
        connect: some(|load| load.connect.as_ref())?,
        tls: some(|load| load.tls.as_ref())?,
        revocation: some(|load| load.revocation.as_ref())?,
        refresh: some(|load| load.refresh.as_ref())?,
        refresh_failures: total(|load| load.refresh_failures),
        seconds: seconds(&loads),
        events: happened(&loads),
        troubles: troubles(&loads),
        thresholds: first.thresholds.iter().map(unmeasured).collect(),
        invariants: (0..first.invariants.len())
            .map(|place| invariant(&loads, place))
            .collect(),
        ..first.clone()
    })
}

fn because(parts: &[Piece]) -> Vec<crate::record::Clean> {
    let mut all: Vec<_> = parts
        .iter()
        .flat_map(|(_, _, load)| load.invalid_because.clone())
        .collect();
    all.sort();
    all.dedup();
    all
}

fn part((number, run, load): &Piece, of: u64) -> Part {
    Part {
        index: *number,
        of,
        run: run.clone(),
        started_at: load.started_at.clone(),
        valid: load.valid,
        invalid_because: load.invalid_because.clone(),
        asked: load.asked,
        sent: load.sent,
        achieved: load.achieved,
        dropped: load.dropped,
    }
}

/// RFC 3339 in UTC sorts as text, but for fractions of different length: `Z` is behind every digit and the point.
fn earliest(loads: &[&Load]) -> String {
    let all = loads.iter().map(|load| load.started_at.as_str());
    let key = |text: &&str| text.trim_end_matches('Z').to_owned();
    all.min_by_key(key).unwrap_or_default().to_owned()
}

fn operation(each: &[&Operation]) -> Result<Operation, MergeError> {
    let all = |of: fn(&Operation) -> &Distribution| exact(each.iter().map(|operation| of(operation)));
    let mut counts = Counts::default();
    for one in each {
        counts.add(&one.counts);
    }
    Ok(Operation {
        name: each[0].name.clone(),
        weight: each[0].weight,
        counts,
        response: all(|operation| &operation.response)?,
        service: all(|operation| &operation.service)?,
        backlog: all(|operation| &operation.backlog)?,
        pacer_lag: all(|operation| &operation.pacer_lag)?,
        first_event: optional(each.iter().filter_map(|operation| operation.first_event.as_ref()))?,
    })
}

/// Of all values together. An error where a histogram is missing or cannot be read: figures alone do not add.
fn exact<'d>(all: impl Iterator<Item = &'d Distribution>) -> Result<Distribution, MergeError> {
    let histograms: Result<Vec<_>, _> = all.map(Distribution::histogram).collect();
    let histograms = histograms.map_err(MergeError::Histogram)?;
    let whole = sum(histograms.iter()).ok_or(MergeError::Histogram(crate::record::HdrError::TooLarge))?;
    Ok(Distribution::of(&whole))
}

fn optional<'d>(all: impl Iterator<Item = &'d Distribution>) -> Result<Option<Distribution>, MergeError> {
    let all: Vec<&Distribution> = all.collect();
    if all.is_empty() {
        return Ok(None);
    }
    exact(all.into_iter()).map(Some)
}

/// Seconds that began in the same second of the schedule. Shards that start at one moment have the same clock, and a
/// difference of some milliseconds is no reason to make two seconds of one.
fn seconds(loads: &[&Load]) -> Vec<Second> {
    let mut places: BTreeMap<u64, Vec<&Second>> = BTreeMap::new();
    for second in loads.iter().flat_map(|load| &load.seconds) {
        places
            .entry(second.at_ms.saturating_add(500) / 1_000)
            .or_default()
            .push(second);
    }
    places
        .into_values()
        .map(|each| second(&each, loads.len()))
        .collect()
}

fn second(each: &[&Second], shards: usize) -> Second {
    let mut counts = Counts::default();
    for one in each {
        counts.add(&one.counts);
    }
    let in_flight: Option<Vec<u64>> = each.iter().map(|one| one.in_flight).collect();
    Second {
        at_ms: each.iter().map(|one| one.at_ms).min().unwrap_or_default(),
        length_ms: each.iter().map(|one| one.length_ms).max().unwrap_or_default(),
        offered: each.iter().map(|one| one.offered).fold(0, u64::saturating_add),
        counts,
        response: added(each.iter().map(|one| &one.response)),
        pacer_lag: added(each.iter().map(|one| &one.pacer_lag)),
        busy: each.iter().map(|one| one.busy).sum::<f64>() / fraction(shards.max(1) as u64),
        in_flight: in_flight.map(|all| all.into_iter().fold(0, u64::saturating_add)),
    }
}

/// As [`exact`]; where a second kept only its figures, the largest of each: a quantile of the whole is never above the
/// largest of its parts.
fn added<'d>(all: impl Iterator<Item = &'d Distribution> + Clone) -> Distribution {
    if let Ok(whole) = exact(all.clone()) {
        return whole;
    }
    let most = |of: fn(&Distribution) -> u64| all.clone().map(of).max().unwrap_or_default();
    let count = all.clone().map(|one| one.count).fold(0, u64::saturating_add);
    Distribution {
        count,
        mean: all.clone().map(|one| one.mean * share(one.count, count)).sum(),
        p50: most(|one| one.p50),
        p90: most(|one| one.p90),
        p99: most(|one| one.p99),
        p999: most(|one| one.p999),
        max: most(|one| one.max),
        hdr: String::new(),
    }
}

/// What every shard did for itself is told by each; what they all tell is told once.
fn happened(loads: &[&Load]) -> Vec<crate::record::LoadEvent> {
    let mut events: Vec<_> = loads.iter().flat_map(|load| load.events.clone()).collect();
    events.sort_by(|a, b| (a.at_ms, &a.text, &a.outcome).cmp(&(b.at_ms, &b.text, &b.outcome)));
    events.dedup();
    events
}

fn troubles(loads: &[&Load]) -> Vec<crate::record::Trouble> {
    let mut seen: Vec<crate::record::Trouble> = Vec::new();
    for trouble in loads.iter().flat_map(|load| &load.troubles) {
        if !seen.iter().any(|known| known.class == trouble.class) {
            seen.push(trouble.clone());
        }
    }
    seen
}

/// What the parts measured is not what the whole did.
fn unmeasured(threshold: &Threshold) -> Threshold {
    Threshold {
        measured: None,
        ..threshold.clone()
    }
}

fn invariant(loads: &[&Load], place: usize) -> Invariant {
    let each = || loads.iter().map(|load| &load.invariants[place]);
    let total = |of: fn(&Invariant) -> u64| each().map(of).fold(0, u64::saturating_add);
    Invariant {
        judged: total(|one| one.judged),
        broken: total(|one| one.broken),
        first: each().flat_map(|one| one.first.clone()).take(20).collect(),
        ..loads[0].invariants[place].clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merge::{merge, merge_load};
    use crate::record::{HdrError, Verdict};
    use crate::testing::{self, Draws};
    use proptest::prelude::*;

    fn shards(n: u32) -> Vec<Record> {
        (1..=n)
            .map(|k| {
                let mut load = testing::load(u64::from(k), 100);
                load.shard = Some(Shard {
                    index: u64::from(k),
                    of: u64::from(n),
                });
                load.seed = 7;
                let mut record = testing::with(load);
                record.run.id = format!("run-{k}");
                record.run.shard = Some(format!("{k}/{n}"));
                record
            })
            .collect()
    }

    #[test]
    fn counts_add_and_every_arrival_is_there() {
        let parts = shards(3);
        let merged = merge(parts.clone()).unwrap().load.unwrap();
        let all = |of: fn(&Load) -> u64| {
            parts
                .iter()
                .map(|part| of(part.load.as_ref().unwrap()))
                .sum::<u64>()
        };
        assert_eq!(merged.asked, all(|load| load.asked));
        assert_eq!(
            merged.overall.counts.total(),
            all(|load| load.overall.counts.total())
        );
        assert_eq!(
            merged.overall.response.count,
            all(|load| load.overall.response.count)
        );
        assert_eq!(
            merged.seconds.len(),
            parts[0].load.as_ref().unwrap().seconds.len()
        );
        let offered: u64 = merged.seconds.iter().map(|second| second.offered).sum();
        assert_eq!(
            offered,
            all(|load| load.seconds.iter().map(|second| second.offered).sum())
        );
        assert_eq!(merged.events.len(), 3, "each told by all shards at the same time");
        assert_eq!(merged.refresh_failures, 6);
        assert_eq!((merged.shard, merged.shards.len()), (None, 3));
        assert!(
            merged
                .thresholds
                .iter()
                .all(|threshold| threshold.measured.is_none())
        );
        let mut reversed = parts;
        reversed.reverse();
        assert_eq!(merge(reversed).unwrap().load.unwrap(), merged);
    }

    #[test]
    fn the_whole_is_judged_again() {
        let mut parts = shards(2);
        parts[1].load.as_mut().unwrap().valid = false;
        let merged = merge_load(parts.clone(), |record| {
            let load = record.load.as_mut().unwrap();
            assert!(!load.valid);
            assert!(record.checks.is_empty(), "{:?}", record.checks);
            load.valid = true;
            let mut check = testing::failing(&testing::record());
            check.id = "errors".to_owned();
            check.scenario = "load/gate".to_owned();
            check.case.clear();
            check.revision.clear();
            record.checks = vec![check];
        })
        .unwrap();
        assert_eq!((merged.checks.len(), merged.summary.failed), (1, 1));
        assert_eq!(merged.cases[0].verdict, Some(Verdict::Failed));
        assert_eq!(merged.cases.len(), 1, "one case, not one for each shard");
        assert_eq!(
            merged.cases[0].requests,
            parts.iter().map(|part| part.cases[0].requests).sum::<u64>()
        );
        let load = merge(parts).unwrap();
        assert!(load.checks.is_empty() && !load.load.unwrap().valid);
    }

    type Row = (fn(&mut Vec<Record>), &'static str);

    #[test]
    fn what_is_missing_or_differs_is_told() {
        let error = |spoil: fn(&mut Vec<Record>)| {
            let mut parts = shards(3);
            spoil(&mut parts);
            merge(parts).unwrap_err().to_string()
        };
        let table: [Row; 7] = [
            (|parts| drop(parts.remove(1)), "missing shards: 2/3"),
            (|parts| parts.push(parts[0].clone()), "shard 1/3 is there twice"),
            (|parts| parts[2].load = None, "no load in shards: 3/3"),
            (
                |parts| parts[1].load.as_mut().unwrap().seed = 8,
                "shards differ in load seed: `7` and `8`",
            ),
            (
                |parts| parts[1].load.as_mut().unwrap().operations[0].weight = 70,
                "shards differ in load mix: `7 × search, 2 × read, 1 × refresh` and `70 × search, 2 × read, 1 × refresh`",
            ),
            (
                |parts| parts[1].load.as_mut().unwrap().shard = Some(Shard { index: 1, of: 3 }),
                "run run-2 is shard 2/3, and its load is shard 1/3",
            ),
            (
                |parts| parts[0].load.as_mut().unwrap().overall.response.hdr.clear(),
                "a histogram cannot be added: there is no histogram, only its figures",
            ),
        ];
        for (spoil, told) in table {
            assert_eq!(error(spoil), told);
        }
    }

    #[test]
    fn seconds_without_histograms_show_what_is_not_exceeded() {
        let mut parts = shards(2);
        for part in &mut parts {
            for second in &mut part.load.as_mut().unwrap().seconds {
                second.response.hdr.clear();
            }
        }
        let exact = merge(shards(2)).unwrap().load.unwrap();
        let bounded = merge(parts).unwrap().load.unwrap();
        for (exact, bounded) in exact.seconds.iter().zip(&bounded.seconds) {
            assert_eq!(exact.response.count, bounded.response.count);
            assert!(exact.response.p99 <= bounded.response.p99);
            assert_eq!(exact.response.max, bounded.response.max);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// Any values, dealt to any number of shards: the figures of the whole are those of one histogram.
        #[test]
        fn a_merge_equals_one_histogram(seed in any::<u64>(), calls in 0_u64..400, shards in 1_u64..6) {
            let mut draws = Draws(seed);
            let mut one = testing::histogram();
            let mut dealt: Vec<_> = (0..shards).map(|_| testing::histogram()).collect();
            for _ in 0..calls {
                let value = (draws.next() + 1) * (draws.next() / 4 + 1);
                let place = usize::try_from(draws.next() % shards).unwrap();
                one.record(value).unwrap();
                dealt[place].record(value).unwrap();
            }
            let parts: Vec<Distribution> = dealt.iter().map(Distribution::of).collect();
            let mut merged = exact(parts.iter()).unwrap();
            prop_assert_eq!(merged.histogram().unwrap(), one.clone());
            let mut whole = Distribution::of(&one);
            // The same buckets may be written with another upper end.
            whole.hdr.clear();
            merged.hdr.clear();
            prop_assert_eq!(merged, whole);
        }
    }

    #[test]
    fn a_part_that_lies_about_its_histogram_is_refused() {
        let mut part = testing::load(1, 100).overall.response;
        part.count += 1;
        assert_eq!(
            exact([&part].into_iter()),
            Err(MergeError::Histogram(HdrError::Differs))
        );
    }
}
