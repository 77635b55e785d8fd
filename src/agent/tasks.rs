//! How a command is told what to do: its environment, and the calling convention of the official conformance suite.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::command::Contract;
use super::facts::Facts;
use crate::scenario::model::Task;
use crate::step::{Fill, Problem};

/// A task with the values of its references.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) name: String,
    tool: String,
    arguments: Json,
    count: u64,
    idle: Option<Duration>,
    stay: Duration,
}

/// How long a command stays where nothing is said.
const STAY: Duration = Duration::from_secs(3);

impl Asked {
    /// `read` is the harmless call that is made where the task names none.
    pub(super) fn of(task: &Task, read: (&str, Json), fill: Fill<'_>) -> Result<Self, Problem> {
        let tool = task.tool.as_ref().map(|tool| fill.text(tool)).transpose()?;
        let arguments = task.arguments.as_ref().map(|data| fill.data(data)).transpose()?;
        let idle = task.idle.as_ref().map(|idle| fill.time(idle)).transpose()?;
        let stay = task.stay.as_ref().map(|stay| fill.time(stay)).transpose()?;
        let arguments = match (&tool, arguments) {
            (_, Some(arguments)) => arguments.to_json(),
            (None, None) => read.1,
            (Some(_), None) => json!({}),
        };
        Ok(Self {
            name: task.name.value.clone(),
            tool: tool.unwrap_or_else(|| read.0.to_owned()),
            arguments,
            count: task.count.unwrap_or(4),
            idle,
            stay: stay.unwrap_or(STAY),
        })
    }

    /// Variables of the command's environment.
    pub(super) fn environment(&self, contract: Contract, facts: &Facts) -> BTreeMap<String, String> {
        match contract {
            Contract::Environment => self.own(facts),
            Contract::Conformance => self.of_the_suite(facts),
        }
    }

    fn own(&self, facts: &Facts) -> BTreeMap<String, String> {
        let mut set = BTreeMap::new();
        let stored = facts.get("access_token").or(facts.get("refresh_token")).is_some();
        let given = GIVEN.iter().chain(STORED.iter().filter(|_| stored));
        for (variable, fact) in given {
            if let Some(value) = facts.get(fact) {
                set.insert((*variable).to_owned(), value.to_owned());
            }
        }
        let mut put = |name: &str, value: String| set.insert(name.to_owned(), value);
        put("HALLMARK_TASK", self.name.clone());
        if self.name.contains("call") {
            put("HALLMARK_TOOL", self.tool.clone());
            put("HALLMARK_ARGUMENTS", self.arguments.to_string());
        }
        if self.name == "call-in-parallel" {
            put("HALLMARK_COUNT", self.count.to_string());
        }
        let idle = self
            .idle
            .or((self.name == "idle-then-call").then_some(Duration::from_secs(1)));
        if let Some(idle) = idle {
            put("HALLMARK_IDLE_MS", idle.as_millis().to_string());
        }
        if ["receive-webhook", "listen"].contains(&self.name.as_str()) {
            put("HALLMARK_SECONDS", self.stay.as_secs_f64().to_string());
        }
        set
    }

    /// `MCP_CONFORMANCE_SCENARIO` and `MCP_CONFORMANCE_CONTEXT`.
    fn of_the_suite(&self, facts: &Facts) -> BTreeMap<String, String> {
        let scenario = conformance(&self.name, facts.get("client_id").is_some()).unwrap_or_default();
        let mut context = serde_json::Map::new();
        context.insert("name".to_owned(), scenario.into());
        for name in ["client_id", "client_secret"] {
            if let Some(value) = facts.get(name) {
                context.insert(name.to_owned(), value.into());
            }
        }
        BTreeMap::from([
            ("MCP_CONFORMANCE_SCENARIO".to_owned(), scenario.to_owned()),
            (
                "MCP_CONFORMANCE_PROTOCOL_VERSION".to_owned(),
                crate::mcp::Revision::V2025_11_25.to_string(),
            ),
            (
                "MCP_CONFORMANCE_CONTEXT".to_owned(),
                Json::Object(context).to_string(),
            ),
        ])
    }
}

/// Variables, and the facts that they hold.
const GIVEN: &[(&str, &str)] = &[
    ("HALLMARK_MCP_URL", "mcp"),
    ("HALLMARK_STATE_DIR", "state_dir"),
    ("HALLMARK_API_KEY", "key"),
    ("HALLMARK_CLIENT_ID", "client_id"),
    ("HALLMARK_CLIENT_SECRET", "client_secret"),
    ("HALLMARK_ACCESS_TOKEN", "access_token"),
    ("HALLMARK_REFRESH_TOKEN", "refresh_token"),
    ("HALLMARK_EXPIRES_IN", "expires_in"),
    ("HALLMARK_WEBHOOK_PORT", "webhook_port"),
    ("HALLMARK_WEBHOOK_SECRET", "webhook_secret"),
    ("HALLMARK_WEBHOOK_SCHEME", "webhook_scheme"),
];

/// Those that say where a stored login is from.
const STORED: &[(&str, &str)] = &[
    ("HALLMARK_ISSUER", "issuer"),
    ("HALLMARK_TOKEN_ENDPOINT", "token_endpoint"),
    ("HALLMARK_RESOURCE", "resource"),
];

/// What the official conformance suite calls the scenario in which its client does a task of ours; `None`: it has none.
/// `oauth`: the client has to log in.
pub fn conformance(task: &str, oauth: bool) -> Option<&'static str> {
    match (task, oauth) {
        ("list-tools", false) => Some("initialize"),
        ("call-once", false) => Some("tools_call"),
        ("list-tools" | "call-once", true) => Some("auth/metadata-default"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_says_what_to_do() {
        let asked = Asked {
            name: "call-in-parallel".to_owned(),
            tool: "storage".to_owned(),
            arguments: json!({ "action": "list" }),
            count: 8,
            idle: None,
            stay: STAY,
        };
        let mut facts = Facts::default();
        facts.set("mcp", "http://127.0.0.1:1/mcp");
        facts.set("key", "k");
        let set = asked.environment(Contract::Environment, &facts);
        assert_eq!(set["HALLMARK_COUNT"], "8");
        assert_eq!(set["HALLMARK_API_KEY"], "k");
        assert_eq!(set["HALLMARK_ARGUMENTS"], r#"{"action":"list"}"#);
        assert!(!set.contains_key("HALLMARK_REFRESH_TOKEN") && !set.contains_key("HALLMARK_SECONDS"));
    }
}
