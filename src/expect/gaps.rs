//! The times between the elements of a series, virtual time included.

use std::time::Duration;

use super::clause::plain_miss;
use super::matcher::holds;
use super::selector::Selected;
use super::words::{describe, describe_found};
use super::{Evidence, Judgement, Single, Surroundings, Value};
use crate::scenario::model::{Clause, Matcher, Selector, Test};

/// Each gap satisfies the matcher; `grows` and `length` are about all of them. Two elements are the least.
pub(super) fn judge_gaps(
    matcher: &Matcher,
    clause: &Clause,
    evidence: &Evidence,
    around: &dyn Surroundings,
) -> Judgement {
    let gaps = gaps(evidence);
    let all = Selected::Many(gaps.iter().copied().map(Value::duration).collect());
    let miss =
        |actual: &str| Judgement::missed(plain_miss(clause, "gaps", &describe(matcher, around), actual));
    if gaps.is_empty() {
        return miss("fewer than two came");
    }
    for test in &matcher.tests {
        let alone = Matcher {
            tests: vec![test.clone()],
            at: matcher.at.clone(),
        };
        let whole = matches!(test, Test::Grows(_) | Test::Length(_) | Test::Quantified(..));
        let held = if whole {
            holds(&alone, &all, &Selector::Duration, around)
        } else {
            gaps.iter().try_fold(true, |so_far, gap| {
                let one = Selected::One(Value::duration(*gap));
                Ok(so_far && holds(&alone, &one, &Selector::Duration, around)?)
            })
        };
        match held {
            Ok(true) => {}
            Ok(false) => return miss(&describe_found(&all, matcher)),
            Err(error) => {
                return Judgement {
                    unresolved: vec![(error, clause.at.clone())],
                    ..Judgement::default()
                };
            }
        }
    }
    Judgement::held()
}

/// From begin to begin.
fn gaps(evidence: &Evidence) -> Vec<Duration> {
    let singles = evidence.singles();
    let pairs = singles.windows(2);
    pairs.map(|pair| between(pair[0], pair[1])).collect()
}

fn between(one: &Single, next: &Single) -> Duration {
    let real = next.span.0.saturating_duration_since(one.span.0);
    real + next.passed.saturating_sub(one.passed)
}
