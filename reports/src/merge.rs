//! The shards of one run made one record again. Refuses rather than leave something out: a shard that is missing
//! would otherwise look like a smaller, greener run.

use crate::circumstances::differing;
use crate::load;
use crate::record::{
    BaselineResult, Case, Check, FamilyCoverage, HdrError, Record, Stale, StaleReason, Summary, Verdict,
};
use std::collections::BTreeMap;

/// Why records could not be merged.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// There is nothing to merge.
    #[error("no record to merge")]
    None,
    /// A record is no shard.
    #[error("run {run} is no shard of a run")]
    NoShard {
        /// Its run id.
        run: String,
    },
    /// The shard is not of the form `k/n`.
    #[error("run {run} has the shard `{shard}`, which is not of the form k/n")]
    BadShard {
        /// Its run id.
        run: String,
        /// What it says.
        shard: String,
    },
    /// Two records do not belong to the same run.
    #[error("shards differ in {what}: `{one}` and `{other}`")]
    Differ {
        /// In what.
        what: &'static str,
        /// The first one's.
        one: String,
        /// The other one's.
        other: String,
    },
    /// A shard is there twice.
    #[error("shard {0} is there twice")]
    Twice(String),
    /// Shards are missing.
    #[error("missing shards: {}", .0.join(", "))]
    Missing(Vec<String>),
    /// Shards without load beside shards with it.
    #[error("no load in shards: {}", .0.join(", "))]
    NoLoad(Vec<String>),
    /// A record and the load in it say different things of the shard.
    #[error("run {run} is shard {record}, and its load is shard {load}")]
    Mixed {
        /// Its run id.
        run: String,
        /// What the record says.
        record: String,
        /// What the load in it says.
        load: String,
    },
    /// A histogram that is missing or cannot be read: figures alone do not add.
    #[error("a histogram cannot be added: {0}")]
    Histogram(HdrError),
}

/// Merges the shards `1/n` to `n/n` of one run. Cases come in the order of the shards' plans, sorted by scenario and
/// row. Cut short if any shard was.
///
/// Of a load run the verdicts on its promises are left out: they were about the parts. [`merge_load`] has them judged
/// again over the whole.
pub fn merge(records: Vec<Record>) -> Result<Record, MergeError> {
    merge_load(records, |_| ())
}

/// As [`merge`]. `judge` gets the merged record of a load run, without the checks of the shards' promises, to say whether
/// the whole is valid, what its thresholds measured, and to add its checks; what follows from the checks is counted after it.
/// It is not called for other runs.
pub fn merge_load(records: Vec<Record>, judge: impl FnOnce(&mut Record)) -> Result<Record, MergeError> {
    let mut shards: BTreeMap<u32, Record> = BTreeMap::new();
    let mut total = None;
    for record in records {
        let (number, of) = shard(&record)?;
        let known = *total.get_or_insert(of);
        if known != of {
            return Err(differ("number of shards", &known.to_string(), &of.to_string()));
        }
        if let Some(first) = shards.values().next() {
            same_run(first, &record)?;
        }
        if shards.insert(number, record).is_some() {
            return Err(MergeError::Twice(format!("{number}/{of}")));
        }
    }
    let total = total.ok_or(MergeError::None)?;
    let missing: Vec<String> = (1..=total)
        .filter(|number| !shards.contains_key(number))
        .map(|number| format!("{number}/{total}"))
        .collect();
    if !missing.is_empty() {
        return Err(MergeError::Missing(missing));
    }
    let load = load::merge::taken(&mut shards)?;
    let mut all = joined(shards).ok_or(MergeError::None)?;
    if let Some(load) = load {
        let scenario = load::scenario(&load);
        all.checks.retain(|check| check.scenario != scenario);
        all.load = Some(load);
        judge(&mut all);
        one_case(&mut all);
        all.summary = Summary::of(&all.checks, &all.cases);
    }
    Ok(all)
}

/// The shards of a load run each have the case of the plan; the whole has one, with the worst of its own verdicts.
fn one_case(all: &mut Record) {
    let Some(scenario) = all.load.as_ref().map(load::scenario) else {
        return;
    };
    let mut cases: Vec<Case> = Vec::new();
    for case in std::mem::take(&mut all.cases) {
        let same = |known: &&mut Case| {
            known.scenario == scenario
                && (&known.scenario, &known.case, &known.revision)
                    == (&case.scenario, &case.case, &case.revision)
        };
        match cases.iter_mut().find(same) {
            Some(known) => {
                known.requests = known.requests.saturating_add(case.requests);
                known.duration_us = known.duration_us.max(case.duration_us);
                known.verdict = known.verdict.and(case.verdict);
            }
            None => cases.push(case),
        }
    }
    for case in cases.iter_mut().filter(|case| case.scenario == scenario) {
        let worst = all.worst_of(case);
        case.verdict = case.verdict.map(|_| worst);
    }
    all.cases = cases;
}

