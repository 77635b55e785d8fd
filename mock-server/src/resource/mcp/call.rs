//! `tools/call` and how a tool is described.

use serde_json::{Map, Value, json};

use super::rpc::{self, Outcome};
use crate::authority::crowd;
use crate::behaviour::Behaviour;
use crate::platform::{Caller, Refusal};
use crate::resource::tools::{self, ToolAnswer, ToolError, ToolSpec};
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

/// What a call is told where refusals stand inside the conversation and nobody was admitted.
pub(crate) fn lapsed(exchange: &Exchange<'_>) -> Option<Outcome> {
    exchange.lapsed.map(tool_error)
}

/// Name and arguments of a call.
pub(crate) fn read(params: &Map<String, Value>) -> Result<(&str, Map<String, Value>), Outcome> {
    let Some(name) = params.get("name").and_then(Value::as_str) else {
        return Err(Outcome::error(rpc::INVALID_PARAMS, "name is missing"));
    };
    match params.get("arguments") {
        None | Some(Value::Null) => Ok((name, Map::new())),
        Some(Value::Object(arguments)) => Ok((name, arguments.clone())),
        Some(_) => Err(Outcome::error(rpc::INVALID_PARAMS, "arguments is not an object")),
    }
}

/// Decides, runs and tells. A lacking permission is decided before anything runs.
pub(crate) fn call(exchange: &mut Exchange<'_>, caller: &Caller, params: &Map<String, Value>) -> Outcome {
    match read(params) {
        Ok((name, arguments)) => run(exchange, caller, name, &arguments),
        Err(outcome) => outcome,
    }
}

/// The same where each action is a tool of its own.
pub(crate) fn call_flat(
    exchange: &mut Exchange<'_>,
    caller: &Caller,
    params: &Map<String, Value>,
) -> Outcome {
    let (name, arguments) = match read(params) {
        Ok(read) => read,
        Err(outcome) => return outcome,
    };
    if let Some((tool, arguments)) = tools::unfolded(name, arguments) {
        return run(exchange, caller, tool, &arguments);
    }
    exchange.stop("object", "unknown tool");
    Outcome::error(rpc::INVALID_PARAMS, "there is no tool of this name")
}

pub(crate) fn run(
    exchange: &mut Exchange<'_>,
    caller: &Caller,
    name: &str,
    arguments: &Map<String, Value>,
) -> Outcome {
    if tools::list().iter().any(|tool| tool.name == name) {
        exchange.call(&format!("tools/call {name}"));
    }
    match exchange.world.run_tool(&exchange.view, caller, name, arguments) {
        Ok(answer) => Outcome::Result(crowd::mixed(exchange, caller, said(answer))),
        Err(ToolError::Unknown) => {
            exchange.stop("object", "unknown tool");
            Outcome::error(rpc::INVALID_PARAMS, "there is no tool of this name")
        }
        Err(ToolError::BadArguments(text)) => {
            exchange.stop("object", "arguments");
            tool_error(&text)
        }
        Err(ToolError::Refused(refused)) => refuse(exchange, refused),
    }
}

/// A lacking scope is told at HTTP level, but for `fastio`, which tells it inside the session.
pub(crate) fn refuse(exchange: &mut Exchange<'_>, refused: Refusal) -> Outcome {
    let forbidden = matches!(refused.status, 401 | 403);
    exchange.stop(
        if forbidden { "scope" } else { "object" },
        refused.reason.unwrap_or("refused"),
    );
    if forbidden && exchange.view.behaviour != Behaviour::Fastio {
        return Outcome::Refused(refused);
    }
    Outcome::Result(error_result(&refusal(&refused)))
}

fn refusal(refused: &Refusal) -> String {
    format!("Error {} ({}): {}", refused.status, refused.code, refused.text)
}

/// What a tool said, as a result.
pub(crate) fn said(answer: ToolAnswer) -> Value {
    let text = Value::String(answer.text);
    let mut content = Map::new();
    content.insert("type".to_owned(), json!("text"));
    content.insert("text".to_owned(), text);
    let mut result = Map::new();
    result.insert("content".to_owned(), Value::Array(vec![Value::Object(content)]));
    result.insert("structuredContent".to_owned(), answer.structured);
    result.insert("isError".to_owned(), Value::Bool(false));
    Value::Object(result)
}

/// What went wrong, as a result, where the status of the answer has gone out already.
pub(crate) fn told_inside(error: &ToolError) -> Value {
    error_result(&match error {
        ToolError::Unknown => "there is no tool of this name".to_owned(),
        ToolError::BadArguments(text) => text.clone(),
        ToolError::Refused(refused) => refusal(refused),
    })
}

pub(crate) fn tool_error(text: &str) -> Outcome {
    Outcome::Result(error_result(text))
}

fn error_result(text: &str) -> Value {
    json!({ "content": [{ "type": "text", "text": text }], "isError": true })
}
