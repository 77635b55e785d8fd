//! One case from its first control to its verdicts.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hallmark_reports::record::{Access, Check, Measure as Measured, Standing, Values, Verdict};

use super::check::{Judged, decide, sentence, worse};
use super::draft::{self, Block, Draft, all_checks, checks_in, not_reached, weigh};
use super::plan::Instance;
use super::schedule::Context;
use super::walk;
use crate::expect::{Evidence, Judgement, Outcome, Single, Surroundings, differences, judge};
use crate::scenario::model::{Alternative, Grade, Measure, Step};
use crate::secret::Scrubber;
use crate::step::{Fill, Problem, Scope, World};
use crate::target::Target;

/// The step that asked for an id nobody has, beside a check of the access matrix.
const TWIN: &str = "random";

/// The case cannot go on.
#[derive(Debug)]
pub(super) struct Halt;

/// A case while it runs.
pub(super) struct CaseRun {
    pub world: Arc<World>,
    instance: Instance,
    context: Arc<Context>,
    started: Instant,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    judged: BTreeMap<String, (Judged, u64)>,
    rounds: BTreeMap<String, (u64, u64)>,
    measures: BTreeMap<String, Vec<Measured>>,
    skipped: BTreeMap<String, (String, String)>,
    /// How the principal of this row was found to stand, by check.
    standing: BTreeMap<String, Standing>,
    block: Option<Block>,
}

/// What a case came to.
pub(super) struct CaseResult {
    pub checks: Vec<Check>,
    pub requests: u64,
    /// Answers and bytes searched for canaries, and how many canaries there are.
    pub scanned: (u64, u64, usize),
    pub duration: Duration,
}

/// Checks of a case that cannot run at all.
pub(super) fn without_running(
    instance: &Instance,
    context: &Context,
    scrubber: &Scrubber,
    verdict: Verdict,
    message: &str,
    unlock: Option<&str>,
) -> Vec<Check> {
    let block = Block {
        verdict,
        message: message.to_owned(),
        unlock: unlock.map(str::to_owned),
        singles: Vec::new(),
        afterwards: false,
    };
    all_checks(instance)
        .into_iter()
        .map(|step| {
            Draft {
                step,
                instance,
                context,
                scrubber,
                started: Instant::now(),
            }
            .blocked(&block, None)
        })
        .collect()
}

/// Why the case does not apply, before a world is made for it.
pub(super) fn inapplicable(
    instance: &Instance,
    context: &Context,
    target: &Target,
    has_clock: bool,
) -> Option<(String, Option<String>)> {
    if let Some(skip) = &instance.skip {
        return Some((skip.why.clone(), skip.unlock.clone()));
    }
    let scenario = &instance.scenario;
    if !draft::any_applies(instance, context) {
        return Some((draft::not_in(instance.revision), None));
    }
    let needs = scenario
        .needs
        .iter()
        .map(|need| &need.value)
        .chain(&instance.row.needs);
    for need in needs {
        if !target.has(need) {
            return Some((
                format!("the target does not declare `{need}`"),
                Some(Target::line_for(need)),
            ));
        }
    }
    if scenario.slow && !context.slow && !has_clock {
        return Some((
            "takes long without a test clock".to_owned(),
            Some("run with --slow".to_owned()),
        ));
    }
    None
}

/// Runs a case; always comes back with every check.
pub(super) async fn run(
    instance: Instance,
    context: Arc<Context>,
    world: Arc<World>,
    tidy: bool,
) -> CaseResult {
    let started = Instant::now();
    let case = Arc::new(CaseRun {
        world,
        instance,
        context,
        started,
        state: Mutex::default(),
    });
    let left = case.world.deadline().saturating_duration_since(started) + Duration::from_secs(2);
    let body = tokio::spawn({
        let case = case.clone();
        async move { case.body(tidy).await }
    });
    let abort = body.abort_handle();
    match tokio::time::timeout(left, body).await {
        Ok(Ok(())) => {}
        Ok(Err(panic)) => case.block(
            Verdict::Errored,
            &format!("Hallmark's own trouble: {}", panic_text(panic)),
            None,
            &[],
            false,
        ),
        Err(_) => {
            abort.abort();
            case.block(
                Verdict::Errored,
                &format!("the case took longer than {left:?}"),
                None,
                &[],
                false,
            );
        }
    }
    let (calls, bytes) = case.world.scan().volume();
    CaseResult {
        checks: case.finish(),
        requests: case.world.requests(),
        scanned: (calls, bytes, case.world.canaries().count()),
        duration: started.elapsed(),
    }
}

