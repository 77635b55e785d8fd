//! How a tool presents itself: name, hints and the JSON Schema of its arguments.

use std::borrow::Cow;
use std::sync::OnceLock;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Effect;
use super::catalogue::{self, Tool, actions_of};

/// A tool as `tools/list` describes it; serialises to the protocol's `Tool`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolSpec {
    /// The name it is called by.
    pub name: Cow<'static, str>,
    /// The name people read.
    pub title: Cow<'static, str>,
    /// What it is for.
    pub description: &'static str,
    /// JSON Schema (2020-12) of the arguments: an object that needs `action`.
    pub input_schema: Value,
    /// The hints of the protocol.
    pub annotations: Annotations,
}

/// The hints of a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Annotations {
    /// No action changes anything.
    pub read_only_hint: bool,
    /// Some action may destroy something.
    pub destructive_hint: bool,
    /// Twice is like once.
    pub idempotent_hint: bool,
    /// It reaches beyond the caller's own account.
    pub open_world_hint: bool,
}

/// The 35 tools, reading ones first; made once per process.
pub fn list() -> &'static [ToolSpec] {
    static TOOLS: OnceLock<Vec<ToolSpec>> = OnceLock::new();
    TOOLS.get_or_init(|| catalogue::tools().map(spec).collect())
}

fn spec(tool: &'static Tool) -> ToolSpec {
    let reads = !tool.name.ends_with("_manage");
    debug_assert!(!reads || tool.actions.iter().all(|action| action.effect == Effect::Read));
    ToolSpec {
        name: tool.name.into(),
        title: tool.title.into(),
        description: tool.does,
        input_schema: input_schema(tool),
        annotations: Annotations {
            read_only_hint: reads,
            destructive_hint: !reads,
            idempotent_hint: reads,
            open_world_hint: tool.open_world,
        },
    }
}

fn input_schema(tool: &Tool) -> Value {
    let names: Vec<&str> = actions_of(tool).map(|action| action.name).collect();
    let mut properties = Map::new();
    properties.insert(
        "action".to_owned(),
        json!({ "type": "string", "enum": names, "description": "What to do." }),
    );
    for (name, _) in actions_of(tool).flat_map(catalogue::Action::parameters) {
        properties.entry(name).or_insert_with(|| property(name));
    }
    json!({ "type": "object", "properties": properties, "required": ["action"] })
}

/// The schema of one argument. Ids and words are strings unless said otherwise.
pub(super) fn property(name: &str) -> Value {
    let described = |kind: &str, text: &str| json!({ "type": kind, "description": text });
    // Gateways may route by these without reading the body (2026-07-28, x-mcp-header). Ids, never secrets.
    let mirrored =
        |header: &str, text: &str| json!({ "type": "string", "description": text, "x-mcp-header": header });
    match name {
        "profile_type" => json!({ "type": "string", "enum": ["workspace", "share"], "default": "workspace" }),
        "entity_type" => json!({ "type": "string", "enum": ["org", "workspace", "share"] }),
        "role" => json!({ "type": "string", "enum": ["guest", "member", "admin", "owner"] }),
        "share_type" => json!({ "type": "string", "enum": ["send", "receive", "exchange"] }),
        "confirm" => {
            json!({ "type": "string", "enum": ["true"], "description": "Confirms a destructive action." })
        }
        "page_size" => json!({
            "type": "integer", "minimum": 1, "maximum": 500, "default": 100, "x-mcp-header": "Page-Size",
        }),
        "limit" => json!({ "type": "integer", "minimum": 1, "maximum": 250, "default": 100 }),
        "offset" => json!({ "type": "integer", "minimum": 0, "default": 0 }),
        "duration" => json!({ "type": "integer", "minimum": 60, "maximum": 3600, "default": 300 }),
        "wait" => json!({ "type": "integer", "minimum": 1, "maximum": 95 }),
        "intelligence" => described("boolean", "Whether the files are indexed."),
        "values" => described("object", "Fields and their values."),
        "scopes" => json!({
            "type": "array",
            "items": { "type": "string", "pattern": "^[a-z]+:([0-9]{19}|\\*):(r|rw|rwa)$" },
            "description": "entity:id:mode each; to read when left out.",
        }),
        "files_scope" => json!({ "type": "array", "items": { "type": "string" }, "maxItems": 100 }),
        "profile_ids" => {
            json!({ "type": "array", "items": { "type": "string" }, "minItems": 1, "maxItems": 100 })
        }
        "key_expires" => described("string", "2026-12-31 23:59:59 UTC, or RFC 3339; empty for never."),
        "profile_id" => mirrored("Profile", "Id of the workspace, 19 digits."),
        "org_id" => described("string", "Id of an organisation, 19 digits."),
        "workspace_id" => mirrored("Workspace", "Id of a workspace, 19 digits."),
        "node_id" => described(
            "string",
            "Id of a node; `root` and `trash` where a folder is meant.",
        ),
        "parent_id" => described("string", "Id of a folder, or `root`."),
        "query" => described("string", "Words to look for."),
        "target_url" => described("string", "Where deliveries go."),
        "event_type_subscriptions" => {
            json!({ "type": "array", "items": { "type": "string" }, "maxItems": 100 })
        }
        "rate_limit_per_hour" => json!({ "type": "integer", "minimum": 1 }),
        "scheme" => described(
            "string",
            "How deliveries are signed; standard-webhooks when left out.",
        ),
        "cursor" => described("string", "Where the page before ended."),
        "email" => described("string", "The address of a person."),
        "lock_token" => described("string", "What the holder of a lock was given with it."),
        "client_info" => described("string", "What the client says of itself, for others to see."),
        "if_version_id" => described("string", "Only if this is still the newest version."),
        "agent_name" => json!({ "type": "string", "maxLength": 128 }),
        _ => json!({ "type": "string" }),
    }
}
