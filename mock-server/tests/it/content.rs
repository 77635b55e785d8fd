//! Bytes in and out, questions, shares and the flat layout, as they look from outside.

use hallmark_mock::World;
use serde_json::{Value, json};

use super::support::{bearer, raw, request, rest, token, world};

#[tokio::test]
async fn a_requested_read_needs_no_credential_and_ends_with_the_key() {
    let world = world(&[], &[]).await;
    let place = world.fixtures().workspace("acme", "finance").unwrap().clone();
    let node = format!("/workspace/{}/storage/{}", place.id, place.file);
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
    let got = rest(&world, None, "GET", &read, "").await;
    assert_eq!(got.status, 200);
    assert!(got.body.contains(&place.canary));
    assert_eq!(
        rest(&world, None, "GET", &format!("{node}/read/"), "")
            .await
            .status,
        401
    );
    let foreign = world.fixtures().workspace("globex", "finance").unwrap().clone();
    let elsewhere = format!(
        "/workspace/{}/storage/{}/read/?token={held}",
        foreign.id, foreign.file
    );
    assert_eq!(rest(&world, None, "GET", &elsewhere, "").await.status, 404);
    world.control().revoke("finance-ro").unwrap();
    assert_eq!(rest(&world, None, "GET", &read, "").await.status, 404);
}

#[tokio::test]
async fn bytes_come_in_by_upload_and_by_import() {
    let world = world(&[], &[]).await;
    let place = world.fixtures().workspace("acme", "finance").unwrap().clone();
    let upload = json!({ "profile_id": place.id, "filename": "a.txt", "content": "hello" }).to_string();
    let made = rest(&world, Some("finance-rw"), "POST", "/upload/", &upload).await;
    let id = made.json()["response"]["upload"]["upload_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let details = format!("/upload/{id}/details/");
    assert_eq!(
        rest(&world, Some("finance-rw"), "GET", &details, "").await.status,
        200
    );
    assert_eq!(
        rest(&world, Some("outsider"), "GET", &details, "").await.status,
        404
    );
    assert_eq!(
        rest(&world, Some("finance-ro"), "POST", "/upload/", &upload)
            .await
            .status,
        403
    );
    for (source, status) in [
        (format!("{}/sources/rates.csv", world.urls().origin), 200),
        ("http://127.0.0.1:9/rates.csv".to_owned(), 406),
    ] {
        let import = json!({ "profile_id": place.id, "source_url": source }).to_string();
        let reply = rest(&world, Some("finance-rw"), "POST", "/web_upload/", &import).await;
        assert_eq!(reply.status, status, "{source}");
    }
}

#[tokio::test]
async fn a_chat_over_rest_cites_and_a_switched_off_workspace_does_not_answer() {
    let world = world(&[], &[]).await;
    let place = world.fixtures().workspace("acme", "finance").unwrap().clone();
    let (chats, question) = (
        format!("/workspace/{}/ai/agent/", place.id),
        format!("question={}", place.code),
    );
    let made = rest(&world, Some("finance-rw"), "POST", &chats, &question)
        .await
        .json();
    let chat = made["response"]["chat_id"].as_str().unwrap();
    assert!(
        !made["response"]["message"]["citations"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    let messages = format!("{chats}{chat}/messages/list/");
    assert_eq!(
        rest(&world, Some("finance-rw"), "GET", &messages, "")
            .await
            .status,
        200
    );
    assert_eq!(rest(&world, Some("full"), "GET", &messages, "").await.status, 404);
    let update = format!("/workspace/{}/update/", place.id);
    let off = rest(&world, Some("org-admin"), "POST", &update, "intelligence=false").await;
    assert_eq!(off.json()["response"]["workspace"]["intelligence"], false);
    assert_eq!(
        rest(&world, Some("finance-rw"), "POST", &chats, &question)
            .await
            .status,
        406
    );
}

async fn flat(world: &World, credential: &str, method: &str, params: Value) -> Value {
    let key = bearer(&token(world, credential));
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
    let lines: [&[u8]; 3] = [
        key.as_bytes(),
        b"MCP-Protocol-Version: 2025-11-25",
        b"Content-Type: application/json",
    ];
    raw(&world.urls().origin, &request("POST", "/mcp/flat", &lines, &body))
        .await
        .json()
}

#[tokio::test]
async fn the_flat_layout_has_a_tool_for_each_action_in_many_pages() {
    let world = world(&[], &["no-server-session"]).await;
    for (credential, writes) in [("finance-ro", false), ("finance-rw", true)] {
        let (mut names, mut params, mut pages) = (Vec::new(), json!({}), 0);
        loop {
            let result = flat(&world, credential, "tools/list", params).await["result"].clone();
            let tools = result["tools"].as_array().unwrap().clone();
            names.extend(tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()));
            pages += 1;
            match result.get("nextCursor") {
                Some(cursor) => params = json!({ "cursor": cursor }),
                None => break,
            }
        }
        assert_eq!(names.contains(&"storage_manage.delete".to_owned()), writes);
        assert!(names.contains(&"storage.list".to_owned()));
        assert_eq!(writes, names.len() >= 250, "{}", names.len());
        assert!(pages >= names.len() / 20, "{pages}");
    }
    let place = world.fixtures().workspace("acme", "finance").unwrap().clone();
    let call = |name: &str| json!({ "name": name, "arguments": { "profile_id": place.id, "name": "made" } });
    let listed = flat(&world, "finance-ro", "tools/call", call("storage.list")).await;
    assert!(listed.to_string().contains(&place.canary));
    let unknown = flat(&world, "finance-ro", "tools/call", call("storage")).await;
    assert_eq!(unknown["error"]["code"], -32_602);
    let hidden = flat(
        &world,
        "finance-ro",
        "tools/call",
        call("storage_manage.create-folder"),
    )
    .await;
    assert_eq!(hidden["error"]["code"], 10_770, "{hidden}");
}
