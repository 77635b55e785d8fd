//! Resources, prompts, completion and their lists, in both eras: only what the caller may see.

use hallmark_mock::World;
use serde_json::{Value, json};

use super::support::{Reply, a_resource, bearer, mcp, modern, rpc, session, token, world};

async fn legacy(world: &World, credential: &str, method: &str, params: &Value) -> Reply {
    let held = format!(
        "Mcp-Session-Id: {}",
        session(world, credential, "2025-11-25").await
    );
    let key = bearer(&token(world, credential));
    mcp(world, "POST", &[&key, &held], &rpc(method, params)).await
}

/// The same in both eras.
async fn both(world: &World, credential: &str, method: &str, params: Value) -> [Reply; 2] {
    [
        legacy(world, credential, method, &params).await,
        modern(world, credential, method, params).await,
    ]
}

async fn all(world: &World, credential: &str, method: &str, name: &str) -> Vec<Value> {
    let (mut items, mut params) = (Vec::new(), json!({}));
    loop {
        let reply = modern(world, credential, method, params.clone()).await;
        let result = reply.json()["result"].clone();
        assert_eq!(result["cacheScope"], "private", "{method}");
        assert!(result["ttlMs"].is_u64(), "{method}");
        items.extend(result[name].as_array().unwrap().iter().cloned());
        match result.get("nextCursor") {
            Some(cursor) => params = json!({ "cursor": cursor }),
            None => return items,
        }
    }
}

#[tokio::test]
async fn resources_are_those_the_caller_may_read() {
    let world = world(&[], &[]).await;
    let place = |tenant: &str, name: &str| world.fixtures().workspace(tenant, name).unwrap().clone();
    for (credential, own) in [
        ("finance-ro", vec![place("acme", "finance")]),
        ("support-ro", vec![place("acme", "support")]),
        ("two-ws", vec![place("acme", "finance"), place("acme", "support")]),
        ("outsider", vec![place("globex", "finance")]),
    ] {
        let listed = json!(all(&world, credential, "resources/list", "resources").await).to_string();
        for workspace in &world.fixtures().workspaces {
            let mine = own.iter().any(|own| own.id == workspace.id);
            assert_eq!(listed.contains(&workspace.id), mine, "{credential}");
            assert_eq!(listed.contains(&workspace.canary), mine, "{credential}");
        }
    }
}

#[tokio::test]
async fn a_resource_is_read_by_who_may() {
    let world = world(&[], &[]).await;
    let uri = a_resource(&world, "finance-ro").await;
    let canary = world
        .fixtures()
        .workspace("acme", "finance")
        .unwrap()
        .canary
        .clone();
    for reply in both(&world, "finance-ro", "resources/read", json!({ "uri": uri })).await {
        assert!(reply.status == 200 && reply.body.contains(&canary), "{reply:?}");
    }
    let foreign = a_resource(&world, "outsider").await;
    let own = world.fixtures().workspace("acme", "finance").unwrap().id.clone();
    let gone = format!("storage://{own}/2aaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    for uri in [
        foreign.as_str(),
        &gone,
        "storage://1/2",
        "storage://",
        "file:///etc/passwd",
        "storage://a/../b",
        "",
    ] {
        let [old, new] = both(&world, "finance-ro", "resources/read", json!({ "uri": uri })).await;
        assert_eq!(
            (old.status, &old.json()["error"]["code"]),
            (200, &json!(-32002)),
            "{uri}"
        );
        assert_eq!(
            (new.status, &new.json()["error"]["code"]),
            (200, &json!(-32602)),
            "{uri}"
        );
    }
    for reply in both(&world, "support-ro", "resources/read", json!({ "uri": uri })).await {
        assert_eq!(reply.status, 403, "{reply:?}");
        assert!(!reply.body.contains(&canary));
    }
}

