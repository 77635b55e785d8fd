//! Judges series: each, any, none, first, last, how many, and what guessing a value of them costs.

use std::sync::Arc;

use super::clause::{judge, plain_miss};
use super::matcher::{count_value, holds};
use super::pace::{FAR, FEWEST, Pace};
use super::selector::{Selected, select};
use super::words::describe;
use super::{Evidence, Judgement, Single, Surroundings, Value, entropy};
use crate::scenario::model::{Clause, Data, Expect, Matcher, Selector, Spanned};

pub(super) fn judge_each(
    inner: &Expect,
    clause: &Clause,
    evidence: &Evidence,
    around: &dyn Surroundings,
) -> Judgement {
    let elements = evidence.elements();
    if elements.is_empty() {
        return Judgement::missed(plain_miss(clause, "each", "at least one", "nothing to judge"));
    }
    let total = elements.len();
    let mut judgement = Judgement::default();
    let mut missed = 0;
    for element in elements {
        let one = judge(inner, element, around);
        missed += usize::from(!one.misses.is_empty());
        // The first miss tells the story; the count tells how often.
        if judgement.misses.is_empty() {
            judgement.absorb(one);
        } else {
            judgement.unresolved.extend(one.unresolved);
        }
    }
    if missed > 1 {
        for miss in &mut judgement.misses {
            miss.actual = format!("{} ({missed} of {total} miss)", miss.actual);
        }
    }
    judgement.undeclared.dedup();
    judgement
}

pub(super) fn judge_some(
    inner: &Expect,
    clause: &Clause,
    evidence: &Evidence,
    around: &dyn Surroundings,
    wanted: bool,
) -> Judgement {
    let elements = evidence.elements();
    let results: Vec<Judgement> = elements
        .iter()
        .map(|element| judge(inner, element, around))
        .collect();
    let hits = results.iter().filter(|one| one.holds() && one.held > 0).count();
    if (hits > 0) == wanted {
        return Judgement::held();
    }
    let (name, expected) = if wanted {
        ("any", "at least one that holds")
    } else {
        ("none", "not one that holds")
    };
    let mut miss = plain_miss(clause, name, expected, &format!("{hits} of {}", elements.len()));
    miss.unreadable = results
        .iter()
        .any(|one| one.misses.iter().any(|miss| miss.unreadable));
    Judgement::missed(miss)
}

pub(super) fn judge_end(
    inner: &Expect,
    clause: &Clause,
    element: Option<&Evidence>,
    around: &dyn Surroundings,
) -> Judgement {
    match element {
        Some(element) => judge(inner, element, around),
        None => Judgement::missed(plain_miss(
            clause,
            "first/last",
            "at least one",
            "nothing to judge",
        )),
    }
}

pub(super) fn judge_count(
    of: Option<&Expect>,
    is: &Matcher,
    clause: &Clause,
    evidence: &Evidence,
    around: &dyn Surroundings,
) -> Judgement {
    let elements = evidence.elements();
    let count = elements
        .iter()
        .filter(|element| {
            of.is_none_or(|of| {
                let one = judge(of, element, around);
                one.holds() && one.held > 0
            })
        })
        .count();
    let value = count_value(count, elements.len(), is);
    match holds(is, &Selected::One(value), &Selector::ResultWhole, around) {
        Ok(true) => Judgement::held(),
        Ok(false) => {
            let mut miss = plain_miss(
                clause,
                "count",
                &describe(is, around),
                &format!("{count} of {}", elements.len()),
            );
            miss.decision = true;
            Judgement::missed(miss)
        }
        Err(error) => Judgement {
            unresolved: vec![(error, clause.at.clone())],
            ..Judgement::default()
        },
    }
}

