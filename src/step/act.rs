//! One act: dispatch by kind.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::door::DoorProblem;
use super::{Fill, Problem, Scope, World, exec, hook, http, mcp, raw};
use crate::expect::{Evidence, Outcome, Single};
use crate::scenario::model::{DoStep, Kind, Step, WaitStep};

/// Carries out a step once. Groups, `use` and `judge` are walked by whoever calls this; they never come here.
pub async fn perform(step: &Step, world: &Arc<World>, scope: &Scope) -> Result<Single, Problem> {
    let fill = Fill::new(world, scope);
    match &step.kind {
        Kind::Mcp(call) => mcp::perform(step, call, fill).await,
        Kind::Http(request) => http::perform(step, request, fill).await,
        Kind::Raw(bytes) => raw::perform(step, bytes, fill).await,
        Kind::Wait(wait) => self::wait(wait, fill).await,
        Kind::Do(act) => self::act(act, step, fill).await,
        Kind::Exec(command) => exec::perform(command, step.timeout, fill).await,
        Kind::Steps(_) | Kind::Together(_) | Kind::Use(_) | Kind::Judge(_) | Kind::Observe(_) => {
            Err(Problem::Unusable("a group is not a single act".to_owned()))
        }
    }
}

/// Evidence of an act without an exchange.
pub(super) fn silent(start: Instant) -> Single {
    Single {
        exchange: None,
        before: Vec::new(),
        answer: None,
        outcome: Outcome::Done,
        canaries: Vec::new(),
        strangers: None,
        gives: BTreeMap::new(),
        sent_ids: Vec::new(),
        executed: None,
        span: (start, Instant::now()),
        passed: Duration::ZERO,
        sender: String::new(),
    }
}

async fn wait(wait: &WaitStep, fill: Fill<'_>) -> Result<Single, Problem> {
    let start = Instant::now();
    let lasting = fill.time(&wait.lasting)?;
    let gone = match &wait.since {
        Some(handle) => elapsed_since(&handle.value, fill)?,
        None => Duration::ZERO,
    };
    let left = lasting.saturating_sub(gone);
    match &fill.world.parts.door {
        Some(door) => {
            door.advance(left)
                .await
                .map_err(|problem| Problem::Failed(problem.to_string()))?;
            fill.world.let_pass(left);
        }
        None => tokio::time::sleep(left).await,
    }
    Ok(silent(start))
}

/// Real and virtual time since the end of a step.
fn elapsed_since(handle: &str, fill: Fill<'_>) -> Result<Duration, Problem> {
    let end = fill.scope.evidence(handle).and_then(Evidence::end);
    let end = end.ok_or_else(|| Problem::Unusable(format!("`since: {handle}`: that step has not run")))?;
    let virtual_time = fill.world.passed().saturating_sub(fill.scope.passed_at(handle));
    Ok(end.elapsed() + virtual_time)
}

async fn act(act: &DoStep, step: &Step, fill: Fill<'_>) -> Result<Single, Problem> {
    let start = Instant::now();
    let object = fill.data(&act.object)?;
    if let Some(result) = hook::perform(&act.verb.value, &object, step, fill).await {
        return result;
    }
    let Some(door) = &fill.world.parts.door else {
        return Err(no_means(&act.verb.value));
    };
    let result = if act.verb.value == "advance" {
        let by = object
            .as_duration()
            .ok_or_else(|| Problem::Unusable("`advance` wants a time span".to_owned()))?;
        let result = door.advance(by).await;
        fill.world.let_pass(by);
        result
    } else {
        door.act(&act.verb.value, &object.to_json()).await
    };
    match result {
        Ok(()) => Ok(silent(start)),
        Err(DoorProblem::Unsupported(_)) => Err(no_means(&act.verb.value)),
        Err(DoorProblem::Failed(why)) => Err(Problem::Failed(why)),
    }
}

fn no_means(verb: &str) -> Problem {
    Problem::Undeclared {
        what: format!("a means to {verb}"),
        unlock: format!("hooks: {{ {verb}: {{ exec: [your-command, \"${{with.object}}\"] }} }}"),
    }
}
