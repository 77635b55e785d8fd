//! Walks the steps of a case: groups, captures, and hands what judges to the case.

mod measure;
mod repeat;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use futures_util::future::{BoxFuture, join_all};

use self::measure::measure;
use self::repeat::repeated;
use super::case::{CaseRun, Halt};
use crate::expect::{Evidence, Value, judge, select};
use crate::scenario::model::{AgentStep, Kind, ServeStep, Step, UseStep};
use crate::step::{Fill, Problem, Scope, ended, heard, perform, ready, requests};

/// Walks steps in order; ends early when the case is halted.
pub(super) async fn steps(
    steps: &[Step],
    case: &Arc<CaseRun>,
    scope: &mut Scope,
) -> Result<Vec<Evidence>, Halt> {
    let mut all = Vec::new();
    for step in steps {
        if let Some(evidence) = one(step, case, scope).await? {
            all.push(evidence);
        }
    }
    Ok(all)
}

/// Walks one step with all its repetitions. `None`: it does not apply here.
pub(super) fn one<'a>(
    step: &'a Step,
    case: &'a Arc<CaseRun>,
    scope: &'a mut Scope,
) -> BoxFuture<'a, Result<Option<Evidence>, Halt>> {
    Box::pin(async move {
        if !step.is_in(case.world.revision().as_str()) {
            return Ok(None);
        }
        if let Some(missing) = step
            .needs
            .iter()
            .find(|need| !case.world.target().target.has(&need.value))
        {
            case.skip_step(step, &missing.value);
            return Ok(None);
        }
        if let Kind::Judge(handle) = &step.kind
            && scope.evidence(&handle.value).is_none()
            && case.follow(step, &handle.value)
        {
            return Ok(None);
        }
        let started = Instant::now();
        if let Err(problem) = ready(step, &case.world, scope).await {
            return case.problem(step, &problem).map(|()| None);
        }
        let evidence = match repeated(step, case, scope).await {
            Ok(evidence) => evidence,
            Err(Stop::Problem(problem)) => return case.problem(step, &problem).map(|()| None),
            Err(Stop::Halt(halt)) => return Err(halt),
        };
        capture(step, case, scope, &evidence);
        if let Some(handle) = step.handle() {
            scope.keep(&handle.value, evidence.clone(), case.world.passed());
        }
        measure(step, case, scope, &evidence, started);
        if step.check.is_some() {
            case.judge(step, &evidence, scope, started);
        } else if let Some(expect) = &step.expect {
            let fill = Fill::new(&case.world, scope);
            let judgement = judge(expect, &evidence, &fill);
            case.prepared(step, &judgement, &evidence, &fill)?;
        }
        Ok(Some(evidence))
    })
}

/// Why a step ended without evidence.
enum Stop {
    Problem(Problem),
    Halt(Halt),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Stop::Problem(problem)
    }
}

impl From<Halt> for Stop {
    fn from(halt: Halt) -> Self {
        Stop::Halt(halt)
    }
}

/// Once.
async fn act(step: &Step, case: &Arc<CaseRun>, scope: &mut Scope) -> Result<Evidence, Stop> {
    match &step.kind {
        Kind::Steps(inner) => {
            let before = scope.clone();
            let all = steps(inner, case, scope).await?;
            Ok(Evidence::Round {
                named: scope.handles_since(&before),
                all,
            })
        }
        Kind::Together(inner) => together(inner, case, scope).await,
        Kind::Use(call) => used(call, case, scope).await,
        Kind::Judge(handle) => scope.evidence(&handle.value).cloned().ok_or_else(|| {
            Stop::Problem(Problem::Unusable(format!(
                "`judge: {}`: that step has not run",
                handle.value
            )))
        }),
        Kind::Agent(agent) => played(agent, case, scope).await,
        Kind::Requests(selection) => {
            let singles = requests(step, selection, Fill::new(&case.world, scope))?;
            Ok(Evidence::Series(singles.into_iter().map(Evidence::One).collect()))
        }
        Kind::Ended(look) => {
            let single = ended(step, look, Fill::new(&case.world, scope))?;
            Ok(Evidence::One(single))
        }
        Kind::Serve(ServeStep::From(handle)) => {
            let singles = heard(&handle.value, &case.world, scope)?;
            Ok(Evidence::Series(
                singles
                    .into_iter()
                    .map(|single| Evidence::One(Arc::new(single)))
                    .collect(),
            ))
        }
        _ => {
            let single = Arc::new(perform(step, &case.world, scope).await?);
            // A receiver of webhooks is not the server that rules about every answer are of.
            if !matches!(step.kind, Kind::Webhook(_)) {
                case.observed(&single, scope);
            }
            Ok(Evidence::One(single))
        }
    }
}

