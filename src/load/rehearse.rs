//! Every operation is made once by every caller before it is made a thousand times, by the same steps as in a scenario.
//! What was sent then is what is sent under load, so both test the same bytes; only the id changes.

use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::Value;
use url::Url;

use super::callers::Callers;
use super::transport::{Body, Lines, LinesError, Target, Template, TemplateError};
use crate::expect::{Outcome, Single};
use crate::scenario::model::{
    Aim, Kind, LoadPlan, McpCall, McpStep, MixAct, MixEntry, Step, Template as Text, Who,
};
use crate::step::{Problem, Scope, World, perform, ready};
use crate::wire::Sent;

/// Callers that rehearse side by side.
const AT_ONCE: usize = 16;

/// What was learned.
#[derive(Debug)]
pub struct Rehearsed {
    /// By operation and caller.
    pub templates: Vec<Vec<Template>>,
    /// What is each caller's own: its credential, its session.
    pub lines: Vec<Lines>,
    /// By operation: every answer held something of its caller's own.
    pub own: Vec<bool>,
    /// Where the requests went.
    pub url: Url,
}

/// Why a run is not begun.
#[derive(Debug, thiserror::Error)]
pub enum NotRehearsed {
    /// A call that could not be made.
    #[error("one call of `{operation}` as `{caller}` could not be made: {problem}")]
    Problem {
        /// Which operation.
        operation: String,
        /// Who called.
        caller: String,
        /// Why.
        problem: Problem,
    },
    /// A call that was not answered as asked.
    #[error("one call of `{operation}` as `{caller}` was {outcome}: {detail}")]
    Outcome {
        /// Which operation.
        operation: String,
        /// Who called.
        caller: String,
        /// What became of it.
        outcome: Outcome,
        /// Status, or what went wrong.
        detail: String,
    },
    /// A request that cannot be prepared.
    #[error("`{operation}` cannot be prepared: {why}")]
    Template {
        /// Which operation.
        operation: String,
        /// Why.
        why: String,
    },
    /// Operations that go to several places.
    #[error("all calls of a plan go to one origin, and `{operation}` goes to {other}")]
    Elsewhere {
        /// Which operation.
        operation: String,
        /// Where.
        other: String,
    },
}

/// Rehearses the whole plan.
pub async fn rehearse(plan: &LoadPlan, callers: &Callers) -> Result<Rehearsed, NotRehearsed> {
    let rehearsals: Vec<Vec<Rehearsal>> = stream::iter(0..callers.names.len())
        .map(|caller| one(plan, callers, caller))
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let url = origin(plan, &rehearsals)?;
    let mut lines = Vec::new();
    let mut templates: Vec<Vec<Template>> = plan.mix.iter().map(|_| Vec::new()).collect();
    let mut own = vec![true; plan.mix.len()];
    for of_caller in rehearsals {
        let mut latest = Lines::default();
        for (place, rehearsal) in of_caller.into_iter().enumerate() {
            own[place] &= rehearsal.own;
            if let Some(own) = rehearsal.lines {
                latest = own;
            }
            templates[place].push(rehearsal.template);
        }
        lines.push(latest);
    }
    Ok(Rehearsed {
        templates,
        lines,
        own,
        url,
    })
}

/// Makes the first call of the plan again as a caller, which opens a session where the old one is gone: the caller's
/// own fields.
pub(super) async fn session_of(
    plan: &LoadPlan,
    callers: &Callers,
    caller: usize,
) -> Result<Lines, NotRehearsed> {
    let own = plan
        .mix
        .iter()
        .filter(|entry| entry.who.is_none() && !entry.refused);
    for entry in own {
        if let MixAct::Mcp(call) = &entry.act {
            let rehearsal = called(entry, call, callers, caller).await?;
            return Ok(rehearsal.lines.unwrap_or_default());
        }
    }
    Ok(Lines::default())
}

/// One operation of one caller.
struct Rehearsal {
    template: Template,
    /// `None` where the operation says nothing of them.
    lines: Option<Lines>,
    own: bool,
    url: Option<Url>,
}

async fn one(plan: &LoadPlan, callers: &Callers, caller: usize) -> Result<Vec<Rehearsal>, NotRehearsed> {
    let mut rehearsed = Vec::new();
    for (place, entry) in plan.mix.iter().enumerate() {
        rehearsed.push(match &entry.act {
            MixAct::Mcp(call) => called(entry, call, callers, caller).await?,
            MixAct::Use(_) | MixAct::Refresh | MixAct::Reopen => Rehearsal {
                template: Template::act(place, caller),
                lines: None,
                own: false,
                url: None,
            },
        });
    }
    Ok(rehearsed)
}

