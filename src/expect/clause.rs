//! Judges an `expect` over evidence.

use std::time::Duration;

use super::matcher::{count_value, describe, describe_found, holds};
use super::selector::{Selected, select};
use super::{Canaries, Evidence, Outcome, Single, Unresolved, Value, alike, entropy};
use crate::mcp::Rpc;
use crate::scenario::model::{At, Clause, ClauseKind, Data, Expect, Matcher, Selector, Spanned, Test};

/// What judging needs to know of the case: values, canaries and the evidence of other steps.
pub trait Surroundings {
    /// The value of written data.
    fn resolve(&self, data: &Data) -> Result<Value, Unresolved>;
    /// Canaries of the target's principals.
    fn canaries(&self) -> &Canaries;
    /// Evidence of an earlier step.
    fn evidence(&self, handle: &str) -> Option<Evidence>;
    /// Virtual time that has passed since that step ended; zero where there is no test clock.
    fn passed_since(&self, handle: &str) -> Duration;
}

/// What an `expect` came to.
#[derive(Debug, Clone, Default)]
pub struct Judgement {
    /// Clauses that hold.
    pub held: usize,
    /// Clauses that do not.
    pub misses: Vec<Miss>,
    /// Clauses that cannot be judged because the target does not declare something: what.
    pub undeclared: Vec<String>,
    /// References without a value: the case cannot be judged.
    pub unresolved: Vec<(Unresolved, At)>,
}

impl Judgement {
    /// Everything that could be judged holds.
    pub fn holds(&self) -> bool {
        self.misses.is_empty() && self.unresolved.is_empty()
    }

    fn absorb(&mut self, other: Judgement) {
        self.held += other.held;
        self.misses.extend(other.misses);
        self.undeclared.extend(other.undeclared);
        self.unresolved.extend(other.unresolved);
    }

    fn held() -> Self {
        Judgement {
            held: 1,
            ..Judgement::default()
        }
    }

    fn missed(miss: Miss) -> Self {
        Judgement {
            misses: vec![miss],
            ..Judgement::default()
        }
    }
}

/// A clause that does not hold. Texts are not scrubbed yet.
#[derive(Debug, Clone)]
pub struct Miss {
    /// The selector's word.
    pub selector: String,
    /// What was wished.
    pub expected: String,
    /// What was found.
    pub actual: String,
    /// Where it is written.
    pub at: At,
    /// On the decision axis (outcome, sees, answer), not the form.
    pub decision: bool,
    /// A precondition of the check, not the check itself (`connection: reused`).
    pub precondition: bool,
    /// No readable answer came.
    pub unreadable: bool,
}

/// Whether nothing of it ever reached the peer, so that no expectation about the peer can be judged: why.
pub fn unsent(evidence: &Evidence) -> Option<String> {
    evidence.singles().into_iter().find_map(|single| {
        match single.exchange.as_ref().map(|exchange| &exchange.response) {
            Some(Err(error)) if error.before_sending() => Some(error.to_string()),
            _ => None,
        }
    })
}

/// Judges a measured time span; `None` when it holds. Without a value (nothing ended) it is a miss.
pub fn span_miss(
    name: &Spanned<String>,
    worst: Option<Duration>,
    matcher: &Matcher,
    around: &dyn Surroundings,
) -> Option<Miss> {
    let found = worst.map_or(Selected::Absent, |span| Selected::One(Value::duration(span)));
    if holds(matcher, &found, &Selector::Duration, around) == Ok(true) {
        return None;
    }
    Some(Miss {
        selector: name.value.clone(),
        expected: describe(matcher, around),
        actual: describe_found(&found, matcher),
        at: name.at.clone(),
        decision: false,
        precondition: false,
        unreadable: false,
    })
}

/// Judges all clauses.
pub fn judge(expect: &Expect, evidence: &Evidence, around: &dyn Surroundings) -> Judgement {
    let mut judgement = Judgement::default();
    for clause in &expect.clauses {
        judgement.absorb(judge_clause(clause, evidence, around));
    }
    judgement
}

