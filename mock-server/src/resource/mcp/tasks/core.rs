//! Tasks of 2025-11-25 (basic/utilities/tasks): asked for with `task`, read with `tasks/get` and `tasks/result`, listed,
//! cancelled.

use serde_json::{Map, Value, json};

use super::store::{Status, Task};
use super::{POLL, TOOL, are_known, begin, cancel, finish, named, shown};
use crate::defect::resource;
use crate::platform::Caller;
use crate::resource::mcp::rpc::{self, Outcome};
use crate::serve::exchange::Exchange;

/// Says which task a result belongs to.
const RELATED: &str = "io.modelcontextprotocol/related-task";

/// `capabilities.tasks`.
pub(in super::super) fn capabilities() -> Value {
    json!({ "list": {}, "cancel": {}, "requests": { "tools": { "call": {} } } })
}

/// Says of a list of tools which of them may run as a task.
pub(in super::super) fn mark_tools(listed: &mut Outcome) {
    let Outcome::Result(result) = listed else {
        return;
    };
    let tools = result["tools"].as_array_mut().into_iter().flatten();
    for tool in tools.filter(|tool| tool["name"] == TOOL) {
        tool["execution"] = json!({ "taskSupport": "optional" });
    }
}

/// Answers what is about tasks; `None` for everything else.
pub(in super::super) fn answer(
    exchange: &mut Exchange<'_>,
    caller: &Caller,
    method: &str,
    params: &Map<String, Value>,
) -> Option<Outcome> {
    let about = method.starts_with("tasks/") || (method == "tools/call" && params.contains_key("task"));
    if !about || !are_known(exchange) {
        return None;
    }
    exchange.call(method);
    let defects = exchange.view.defects.clone();
    let told = match method {
        "tools/call" => made(exchange, caller, params),
        "tasks/get" => named(exchange, caller, params, resource::TASK_ANY_PRINCIPAL).map(|task| view(&task)),
        "tasks/result" => named(exchange, caller, params, resource::TASK_ANY_PRINCIPAL)
            .map(|task| finish(exchange, task))
            .and_then(result),
        "tasks/cancel" => named(exchange, caller, params, resource::TASK_ANY_CANCELLER)
            .and_then(|task| cancel(exchange, task))
            .map(|task| view(&task)),
        "tasks/list" => {
            let owner = Some(caller.credential.as_str()).filter(|_| !defects.has(resource::TASK_LIST_ALL));
            let tasks: Vec<Value> = exchange.world.tasks().all(owner).map(view).collect();
            Ok(json!({ "tasks": tasks }))
        }
        _ => return None,
    };
    Some(told.map_or_else(|outcome| outcome, Outcome::Result))
}

fn made(exchange: &mut Exchange<'_>, caller: &Caller, params: &Map<String, Value>) -> Result<Value, Outcome> {
    if params.get("name").and_then(Value::as_str) != Some(TOOL) {
        return Err(Outcome::error(
            rpc::METHOD_NOT_FOUND,
            "this tool does not run as a task",
        ));
    }
    let life = params["task"].get("ttl").and_then(Value::as_i64);
    let task = begin(exchange, caller, params, life)?;
    Ok(json!({ "task": view(&task) }))
}

fn view(task: &Task) -> Value {
    let status = match &task.status {
        Status::Working => "working",
        Status::Done(result) if result["isError"] == true => "failed",
        Status::Done(_) => "completed",
        Status::Cancelled => "cancelled",
    };
    let mut view = shown(task, status);
    view["ttl"] = json!(task.life);
    view["pollInterval"] = json!(POLL);
    view
}

/// What the call itself would have said.
fn result(task: Task) -> Result<Value, Outcome> {
    match task.status {
        Status::Done(mut result) => {
            result["_meta"][RELATED] = json!({ "taskId": task.id });
            Ok(result)
        }
        _ => Err(Outcome::error(rpc::INVALID_PARAMS, "the task was cancelled")),
    }
}