async fn called(
    entry: &MixEntry,
    call: &McpStep,
    callers: &Callers,
    caller: usize,
) -> Result<Rehearsal, NotRehearsed> {
    let (name, world) = (&callers.names[caller], &callers.world);
    let step = step_of(entry, call, name, world);
    let operation = || entry.called().unwrap_or("a call").to_owned();
    let problem = |problem| NotRehearsed::Problem {
        operation: operation(),
        caller: name.clone(),
        problem,
    };
    let scope = Scope::default();
    ready(&step, world, &scope).await.map_err(problem)?;
    let single = perform(&step, world, &scope).await.map_err(problem)?;
    if !entry.refused && single.outcome != Outcome::Done {
        return Err(NotRehearsed::Outcome {
            operation: operation(),
            caller: name.clone(),
            outcome: single.outcome,
            detail: detail(&single),
        });
    }
    let Some(exchange) = &single.exchange else {
        return Err(problem(Problem::Unusable("nothing was sent".to_owned())));
    };
    let unfit = |why: String| NotRehearsed::Template {
        operation: operation(),
        why,
    };
    let alone = entry.who.is_some();
    let url = Url::parse(&exchange.request.url).map_err(|why| unfit(why.to_string()))?;
    let (template, lines) = taken(&exchange.request, &url, alone).map_err(|why| unfit(why.to_string()))?;
    Ok(Rehearsal {
        template,
        lines: (!alone).then_some(lines),
        own: single
            .canaries
            .iter()
            .any(|canary| world.canaries().of(name).contains(canary)),
        url: Some(url),
    })
}

/// The same call as in a scenario: as the caller, at its own place where the probe can be aimed and the plan aims it at
/// none. A call with another credential is made in the caller's session, so that the credential alone is wrong.
fn step_of(entry: &MixEntry, call: &McpStep, caller: &str, world: &Arc<World>) -> Step {
    let mut call = call.clone();
    let target = &world.target().target;
    if let (None, McpCall::Probe(name)) = (&call.aim, &call.call) {
        let probe = name.as_literal().and_then(|name| target.probes.get(name));
        let place = probe.and_then(|probe| target.own_place(caller, probe));
        call.aim = place.map(|place| Aim::At(Text::literal(place, entry.at.clone())));
    }
    let own = Text::literal(caller, entry.at.clone());
    if entry.who.is_some() && call.session.is_none() && !world.revision().is_stateless() {
        call.session = Some(own.clone());
    }
    let mut step = Step::bare(entry.at.clone(), Kind::Mcp(call));
    step.who = entry.who.clone().or(Some(Who::Principal(own)));
    step
}

fn detail(single: &Single) -> String {
    let Some(exchange) = &single.exchange else {
        return "nothing was sent".to_owned();
    };
    match &exchange.response {
        Err(error) => error.to_string(),
        Ok(response) => {
            let text = String::from_utf8_lossy(&response.body[..response.body.len().min(200)]).into_owned();
            format!("HTTP {} {}", response.status, text.trim())
        }
    }
}

/// Fields that the transport derives, or that would bring answers it cannot read.
const DERIVED: [&str; 6] = [
    "host",
    "content-length",
    "connection",
    "transfer-encoding",
    "accept-encoding",
    "te",
];

/// Fields that are a caller's own, and change while calls are made.
pub(super) const OWN: [&str; 2] = ["authorization", "mcp-session-id"];

/// A request taken apart: what stays, and what is the caller's own. `alone`: all of it stays.
fn taken(sent: &Sent, url: &Url, alone: bool) -> Result<(Template, Lines), TemplateError> {
    let is = |names: &[&str], name: &str| names.iter().any(|one| one.eq_ignore_ascii_case(name));
    let kept = sent.headers.iter().filter(|(name, _)| !is(&DERIVED, name));
    let (own, shared): (Vec<_>, Vec<_>) = kept.partition(|(name, _)| !alone && is(&OWN, name));
    let lines = |fields: Vec<&(String, Vec<u8>)>| -> Result<Lines, LinesError> {
        Lines::new(fields.into_iter().map(|(name, value)| (name, value)))
    };
    let mut path = url.path().to_owned();
    if let Some(query) = url.query() {
        path.push('?');
        path.push_str(query);
    }
    let target = Target {
        authority: authority(url),
        path,
    };
    let body = match serde_json::from_slice(&sent.body) {
        Ok(Value::Object(members)) if members.contains_key("id") && members.contains_key("method") => {
            Body::Rpc(members)
        }
        _ => Body::Plain(sent.body.to_vec()),
    };
    let mut template = Template::new(&target, &sent.method, &lines(shared)?, body)?;
    template.alone(alone);
    Ok((template, lines(own)?))
}

/// Host and port as `Host` has them (RFC 9110 §7.2).
fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Where all of them go.
fn origin(plan: &LoadPlan, rehearsals: &[Vec<Rehearsal>]) -> Result<Url, NotRehearsed> {
    let mut found: Option<&Url> = None;
    for (place, rehearsal) in rehearsals.iter().flat_map(|all| all.iter().enumerate()) {
        let Some(url) = &rehearsal.url else { continue };
        match found {
            Some(first) if first.origin() != url.origin() => {
                return Err(NotRehearsed::Elsewhere {
                    operation: plan.mix[place].called().unwrap_or("a call").to_owned(),
                    other: url.origin().ascii_serialization(),
                });
            }
            Some(_) => {}
            None => found = Some(url),
        }
    }
    found.cloned().ok_or_else(|| NotRehearsed::Template {
        operation: "the plan".to_owned(),
        why: "it makes no call at all: `mix` needs an entry with `mcp`".to_owned(),
    })
}
