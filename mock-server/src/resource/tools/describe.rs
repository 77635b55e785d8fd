//! What a tool says about itself.

use serde_json::{Value, json};

use super::Effect;
use super::actions;
use super::catalogue::{Tool, actions_of};

/// The answer of `describe`: every action, what it takes, and whether it works here.
pub(super) fn describe(tool: &Tool) -> Value {
    let actions: Vec<Value> = actions_of(tool)
        .map(|action| {
            json!({
                "action": action.name,
                "does": action.does,
                "effect": word(action.effect),
                "parameters": action.parameters().map(|(name, _)| name).collect::<Vec<_>>(),
                "required": action.parameters().filter(|(_, required)| *required).map(|(name, _)| name)
                    .collect::<Vec<_>>(),
                "available": action.name == "describe" || actions::working(tool.name, action.name).is_some(),
            })
        })
        .collect();
    json!({ "tool": tool.name, "description": tool.does, "actions": actions })
}

/// What is told to who asks for an action that is not there. What was asked for is not repeated.
pub(super) fn no_such_action(tool: &Tool) -> String {
    let known: Vec<&str> = actions_of(tool).map(|action| action.name).collect();
    format!("action: {} has {}", tool.name, known.join(", "))
}

fn word(effect: Effect) -> &'static str {
    match effect {
        Effect::Read => "read",
        Effect::Write => "write",
        Effect::Admin => "admin",
    }
}
