//! Tasks of 2026-07-28, the extension of SEP-2663: the server makes one of a call whose client knows them; read with
//! `tasks/get`, cancelled with `tasks/cancel`, and nowhere listed.

use serde_json::{Map, Value, json};

use super::store::{Status, Task};
use super::{POLL, TOOL, are_known, begin, cancel, named, shown};
use crate::defect::resource;
use crate::platform::Caller;
use crate::resource::mcp::meta::Meta;
use crate::resource::mcp::rpc::{self, Outcome};
use crate::serve::exchange::Exchange;

/// Its name in the capabilities of both sides.
pub(in super::super) const EXTENSION: &str = "io.modelcontextprotocol/tasks";

/// Answers what is about tasks; `None` for everything else.
pub(in super::super) fn answer(
    exchange: &mut Exchange<'_>,
    caller: &Caller,
    method: &str,
    params: &Map<String, Value>,
) -> Option<Outcome> {
    let becomes = method == "tools/call" && params.get("name").and_then(Value::as_str) == Some(TOOL);
    if !(becomes || method.starts_with("tasks/")) || !are_known(exchange) {
        return None;
    }
    if !knows(params) {
        // Without the capability a call is a plain call, and nobody can have a task to ask for.
        return (!becomes).then(unable);
    }
    let told = match method {
        "tools/call" => begin(exchange, caller, params, None).map(|task| made(&task)),
        "tasks/get" => named(exchange, caller, params, resource::TASK_ANY_PRINCIPAL).map(|task| view(&task)),
        "tasks/cancel" => named(exchange, caller, params, resource::TASK_ANY_CANCELLER).map(|task| {
            // The wish is acknowledged, whether or not there is still something to end.
            let _ = cancel(exchange, task);
            json!({})
        }),
        // Nothing is ever asked back here, so there is nothing to update.
        "tasks/update" => named(exchange, caller, params, resource::TASK_ANY_PRINCIPAL).map(|_| json!({})),
        _ => return None,
    };
    Some(told.map_or_else(|outcome| outcome, Outcome::Result))
}

/// Whether the client says that it knows tasks.
fn knows(params: &Map<String, Value>) -> bool {
    let meta = Meta::of(params);
    let extensions = meta.capabilities().and_then(|all| all.get("extensions"));
    extensions.is_some_and(|all| all.get(EXTENSION).is_some())
}

fn unable() -> Outcome {
    Outcome::Error {
        code: rpc::MISSING_CAPABILITY,
        text: "this needs the extension for tasks".to_owned(),
        data: Some(json!({ "requiredCapabilities": { "extensions": { EXTENSION: {} } } })),
    }
}

fn made(task: &Task) -> Value {
    let mut made = view(task);
    made["resultType"] = json!("task");
    made
}

fn view(task: &Task) -> Value {
    let (status, result) = match &task.status {
        Status::Working => ("working", None),
        Status::Done(result) => ("completed", Some(result)),
        Status::Cancelled => ("cancelled", None),
    };
    let mut view = shown(task, status);
    view["ttlMs"] = json!(task.life);
    view["pollIntervalMs"] = json!(POLL);
    if let Some(result) = result {
        view["result"] = result.clone();
    }
    view
}