fn judge_clause(clause: &Clause, evidence: &Evidence, around: &dyn Surroundings) -> Judgement {
    match &clause.kind {
        ClauseKind::Is(selector, matcher) => match evidence.last_single() {
            Some(single) => judge_is(selector, matcher, clause, single, around),
            None => Judgement::missed(plain_miss(
                clause,
                &word(selector),
                "something to judge",
                "nothing was sent",
            )),
        },
        ClauseKind::Each(inner) => judge_each(inner, clause, evidence, around),
        ClauseKind::Any(inner) => judge_some(inner, clause, evidence, around, true),
        ClauseKind::None(inner) => judge_some(inner, clause, evidence, around, false),
        ClauseKind::First(inner) => judge_end(inner, clause, evidence.elements().first().copied(), around),
        ClauseKind::Last(inner) => judge_end(inner, clause, evidence.elements().last().copied(), around),
        ClauseKind::Count { of, is } => judge_count(of.as_ref(), is, clause, evidence, around),
        ClauseKind::Of(handle, inner) => match named(evidence, &handle.value) {
            Some(evidence) => judge(inner, evidence, around),
            None => Judgement::missed(plain_miss(clause, &handle.value, "to have run", "it did not run")),
        },
        ClauseKind::Entropy { of, bits } => judge_entropy(&of.selector, bits, clause, evidence, around),
    }
}

fn named<'a>(evidence: &'a Evidence, handle: &str) -> Option<&'a Evidence> {
    match evidence {
        Evidence::Round { named, .. } => named.get(handle),
        Evidence::Series(elements) => elements.last().and_then(|element| named(element, handle)),
        Evidence::One(_) => None,
    }
}

fn judge_is(
    selector: &Selector,
    matcher: &Matcher,
    clause: &Clause,
    single: &Single,
    around: &dyn Surroundings,
) -> Judgement {
    if let (Selector::Answer, Some(handle)) = (selector, same_as(matcher)) {
        return judge_alike(&handle, matcher, clause, single, around);
    }
    if *selector == Selector::Sees {
        return judge_sees(matcher, clause, single, around);
    }
    let found = select(selector, single, around);
    if let Selected::Undeclared(what) = &found {
        return Judgement {
            undeclared: vec![what.clone()],
            ..Judgement::default()
        };
    }
    match holds(matcher, &found, selector, around) {
        Ok(true) => Judgement::held(),
        Ok(false) => Judgement::missed(Miss {
            selector: word(selector),
            expected: describe(matcher, around),
            actual: actual(selector, &found, matcher, single),
            at: clause.at.clone(),
            decision: matches!(selector, Selector::Outcome | Selector::Sees | Selector::Answer),
            precondition: *selector == Selector::Connection,
            unreadable: unreadable(single) || (reads_the_message(selector) && garbled(single)),
        }),
        Err(error) => Judgement {
            unresolved: vec![(error, clause.at.clone())],
            ..Judgement::default()
        },
    }
}

/// An outcome alone says little: the status or the transport's words stand beside it.
fn actual(selector: &Selector, found: &Selected, matcher: &Matcher, single: &Single) -> String {
    let text = describe_found(found, matcher);
    if *selector != Selector::Outcome {
        return text;
    }
    match single.exchange.as_ref().map(|exchange| &exchange.response) {
        Some(Ok(response)) => match no_message(single).filter(|_| garbled(single)) {
            Some(why) => format!("{text} (HTTP {}: {why})", response.status),
            None => format!("{text} (HTTP {})", response.status),
        },
        Some(Err(error)) => format!("{text} ({error})"),
        None => text,
    }
}

/// No readable HTTP answer came.
fn unreadable(single: &Single) -> bool {
    single
        .exchange
        .as_ref()
        .is_some_and(|exchange| exchange.response.is_err())
}

