//! What the steps of a case come to: their checks, and the measurements beside them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hallmark_reports::record::{Access, Check, Measure as Measured, Standing, Values, Verdict};

use super::{CaseRun, State, lock};
use crate::expect::{Evidence, Judgement, Outcome, Single, Surroundings, differences, judge};
use crate::run::check::{Judged, decide, sentence, worse};
use crate::run::draft::{Block, all_checks, not_reached};
use crate::scenario::model::{Measure, Step};
use crate::step::{Fill, Scope};

/// The step that asked for an id nobody has, beside a check of the access matrix.
const TWIN: &str = "random";

impl CaseRun {
    /// A check has run.
    pub(in crate::run) fn judge(&self, step: &Step, evidence: &Evidence, scope: &Scope, started: Instant) {
        let fill = Fill::new(&self.world, scope);
        let wished = match &step.expect {
            Some(expect) => judge(expect, evidence, &fill),
            None => Judgement::default(),
        };
        let alternatives: Vec<(usize, Judgement)> = if wished.holds() {
            Vec::new()
        } else {
            step.or
                .iter()
                .enumerate()
                .map(|(i, alternative)| (i, judge(&alternative.expect, evidence, &fill)))
                .collect()
        };
        self.stands(step, evidence, scope);
        let weight = self.draft(step).weight();
        let judged = decide(step, wished, &alternatives, evidence, weight);
        self.record(
            step,
            judged,
            u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
        );
    }

    /// Notes how the principal of a cell of the access matrix was found to stand.
    fn stands(&self, step: &Step, evidence: &Evidence, scope: &Scope) {
        let (Some(_), Some(slug), Some(single)) =
            (&self.instance.row.access, &step.check, evidence.last_single())
        else {
            return;
        };
        let twin = scope.evidence(TWIN).and_then(Evidence::last_single);
        let unlike = twin.map(|twin| differences(twin, single, &[]));
        let gone = single.exchange.as_ref().is_some_and(|exchange| {
            exchange
                .response
                .as_ref()
                .is_ok_and(|response| response.status == 404)
        });
        let found = match single.outcome {
            Outcome::Done => Standing::Permit,
            Outcome::Limited => Standing::Limited,
            Outcome::Broken | Outcome::Unreached => Standing::Broken,
            Outcome::Refused if unlike.map_or(gone, |unlike| unlike.is_empty()) => Standing::Invisible,
            Outcome::Refused => Standing::Deny,
        };
        lock(&self.state).standing.insert(slug.value.clone(), found);
    }

    /// A check in a loop is judged every round; the worst round speaks for it.
    pub(super) fn record(&self, step: &Step, judged: Judged, micros: u64) {
        let Some(slug) = &step.check else { return };
        let mut state = lock(&self.state);
        let rounds = state.rounds.entry(slug.value.clone()).or_default();
        rounds.0 += 1;
        rounds.1 += u64::from(judged.verdict != Verdict::Passed);
        match state.judged.get_mut(&slug.value) {
            Some((old, total)) => {
                *total += micros;
                if worse(&judged, old) {
                    *old = judged;
                }
            }
            None => {
                state.judged.insert(slug.value.clone(), (judged, micros));
            }
        }
    }

    /// A measure of a step: reported, and judged when it has a matcher.
    pub(in crate::run) fn measured(
        &self,
        step: &Step,
        measure: &Measure,
        (spans, open): (&[Duration], usize),
        around: &dyn Surroundings,
    ) {
        let Some(handle) = step.handle() else { return };
        let millis = spans.iter().map(|span| span.as_secs_f64() * 1000.0);
        lock(&self.state)
            .measures
            .entry(handle.value.clone())
            .or_default()
            .entry(measure.name.value.clone())
            .or_default()
            .extend(millis);
        let (Some(matcher), Some(_)) = (&measure.matcher, &step.check) else {
            return;
        };
        let worst = spans.iter().max().copied().filter(|_| open == 0);
        if let Some(mut miss) = crate::expect::span_miss(&measure.name, worst, matcher, around) {
            if open > 0 {
                miss.actual = format!("{open} of {} still open", spans.len() + open);
            }
            let message = sentence(&miss);
            let verdict = self.draft(step).weight().verdict();
            self.record(
                step,
                Judged {
                    verdict,
                    message,
                    misses: vec![miss],
                    undeclared: Vec::new(),
                    unlock: None,
                    singles: Vec::new(),
                    statistical: false,
                },
                0,
            );
        }
    }

    /// The record of every check of the scenario.
    pub(super) fn finish(&self) -> Vec<Check> {
        let state = lock(&self.state);
        all_checks(&self.instance)
            .into_iter()
            .map(|step| self.finished(step, &state))
            .collect()
    }

    fn finished(&self, step: &Step, state: &State) -> Check {
        let mut check = self.told(step, state);
        let found = state.standing.get(&check.id).copied();
        if check.verdict != Verdict::Skipped {
            check.access = self.instance.row.access.clone().map(|cell| Access {
                found: found.unwrap_or(cell.found),
                ..cell
            });
        }
        check
    }

    fn told(&self, step: &Step, state: &State) -> Check {
        let draft = self.draft(step);
        let slug = step
            .check
            .as_ref()
            .map(|slug| slug.value.clone())
            .unwrap_or_default();
        let judged = state.judged.get(&slug);
        if let Some(block) = &state.block {
            let decided =
                judged.filter(|(judged, _)| !block.afterwards || judged.verdict == Verdict::Skipped);
            if decided.is_none() {
                return draft.blocked(block, judged.map(|(judged, _)| judged));
            }
        }
        if let Some((what, unlock)) = state.skipped.get(&slug) {
            let block = Block {
                verdict: Verdict::Skipped,
                message: what.clone(),
                unlock: Some(unlock.clone()),
                singles: Vec::new(),
                afterwards: false,
            };
            return draft.blocked(&block, None);
        }
        match judged {
            Some((judged, micros)) => {
                let mut check = draft.judged(
                    judged,
                    *micros,
                    state.rounds.get(&slug).copied().unwrap_or((1, 0)),
                );
                let measures = state.measures.get(&slug).into_iter().flatten();
                check.measures = measures.map(|(name, millis)| summed_up(name, millis)).collect();
                check
            }
            None => draft.blocked(&not_reached(), None),
        }
    }
}

/// What was measured in all rounds, in milliseconds.
fn summed_up(name: &str, millis: &[f64]) -> Measured {
    let mut millis = millis.to_vec();
    millis.sort_by(f64::total_cmp);
    let at = |share: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "an index into a short list"
        )]
        let index = ((millis.len() as f64 * share).ceil() as usize).saturating_sub(1);
        millis.get(index).copied().unwrap_or(0.0)
    };
    Measured {
        name: name.to_owned(),
        unit: "ms".to_owned(),
        values: Values {
            n: millis.len() as u64,
            p50: at(0.5),
            p95: at(0.95),
            max: at(1.0),
        },
        statistical: false,
    }
}

pub(super) fn telling(evidence: &Evidence) -> Vec<Arc<Single>> {
    evidence.last_single().into_iter().cloned().collect()
}
