//! Two prompts: one for everybody, one for those who may write.

use serde_json::{Map, Value, json};

use super::super::rpc::{self, Outcome};
use super::list::page;
use crate::platform::{Caller, Mode, Target};
use crate::resource::trail;
use crate::serve::exchange::Exchange;

struct Prompt {
    name: &'static str,
    title: &'static str,
    does: &'static str,
    least: Mode,
    ask: &'static str,
}

const PROMPTS: [Prompt; 2] = [
    Prompt {
        name: "draft-note",
        title: "Draft a note",
        does: "Asks for a note that can be stored in the workspace.",
        least: Mode::Rw,
        ask: "Write a short note that can be stored in this workspace.",
    },
    Prompt {
        name: "summarise",
        title: "Summarise a workspace",
        does: "Asks for a summary of what a workspace holds.",
        least: Mode::R,
        ask: "Summarise what this workspace holds.",
    },
];

fn visible(caller: &Caller) -> impl Iterator<Item = &'static Prompt> + use<> {
    let widest = caller.widest_mode();
    PROMPTS.iter().filter(move |prompt| widest >= Some(prompt.least))
}

/// Whether the caller is offered a prompt of this name.
pub(super) fn offered(caller: &Caller, name: &str) -> bool {
    visible(caller).any(|prompt| prompt.name == name)
}

pub(super) fn list(caller: &Caller, params: &Map<String, Value>) -> Outcome {
    let all: Vec<Value> = visible(caller)
        .map(|prompt| {
            json!({
                "name": prompt.name,
                "title": prompt.title,
                "description": prompt.does,
                "arguments": [{
                    "name": "workspace_id",
                    "description": "Id of the workspace, 19 digits.",
                    "required": true,
                }],
            })
        })
        .collect();
    page("prompts", &all, params)
}

/// A prompt with the names of the workspace's documents, if the caller may read them.
pub(super) fn get(exchange: &mut Exchange<'_>, caller: &Caller, params: &Map<String, Value>) -> Outcome {
    let name = params.get("name").and_then(Value::as_str).unwrap_or_default();
    let Some(prompt) = visible(caller).find(|prompt| prompt.name == name) else {
        exchange.stop("object", "unknown prompt");
        return Outcome::error(rpc::INVALID_PARAMS, "there is no prompt of this name");
    };
    let arguments = params.get("arguments").and_then(Value::as_object);
    let Some(workspace) = arguments
        .and_then(|arguments| arguments.get("workspace_id"))
        .and_then(Value::as_str)
    else {
        return Outcome::error(rpc::INVALID_PARAMS, "workspace_id is missing");
    };
    let documents = {
        let platform = exchange.world.platform_for(&exchange.view);
        platform.list_documents(caller).unwrap_or_default()
    };
    let names: Vec<&str> = documents
        .iter()
        .filter(|(place, _)| place == workspace)
        .map(|(_, node)| node.name.as_str())
        .collect();
    let about = (&Target::Workspace(workspace.to_owned()), None);
    trail::looked(
        exchange.world,
        &exchange.view,
        caller,
        "prompts get",
        about,
        !names.is_empty(),
    );
    if names.is_empty() {
        exchange.stop("object", "unknown workspace");
        return Outcome::error(rpc::INVALID_PARAMS, "there is no workspace of this id");
    }
    let text = format!("{}\n\n{}\n", prompt.ask, names.join("\n"));
    Outcome::Result(json!({
        "description": prompt.does,
        "messages": [{ "role": "user", "content": { "type": "text", "text": text } }],
    }))
}
