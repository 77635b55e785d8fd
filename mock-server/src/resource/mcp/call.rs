//! `tools/call` and how a tool is described.

use serde_json::{Map, Value, json};

use super::rpc;
use super::session_era::Outcome;
use crate::behaviour::Behaviour;
use crate::platform::{Caller, Refusal};
use crate::resource::tools::{self, ToolError, ToolSpec};
use crate::serve::exchange::Exchange;

/// A tool as `tools/list` shows it.
pub(crate) fn describe(tool: &ToolSpec) -> Value {
    json!({
        "name": tool.name,
        "title": tool.title,
        "description": tool.description,
        "inputSchema": tool.input_schema,
        "annotations": tool.annotations,
    })
}

/// Decides, runs and tells. A lacking permission is decided before anything runs.
pub(crate) fn call(
    exchange: &mut Exchange<'_>,
    caller: &Caller,
    id: &Value,
    params: &Map<String, Value>,
) -> Outcome {
    let Some(name) = params.get("name").and_then(Value::as_str) else {
        return Outcome::Reply(rpc::error(id, rpc::INVALID_PARAMS, "name is missing"));
    };
    let arguments = match params.get("arguments") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(arguments)) => arguments.clone(),
        Some(_) => return Outcome::Reply(rpc::error(id, rpc::INVALID_PARAMS, "arguments is not an object")),
    };
    if tools::list().iter().any(|tool| tool.name == name) {
        exchange.call(&format!("tools/call {name}"));
    }
    match exchange.world.run_tool(&exchange.view, caller, name, &arguments) {
        Ok(answer) => Outcome::Reply(rpc::result(
            id,
            &json!({
                "content": [{ "type": "text", "text": answer.text }],
                "structuredContent": answer.structured,
                "isError": false,
            }),
        )),
        Err(ToolError::Unknown) => {
            exchange.stop("object", "unknown tool");
            Outcome::Reply(rpc::error(
                id,
                rpc::INVALID_PARAMS,
                "there is no tool of this name",
            ))
        }
        Err(ToolError::BadArguments(text)) => {
            exchange.stop("object", "arguments");
            Outcome::Reply(tool_error(id, &text))
        }
        Err(ToolError::Refused(refused)) => refuse(exchange, id, refused),
    }
}

/// A lacking scope is told at HTTP level, but for `fastio`, which tells it inside the session.
fn refuse(exchange: &mut Exchange<'_>, id: &Value, refused: Refusal) -> Outcome {
    let forbidden = matches!(refused.status, 401 | 403);
    exchange.stop(
        if forbidden { "scope" } else { "object" },
        refused.reason.unwrap_or("refused"),
    );
    if forbidden && exchange.view.behaviour != Behaviour::Fastio {
        return Outcome::Refused(refused);
    }
    Outcome::Reply(tool_error(
        id,
        &format!("Error {} ({}): {}", refused.status, refused.code, refused.text),
    ))
}

fn tool_error(id: &Value, text: &str) -> Value {
    rpc::result(
        id,
        &json!({ "content": [{ "type": "text", "text": text }], "isError": true }),
    )
}
