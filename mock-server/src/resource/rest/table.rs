//! The route table: method and path to what is done.

use http::Method;
use serde_json::{Map, Value, json};

/// What a route does.
#[derive(Debug)]
pub(super) enum Operation {
    /// An action of a tool.
    Tool {
        name: &'static str,
        arguments: Map<String, Value>,
    },
    /// The trail as text: the arguments of an event search.
    TrailExport(Map<String, Value>),
    /// A connection ticket for a workspace or organisation.
    Ticket(String),
    /// A long poll of one.
    Poll(String),
    /// What asks for a fresh login.
    Security,
}

impl Operation {
    /// For the journal.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Tool { name, arguments } => {
                format!(
                    "{name} {}",
                    arguments
                        .get("action")
                        .and_then(Value::as_str)
                        .unwrap_or_default()
                )
            }
            Self::Security => "user security".to_owned(),
            Self::TrailExport(_) => "event export".to_owned(),
            Self::Ticket(_) => "websocket auth".to_owned(),
            Self::Poll(_) => "activity poll".to_owned(),
        }
    }
}

/// The operation of a route, with what the request gave; `None` where there is no such route.
pub(super) fn operation(method: &Method, segments: &[&str], given: Map<String, Value>) -> Option<Operation> {
    let method = if method == Method::HEAD {
        "GET"
    } else {
        method.as_str()
    };
    Some(match (method, segments) {
        ("GET", ["orgs", "list"]) => tool("org", "list", given, &[]),
        ("GET", ["orgs", "list", "external"]) => tool("org", "discover-external", given, &[]),
        ("GET", ["org", id, "details"]) => tool("org", "details", given, &[("org_id", id)]),
        ("GET", ["org", id, "members", "list"]) => tool("org", "members", given, &[("org_id", id)]),
        ("GET", ["org", id, "list", "workspaces"]) => {
            tool("org", "list-workspaces", given, &[("org_id", id)])
        }
        ("GET", ["workspace", id, "details"]) => tool("workspace", "details", given, &[("workspace_id", id)]),
        ("GET", ["workspace", id, "members", "list"]) => {
            tool("workspace", "members", given, &[("workspace_id", id)])
        }
        ("POST", ["workspace", id, "update"]) => {
            tool("workspace_manage", "update", given, &[("workspace_id", id)])
        }
        (_, ["workspace", id, "ai", "agent", rest @ ..]) => chat(method, id, rest, given)?,
        (_, ["org" | "workspace", _, "member", ..]) => member(method, segments, given)?,
        ("POST", ["org", rest @ ..]) => handover(method, rest, given)?,
        ("GET" | "DELETE", ["org", _, "transfer", ..]) => handover(method, &segments[1..], given)?,
        (_, ["workspace", id, "storage", rest @ ..]) => storage(method, id, rest, given)?,
        ("GET", ["workspace", id, "shares", "list"]) => tool("share", "list", given, &[("workspace_id", id)]),
        ("POST", ["workspace", id, "create", "share"]) => {
            tool("share_manage", "create", given, &[("workspace_id", id)])
        }
        (_, ["share", id, rest @ ..]) => share(method, id, rest, given)?,
        ("POST", ["upload"]) => tool("upload_manage", "stream-upload", given, &[]),
        ("GET", ["upload", "limits"]) => tool("upload", "limits", given, &[]),
        ("GET", ["upload", id, "details"]) => tool("upload", "status", given, &[("upload_id", id)]),
        ("POST", ["web_upload"]) => tool("upload_manage", "web-import", given, &[]),
        ("GET", ["events", "search"]) => tool("event", "search", given, &[]),
        ("GET", ["events", "export"]) => Operation::TrailExport(search_fields(given)),
        ("GET", ["find", "search"]) => tool("find", "search", given, &[]),
        ("GET", ["event", id, "details"]) => tool("event", "details", given, &[("event_id", id)]),
        ("GET", ["user", "security"]) => Operation::Security,
        ("GET", ["websocket", "auth", id]) => Operation::Ticket((*id).to_owned()),
        ("GET", ["activity", "poll", id]) => Operation::Poll((*id).to_owned()),
        ("GET", ["user", "auth", "check"]) => tool("auth", "check", given, &[]),
        ("GET", ["auth", "scopes"]) => tool("auth", "scopes", given, &[]),
        ("GET", ["user", "auth", "keys"]) => tool("auth", "api-key-list", given, &[]),
        ("POST", ["user", "auth", "key"]) => tool("auth_manage", "api-key-create", key_fields(given), &[]),
        ("GET", ["user", "auth", "key", id]) => tool("auth", "api-key-get", given, &[("key_id", id)]),
        ("POST", ["user", "auth", "key", id]) => tool(
            "auth_manage",
            "api-key-update",
            key_fields(given),
            &[("key_id", id)],
        ),
        ("POST", ["user", "auth", "key", id, "rotate"]) => {
            tool("auth_manage", "api-key-rotate", given, &[("key_id", id)])
        }
        ("GET", ["org", id, "billing", "usage", "limits", "credits"]) => {
            tool("org", "limits", given, &[("org_id", id)])
        }
        (_, ["workspace", id, "outbound_webhook_subscriptions"]) => match method {
            "GET" => tool("event", "webhook-list", given, &[("workspace_id", id)]),
            "POST" => tool("event_manage", "webhook-create", given, &[("workspace_id", id)]),
            _ => return None,
        },
        (_, ["outbound_webhook_subscriptions", id, rest @ ..]) => subscription(method, id, rest, given)?,
        ("DELETE", ["user", "auth", "key", id]) => tool(
            "auth_manage",
            "api-key-delete",
            given,
            &[("key_id", id), ("confirm", "true")],
        ),
        _ => return None,
    })
}

