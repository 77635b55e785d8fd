//! Calls that go on after their answer: tasks, as the experimental feature of 2025-11-25 (`core`) and as the extension
//! `io.modelcontextprotocol/tasks` of 2026-07-28 (SEP-2663, `extension`).
//!
//! `find search` may become one. A task belongs to the credential that made it and answers to no other; every request
//! about it is judged like any request. Its work is done when its time has come, or when its result is asked for.

mod core;
mod extension;
mod store;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::call;
use super::rpc::{self, Outcome};
use crate::defect::{Defect, resource};
use crate::platform::Caller;
use crate::resource::tools;
use crate::serve::exchange::Exchange;
use crate::variant;

pub(super) use self::core::{answer as answer_core, capabilities as core_capabilities, mark_tools};
pub(super) use extension::{EXTENSION, answer as answer_extension};
pub(crate) use store::Tasks;
use store::{Status, Task};

/// The tool that may run as a task, and what it does then.
const TOOL: &str = "find";
/// Milliseconds between two looks.
const POLL: i64 = 1_000;

/// Whether this server has tasks at all.
pub(super) fn are_known(exchange: &Exchange<'_>) -> bool {
    !exchange.view.variants.has(variant::TOOLS_ONLY)
}

/// Makes a task of a call, or says why not. Whether the caller may make the call is judged now.
fn begin(
    exchange: &mut Exchange<'_>,
    caller: &Caller,
    params: &Map<String, Value>,
    life: Option<i64>,
) -> Result<Task, Outcome> {
    let (name, arguments) = call::read(params)?;
    exchange.call(&format!("tools/call {name}"));
    let permitted = {
        let platform = exchange.world.platform_for(&exchange.view);
        tools::authorize(&platform, caller, name, &arguments)
    };
    if let Err(refused) = permitted {
        return Err(call::refuse(exchange, refused));
    }
    let now = exchange.world.clock.millis();
    let id = if exchange.view.defects.has(resource::TASK_IDS_COUNTED) {
        format!("task-{}", exchange.world.tasks().next_number())
    } else {
        exchange.world.mint().hex(32)
    };
    let task = Task::new(id, caller, name, arguments, (now, life));
    if exchange.world.tasks().admit(task.clone(), now) {
        return Ok(task);
    }
    exchange.stop("bucket", "too many tasks");
    let text = format!("a credential has at most {} tasks at once", store::MOST);
    Err(Outcome::error(rpc::INTERNAL, text))
}

/// The task that a request names, as it is by now. Where `opened` is on, whoever names it gets it.
fn named(
    exchange: &mut Exchange<'_>,
    caller: &Caller,
    params: &Map<String, Value>,
    opened: Defect,
) -> Result<Task, Outcome> {
    let id = params.get("taskId").and_then(Value::as_str).unwrap_or_default();
    let owner = Some(caller.credential.as_str()).filter(|_| !exchange.view.defects.has(opened));
    let now = exchange.world.clock.millis();
    let found = exchange.world.tasks().of(id, owner, now).cloned();
    match found {
        Some(task) if task.is_due(now) => Ok(finish(exchange, task)),
        Some(task) => Ok(task),
        None => {
            exchange.stop("object", "unknown task");
            Err(Outcome::error(rpc::INVALID_PARAMS, "there is no task of this id"))
        }
    }
}

/// Does the work of a task that is still at it.
fn finish(exchange: &Exchange<'_>, task: Task) -> Task {
    if task.status != Status::Working {
        return task;
    }
    let ran = exchange
        .world
        .run_tool(&exchange.view, &task.caller, &task.tool, &task.arguments);
    let result = match ran {
        Ok(answer) => call::said(answer),
        Err(error) => call::told_inside(&error),
    };
    change(exchange, task, Status::Done(result))
}

/// Ends a task that is still at it; the error for one that has ended.
fn cancel(exchange: &Exchange<'_>, task: Task) -> Result<Task, Outcome> {
    if task.status != Status::Working {
        return Err(Outcome::error(rpc::INVALID_PARAMS, "the task has ended already"));
    }
    Ok(change(exchange, task, Status::Cancelled))
}

fn change(exchange: &Exchange<'_>, mut task: Task, status: Status) -> Task {
    let now = exchange.world.clock.millis();
    task.become_now(status, now);
    if let Some(kept) = exchange.world.tasks().of(&task.id, None, now) {
        kept.clone_from(&task);
    }
    task
}

/// What both say of a task alike.
fn shown(task: &Task, status: &str) -> Value {
    json!({
        "taskId": task.id,
        "status": status,
        "createdAt": moment(task.made),
        "lastUpdatedAt": moment(task.changed),
    })
}

/// Milliseconds since 1970 as ISO 8601 has them.
fn moment(millis: i64) -> String {
    Timestamp::from_millisecond(millis)
        .unwrap_or_default()
        .to_string()
}
