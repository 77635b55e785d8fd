//! Streams that stay open: subscriptions, the standing stream of a session, and taking one up again.

use hallmark_mock::World;
use serde_json::{Value, json};

use super::support::{
    Stream, a_resource, bearer, mcp, modern, modern_lines, modern_rpc, rpc, session, token, world,
};

async fn listen(world: &World, credential: &str, notifications: Value) -> Stream {
    let body = modern_rpc("subscriptions/listen", json!({ "notifications": notifications }));
    let mut lines = modern_lines(&body);
    lines.push(bearer(&token(world, credential)));
    lines.push("Accept: application/json, text/event-stream".to_owned());
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    Stream::open(world, "POST", "/mcp/key", &lines, &body).await
}

async fn stand(world: &World, credential: &str, id: &str, more: &[&str]) -> Stream {
    let (key, held) = (bearer(&token(world, credential)), format!("Mcp-Session-Id: {id}"));
    let mut lines = vec![key.as_str(), &held, "Accept: text/event-stream"];
    lines.extend_from_slice(more);
    Stream::open(world, "GET", "/mcp/key", &lines, "").await
}

/// Makes a note, which changes a list of resources.
async fn make_note(world: &World, name: &str) -> String {
    let place = world.fixtures().workspace("acme", "finance").unwrap().id.clone();
    let arguments = json!({ "action": "create-note", "workspace_id": place, "name": name, "content": "x" });
    let reply = modern(
        world,
        "finance-rw",
        "tools/call",
        json!({ "name": "workspace_manage", "arguments": arguments }),
    )
    .await;
    let node = reply.json()["result"]["structuredContent"]["node"]["id"].clone();
    format!(
        "storage://{place}/{}",
        node.as_str().unwrap_or_else(|| panic!("{reply:?}"))
    )
}

async fn change_note(world: &World, uri: &str, text: &str) {
    let (place, node) = uri.strip_prefix("storage://").unwrap().split_once('/').unwrap();
    let arguments =
        json!({ "action": "update-note", "workspace_id": place, "node_id": node, "content": text });
    let reply = modern(
        world,
        "finance-rw",
        "tools/call",
        json!({ "name": "workspace_manage", "arguments": arguments }),
    )
    .await;
    assert_eq!(reply.status, 200, "{reply:?}");
}

#[tokio::test]
async fn a_subscription_is_acknowledged_first_and_hears_only_what_it_asked_for() {
    let world = world(&[], &[]).await;
    let note = make_note(&world, "watched").await;
    let foreign = a_resource(&world, "outsider").await;
    let mut lists = listen(&world, "finance-ro", json!({ "resourcesListChanged": true })).await;
    let mut one = listen(
        &world,
        "finance-ro",
        json!({ "resourceSubscriptions": [note, foreign] }),
    )
    .await;
    let mut other = listen(
        &world,
        "outsider",
        json!({ "resourcesListChanged": true, "resourceSubscriptions": [note] }),
    )
    .await;
    for (stream, agreed) in [
        (&mut lists, json!({ "resourcesListChanged": true })),
        (&mut one, json!({ "resourceSubscriptions": [note] })),
        (&mut other, json!({ "resourcesListChanged": true })),
    ] {
        let reply = stream.until("\n\n").await;
        assert_eq!(
            (reply.status, reply.header("x-accel-buffering")),
            (200, Some("no"))
        );
        let data = reply.body.strip_prefix("event: message\ndata: ").unwrap();
        let message: Value = serde_json::from_str(data.trim()).unwrap();
        assert_eq!(message["method"], "notifications/subscriptions/acknowledged");
        assert_eq!(message["params"]["notifications"], agreed);
        assert_eq!(
            message["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"],
            1
        );
    }
    make_note(&world, "new").await;
    change_note(&world, &note, "changed").await;
    lists.until("notifications/resources/list_changed").await;
    let said = one.until("notifications/resources/updated").await.body;
    assert!(said.contains(&note) && !said.contains("list_changed"), "{said}");
    assert_eq!(said.matches("subscriptionId").count(), 2, "{said}");
    world.control().revoke("outsider").unwrap();
    // Nothing of another tenant came; the end is told as an answer.
    let ended = other.end().await.body;
    assert_eq!(ended.matches("data: ").count(), 2, "{ended}");
    assert!(
        ended.contains("\"resultType\":\"complete\"") && !ended.contains("list_changed"),
        "{ended}"
    );
}