fn panic_text(error: tokio::task::JoinError) -> String {
    match error.try_into_panic() {
        Ok(payload) => payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "a panic without words".to_owned()),
        Err(error) => error.to_string(),
    }
}

impl CaseRun {
    fn draft<'a>(&'a self, step: &'a Step) -> Draft<'a> {
        Draft {
            step,
            instance: &self.instance,
            context: &self.context,
            scrubber: self.world.scrubber(),
            started: self.context.started.min(self.started),
        }
    }

    async fn body(self: Arc<Self>, tidy: bool) {
        if let Ok(mut scope) = self.opening_scope() {
            let scenario = self.instance.scenario.clone();
            if self.controls(&scenario.given, &mut scope, false).await.is_ok() {
                let walked = walk::steps(&scenario.steps, &self, &mut scope).await;
                if walked.is_ok() {
                    let _ = self.controls(&scenario.given, &mut scope, true).await;
                }
            }
            // What cleans up may miss: that is no verdict on the target.
            let before = lock(&self.state).block.clone();
            let _ = walk::steps(&scenario.cleanup, &self, &mut scope).await;
            lock(&self.state).block = before;
        }
        if tidy {
            self.world.close().await;
        }
    }

    /// The row's values.
    fn opening_scope(&self) -> Result<Scope, Halt> {
        let row = &self.instance.row;
        let empty = Scope::default();
        let written = row.written.iter().map(|(name, data)| (name.value.as_str(), data));
        match Fill::new(&self.world, &empty).members(written) {
            Ok(mut values) => {
                values.extend(row.drawn.clone());
                Ok(Scope::of_case(values))
            }
            Err(problem) => {
                self.block_on(&Problem::Unresolved(problem));
                Err(Halt)
            }
        }
    }

    /// Positive controls. A miss means that nothing here can be judged.
    async fn controls(
        self: &Arc<Self>,
        given: &[Step],
        scope: &mut Scope,
        afterwards: bool,
    ) -> Result<(), Halt> {
        for step in given {
            let evidence = walk::one(step, self, scope).await;
            let blocked = lock(&self.state).block.clone();
            match (evidence, blocked) {
                (Ok(Some(evidence)), None) if step.expect.is_none() => self.done(&evidence)?,
                (Ok(_), None) => {}
                _ => {
                    if let Some(block) = &mut lock(&self.state).block {
                        block.afterwards = afterwards;
                        // What could not be asked has not missed.
                        if block.verdict != Verdict::Skipped {
                            let when = if afterwards { "after" } else { "before" };
                            block.message =
                                format!("the positive control {when} the check missed: {}", block.message);
                        }
                    }
                    return Err(Halt);
                }
            }
        }
        Ok(())
    }

    fn done(&self, evidence: &Evidence) -> Result<(), Halt> {
        let outcome = evidence.last_single().map(|single| single.outcome);
        if outcome == Some(Outcome::Done) {
            return Ok(());
        }
        let found = outcome.map_or("nothing", Outcome::as_str);
        self.block(
            Verdict::NotTestable,
            &format!("outcome: expected \"done\", got \"{found}\""),
            None,
            &telling(evidence),
            false,
        );
        Err(Halt)
    }

    /// A step that needs something the target does not declare.
    pub(super) fn skip_step(&self, step: &Step, need: &str) {
        let mut state = lock(&self.state);
        for check in checks_in(step, self.instance.revision) {
            if let Some(slug) = &check.check {
                let reason = (
                    format!("the target does not declare `{need}`"),
                    Target::line_for(need),
                );
                state.skipped.insert(slug.value.clone(), reason);
            }
        }
    }

    /// A check that judges a step again shares its fate when that step did not come about: skipped with the same
    /// reason, not testable with the same reason. False: nothing is known of that step.
    pub(super) fn follow(&self, step: &Step, handle: &str) -> bool {
        let fate = {
            let state = lock(&self.state);
            match (state.skipped.get(handle), state.judged.get(handle)) {
                (Some((message, unlock)), _) => {
                    Some((Verdict::Skipped, message.clone(), Some(unlock.clone())))
                }
                (None, Some((judged, _))) => {
                    Some((judged.verdict, judged.message.clone(), judged.unlock.clone()))
                }
                (None, None) => None,
            }
        };
        let Some((verdict, message, unlock)) = fate else {
            return false;
        };
        self.record(step, Judged::without_evidence(verdict, message, unlock), 0);
        true
    }

