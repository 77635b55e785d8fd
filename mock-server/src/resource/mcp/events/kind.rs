//! The kinds of events, as `events/list` shows them.

use serde_json::{Map, Value, json};

use super::super::features;
use super::super::rpc::Outcome;
use super::error::Trouble;
use crate::defect::{DefectSet, evs};
use crate::platform::AuditEvent;
use crate::serve::exchange::Exchange;

/// Something that can be heard of.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    description: &'static str,
    delivery: &'static [&'static str],
    /// The event of the trail.
    event: &'static str,
}

const KINDS: &[Kind] = &[
    Kind {
        name: "note.added",
        description: "A note was written in a workspace.",
        delivery: &["poll", "push", "webhook"],
        event: "workspace_storage_note_added",
    },
    Kind {
        name: "file.added",
        description: "A file came into a workspace.",
        delivery: &["poll", "push", "webhook"],
        event: "workspace_storage_file_added",
    },
    Kind {
        name: "folder.added",
        description: "A folder was made in a workspace.",
        delivery: &["poll", "push"],
        event: "workspace_storage_folder_added",
    },
];

impl Kind {
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.name == name)
    }

    pub(super) fn is_delivered_by(&self, mode: &str) -> bool {
        self.delivery.contains(&mode)
    }

    /// Whether an event is one of these that a subscription with these arguments is about.
    pub(super) fn is(&self, event: &AuditEvent, arguments: &Value, defects: &DefectSet) -> bool {
        let place = arguments["workspace"].as_str();
        let author = arguments["author"].as_str();
        let meant = event.workspace_id.as_deref() == place
            && author.is_none_or(|author| author == event.calling_user);
        event.event == self.event && (meant || defects.has(evs::FANOUT_LEAK))
    }

    fn shown(&self, extended: bool, defects: &DefectSet) -> Value {
        let mut payload = json!({
            "type": "object",
            "properties": {
                "workspace": { "type": "string" },
                "node": { "type": "string" },
                "line": { "type": "string", "description": "A line for people." },
                "text": { "type": "string", "description": "What a note says, or the beginning of it." },
            },
            "required": ["workspace", "node", "line"],
        });
        if extended {
            payload["properties"]["language"] = json!({ "type": "string" });
        }
        let none = defects.has(evs::EMPTY_DELIVERY) && !self.is_delivered_by("webhook");
        json!({
            "name": self.name,
            "description": self.description,
            "delivery": if none { &[] } else { self.delivery },
            "inputSchema": {
                "type": "object",
                "properties": {
                    "workspace": { "type": "string", "description": "Id of the workspace." },
                    "author": { "type": "string", "description": "Only what this user did." },
                },
                "required": ["workspace"],
                "additionalProperties": false,
            },
            "payloadSchema": payload,
        })
    }
}

/// One page of the list.
pub(super) fn list(exchange: &Exchange<'_>, params: &Map<String, Value>) -> Outcome {
    let extended = exchange.world.events().is_extended();
    let kinds = KINDS.iter();
    let all: Vec<Value> = kinds
        .map(|kind| kind.shown(extended, &exchange.view.defects))
        .collect();
    features::page("events", &all, params)
}

/// Arguments as `inputSchema` has them.
pub(super) fn arguments(params: &Map<String, Value>) -> Result<Value, Trouble> {
    let none = Map::new();
    let arguments = match params.get("arguments") {
        None | Some(Value::Null) => &none,
        Some(Value::Object(arguments)) => arguments,
        Some(_) => return Err(Trouble::Params("arguments is not an object")),
    };
    if arguments
        .iter()
        .any(|(name, value)| !matches!(name.as_str(), "workspace" | "author") || !value.is_string())
    {
        return Err(Trouble::Params("an argument is unknown or no text"));
    }
    if !arguments.contains_key("workspace") {
        return Err(Trouble::Params("the argument workspace is missing"));
    }
    Ok(Value::Object(arguments.clone()))
}