/// Chats over the files of a workspace.
fn chat(method: &str, workspace: &str, rest: &[&str], given: Map<String, Value>) -> Option<Operation> {
    let at = |name, action, given, chat| {
        let path = [
            ("profile_type", "workspace"),
            ("profile_id", workspace),
            ("chat_id", chat),
        ];
        tool(name, action, given, &path)
    };
    Some(match (method, rest) {
        ("POST", []) => at("ai_manage", "chat-create", given, ""),
        ("POST", [chat, "message"]) => at("ai_manage", "message-send", given, chat),
        ("GET", [chat, "messages", "list"]) => at("ai", "messages-list", given, chat),
        _ => return None,
    })
}

fn share(method: &str, id: &str, rest: &[&str], mut given: Map<String, Value>) -> Option<Operation> {
    let inside = |action, given, node| {
        let path = [("profile_type", "share"), ("profile_id", id), ("node_id", node)];
        tool("storage", action, given, &path)
    };
    Some(match (method, rest) {
        ("GET", ["details"]) => tool("share", "details", given, &[("share_id", id)]),
        ("POST", ["update"]) => tool("share_manage", "update", given, &[("share_id", id)]),
        ("DELETE", ["delete"]) => {
            given.insert("confirm".to_owned(), json!("true"));
            tool("share_manage", "delete", given, &[("share_id", id)])
        }
        ("GET", ["storage", node, "list"]) => inside("list", given, node),
        ("GET", ["storage", node, "content" | "read"]) => inside("content", given, node),
        _ => return None,
    })
}

/// Making organisations and handing them over.
fn handover(method: &str, rest: &[&str], mut given: Map<String, Value>) -> Option<Operation> {
    Some(match (method, rest) {
        ("POST", ["create"]) => tool("org_manage", "create", given, &[]),
        ("POST", ["transfer", "claim"]) => tool("org_manage", "transfer-claim", given, &[]),
        ("POST", [id, "create", "workspace"]) => {
            tool("org_manage", "create-workspace", given, &[("org_id", id)])
        }
        ("POST", [id, "transfer", "token", "create"]) => {
            tool("org_manage", "transfer-token-create", given, &[("org_id", id)])
        }
        ("GET", [id, "transfer", "token", "list"]) => {
            tool("org_manage", "transfer-token-list", given, &[("org_id", id)])
        }
        ("DELETE", [id, "transfer", "token", token]) => {
            given.insert("confirm".to_owned(), json!("true"));
            let path = [("org_id", *id), ("token_id", *token)];
            tool("org_manage", "transfer-token-delete", given, &path)
        }
        _ => return None,
    })
}

