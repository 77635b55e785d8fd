//! The audit trail and the credits, as they look from outside.

use hallmark_mock::World;
use serde_json::{Value, json};

use super::support::{bearer, mcp, rest, rpc, token, world};

/// What `who` finds in the trail of a workspace about one credential: event and outcome, oldest first.
async fn trail(world: &World, who: &str, workspace: &str, credential: &str) -> Vec<String> {
    let id = &world.fixtures().credential(credential).unwrap().id;
    let path = format!("/events/search/?workspace_id={workspace}&credential_id={id}");
    let found = rest(world, Some(who), "GET", &path, "").await;
    assert_eq!(found.status, 200, "{found:?}");
    let mut events: Vec<String> = found.json()["response"]["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| {
            let word = |name: &str| event[name].as_str().unwrap().to_owned();
            format!("{} {}", word("event"), word("outcome"))
        })
        .collect();
    events.reverse();
    events
}

async fn method(world: &World, name: &str, params: &Value) -> u16 {
    let key = bearer(&token(world, "finance-ro"));
    mcp(world, "POST", &[&key], &rpc(name, params)).await.status
}

#[tokio::test]
async fn an_access_that_is_no_tools_call_is_in_the_trail_under_its_credential() {
    let world = world(&[], &["no-server-session"]).await;
    let place = world.fixtures().workspace("acme", "finance").unwrap().clone();
    let (id, file) = (&place.id, &place.file);
    for path in [
        format!("/websocket/auth/{id}/"),
        format!("/activity/poll/{id}/?wait=0"),
    ] {
        assert_eq!(
            rest(&world, Some("finance-ro"), "GET", &path, "").await.status,
            200
        );
    }
    let prompt = json!({ "name": "summarise", "arguments": { "workspace_id": id } });
    assert_eq!(method(&world, "prompts/get", &prompt).await, 200);
    for node in [file.as_str(), "2aaaaaaaaaaaaaaaaaaaaaaaaaaaaa"] {
        let uri = json!({ "uri": format!("storage://{id}/{node}") });
        assert_eq!(method(&world, "resources/read", &uri).await, 200);
    }
    let node = format!("/workspace/{id}/storage/{file}");
    let asked = rest(
        &world,
        Some("finance-ro"),
        "GET",
        &format!("{node}/requestread/"),
        "",
    )
    .await;
    let held = asked.json()["response"]["token"].as_str().unwrap().to_owned();
    let read = format!("{node}/read/?token={held}");
    assert_eq!(rest(&world, None, "GET", &read, "").await.status, 200);
    world.control().revoke("finance-ro").unwrap();
    assert_eq!(rest(&world, None, "GET", &read, "").await.status, 404);
    let found = trail(&world, "finance-rw", id, "finance-ro").await;
    let expected = [
        "websocket_auth done",
        "activity_poll done",
        "prompts_get done",
        "workspace_storage_file_read done",
        "resources_read denied",
        "download_token done",
        "workspace_storage_file_read done",
        "download_read denied",
    ];
    assert_eq!(found, expected);
}

#[tokio::test]
async fn what_an_answer_cites_was_shown() {
    let world = world(&[], &[]).await;
    let place = world.fixtures().workspace("acme", "finance").unwrap().clone();
    let question = json!({ "question": "settlement" }).to_string();
    let chats = format!("/workspace/{}/ai/agent/", place.id);
    let answered = rest(&world, Some("finance-rw"), "POST", &chats, &question).await;
    let cited = &answered.json()["response"]["message"]["citations"][0]["node_id"];
    let path = format!(
        "/events/search/?workspace_id={}&object_id={}",
        place.id,
        cited.as_str().unwrap()
    );
    let found = rest(&world, Some("finance-rw"), "GET", &path, "").await;
    assert!(found.body.contains("workspace_ai_answered"), "{found:?}");
}

#[tokio::test]
async fn a_message_costs_a_credit_and_nothing_else_goes_wrong_without_one() {
    let world = world(&[], &[]).await;
    let place = world.fixtures().workspace("globex", "finance").unwrap().clone();
    let question = json!({ "question": "settlement" }).to_string();
    let chats = format!("/workspace/{}/ai/agent/", place.id);
    assert_eq!(
        rest(&world, Some("finance-rw"), "POST", &chats, &question)
            .await
            .status,
        404
    );
    for status in [200, 200, 200, 402, 402] {
        let reply = rest(&world, Some("outsider"), "POST", &chats, &question).await;
        assert_eq!(reply.status, status, "{reply:?}");
    }
    let list = format!("/workspace/{}/storage/root/list/", place.id);
    assert_eq!(rest(&world, Some("outsider"), "GET", &list, "").await.status, 200);
}
