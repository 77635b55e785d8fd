//! One case from its first control to its verdicts.

mod applies;
mod verdicts;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hallmark_reports::record::{Check, Standing, Verdict};

use crate::expect::{Evidence, Judgement, Outcome, Single, Value, judge};
use crate::run::check::{Judged, sentence};
use crate::run::draft::{Block, Draft, checks_in, weigh};
use crate::run::plan::Instance;
use crate::run::schedule::Context;
use crate::run::walk;
use crate::scenario::model::{Alternative, Grade, Step};
use crate::step::{Fill, Problem, Scope, World, ready_for};
use crate::target::Target;

pub(in crate::run) use self::applies::{inapplicable, without_running};
use self::verdicts::telling;

/// The case cannot go on.
#[derive(Debug)]
pub(in crate::run) struct Halt;

/// A case while it runs.
pub(in crate::run) struct CaseRun {
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
    /// By step and name, in milliseconds.
    measures: BTreeMap<String, BTreeMap<String, Vec<f64>>>,
    skipped: BTreeMap<String, (String, String)>,
    /// How the principal of this row was found to stand, by check.
    standing: BTreeMap<String, Standing>,
    block: Option<Block>,
}

/// What a case came to.
pub(in crate::run) struct CaseResult {
    pub checks: Vec<Check>,
    pub requests: u64,
    /// Answers and bytes searched for canaries, and how many canaries there are.
    pub scanned: (u64, u64, usize),
    pub duration: Duration,
}

/// Runs a case; always comes back with every check.
pub(in crate::run) async fn run(
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
        if let Ok(mut scope) = self.opening_scope().await {
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
    async fn opening_scope(&self) -> Result<Scope, Halt> {
        let row = &self.instance.row;
        match self.row_values().await {
            Ok((mut values, world)) => {
                values.extend(row.drawn.clone());
                let mut scope = Scope::of_case(values);
                scope.set_world(world);
                Ok(scope)
            }
            Err(problem) => {
                self.block_on(&problem);
                Err(Halt)
            }
        }
    }

    /// The row's values, and what a command under test is given: a row may name that.
    async fn row_values(&self) -> Result<(BTreeMap<String, Value>, BTreeMap<String, Value>), Problem> {
        let written = &self.instance.row.written;
        let mut empty = Scope::default();
        let setting = match self.instance.scenario.agent() {
            Some(agent) => self.world.stage()?.setting(agent, &self.world).await?,
            None => BTreeMap::new(),
        };
        empty.set_world(setting.clone());
        ready_for(written.iter().map(|(_, data)| data), &self.world, &empty).await?;
        let fill = Fill::new(&self.world, &empty);
        let values = written
            .iter()
            .map(|(name, data)| Ok((name.value.clone(), fill.keeping_omissions(data)?)));
        Ok((values.collect::<Result<_, Problem>>()?, setting))
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
    pub(in crate::run) fn skip_step(&self, step: &Step, need: &str) {
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
    pub(in crate::run) fn follow(&self, step: &Step, handle: &str) -> bool {
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
    pub(in crate::run) fn problem(&self, step: &Step, problem: &Problem) -> Result<(), Halt> {
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
    pub(in crate::run) fn prepared(
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
    pub(in crate::run) fn observed(&self, single: &Arc<Single>, scope: &Scope) {
        let fill = Fill::new(&self.world, scope);
        self.context.observers.see(
            (&self.instance.name(), self.instance.revision),
            single,
            &fill,
            &self.context,
            self.world.scrubber(),
        );
    }
}

fn lock(state: &Mutex<State>) -> std::sync::MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
