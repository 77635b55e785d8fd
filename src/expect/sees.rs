//! Whose canary came back, held against whose should.

use super::clause::{garbled, unreadable};
use super::selector::select;
use super::words::{describe, describe_found};
use super::{Judgement, Miss, Single, Surroundings, Unresolved};
use crate::scenario::model::{Clause, Matcher, Selector, Test};

pub(super) fn judge_sees(
    matcher: &Matcher,
    clause: &Clause,
    single: &Single,
    around: &dyn Surroundings,
) -> Judgement {
    let mut undeclared = Vec::new();
    let result = sees_holds(matcher, single, around, &mut undeclared);
    match result {
        Ok(true) => Judgement::held(),
        Ok(false) if !undeclared.is_empty() => Judgement {
            undeclared,
            ..Judgement::default()
        },
        Ok(false) => Judgement::missed(Miss {
            selector: "sees".to_owned(),
            expected: describe(matcher, around),
            actual: describe_found(&select(&Selector::Sees, single, around), matcher),
            at: clause.at.clone(),
            decision: true,
            precondition: false,
            unreadable: unreadable(single) || garbled(single),
        }),
        Err(error) => Judgement {
            unresolved: vec![(error, clause.at.clone())],
            ..Judgement::default()
        },
    }
}

fn sees_holds(
    matcher: &Matcher,
    single: &Single,
    around: &dyn Surroundings,
    undeclared: &mut Vec<String>,
) -> Result<bool, Unresolved> {
    let canaries = around.canaries();
    for test in &matcher.tests {
        let ok = match test {
            Test::Equals(data) => {
                let name = around.resolve(data)?.text().unwrap_or_default();
                if name == "nobody" {
                    if !canaries.any() {
                        undeclared.push("a canary of any principal (`principals.NAME.canary`)".to_owned());
                    }
                    canaries.any() && single.canaries.is_empty()
                } else {
                    if !canaries.has(&name) {
                        undeclared.push(format!("the canary of `{name}` (`principals.{name}.canary`)"));
                    }
                    canaries.only(&name, &single.canaries)
                }
            }
            Test::OneOf(matchers) => {
                let mut any = false;
                let mut missing = Vec::new();
                for matcher in matchers {
                    any |= sees_holds(matcher, single, around, &mut missing)?;
                }
                if !any {
                    undeclared.extend(missing);
                }
                any
            }
            Test::Not(inner) => !sees_holds(inner, single, around, undeclared)?,
            Test::DiffersFrom(data) => {
                let other = around.resolve(data)?.text().unwrap_or_default();
                select(&Selector::Sees, single, around)
                    .value()
                    .and_then(|v| v.text())
                    .is_some_and(|seen| seen != other)
            }
            _ => false,
        };
        if !ok {
            return Ok(false);
        }
    }
    Ok(true)
}