/// The most in any span of that length. What came between the first byte sent and the last byte read counts as one moment
/// nobody knows: a span holds only what begins and ends in it, so that none is accused of what the network spread out.
pub(super) fn judge_within(
    of: Option<&Expect>,
    within: &Data,
    is: &Matcher,
    clause: &Clause,
    evidence: &Evidence,
    around: &dyn Surroundings,
) -> Judgement {
    let unresolved = |error| Judgement {
        unresolved: vec![(error, clause.at.clone())],
        ..Judgement::default()
    };
    let length = match around.resolve(within) {
        Ok(value) => value.as_duration().unwrap_or_default(),
        Err(error) => return unresolved(error),
    };
    let singles = evidence.singles();
    let mut counted: Vec<&Arc<Single>> = singles
        .into_iter()
        .filter(|single| single.exchange.is_some())
        .filter(|single| {
            of.is_none_or(|of| {
                let one = judge(of, &Evidence::One(Arc::clone(single)), around);
                one.holds() && one.held > 0
            })
        })
        .collect();
    counted.sort_by_key(|single| single.span.0 + single.passed);
    let most = (0..counted.len())
        .map(|first| {
            let start = counted[first].span.0 + counted[first].passed;
            let inside = |single: &&&Arc<Single>| single.span.1 + single.passed <= start + length;
            counted[first..].iter().filter(inside).count()
        })
        .max()
        .unwrap_or(0);
    match holds(
        is,
        &Selected::One(Value::json(most)),
        &Selector::ResultWhole,
        around,
    ) {
        Ok(true) => Judgement::held(),
        Ok(false) => {
            let expected = format!("{} within {length:?}", describe(is, around));
            let mut miss = plain_miss(
                clause,
                "count",
                &expected,
                &format!("{most} of {}", counted.len()),
            );
            miss.decision = true;
            Judgement::missed(miss)
        }
        Err(error) => unresolved(error),
    }
}

/// The times of some steps of each round against those of others.
pub(super) fn judge_pace(
    of: &[Spanned<String>],
    like: &[Spanned<String>],
    clause: &Clause,
    evidence: &Evidence,
) -> Judgement {
    let pairs: Vec<(f64, f64)> = evidence
        .elements()
        .into_iter()
        .filter_map(|round| Some((took(round, of)?, took(round, like)?)))
        .collect();
    let Some(pace) = Pace::of(&pairs) else {
        let mut miss = plain_miss(
            clause,
            "pace",
            &format!("at least {FEWEST} rounds"),
            &format!("{} rounds", pairs.len()),
        );
        miss.precondition = true;
        return Judgement::missed(miss);
    };
    if !pace.differs() {
        return Judgement::held();
    }
    Judgement::missed(plain_miss(
        clause,
        "pace",
        &format!("no difference that ranks can tell ({FAR} standard deviations, a tenth of the whole)"),
        &format!(
            "{:+.3} ms beside {:.3} ms, {:.1} standard deviations over {} rounds",
            pace.shift * 1e3,
            pace.usual * 1e3,
            pace.z,
            pace.pairs
        ),
    ))
}

/// Seconds that the named steps of a round took together.
fn took(round: &Evidence, names: &[Spanned<String>]) -> Option<f64> {
    let Evidence::Round { named, .. } = round else {
        return None;
    };
    names
        .iter()
        .map(|name| {
            let exchange = named.get(&name.value)?.last_single()?.exchange.as_ref()?;
            let timing = &exchange.timing;
            Some(timing.end.saturating_duration_since(timing.start).as_secs_f64())
        })
        .sum()
}

pub(super) fn judge_entropy(
    of: &Selector,
    bits: &Matcher,
    clause: &Clause,
    evidence: &Evidence,
    around: &dyn Surroundings,
) -> Judgement {
    let tokens: Vec<String> = evidence
        .singles()
        .iter()
        .filter_map(|single| select(of, single, around).value().and_then(|value| value.text()))
        .collect();
    let Some(found) = entropy::bits(&tokens) else {
        return Judgement::missed(plain_miss(
            clause,
            "entropy",
            "at least two tokens",
            &format!("{} tokens", tokens.len()),
        ));
    };
    let value = Selected::One(Value::json(found.floor()));
    match holds(bits, &value, &Selector::ResultWhole, around) {
        Ok(true) => Judgement::held(),
        Ok(false) => {
            let repeats = if found == 0.0 { ", some of them equal" } else { "" };
            let actual = format!("at most {found:.0} bits over {} tokens{repeats}", tokens.len());
            Judgement::missed(plain_miss(
                clause,
                "entropy",
                &format!("{} bits", describe(bits, around)),
                &actual,
            ))
        }
        Err(error) => Judgement {
            unresolved: vec![(error, clause.at.clone())],
            ..Judgement::default()
        },
    }
}