/// What is done to one member.
fn member(method: &str, segments: &[&str], mut given: Map<String, Value>) -> Option<Operation> {
    let [entity, id, "member", user, rest @ ..] = segments else {
        return None;
    };
    let path = [("entity_type", *entity), ("entity_id", *id), ("user_id", *user)];
    let action = match (method, rest) {
        ("POST", ["update"]) => "update",
        ("POST", ["transfer_ownership"]) => "transfer-ownership",
        ("DELETE", []) => "remove",
        _ => return None,
    };
    given.insert("confirm".to_owned(), json!("true"));
    Some(tool("member_manage", action, given, &path))
}

fn storage(method: &str, workspace: &str, rest: &[&str], mut given: Map<String, Value>) -> Option<Operation> {
    let place = [("profile_type", "workspace"), ("profile_id", workspace)];
    let at = |name, action, given, node| tool(name, action, given, &[place[0], place[1], ("node_id", node)]);
    Some(match (method, rest) {
        ("GET", ["search"]) => {
            if let Some(text) = given.remove("search") {
                given.insert("query".to_owned(), text);
            }
            tool("storage", "search", given, &place)
        }
        ("GET", [node, "list"]) => at("storage", "list", given, node),
        ("GET", [node, "details"]) => at("storage", "details", given, node),
        ("GET", [node, "content" | "read"]) => at("storage", "content", given, node),
        ("GET", [node, "requestread"]) => at("download", "token", given, node),
        ("POST", [node, "restore-version"]) => at("storage_manage", "version-restore", given, node),
        ("GET", [node, "versions"]) => at("storage", "version-list", given, node),
        ("POST", [node, "createfolder"]) => at("storage_manage", "create-folder", given, node),
        ("POST", [node, "createnote"]) => {
            let arguments = [("workspace_id", workspace), ("parent_id", *node)];
            tool("workspace_manage", "create-note", given, &arguments)
        }
        ("GET", [node, "lock"]) => at("storage", "lock-status", given, node),
        ("POST", [node, "lock"]) => at("storage_manage", "lock-acquire", given, node),
        ("POST", [node, "lock", "heartbeat"]) => at("storage_manage", "lock-heartbeat", given, node),
        ("DELETE", [node, "lock"]) => at("storage_manage", "lock-release", given, node),
        ("POST", [node, "move"]) => at("storage_manage", "move", given, node),
        ("POST", [node, "update"]) => at("storage_manage", "rename", given, node),
        ("DELETE", [node, "delete"]) => {
            given.insert("confirm".to_owned(), json!("true"));
            at("storage_manage", "delete", given, node)
        }
        _ => return None,
    })
}

fn subscription(method: &str, id: &str, rest: &[&str], given: Map<String, Value>) -> Option<Operation> {
    let at = |name, action, given| tool(name, action, given, &[("subscription_id", id)]);
    Some(match (method, rest) {
        ("GET", []) => at("event", "webhook-details", given),
        ("PATCH", []) => at("event_manage", "webhook-update", given),
        ("POST", ["rotate_secret"]) => at("event_manage", "webhook-rotate-secret", given),
        ("DELETE", []) => tool(
            "event_manage",
            "webhook-delete",
            given,
            &[("subscription_id", id), ("confirm", "true")],
        ),
        _ => return None,
    })
}

/// What an export selects is what a search would find.
fn search_fields(mut given: Map<String, Value>) -> Map<String, Value> {
    given.insert("action".to_owned(), json!("search"));
    given
}

/// REST names the end of a key `expires`; the tool calls it `key_expires`. Scopes come as JSON text.
fn key_fields(mut given: Map<String, Value>) -> Map<String, Value> {
    if let Some(expires) = given.remove("expires") {
        given.insert("key_expires".to_owned(), expires);
    }
    given
}

/// The path decides over what the request gave.
fn tool(name: &'static str, action: &str, mut given: Map<String, Value>, path: &[(&str, &str)]) -> Operation {
    given.insert("action".to_owned(), json!(action));
    for (name, value) in path {
        given.insert((*name).to_owned(), json!(value));
    }
    Operation::Tool {
        name,
        arguments: given,
    }
}
