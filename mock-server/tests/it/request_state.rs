//! What a `requestState` is taken for, and what the defects take it for.

use hallmark_mock::World;
use serde_json::{Value, json};

use super::support::{Reply, Row, a_resource, each_differs, unseal};

/// Id, what a healthy world shows, what one with the defect shows.
const ROWS: &[Row] = &[
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
    each_differs(ROWS, shown).await;
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

/// The capability of a client that can be asked back.
fn elicits() -> Value {
    json!({ "elicitation": {} })
}

async fn given(world: &World, file: &str) -> String {
    let reply = unseal(world, "finance-ro", file, &elicits(), &json!({})).await;
    let state = reply.json()["result"]["requestState"].as_str().map(str::to_owned);
    state.unwrap_or_else(|| panic!("{reply:?}"))
}

async fn answered(world: &World, name: &str, file: &str, state: &str) -> Reply {
    let agreed = json!({ "agreement": { "action": "accept", "content": { "agree": true } } });
    let more = json!({ "requestState": state, "inputResponses": agreed });
    unseal(world, name, file, &elicits(), &more).await
}