#[tokio::test]
async fn a_subscription_ends_with_its_credential() {
    for how in ["revoke", "expire"] {
        let world = world(&[], &[]).await;
        let mut stream = listen(&world, "finance-ro", json!({ "toolsListChanged": true })).await;
        stream.until("acknowledged").await;
        let control = world.control();
        let ended = if how == "revoke" {
            control.revoke("finance-ro")
        } else {
            control.expire("finance-ro")
        };
        ended.unwrap();
        assert!(stream.end().await.body.contains("\"result\""), "{how}");
    }
}

#[tokio::test]
async fn rights_that_change_are_told_to_their_credential() {
    let world = world(&[], &[]).await;
    let asked = json!({ "toolsListChanged": true, "promptsListChanged": true });
    let mut stream = listen(&world, "full", asked.clone()).await;
    let mut other = listen(&world, "finance-rw", asked).await;
    stream.until("acknowledged").await;
    let place = world.fixtures().workspace("acme", "finance").unwrap().id.clone();
    let key = world.fixtures().credential("full").unwrap().id.clone();
    let arguments = json!({
        "action": "api-key-update", "key_id": key, "scopes": [format!("workspace:{place}:r")],
    });
    let params = json!({ "name": "auth_manage", "arguments": arguments });
    let reply = modern(&world, "full", "tools/call", params).await;
    assert_eq!(reply.json()["result"]["isError"], false, "{reply:?}");
    let said = stream.until("notifications/prompts/list_changed").await.body;
    assert!(
        said.contains("tools/list_changed") && !said.contains("resources"),
        "{said}"
    );
    world.control().revoke("finance-rw").unwrap();
    assert!(!other.end().await.body.contains("list_changed"));
}

#[tokio::test]
async fn odd_subscriptions() {
    let world = world(&[], &[]).await;
    for params in [
        json!({}),
        json!({ "notifications": [] }),
        json!({ "notifications": { "toolsListChanged": "yes" } }),
        json!({ "notifications": { "resourceSubscriptions": "storage://a/b" } }),
        json!({ "notifications": { "resourceSubscriptions": [7] } }),
        json!({ "notifications": { "resourceSubscriptions": vec!["a"; 300] } }),
    ] {
        let reply = modern(&world, "finance-ro", "subscriptions/listen", params.clone()).await;
        assert_eq!(reply.json()["error"]["code"], -32602, "{params}");
    }
    let body = modern_rpc("subscriptions/listen", json!({ "notifications": {} }));
    let mut lines = modern_lines(&body);
    lines.push(bearer(&token(&world, "finance-ro")));
    lines.push("Accept: application/json".to_owned());
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    assert_eq!(mcp(&world, "POST", &lines, &body).await.status, 406);
    let without = super::support::world(&[], &["no-listen"]).await;
    let reply = modern(
        &without,
        "finance-ro",
        "subscriptions/listen",
        json!({ "notifications": {} }),
    )
    .await;
    assert_eq!(
        (reply.status, &reply.json()["error"]["code"]),
        (404, &json!(-32601))
    );
}

#[tokio::test]
async fn a_session_hears_of_changes_and_a_broken_stream_is_taken_up_again() {
    let world = world(&[], &[]).await;
    let note = make_note(&world, "watched").await;
    let id = session(&world, "finance-ro", "2025-11-25").await;
    let mut stream = stand(&world, "finance-ro", &id, &[]).await;
    assert_eq!(stream.until("\n\n").await.body, "id: 1-0\ndata: \n\n");
    let (key, held) = (
        bearer(&token(&world, "finance-ro")),
        format!("Mcp-Session-Id: {id}"),
    );
    let watch = rpc("resources/subscribe", &json!({ "uri": note }));
    assert_eq!(
        mcp(&world, "POST", &[&key, &held], &watch).await.json()["result"],
        json!({})
    );
    change_note(&world, &note, "one").await;
    let said = stream.until("notifications/resources/updated").await.body;
    assert!(said.contains("id: 1-1\n") && said.contains(&note), "{said}");
    drop(stream);
    // An answer sent as events has a stream of its own in between.
    let answer = mcp(
        &world,
        "POST",
        &[&key, &held, "Accept: text/event-stream"],
        &rpc("ping", &json!({})),
    )
    .await;
    assert!(
        answer.body.starts_with("id: 2-0\n") && answer.body.contains("id: 2-1\n"),
        "{answer:?}"
    );
    change_note(&world, &note, "two").await;
    make_note(&world, "three").await;
    let mut again = stand(&world, "finance-ro", &id, &["Last-Event-ID: 1-1"]).await;
    let said = again.until("list_changed").await.body;
    assert!(
        said.contains("id: 1-2\n") && said.contains("id: 1-3\n") && !said.contains("id: 1-1\n"),
        "{said}"
    );
    assert!(!said.contains("id: 2-"), "{said}");
    let mut lost = stand(&world, "finance-ro", &id, &["Last-Event-ID: 2-0"]).await;
    let said = lost.until("id: 2-1").await.body;
    assert!(!said.contains("id: 1-"), "{said}");
}