    /// A step that could not be carried out.
    pub(super) fn problem(&self, step: &Step, problem: &Problem) -> Result<(), Halt> {
        if step.check.is_none() {
            self.block_on(problem);
            return Err(Halt);
        }
        let (verdict, message, unlock) = weigh(problem);
        self.record(step, Judged::without_evidence(verdict, message, unlock), 0);
        Ok(())
    }

    fn block_on(&self, problem: &Problem) {
        let (verdict, message, unlock) = weigh(problem);
        self.block(verdict, &message, unlock, &[], false);
    }

    fn block(
        &self,
        verdict: Verdict,
        message: &str,
        unlock: Option<String>,
        singles: &[Arc<Single>],
        afterwards: bool,
    ) {
        lock(&self.state).block = Some(Block {
            verdict,
            message: message.to_owned(),
            unlock,
            singles: singles.to_vec(),
            afterwards,
        });
    }

    /// A preparing step has run: its miss is not the target's failure, the case is just not testable, or does not
    /// apply here where a `skip` of the step says so.
    pub(super) fn prepared(
        &self,
        step: &Step,
        judgement: &Judgement,
        evidence: &Evidence,
        fill: &Fill<'_>,
    ) -> Result<(), Halt> {
        if let Some((problem, at)) = judgement.unresolved.first() {
            self.block(
                Verdict::NotTestable,
                &format!("{problem} ({at})"),
                None,
                &[],
                false,
            );
            return Err(Halt);
        }
        let Some(miss) = judgement.misses.first() else {
            return Ok(());
        };
        let skips = |alternative: &&Alternative| {
            let judgement = judge(&alternative.expect, evidence, fill);
            alternative.grade.value == Grade::Skip && judgement.holds() && judgement.held > 0
        };
        if let Some(alternative) = step.or.iter().find(skips) {
            self.block(Verdict::Skipped, &alternative.says, None, &[], false);
            return Err(Halt);
        }
        let unreadable = judgement.misses.iter().all(|miss| miss.unreadable);
        let verdict = if unreadable {
            Verdict::Errored
        } else {
            Verdict::NotTestable
        };
        self.block(
            verdict,
            &format!("{} ({})", sentence(miss), step.at),
            None,
            &telling(evidence),
            false,
        );
        Err(Halt)
    }

    /// Something came in: whoever observes the run looks at it.
    pub(super) fn observed(&self, single: &Arc<Single>, scope: &Scope) {
        let fill = Fill::new(&self.world, scope);
        self.context.observers.see(
            (&self.instance.name(), self.instance.revision),
            single,
            &fill,
            &self.context,
            self.world.scrubber(),
        );
    }

    /// A check has run.
    pub(super) fn judge(&self, step: &Step, evidence: &Evidence, scope: &Scope, started: Instant) {
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
    fn record(&self, step: &Step, judged: Judged, micros: u64) {
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
    pub(super) fn measured(
        &self,
        step: &Step,
        measure: &Measure,
        spans: &[Duration],
        around: &dyn Surroundings,
    ) {
        let Some(handle) = step.handle() else { return };
        let mut millis: Vec<f64> = spans.iter().map(|span| span.as_secs_f64() * 1000.0).collect();
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
        let values = Values {
            n: millis.len() as u64,
            p50: at(0.5),
            p95: at(0.95),
            max: at(1.0),
        };
        let measured = Measured {
            name: measure.name.value.clone(),
            unit: "ms".to_owned(),
            values,
            statistical: false,
        };
        lock(&self.state)
            .measures
            .entry(handle.value.clone())
            .or_default()
            .push(measured);
        let (Some(matcher), Some(_)) = (&measure.matcher, &step.check) else {
            return;
        };
        let worst = spans.iter().max().copied();
        if let Some(miss) = crate::expect::span_miss(&measure.name, worst, matcher, around) {
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
    fn finish(&self) -> Vec<Check> {
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
                check.measures = state.measures.get(&slug).cloned().unwrap_or_default();
                check
            }
            None => draft.blocked(&not_reached(), None),
        }
    }
}

fn telling(evidence: &Evidence) -> Vec<Arc<Single>> {
    evidence.last_single().into_iter().cloned().collect()
}

fn lock(state: &Mutex<State>) -> std::sync::MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