fn shard(record: &Record) -> Result<(u32, u32), MergeError> {
    let run = record.run.id.clone();
    let Some(text) = &record.run.shard else {
        return Err(MergeError::NoShard { run });
    };
    let parsed = text
        .split_once('/')
        .and_then(|(k, n)| Some((k.parse::<u32>().ok()?, n.parse::<u32>().ok()?)));
    match parsed {
        // The upper bound only keeps a nonsense number from making a list of billions of missing shards.
        Some((k, n)) if (1..=n).contains(&k) && n <= 10_000 => Ok((k, n)),
        _ => Err(MergeError::BadShard {
            run,
            shard: text.clone(),
        }),
    }
}

/// The shard itself is meant to differ, and plans of load are compared more closely later. Two runs of one pipeline have the same build; where nothing says which build
/// it was, that cannot be seen.
fn same_run(one: &Record, other: &Record) -> Result<(), MergeError> {
    match differing(one, other)
        .into_iter()
        .find(|(what, ..)| !matches!(*what, "shard" | "load"))
    {
        None => Ok(()),
        Some((what, ours, theirs)) => Err(differ(what, &ours, &theirs)),
    }
}

fn differ(what: &'static str, one: &str, other: &str) -> MergeError {
    MergeError::Differ {
        what,
        one: one.to_owned(),
        other: other.to_owned(),
    }
}

fn joined(shards: BTreeMap<u32, Record>) -> Option<Record> {
    let count = shards.len();
    let mut shards = shards.into_values();
    let mut all = shards.next()?;
    let mut baselines: Vec<BaselineResult> = all.baseline.take().into_iter().collect();
    all.run.shard = None;
    for mut next in shards {
        all.run.duration_ms = all.run.duration_ms.max(next.run.duration_ms);
        all.run.started = all.run.started.min(next.run.started);
        all.complete &= next.complete;
        all.cases.append(&mut next.cases);
        all.checks.append(&mut next.checks);
        all.notes.append(&mut next.notes);
        all.target.discovered.append(&mut next.target.discovered);
        all.coverage.append(&mut next.coverage);
        if let Some(more) = next.scanned.take() {
            all.scanned.get_or_insert_default().add(&more);
        }
        baselines.extend(next.baseline);
    }
    all.cases
        .sort_by(|a, b| (&a.scenario, &a.case, &a.revision).cmp(&(&b.scenario, &b.case, &b.revision)));
    all.checks
        .sort_by(|a, b| (&a.scenario, &a.case, &a.revision).cmp(&(&b.scenario, &b.case, &b.revision)));
    all.notes.sort();
    all.notes.dedup();
    all.target.discovered.sort();
    all.target.discovered.dedup();
    all.coverage = coverage(&all);
    all.baseline = baseline(baselines, count, &all);
    all.summary = Summary::of(&all.checks, &all.cases);
    Some(all)
}

/// A rule may have been judged in several shards, so its family is counted anew; the catalogue's numbers are the
/// same in each.
fn coverage(all: &Record) -> Vec<FamilyCoverage> {
    let mut families: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for family in &all.coverage {
        let numbers = families.entry(&family.family).or_default();
        *numbers = (numbers.0.max(family.live), numbers.1.max(family.planned));
    }
    families
        .into_iter()
        .map(|(family, (live, planned))| FamilyCoverage::of(family, live, planned, &all.checks))
        .collect()
}

/// An entry that matched nothing is stale only if no shard could match it.
fn baseline(results: Vec<BaselineResult>, shards: usize, whole: &Record) -> Option<BaselineResult> {
    let mut unmatched: BTreeMap<String, usize> = BTreeMap::new();
    for stale in results.iter().flat_map(|result| &result.stale) {
        if stale.reason == StaleReason::Unmatched {
            *unmatched.entry(stale.entry.clone()).or_default() += 1;
        }
    }
    let mut results = results.into_iter();
    let mut all = results.next()?;
    for next in results {
        all.entries = all.entries.max(next.entries);
        for stale in next.stale {
            if !all.stale.contains(&stale) {
                all.stale.push(stale);
            }
        }
        for open in next.open {
            if !all.open.contains(&open) {
                all.open.push(open);
            }
        }
    }
    // With all cases here, what no shard could know alone is known.
    for open in std::mem::take(&mut all.open) {
        if whole.complete && passes(&open, &whole.checks) {
            all.stale.push(open);
        }
    }
    all.stale.retain(|stale| {
        stale.reason != StaleReason::Unmatched
            || unmatched.get(&stale.entry).copied().unwrap_or_default() == shards
    });
    all.stale
        .sort_by(|a, b| (a.line, &a.entry).cmp(&(b.line, &b.entry)));
    Some(all)
}

