//! Judges series: each, any, none, first, last, how many, and what guessing a value of them costs.

use super::clause::{judge, plain_miss};
use super::matcher::{count_value, holds};
use super::selector::{Selected, select};
use super::words::describe;
use super::{Evidence, Judgement, Surroundings, Value, entropy};
use crate::scenario::model::{Clause, Expect, Matcher, Selector};

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
