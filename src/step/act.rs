//! One act: dispatch by kind.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::door::DoorProblem;
use super::{Fill, Problem, Scope, World, exec, hook, http, live, mcp, mint, oauth, raw, serve, webhook};
use crate::expect::{Evidence, Outcome, Single, Trace, Value};
use crate::scenario::model::{DoStep, Kind, LiveStep, Step, WaitStep};

/// Gets ready what the references of a step need and what only a request can tell: the tokens of principals with
/// `oauth:`, the metadata of the authorization server.
pub async fn ready(step: &Step, world: &Arc<World>, scope: &Scope) -> Result<(), Problem> {
    let references = oauth::refs_of(step);
    oauth::prepare(&references, Fill::new(world, scope)).await
}

/// The token of a principal with `oauth:`.
pub async fn obtain(principal: &str, world: &World) -> Result<crate::secret::Secret, Problem> {
    let scope = Scope::default();
    let token = oauth::token_of(principal, Fill::new(world, &scope)).await?;
    token.ok_or_else(|| Problem::Unusable(format!("`{principal}` obtains no token")))
}

/// Renews the token of a principal with `oauth:` now; see [`oauth::Refreshed`].
pub async fn refresh(
    principal: &str,
    presented: Option<&crate::secret::Secret>,
    world: &World,
) -> Result<oauth::Refreshed, Problem> {
    let scope = Scope::default();
    oauth::refresh(principal, presented, Fill::new(world, &scope)).await
}

/// The same for written data, such as the values of a row.
pub async fn ready_for<'d>(
    data: impl IntoIterator<Item = &'d crate::scenario::model::Data>,
    world: &Arc<World>,
    scope: &Scope,
) -> Result<(), Problem> {
    let references: Vec<_> = data.into_iter().flat_map(oauth::refs_in).collect();
    oauth::prepare(&references, Fill::new(world, scope)).await
}

/// Carries out a step once. Groups, `use` and `judge` are walked by whoever calls this; they never come here.
pub async fn perform(step: &Step, world: &Arc<World>, scope: &Scope) -> Result<Single, Problem> {
    let fill = Fill::new(world, scope);
    match &step.kind {
        Kind::Mcp(call) => mcp::perform(step, call, fill).await,
        Kind::Http(request) => http::perform(step, request, fill).await,
        Kind::Raw(bytes) => raw::perform(step, bytes, fill).await,
        Kind::OAuth(asked) => oauth::perform(step, asked, fill).await,
        Kind::Mint(made) => mint::perform(made, fill).await,
        Kind::Serve(served) => serve::perform(step, served, fill).await,
        Kind::Webhook(hook) => webhook::perform(step, hook, fill).await,
        Kind::Wait(wait) => self::wait(wait, fill).await,
        Kind::Do(act) => self::act(act, step, fill).await,
        Kind::Events(LiveStep::Open(opened)) => live::stream(step, opened, fill).await,
        Kind::Socket(LiveStep::Open(opened)) => live::socket(step, opened, fill).await,
        Kind::Exec(command) => exec::perform(command, step.timeout, fill).await,
        Kind::Steps(_)
        | Kind::Together(_)
        | Kind::Use(_)
        | Kind::Judge(_)
        | Kind::Observe(_)
        | Kind::Agent(_)
        | Kind::Requests(_)
        | Kind::Ended(_)
        | Kind::Events(LiveStep::From(_))
        | Kind::Socket(LiveStep::From(_)) => Err(Problem::Unusable("a group is not a single act".to_owned())),
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
        trace: Trace::default(),
        span: (start, Instant::now()),
        passed: Duration::ZERO,
        sender: String::new(),
        live: None,
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
    pass(left, fill).await?;
    Ok(silent(start))
}

/// Lets time pass: the target's, where it has a clock that can be moved. What runs beside it runs in real time.
pub(super) async fn pass(by: Duration, fill: Fill<'_>) -> Result<(), Problem> {
    let door = fill.world.parts.door.as_ref().filter(|_| !fill.scope.is_branch());
    let Some(door) = door else {
        tokio::time::sleep(by).await;
        return Ok(());
    };
    fill.world.elapsed.let_pass(by);
    door.advance(by)
        .await
        .map_err(|problem| Problem::Failed(problem.to_string()))
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
    if let Some(principal) = with_oauth(&object, fill) {
        // What another case gets must not be what this act may have ended.
        oauth::forget(&principal, fill);
    }
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
        fill.world.elapsed.let_pass(by);
        door.advance(by).await
    } else {
        door.act(&act.verb.value, &at_the_door(&object, fill)).await
    };
    match result {
        Ok(()) => Ok(silent(start)),
        Err(DoorProblem::Unsupported(_)) => Err(no_means(&act.verb.value)),
        Err(DoorProblem::Failed(why)) => Err(Problem::Failed(why)),
    }
}

/// The principal with `oauth:` that an act is about.
fn with_oauth(object: &Value, fill: Fill<'_>) -> Option<String> {
    let name = object.text()?;
    let principal = fill.world.target().principal(&name)?;
    principal.oauth.is_some().then_some(name)
}

/// The door knows people, not principals: a principal with `oauth:` is its user there.
fn at_the_door(object: &Value, fill: Fill<'_>) -> serde_json::Value {
    let login = with_oauth(object, fill).and_then(|name| {
        let user = fill
            .world
            .target()
            .principal(&name)?
            .oauth
            .as_ref()?
            .user
            .clone()?;
        let users = fill.world.target().oauth.as_ref()?;
        Some(users.user(&user)?.login.clone())
    });
    login.map_or_else(|| object.to_json(), serde_json::Value::from)
}

fn no_means(verb: &str) -> Problem {
    Problem::Undeclared {
        what: format!("a means to {verb}"),
        unlock: format!("hooks: {{ {verb}: {{ exec: [your-command, \"${{with.object}}\"] }} }}"),
    }
}
