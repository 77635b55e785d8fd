//! The tools of the MCP endpoint: the 35 names, what each takes, what it may do, and those that work.
//!
//! Uses `platform` alone. It never decides a permission itself: an action states its demand, and the platform
//! permits or refuses. It never sees a credential's value, but for the one it hands out when a key is made.

mod actions;
mod answer;
mod arguments;
mod catalogue;
mod describe;
mod flat;
mod schema;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use crate::platform::{Caller, Deed, Demand, Mode, Outcome, Platform, Refusal, Target};

pub use answer::ToolAnswer;
pub use flat::{FlatTool, flat_list, flat_visible, unfolded};
pub use schema::{Annotations, ToolSpec, list};

use actions::Turn;
use arguments::Arguments;

/// What an action does to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Leaves everything as it is.
    Read,
    /// Changes something.
    Write,
    /// Changes who may do what, or ends a whole thing.
    Admin,
}

/// Why a call gave no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ToolError {
    /// There is no tool of this name.
    #[error("unknown tool")]
    Unknown,
    /// An argument is missing, of the wrong type, or names an action that is not there.
    #[error("{0}")]
    BadArguments(String),
    /// The platform refused.
    #[error("{}", .0.text)]
    Refused(Refusal),
}

impl From<Refusal> for ToolError {
    fn from(refusal: Refusal) -> ToolError {
        ToolError::Refused(refusal)
    }
}

impl Effect {
    fn mode(self) -> Mode {
        match self {
            Effect::Read => Mode::R,
            Effect::Write => Mode::Rw,
            Effect::Admin => Mode::Rwa,
        }
    }
}

/// The tools a caller gets to see: a credential that may only read is not shown the `_manage` ones, save
/// `auth_manage`, which is where signing in happens.
pub fn visible(caller: &Caller) -> Vec<&'static ToolSpec> {
    let writes = caller.widest_mode() >= Some(Mode::Rw);
    list()
        .iter()
        .filter(|tool| writes || tool.name == "auth_manage" || !tool.name.ends_with("_manage"))
        .collect()
}

/// What the call would do. `None` for a tool or an action that does not exist.
pub fn effect(tool: &str, arguments: &Map<String, Value>) -> Option<Effect> {
    let action = arguments.get("action")?.as_str()?;
    catalogue::action(catalogue::tool(tool)?, action).map(|action| action.effect)
}

/// The decision alone: whether the caller may make this call. A call that is no call (an unknown tool, a
/// missing argument) is not refused here; [`call`] says what is wrong with it.
///
/// # Errors
/// 403 where a scope or the role lacks, 404 where the target is unknown to the caller, 406 for filters that
/// name no target.
pub fn authorize(
    platform: &Platform,
    caller: &Caller,
    name: &str,
    arguments: &Map<String, Value>,
) -> Result<(), Refusal> {
    let Some(effect) = effect(name, arguments) else {
        return Ok(());
    };
    let arguments = Arguments::new(arguments);
    let demand = arguments
        .text("action")
        .ok()
        .and_then(|action| actions::working(name, action))
        .map(|working| (working.demand)(platform, caller, arguments));
    match demand {
        Some(Ok(demand)) => {
            let action = (name, arguments.text("action").unwrap_or_default());
            permit_all(
                platform,
                caller,
                &actions::every(platform, action, demand, arguments),
            )
        }
        Some(Err(ToolError::Refused(refusal))) => Err(refusal),
        // Without a target there is still the mode to be judged.
        _ => platform.permit(
            caller,
            &Demand {
                mode: effect.mode(),
                ..Demand::own()
            },
        ),
    }
}

/// All demands of one call. A refusal for want of a scope names every scope that lacks, so that one new consent is
/// enough (MCP, runtime insufficient scope errors).
fn permit_all(platform: &Platform, caller: &Caller, demands: &[Demand]) -> Result<(), Refusal> {
    let mut refusals = demands
        .iter()
        .filter_map(|demand| platform.permit(caller, demand).err());
    let Some(mut first) = refusals.next() else {
        return Ok(());
    };
    if let Some(needed) = &mut first.scope_needed
        && !platform.switches.scopes.one_at_a_time
    {
        for scope in refusals.filter_map(|refusal| refusal.scope_needed) {
            if !needed.split(' ').any(|known| known == scope) {
                needed.push(' ');
                needed.push_str(&scope);
            }
        }
    }
    Err(first)
}

/// Makes a call and sees to it that the trail says so: decides, then does it. `mint` gives the value of a new key, shaped by the authority; it is
/// asked only once a key may be made. `now` is in Unix seconds.
///
/// # Errors
/// [`ToolError`]; nothing has changed then.
pub fn call(
    platform: &mut Platform,
    caller: &Caller,
    now: i64,
    mint: &mut dyn FnMut() -> String,
    name: &str,
    arguments: &Map<String, Value>,
) -> Result<ToolAnswer, ToolError> {
    done(platform, caller, now, mint, name, arguments).map(ToolAnswer::of)
}

/// The same without the words for people, which take longer than many a call: who holds a lock writes them later.
pub(crate) fn done(
    platform: &mut Platform,
    caller: &Caller,
    now: i64,
    mint: &mut dyn FnMut() -> String,
    name: &str,
    arguments: &Map<String, Value>,
) -> Result<Value, ToolError> {
    let before = platform.events_so_far();
    let answer = run(platform, caller, now, mint, name, arguments);
    if platform.events_so_far() == before {
        account(platform, caller, now, (name, arguments), &answer);
    }
    answer
}

/// Leaves an event of a call that left none of its own, and of one that was refused for want of a right.
fn account(
    platform: &mut Platform,
    caller: &Caller,
    now: i64,
    (name, arguments): (&str, &Map<String, Value>),
    answer: &Result<Value, ToolError>,
) {
    let outcome = match answer {
        Ok(_) => Outcome::Done,
        Err(ToolError::Refused(refused)) if matches!(refused.status, 403 | 404) => Outcome::Denied,
        Err(_) => return,
    };
    let given = Arguments::new(arguments);
    let Some((action, effect)) = given.text("action").ok().zip(effect(name, arguments)) else {
        return;
    };
    let working = actions::working(name, action);
    let demand = working.and_then(|working| (working.demand)(platform, caller, given).ok());
    let target = demand.map_or(Target::Own, |demand| demand.target);
    let node = given.optional("node_id").ok().flatten();
    let node = node.map(|node| node.replace('-', ""));
    let deed = match effect {
        Effect::Read => Deed::Read,
        Effect::Write | Effect::Admin => Deed::Write,
    };
    let call = format!("{name} {action}");
    platform.note_access(caller, now, &call, (&target, node.as_deref()), (deed, outcome));
}

fn run(
    platform: &mut Platform,
    caller: &Caller,
    now: i64,
    mint: &mut dyn FnMut() -> String,
    name: &str,
    arguments: &Map<String, Value>,
) -> Result<Value, ToolError> {
    let tool = catalogue::tool(name).ok_or(ToolError::Unknown)?;
    let given = Arguments::new(arguments);
    let action = given.text("action")?;
    let Some(known) = catalogue::action(tool, action) else {
        return Err(ToolError::BadArguments(describe::no_such_action(tool)));
    };
    authorize(platform, caller, name, arguments)?;
    if known.name == "describe" {
        return Ok(describe::describe(tool));
    }
    let Some(working) = actions::working(name, action) else {
        return Err(ToolError::BadArguments(format!(
            "{name} {action}: not in this build of the mock"
        )));
    };
    let mut turn = Turn {
        platform,
        caller,
        now,
        mint,
        given,
    };
    (working.run)(&mut turn)
}
