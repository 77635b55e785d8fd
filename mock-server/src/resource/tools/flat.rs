//! The flat layout: one tool for each action, named `storage.list`. The same calls under other names.

use std::sync::OnceLock;

use serde_json::{Map, Value, json};

use super::catalogue::{self, Action, Tool, actions_of};
use super::schema::{Annotations, ToolSpec, property};
use super::{Effect, visible};
use crate::platform::Caller;

/// One action as a tool.
pub struct FlatTool {
    /// As `tools/list` describes it.
    pub spec: ToolSpec,
    /// The tool and the action it stands for.
    pub of: (&'static str, &'static str),
}

/// Every action of the 35 tools but `describe`, in their order; made once per process.
pub fn flat_list() -> &'static [FlatTool] {
    static TOOLS: OnceLock<Vec<FlatTool>> = OnceLock::new();
    TOOLS.get_or_init(|| {
        catalogue::tools()
            .flat_map(|tool| actions_of(tool).map(move |action| (tool, action)))
            .filter(|(_, action)| action.name != "describe")
            .map(|(tool, action)| flat(tool, action))
            .collect()
    })
}

/// The flat tools a caller gets to see: those of the tools it would see otherwise.
pub fn flat_visible(caller: &Caller) -> Vec<&'static ToolSpec> {
    let seen = visible(caller);
    flat_list()
        .iter()
        .filter(|flat| seen.iter().any(|tool| tool.name == flat.of.0))
        .map(|flat| &flat.spec)
        .collect()
}

/// The call that a call of a flat tool stands for: the tool, and the arguments with the action. `None` where there is
/// no such tool.
pub fn unfolded(name: &str, mut arguments: Map<String, Value>) -> Option<(&'static str, Map<String, Value>)> {
    let (tool, action) = flat_list().iter().find(|flat| flat.spec.name == name)?.of;
    arguments.insert("action".to_owned(), json!(action));
    Some((tool, arguments))
}

fn flat(tool: &'static Tool, action: &'static Action) -> FlatTool {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, needed) in action.parameters() {
        properties.insert(name.to_owned(), property(name));
        if needed {
            required.push(name);
        }
    }
    let reads = action.effect == Effect::Read;
    FlatTool {
        spec: ToolSpec {
            name: format!("{}.{}", tool.name, action.name).into(),
            title: format!("{}: {}", tool.title, action.name).into(),
            description: action.does,
            input_schema: json!({ "type": "object", "properties": properties, "required": required }),
            annotations: Annotations {
                read_only_hint: reads,
                destructive_hint: destroys(action),
                idempotent_hint: reads,
                open_world_hint: tool.open_world,
            },
        },
        of: (tool.name, action.name),
    }
}

/// What destroys something asks for a confirmation.
fn destroys(action: &Action) -> bool {
    action.parameters().any(|(name, _)| name == "confirm")
}