fn passes(entry: &Stale, checks: &[Check]) -> bool {
    let (case, id) = entry
        .entry
        .split_once(':')
        .map_or((entry.entry.as_str(), None), |(case, id)| (case, Some(id)));
    let (case, revision) = case
        .split_once('@')
        .map_or((case, None), |(case, revision)| (case, Some(revision)));
    let (scenario, row) = case
        .split_once('#')
        .map_or((case, None), |(scenario, row)| (scenario, Some(row)));
    !checks
        .iter()
        .filter(|check| {
            check.scenario == scenario
                && row.is_none_or(|row| check.case == row)
                && revision.is_none_or(|revision| check.revision == revision)
                && id.is_none_or(|id| check.id == id)
        })
        .any(|check| {
            matches!(
                check.verdict,
                Verdict::Failed | Verdict::Errored | Verdict::NotTestable | Verdict::Warned
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn shards(n: usize) -> Vec<Record> {
        let whole = testing::record();
        (0..n)
            .map(|k| {
                let mut part = whole.clone();
                part.run.shard = Some(format!("{}/{n}", k + 1));
                part.cases = whole.cases.iter().skip(k).step_by(n).cloned().collect();
                part.checks.retain(|check| {
                    part.cases.iter().any(|case| {
                        case.scenario == check.scenario
                            && case.case == check.case
                            && case.revision == check.revision
                    })
                });
                part.summary = Summary::of(&part.checks, &part.cases);
                part
            })
            .collect()
    }

    #[test]
    fn the_shards_make_the_whole_again() {
        let whole = testing::record();
        let merged = merge(shards(3)).unwrap();
        assert_eq!(merged.summary, whole.summary);
        assert_eq!(merged.checks.len(), whole.checks.len());
        assert_eq!(merged.coverage.len(), whole.coverage.len());
        assert_eq!(merged.run.shard, None);
        let (scanned, each) = (merged.scanned.clone().unwrap(), whole.scanned.unwrap());
        assert_eq!(
            (scanned.calls, scanned.bytes, scanned.canaries),
            (3 * each.calls, 3 * each.bytes, each.canaries)
        );
        assert_eq!(scanned.encodings, each.encodings);
        let mut reversed = shards(3);
        reversed.reverse();
        assert_eq!(merge(reversed).unwrap(), merged);
    }

    #[test]
    fn nothing_is_left_out_quietly() {
        let missing = merge(shards(3).into_iter().skip(1).collect());
        assert_eq!(missing, Err(MergeError::Missing(vec!["1/3".to_owned()])));
        let mut twice = shards(2);
        twice.push(twice[0].clone());
        assert_eq!(merge(twice), Err(MergeError::Twice("1/2".to_owned())));
        assert_eq!(merge(Vec::new()), Err(MergeError::None));
        assert!(matches!(
            merge(vec![testing::record()]),
            Err(MergeError::NoShard { .. })
        ));
        let mut other = shards(2);
        other[1].run.revision = "2025-03-26".to_owned();
        assert!(matches!(
            merge(other),
            Err(MergeError::Differ { what: "revision", .. })
        ));
    }

    #[test]
    fn an_entry_for_another_shard_is_not_stale() {
        let mut parts = shards(2);
        let stale = Stale {
            entry: "bearer/none".to_owned(),
            why: testing::clean("old server"),
            reason: StaleReason::Unmatched,
            until: None,
            line: 3,
            meant: None,
        };
        for (part, stale) in parts.iter_mut().zip([vec![stale.clone()], vec![]]) {
            part.baseline = Some(BaselineResult {
                file: "hallmark-baseline.yaml".to_owned(),
                entries: 1,
                stale,
                open: Vec::new(),
            });
        }
        assert_eq!(merge(parts.clone()).unwrap().baseline.unwrap().stale, []);
        parts[1].baseline = parts[0].baseline.clone();
        assert_eq!(merge(parts).unwrap().baseline.unwrap().stale, [stale]);
    }

    /// `bearer/scheme-case` fails in one row only. A shard without that row must not call the entry stale, and the
    /// whole must when the row passes, too.
    #[test]
    fn an_entry_over_several_shards_is_decided_by_the_whole() {
        let open = Stale {
            entry: "bearer/scheme-case".to_owned(),
            why: testing::clean("old server"),
            reason: StaleReason::Passed,
            until: None,
            line: 3,
            meant: None,
        };
        for (fixed, stale) in [(false, vec![]), (true, vec![open.clone()])] {
            let mut parts = shards(2);
            for part in &mut parts {
                for check in &mut part.checks {
                    if fixed && check.scenario == "bearer/scheme-case" {
                        check.verdict = Verdict::Passed;
                    }
                }
                part.baseline = Some(BaselineResult {
                    file: "hallmark-baseline.yaml".to_owned(),
                    entries: 1,
                    stale: vec![],
                    open: vec![open.clone()],
                });
            }
            let merged = merge(parts).unwrap().baseline.unwrap();
            assert_eq!((merged.stale, merged.open), (stale, vec![]));
        }
    }

    #[test]
    fn shards_of_two_runs_are_not_merged() {
        let mut parts = shards(2);
        parts[1].run.ci.as_mut().unwrap().build = testing::clean("1883");
        assert_eq!(
            merge(parts).unwrap_err().to_string(),
            "shards differ in pipeline: `github 1882` and `github 1883`"
        );
        let mut parts = shards(2);
        parts[1].baseline = None;
        assert!(matches!(
            merge(parts),
            Err(MergeError::Differ { what: "baseline", .. })
        ));
    }
}
