//! What changed, and who may be told: the source of every `list_changed` and `updated` notification.
//!
//! A change is said once; each stream asks for itself whether its credential may know of it.

use serde_json::{Map, Value, json};
use tokio::sync::broadcast;

use super::features::{may_read, uri_of};
use crate::defect::tenant;
use crate::platform::{Caller, Demand, Mode};
use crate::resource::tools::ToolAnswer;
use crate::state::State;

/// Changes kept for a stream that is slow; one that is slower still is told everything may have changed.
const KEPT: usize = 256;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// The set of documents of a workspace.
    Documents { workspace: String },
    /// One document.
    Document { workspace: String, node: String },
    /// What a credential may do, and with it what it is shown.
    Rights { credential: String },
    /// The list of MCP Events, or how they are described.
    EventKinds,
    /// A credential is over.
    Ended { credential: String },
}

/// A notification that a change comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Notice {
    Tools,
    Prompts,
    Resources,
    /// Nobody in a session hears of it: there are no events there.
    Events,
    Resource(String),
}

impl Notice {
    pub(crate) fn method(&self) -> &'static str {
        match self {
            Self::Tools => "notifications/tools/list_changed",
            Self::Prompts => "notifications/prompts/list_changed",
            Self::Resources => "notifications/resources/list_changed",
            Self::Events => "notifications/events/list_changed",
            Self::Resource(_) => "notifications/resources/updated",
        }
    }

    /// Its parameters; `_meta` is the stateless era's to add.
    pub(crate) fn params(&self) -> Map<String, Value> {
        match self {
            Self::Resource(uri) => Map::from_iter([("uri".to_owned(), json!(uri))]),
            _ => Map::new(),
        }
    }
}

/// Everything, for who missed too much to know better.
pub(crate) const ALL: [Notice; 3] = [Notice::Tools, Notice::Prompts, Notice::Resources];

pub(crate) type Feed = broadcast::Sender<Change>;

pub(crate) fn feed() -> Feed {
    broadcast::Sender::new(KEPT)
}

/// What a successful call of a tool changed.
pub(crate) fn changes_of(name: &str, arguments: &Map<String, Value>, answer: &ToolAnswer) -> Vec<Change> {
    let text = |name: &str| arguments.get(name).and_then(Value::as_str);
    let Some(action) = text("action") else {
        return Vec::new();
    };
    let workspace = || {
        text("profile_id")
            .or_else(|| text("workspace_id"))
            .unwrap_or_default()
            .to_owned()
    };
    let documents = || Change::Documents {
        workspace: workspace(),
    };
    let document = || Change::Document {
        workspace: workspace(),
        node: answer.structured["node"]["id"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
    };
    match (name, action) {
        ("storage_manage", "rename" | "delete" | "restore") => vec![documents(), document()],
        ("storage_manage", "purge") | ("workspace_manage", "create-note") => vec![documents()],
        ("workspace_manage", "update-note") => vec![document()],
        ("auth_manage", "api-key-update") => {
            let credential = text("key_id").unwrap_or_default().to_owned();
            vec![Change::Rights { credential }]
        }
        _ => Vec::new(),
    }
}

/// The caller behind a credential, if it is still live.
pub(crate) fn live_caller(world: &State, credential: &str) -> Option<Caller> {
    world.live_caller(credential)
}

/// What this change is to this caller: nothing, where it may not know of it.
pub(crate) fn notices(world: &State, caller: &Caller, change: &Change) -> Vec<Notice> {
    match change {
        Change::Documents { workspace } => {
            let demand = Demand::workspace(workspace, Mode::R);
            let wildcard = world.view().defects.has(tenant::TOPIC_WILDCARD);
            if wildcard || world.platform().permit(caller, &demand).is_ok() {
                vec![Notice::Resources]
            } else {
                Vec::new()
            }
        }
        Change::Document { workspace, node } => {
            let uri = uri_of(workspace, node);
            if may_read(world, caller, &uri) {
                vec![Notice::Resource(uri)]
            } else {
                Vec::new()
            }
        }
        Change::EventKinds => vec![Notice::Events],
        Change::Rights { credential } if *credential == caller.credential => ALL.to_vec(),
        Change::Rights { .. } | Change::Ended { .. } => Vec::new(),
    }
}
