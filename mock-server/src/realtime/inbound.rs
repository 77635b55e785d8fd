//! What a client says on a socket: judged by its rights at that moment, like any other call.

use serde_json::{Map, Value, json};

use super::claim::{Claim, Over};
use super::follow::Follower;
use crate::platform::Caller;
use crate::resource::tools::ToolError;

/// The answer to a message, or that the claim is over.
pub(crate) fn answer(follower: &mut Follower, text: &str, opened_as: Option<&Caller>) -> Result<Value, Over> {
    let caller = match opened_as {
        // Only the defect `auth-at-open-only` remembers.
        Some(caller) => caller.clone(),
        None => follower.claim.caller(&follower.world)?,
    };
    let Ok(Value::Object(message)) = serde_json::from_str::<Value>(text) else {
        return Ok(refused(&Value::Null, 406, "The message is no JSON object."));
    };
    let id = message.get("id").cloned().unwrap_or_default();
    let said = |name: &str| message.get(name).and_then(Value::as_str).unwrap_or_default();
    Ok(match said("request") {
        "ping" => json!({ "response": "pong", "id": id }),
        "subscribe" => subscribe(follower, &caller, &id, said("profile_id")),
        "unsubscribe" => {
            follower.profiles.remove(said("profile_id"));
            json!({ "response": "done", "id": id })
        }
        "call" => call(follower, &caller, &id, &message),
        _ => refused(
            &id,
            406,
            "`request` is none of ping, subscribe, unsubscribe, call.",
        ),
    })
}

fn subscribe(follower: &mut Follower, caller: &Caller, id: &Value, profile: &str) -> Value {
    let world = &follower.world;
    match Claim::begin(world, &world.view(), caller, "activity subscribe", profile) {
        Ok(()) => {
            follower.profiles.insert(profile.to_owned());
            json!({ "response": "done", "id": id })
        }
        Err(denied) => refused(id, denied.status, &denied.text),
    }
}

fn call(follower: &Follower, caller: &Caller, id: &Value, message: &Map<String, Value>) -> Value {
    let none = Map::new();
    let arguments = message
        .get("arguments")
        .and_then(Value::as_object)
        .unwrap_or(&none);
    let tool = message.get("tool").and_then(Value::as_str).unwrap_or_default();
    let world = &follower.world;
    match world.run_tool(&world.view(), caller, tool, arguments) {
        Ok(answer) => json!({ "response": "result", "id": id, "result": answer.structured }),
        Err(ToolError::Refused(denied)) => refused(id, denied.status, &denied.text),
        Err(ToolError::Unknown) => refused(id, 404, "There is no such tool."),
        Err(ToolError::BadArguments(text)) => refused(id, 406, &text),
    }
}

fn refused(id: &Value, status: u16, text: &str) -> Value {
    json!({ "response": "error", "id": id, "error": { "status": status, "text": text } })
}