/// A 2xx answer whose body is not the JSON-RPC message it should be: nothing can be said of what it granted.
fn garbled(single: &Single) -> bool {
    let success = single
        .exchange
        .as_ref()
        .and_then(|e| e.response.as_ref().ok())
        .is_some_and(|r| (200..300).contains(&r.status));
    success && single.outcome == Outcome::Broken && no_message(single).is_some()
}

fn no_message(single: &Single) -> Option<String> {
    match single.answer.as_ref().map(|answer| &answer.rpc) {
        Some(Rpc::None(why)) => Some(why.to_string()),
        _ => None,
    }
}

fn reads_the_message(selector: &Selector) -> bool {
    matches!(
        selector,
        Selector::Outcome | Selector::Result(_) | Selector::ResultWhole | Selector::RpcError | Selector::Sees
    )
}

fn judge_sees(matcher: &Matcher, clause: &Clause, single: &Single, around: &dyn Surroundings) -> Judgement {
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

fn same_as(matcher: &Matcher) -> Option<String> {
    matcher.tests.iter().find_map(|test| match test {
        Test::SameAs(Data::Text(template)) => template.pieces.first().and_then(|piece| match piece {
            crate::scenario::model::Piece::Text(text) => Some(text.clone()),
            crate::scenario::model::Piece::Reference(_) => None,
        }),
        _ => None,
    })
}

fn judge_alike(
    handle: &str,
    matcher: &Matcher,
    clause: &Clause,
    single: &Single,
    around: &dyn Surroundings,
) -> Judgement {
    let other = around.evidence(handle);
    let Some(other) = other.as_ref().and_then(Evidence::last_single) else {
        return Judgement::missed(plain_miss(
            clause,
            "answer",
            &format!("the same as `{handle}`"),
            "that step has no evidence",
        ));
    };
    let except: Vec<String> = matcher
        .tests
        .iter()
        .filter_map(|test| match test {
            Test::Except(names) => Some(names.iter().map(|name| name.value.clone())),
            _ => None,
        })
        .flatten()
        .collect();
    let differences = alike::differences(single, other, &except);
    if differences.is_empty() {
        return Judgement::held();
    }
    let mut miss = plain_miss(
        clause,
        "answer",
        &format!("the same as `{handle}`"),
        &differences.join("; "),
    );
    miss.decision = true;
    Judgement::missed(miss)
}

fn judge_each(inner: &Expect, clause: &Clause, evidence: &Evidence, around: &dyn Surroundings) -> Judgement {
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

fn judge_some(
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

fn judge_end(
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

fn judge_count(
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

fn judge_entropy(
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

fn plain_miss(clause: &Clause, selector: &str, expected: &str, actual: &str) -> Miss {
    Miss {
        selector: selector.to_owned(),
        expected: expected.to_owned(),
        actual: actual.to_owned(),
        at: clause.at.clone(),
        decision: false,
        precondition: false,
        unreadable: false,
    }
}

/// The selector as an author writes it.
fn word(selector: &Selector) -> String {
    match selector {
        Selector::Outcome => "outcome".into(),
        Selector::Sees => "sees".into(),
        Selector::Answer => "answer".into(),
        Selector::Status => "status".into(),
        Selector::Header(name) => format!("header {name}"),
        Selector::Challenge => "challenge".into(),
        Selector::Challenges => "challenges".into(),
        Selector::Json(path) => format!("json {path}"),
        Selector::Result(path) => format!("result {path}"),
        Selector::ResultWhole => "result".into(),
        Selector::RpcError => "rpc_error".into(),
        Selector::Body => "body".into(),
        Selector::RetryAfter => "retry_after".into(),
        Selector::Duration => "duration".into(),
        Selector::Connection => "connection".into(),
        Selector::Since(step) => format!("since {step}"),
        Selector::Exit => "exit".into(),
        Selector::Output => "output".into(),
    }
}