#[tokio::test]
async fn nobody_takes_up_the_stream_of_another() {
    let world = world(&[], &[]).await;
    let mine = session(&world, "finance-ro", "2025-11-25").await;
    let theirs = session(&world, "finance-rw", "2025-11-25").await;
    let mut stream = stand(&world, "finance-ro", &mine, &[]).await;
    stream.until("\n\n").await;
    let note = make_note(&world, "secret-name").await;
    stream.until("list_changed").await;
    // With its own session, another's event id means nothing: a stream of its own begins.
    let mut other = stand(&world, "finance-rw", &theirs, &["Last-Event-ID: 1-0"]).await;
    assert_eq!(other.until("\n\n").await.body, "id: 1-0\ndata: \n\n");
    for line in [
        "Last-Event-ID: ",
        "Last-Event-ID: 99-1",
        "Last-Event-ID: a-b",
        "Last-Event-ID: \u{1f600}",
    ] {
        let mut odd = stand(&world, "finance-rw", &theirs, &[line]).await;
        assert!(!odd.until("\n\n").await.body.contains(&note));
    }
    let key = bearer(&token(&world, "finance-rw"));
    let held = format!("Mcp-Session-Id: {mine}");
    let lines = [
        key.as_str(),
        &held,
        "Accept: text/event-stream",
        "Last-Event-ID: 1-0",
    ];
    assert_eq!(mcp(&world, "GET", &lines, "").await.status, 404);
}

#[tokio::test]
async fn a_server_may_have_no_stream_of_its_own() {
    let world = world(&[], &["no-get-stream"]).await;
    let id = session(&world, "finance-ro", "2025-11-25").await;
    let reply = {
        let (key, held) = (
            bearer(&token(&world, "finance-ro")),
            format!("Mcp-Session-Id: {id}"),
        );
        mcp(&world, "GET", &[&key, &held, "Accept: text/event-stream"], "").await
    };
    assert_eq!((reply.status, reply.header("allow")), (405, Some("POST, DELETE")));
}

/// A call that hears of its progress, closed as soon as its stream has opened or read to its end; whether its folder
/// is there afterwards.
async fn makes_a_folder(world: &World, stays: bool) -> bool {
    let place = world.fixtures().workspace("acme", "finance").unwrap().id.clone();
    let arguments = json!({
        "action": "create-folder", "profile_type": "workspace", "profile_id": place, "name": "in-time",
    });
    let call = json!({ "name": "storage_manage", "arguments": arguments });
    let mut message: Value = serde_json::from_str(&modern_rpc("tools/call", call)).unwrap();
    message["params"]["_meta"]["progressToken"] = json!("p");
    let body = message.to_string();
    let mut lines = modern_lines(&body);
    lines.push(bearer(&token(world, "finance-rw")));
    lines.push("Accept: application/json, text/event-stream".to_owned());
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let mut stream = Stream::open(world, "POST", "/mcp/key", &lines, &body).await;
    let begun = stream.until("notifications/progress").await;
    assert!(!begun.body.contains("\"result\""), "{begun:?}");
    if stays {
        let ended = stream.end().await;
        assert!(ended.body.contains("\"isError\":false"), "{ended:?}");
    } else {
        drop(stream);
        // Longer than the work takes.
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    let list =
        json!({ "action": "list", "profile_type": "workspace", "profile_id": place, "page_size": 500 });
    let call = json!({ "name": "storage", "arguments": list });
    let reply = modern(world, "finance-rw", "tools/call", call).await;
    reply.body.contains("in-time")
}

#[tokio::test]
async fn closing_the_stream_of_a_call_cancels_it() {
    assert!(makes_a_folder(&world(&[], &[]).await, true).await);
    assert!(!makes_a_folder(&world(&[], &[]).await, false).await);
    let careless = world(&["closed-stream-runs"], &[]).await;
    assert!(makes_a_folder(&careless, false).await);
}