/// The command runs; the moments of its plan can be referred to from then on.
async fn played(agent: &AgentStep, case: &Arc<CaseRun>, scope: &mut Scope) -> Result<Evidence, Stop> {
    let stage = case.world.stage()?;
    let transcript = stage.play(agent, &case.world, scope).await?;
    for (id, singles) in &transcript.fired {
        let series = singles.iter().cloned().map(Evidence::One).collect();
        let evidence = match singles.as_slice() {
            [one] => Evidence::One(one.clone()),
            _ => Evidence::Series(series),
        };
        scope.keep(id, evidence, case.world.passed());
    }
    let all = transcript.requests.iter().map(|heard| heard.single.clone());
    let evidence = Evidence::Series(all.map(Evidence::One).collect());
    case.world.keep_transcript(transcript);
    Ok(evidence)
}

async fn together(inner: &[Step], case: &Arc<CaseRun>, scope: &mut Scope) -> Result<Evidence, Stop> {
    let before = scope.clone();
    let scopes = scope.branches(inner.len());
    let branches = join_all(inner.iter().zip(scopes).map(|(step, mut branch)| async move {
        one(step, case, &mut branch)
            .await
            .map(|evidence| (evidence, branch))
    }))
    .await;
    let mut all = Vec::new();
    for branch in branches {
        let (evidence, branch) = branch?;
        all.extend(evidence);
        scope.adopt(branch);
    }
    Ok(Evidence::Round {
        named: scope.handles_since(&before),
        all,
    })
}

async fn used(call: &UseStep, case: &Arc<CaseRun>, scope: &mut Scope) -> Result<Evidence, Stop> {
    let Some(scenario) = call.scenario.clone() else {
        return Err(Stop::Problem(Problem::Unusable(format!(
            "`{}` was not loaded",
            call.path.value
        ))));
    };
    let inputs = Fill::new(&case.world, scope)
        .members(call.with.iter().map(|(name, data)| (name.value.as_str(), data)));
    let mut inner = Scope::inside(inputs.map_err(Problem::from)?);
    let all = steps(&scenario.steps, case, &mut inner).await?;
    for name in &scenario.gives {
        if let Some(value) = inner.captured(&name.value) {
            scope.capture(&name.value, value.clone());
        }
    }
    Ok(Evidence::Round {
        named: BTreeMap::new(),
        all,
    })
}

fn capture(step: &Step, case: &CaseRun, scope: &mut Scope, evidence: &Evidence) {
    for (name, what) in &step.capture {
        let values: Vec<Value> = evidence
            .singles()
            .into_iter()
            .filter_map(|single| select(&what.selector, single, &Fill::new(&case.world, scope)).value())
            .map(|value| value.tainted(what.secret))
            .collect();
        if what.secret {
            for text in values.iter().filter_map(Value::text) {
                case.world.scrubber().learn(&name.value, &text);
            }
        }
        match (matches!(evidence, Evidence::One(_)), values.into_iter().next()) {
            (true, Some(value)) => scope.capture(&name.value, value),
            (true, None) => {}
            (false, _) => {
                let list: Vec<Value> = evidence
                    .singles()
                    .into_iter()
                    .filter_map(|single| {
                        select(&what.selector, single, &Fill::new(&case.world, scope)).value()
                    })
                    .collect();
                scope.capture(
                    &name.value,
                    Value::json(list.iter().map(Value::to_json).collect::<Vec<_>>()).tainted(what.secret),
                );
            }
        }
    }
}