#[tokio::test]
async fn templates_prompts_and_completion() {
    let world = world(&[], &[]).await;
    let finance = world.fixtures().workspace("acme", "finance").unwrap().clone();
    let globex = world.fixtures().workspace("globex", "finance").unwrap().clone();
    for reply in both(&world, "finance-ro", "resources/templates/list", json!({})).await {
        assert_eq!(
            reply.json()["result"]["resourceTemplates"][0]["uriTemplate"],
            "storage://{workspace_id}/{node_id}"
        );
    }
    for (credential, names) in [
        ("finance-ro", vec!["summarise"]),
        ("finance-rw", vec!["draft-note", "summarise"]),
    ] {
        let listed = all(&world, credential, "prompts/list", "prompts").await;
        let listed: Vec<&str> = listed
            .iter()
            .map(|prompt| prompt["name"].as_str().unwrap())
            .collect();
        assert_eq!(listed, names);
    }
    let get = |name: &str, place: &str| json!({ "name": name, "arguments": { "workspace_id": place } });
    for reply in both(&world, "finance-ro", "prompts/get", get("summarise", &finance.id)).await {
        assert!(reply.body.contains(&finance.canary), "{reply:?}");
    }
    for params in [
        get("draft-note", &finance.id),
        get("summarise", &globex.id),
        get("nope", &finance.id),
        json!({ "name": "summarise" }),
    ] {
        for reply in both(&world, "finance-ro", "prompts/get", params.clone()).await {
            assert_eq!(reply.json()["error"]["code"], -32602, "{params}");
        }
    }
    let ask = |argument: &str, typed: &str| {
        json!({
            "ref": { "type": "ref/resource", "uri": "storage://{workspace_id}/{node_id}" },
            "argument": { "name": argument, "value": typed },
        })
    };
    for reply in both(
        &world,
        "finance-ro",
        "completion/complete",
        ask("workspace_id", ""),
    )
    .await
    {
        assert_eq!(
            reply.json()["result"]["completion"]["values"],
            json!([finance.id]),
            "{reply:?}"
        );
    }
    for reply in both(
        &world,
        "finance-ro",
        "completion/complete",
        ask("workspace_id", &globex.id),
    )
    .await
    {
        assert_eq!(reply.json()["result"]["completion"]["total"], 0);
    }
    for params in [
        ask("secret", ""),
        json!({}),
        json!({ "ref": { "type": "ref/prompt", "name": "draft-note" } }),
    ] {
        for reply in both(&world, "finance-ro", "completion/complete", params.clone()).await {
            assert_eq!(reply.json()["error"]["code"], -32602, "{params}");
        }
    }
}

#[tokio::test]
async fn a_cursor_belongs_to_its_list() {
    let world = world(&[], &[]).await;
    let reply = modern(&world, "finance-ro", "resources/list", json!({})).await;
    let cursor = reply.json()["result"]["nextCursor"].clone();
    assert!(cursor.is_string());
    for (cursor, code) in [
        (cursor, Value::Null),
        (json!("x"), json!(-32602)),
        (json!(7), json!(-32602)),
    ] {
        let reply = modern(
            &world,
            "finance-ro",
            "resources/list",
            json!({ "cursor": cursor }),
        )
        .await;
        assert_eq!(reply.json()["error"]["code"], code);
        let reply = modern(&world, "finance-rw", "tools/list", json!({ "cursor": cursor })).await;
        assert_eq!(reply.json()["error"]["code"], -32602);
    }
}

#[tokio::test]
async fn a_server_may_have_tools_alone() {
    let world = world(&[], &["tools-only"]).await;
    let reply = modern(&world, "finance-ro", "server/discover", json!({})).await;
    let offered = reply.json()["result"]["capabilities"].clone();
    assert_eq!(offered["tools"], json!({}));
    for other in ["resources", "prompts", "completions"] {
        assert!(offered[other].is_null(), "{offered}");
    }
    for method in [
        "resources/list",
        "prompts/list",
        "completion/complete",
        "resources/subscribe",
    ] {
        let [old, new] = both(&world, "finance-ro", method, json!({})).await;
        assert_eq!(
            (old.status, &old.json()["error"]["code"]),
            (200, &json!(-32601)),
            "{method}"
        );
        assert_eq!(
            (new.status, &new.json()["error"]["code"]),
            (404, &json!(-32601)),
            "{method}"
        );
    }
}

#[tokio::test]
async fn no_secret_is_mirrored_into_a_header() {
    let world = world(&[], &[]).await;
    let mut marked = Vec::new();
    for tool in all(&world, "full", "tools/list", "tools").await {
        for (name, schema) in tool["inputSchema"]["properties"].as_object().unwrap() {
            if schema.get("x-mcp-header").is_some() && !marked.contains(name) {
                marked.push(name.clone());
            }
        }
    }
    marked.sort();
    assert_eq!(marked, ["page_size", "profile_id", "workspace_id"]);
}
