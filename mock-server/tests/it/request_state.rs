//! What a `requestState` is taken for, and what the defects take it for.

use hallmark_mock::World;
use serde_json::{Value, json};

use super::support::{Reply, a_resource, bearer, mcp, meta, modern_lines, rpc, token, world};

/// Id, what a healthy world shows, what one with the defect shows.
const ROWS: &[(&str, &str, &str)] = &[
    ("state-any-principal", "-32602", "shown"),
    ("state-any-request", "-32602", "shown"),
    ("state-never-expires", "-32602", "shown"),
    ("state-unsigned", "-32602", "shown"),
];

/// The defects that this file tests.
pub(crate) fn tested() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|(id, ..)| *id)
}

#[tokio::test]
async fn each_row_differs_between_a_healthy_world_and_one_with_the_defect() {
    for (id, healthy, broken) in ROWS {
        assert_eq!(shown(id, &world(&[], &[]).await).await, *healthy, "{id} healthy");
        assert_eq!(shown(id, &world(&[id], &[]).await).await, *broken, "{id} broken");
    }
}

/// A state that was given to the reader for a file, presented as the defect has it.
async fn shown(id: &str, world: &World) -> String {
    let file = a_resource(world, "finance-ro").await;
    let state = given(world, &file).await;
    let reply = match id {
        "state-any-principal" => answered(world, "finance-rw", &file, &state).await,
        "state-any-request" => {
            let (place, _) = file.rsplit_once('/').unwrap();
            let other = &world.fixtures().workspace("acme", "finance").unwrap().other_file;
            answered(world, "finance-ro", &format!("{place}/{other}"), &state).await
        }
        "state-never-expires" => {
            world.control().advance(std::time::Duration::from_secs(700));
            answered(world, "finance-ro", &file, &state).await
        }
        _ => answered(world, "finance-ro", &file, &state[..state.len() - 1]).await,
    };
    match &reply.json()["error"]["code"] {
        Value::Null => "shown".to_owned(),
        code => code.to_string(),
    }
}

async fn given(world: &World, file: &str) -> String {
    let reply = unseal(world, "finance-ro", file, &json!({})).await;
    let state = reply.json()["result"]["requestState"].as_str().map(str::to_owned);
    state.unwrap_or_else(|| panic!("{reply:?}"))
}

async fn answered(world: &World, name: &str, file: &str, state: &str) -> Reply {
    let agreed = json!({ "agreement": { "action": "accept", "content": { "agree": true } } });
    let more = json!({ "requestState": state, "inputResponses": agreed });
    unseal(world, name, file, &more).await
}

async fn unseal(world: &World, name: &str, file: &str, more: &Value) -> Reply {
    let (workspace, node) = file.strip_prefix("storage://").unwrap().split_once('/').unwrap();
    let arguments = json!({ "action": "unseal", "profile_id": workspace, "node_id": node });
    let mut params =
        json!({ "name": "storage", "arguments": arguments, "_meta": meta(&json!({ "elicitation": {} })) });
    for (key, value) in more.as_object().unwrap() {
        params[key] = value.clone();
    }
    let body = rpc("tools/call", &params);
    let mut lines = modern_lines(&body);
    lines.push(bearer(&token(world, name)));
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    mcp(world, "POST", &lines, &body).await
}
