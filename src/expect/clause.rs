//! Judges an `expect` over evidence.

use std::time::Duration;

use super::event::{events, frames};
use super::gaps::judge_gaps;
use super::matcher::holds;
use super::oauth::forms;
use super::sees::judge_sees;
use super::selector::{Selected, select};
use super::series::{
    judge_count, judge_each, judge_end, judge_entropy, judge_pace, judge_some, judge_within,
};
use super::words::{describe, describe_found, word};
use super::{Canaries, Evidence, Outcome, Single, Unresolved, Value, alike};
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
    /// It asked that nobody listens there, and nobody does.
    pub unreached: bool,
}

impl Judgement {
    /// Everything that could be judged holds.
    pub fn holds(&self) -> bool {
        self.misses.is_empty() && self.unresolved.is_empty()
    }

    pub(super) fn absorb(&mut self, other: Judgement) {
        self.held += other.held;
        self.unreached |= other.unreached;
        self.misses.extend(other.misses);
        self.undeclared.extend(other.undeclared);
        self.unresolved.extend(other.unresolved);
    }

    pub(super) fn held() -> Self {
        Judgement {
            held: 1,
            ..Judgement::default()
        }
    }

    pub(super) fn missed(miss: Miss) -> Self {
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
        ClauseKind::Event(inner) => judge_came("event", events, inner, clause, evidence, around),
        ClauseKind::Frame(inner) => judge_came("frame", frames, inner, clause, evidence, around),
        ClauseKind::Forms(inner) => match evidence.last_single() {
            Some(single) => judge(inner, &forms(single), around),
            None => Judgement::missed(plain_miss(clause, "forms", "a flow", "nothing was sent")),
        },
        ClauseKind::Each(inner) => judge_each(inner, clause, evidence, around),
        ClauseKind::Any(inner) => judge_some(inner, clause, evidence, around, true),
        ClauseKind::None(inner) => judge_some(inner, clause, evidence, around, false),
        ClauseKind::First(inner) => judge_end(inner, clause, evidence.elements().first().copied(), around),
        ClauseKind::Last(inner) => judge_end(inner, clause, evidence.elements().last().copied(), around),
        ClauseKind::Median(inner) => judge_end(inner, clause, evidence.median(), around),
        ClauseKind::Count { of, within: None, is } => judge_count(of.as_ref(), is, clause, evidence, around),
        ClauseKind::Count {
            of,
            within: Some(within),
            is,
        } => judge_within(of.as_ref(), within, is, clause, evidence, around),
        ClauseKind::Of(handle, inner) => match named(evidence, &handle.value) {
            Some(evidence) => judge(inner, evidence, around),
            None => Judgement::missed(plain_miss(clause, &handle.value, "to have run", "it did not run")),
        },
        ClauseKind::Gaps(matcher) => judge_gaps(matcher, clause, evidence, around),
        ClauseKind::Pace { of, like } => judge_pace(of, like, clause, evidence),
        ClauseKind::Entropy { of, bits } => judge_entropy(&of.selector, bits, clause, evidence, around),
    }
}

/// What came on a stream or socket, as a series.
fn judge_came(
    name: &str,
    series: fn(&Single, &Canaries) -> Evidence,
    inner: &Expect,
    clause: &Clause,
    evidence: &Evidence,
    around: &dyn Surroundings,
) -> Judgement {
    let Some(single) = evidence.last_single() else {
        return Judgement::missed(plain_miss(clause, name, "a stream", "nothing was sent"));
    };
    let mut judgement = judge(inner, &series(single, around.canaries()), around);
    // Where no answer came, no event is missing in it.
    for miss in &mut judgement.misses {
        miss.unreadable |= unreadable(single);
    }
    judgement
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
    // Where we stopped reading, that it is open says nothing.
    let unread = *selector == Selector::Close && matches!(found, Selected::Unreadable(_));
    match holds(matcher, &found, selector, around) {
        Ok(true) if !unread => Judgement {
            unreached: single.outcome == Outcome::Unreached
                && *selector == Selector::Outcome
                && holds(matcher, &broken(), selector, around) == Ok(false),
            ..Judgement::held()
        },
        Ok(_) => Judgement::missed(Miss {
            selector: word(selector),
            expected: describe(matcher, around),
            actual: actual(selector, &found, matcher, single),
            at: clause.at.clone(),
            decision: matches!(
                selector,
                Selector::Outcome | Selector::Sees | Selector::Strangers | Selector::Answer
            ),
            precondition: *selector == Selector::Connection,
            unreadable: unreadable(single)
                || matches!(found, Selected::Unreadable(_))
                || (reads_the_message(selector) && garbled(single)),
        }),
        Err(error) => Judgement {
            unresolved: vec![(error, clause.at.clone())],
            ..Judgement::default()
        },
    }
}

/// What every other failure of the transport is: who takes both did not ask for silence.
fn broken() -> Selected {
    Selected::One(Value::json(Outcome::Broken.as_str()))
}

/// An outcome alone says little: the status or the transport's words stand beside it.
fn actual(selector: &Selector, found: &Selected, matcher: &Matcher, single: &Single) -> String {
    let text = describe_found(found, matcher);
    if *selector != Selector::Outcome {
        return text;
    }
    if let Some(reason) = &single.trace.reason {
        return format!("{text} ({reason})");
    }
    match single.exchange.as_ref().map(|exchange| &exchange.response) {
        Some(Ok(response)) => match no_message(single).filter(|_| garbled(single)) {
            Some(why) => format!("{text} (HTTP {}: {why})", response.status),
            None => format!("{text} (HTTP {}{})", response.status, refusal(single)),
        },
        Some(Err(error)) => format!("{text} ({error})"),
        None => text,
    }
}

/// The error that refused, where JSON-RPC says one, or where a redirect leads.
fn refusal(single: &Single) -> String {
    let response = single
        .exchange
        .as_ref()
        .and_then(|exchange| exchange.response.as_ref().ok());
    if let Some(response) = response.filter(|response| (300..400).contains(&response.status)) {
        let to = response.header("location").unwrap_or_default();
        return format!(", a redirect to {}", crate::mcp::shown(&to));
    }
    match single.answer.as_ref().map(|answer| &answer.rpc) {
        Some(Rpc::Error { code, message, .. }) => format!(", error {code}: {}", crate::mcp::shown(message)),
        _ => String::new(),
    }
}

/// No readable HTTP answer came.
pub(super) fn unreadable(single: &Single) -> bool {
    single
        .exchange
        .as_ref()
        .is_some_and(|exchange| exchange.response.is_err())
}

/// A 2xx answer whose body is not the JSON-RPC message it should be: nothing can be said of what it granted.
pub(super) fn garbled(single: &Single) -> bool {
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
            &format!("the same as `{handle}` ({})", alike::NORMAL_FORM),
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

pub(super) fn plain_miss(clause: &Clause, selector: &str, expected: &str, actual: &str) -> Miss {
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
