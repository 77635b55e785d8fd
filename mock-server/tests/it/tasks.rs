//! Tasks of both revisions that have them, and what the defects make of whose they are.

use hallmark_mock::World;
use serde_json::{Value, json};

use super::support::{
    Reply, Row, bearer, each_differs, initialize, mcp, meta, modern_lines, rpc, session, token, world,
};

/// Id, what a healthy world shows, what one with the defect shows; in 2025-11-25.
const ROWS: &[Row] = &[
    ("task-any-canceller", "-32602", "cancelled"),
    ("task-any-principal", "-32602", "working"),
    ("task-ids-counted", "64", "6"),
    ("task-list-all", "0", "1"),
];

/// The defects that this file tests.
pub(crate) fn tested() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|(id, ..)| *id)
}

#[tokio::test]
async fn each_row_differs_between_a_healthy_world_and_one_with_the_defect() {
    each_differs(ROWS, shown).await;
}

async fn shown(id: &str, world: &World) -> String {
    let made = old(world, "finance-ro", "tools/call", &find(world, true)).await;
    let task = made.json()["result"]["task"]["taskId"]
        .as_str()
        .unwrap()
        .to_owned();
    let named = json!({ "taskId": task });
    let reply = match id {
        "task-any-canceller" => old(world, "outsider", "tasks/cancel", &named).await,
        "task-any-principal" => old(world, "outsider", "tasks/get", &named).await,
        "task-list-all" => {
            let listed = old(world, "outsider", "tasks/list", &json!({})).await.json();
            return listed["result"]["tasks"].as_array().unwrap().len().to_string();
        }
        _ => return task.len().to_string(),
    };
    let said = reply.json();
    match &said["error"]["code"] {
        Value::Null => said["result"]["status"].as_str().unwrap().to_owned(),
        code => code.to_string(),
    }
}

/// A search, which may become a task.
fn find(world: &World, as_task: bool) -> Value {
    let place = &world.fixtures().workspace("acme", "finance").unwrap().id;
    let arguments = json!({ "action": "search", "query": "settlement", "profile_id": place });
    let mut params = json!({ "name": "find", "arguments": arguments });
    if as_task {
        params["task"] = json!({ "ttl": 60_000 });
    }
    params
}

/// In a session of 2025-11-25.
async fn old(world: &World, name: &str, method: &str, params: &Value) -> Reply {
    let held = format!("Mcp-Session-Id: {}", session(world, name, "2025-11-25").await);
    let lines = [
        &*bearer(&token(world, name)),
        &held,
        "MCP-Protocol-Version: 2025-11-25",
    ];
    mcp(world, "POST", &lines, &rpc(method, params)).await
}

/// In 2026-07-28, with the extension for tasks where it is said.
async fn new(world: &World, name: &str, method: &str, mut params: Value, knows: bool) -> Reply {
    let extensions = json!({ "extensions": { "io.modelcontextprotocol/tasks": {} } });
    params["_meta"] = meta(&if knows { extensions } else { json!({}) });
    let body = rpc(method, &params);
    let mut lines = modern_lines(&body);
    lines.push(bearer(&token(world, name)));
    if let Some(task) = params["taskId"].as_str() {
        lines.push(format!("Mcp-Name: {task}"));
    }
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    mcp(world, "POST", &lines, &body).await
}

#[tokio::test]
async fn a_task_of_the_older_revision_from_its_making_to_its_end() {
    let world = world(&[], &[]).await;
    let reply = mcp(
        &world,
        "POST",
        &[&bearer(&token(&world, "finance-ro"))],
        &initialize("2025-11-25"),
    )
    .await;
    assert!(reply.json()["result"]["capabilities"]["tasks"]["list"].is_object());
    let made = old(&world, "finance-ro", "tools/call", &find(&world, true))
        .await
        .json();
    let task = &made["result"]["task"];
    assert_eq!(
        (&task["status"], &task["ttl"]),
        (&json!("working"), &json!(60_000)),
        "{made}"
    );
    let named = json!({ "taskId": task["taskId"] });
    let result = old(&world, "finance-ro", "tasks/result", &named).await.json();
    let related = &result["result"]["_meta"]["io.modelcontextprotocol/related-task"];
    assert_eq!(
        (&result["result"]["isError"], related),
        (&json!(false), &named),
        "{result}"
    );
    let state = old(&world, "finance-ro", "tasks/get", &named).await.json();
    assert_eq!(state["result"]["status"], "completed");
    // What has ended cannot be cancelled, and what has lived its time is not there.
    let late = old(&world, "finance-ro", "tasks/cancel", &named).await.json();
    assert_eq!(late["error"]["code"], -32602);
    world.control().advance(std::time::Duration::from_secs(61));
    let gone = old(&world, "finance-ro", "tasks/get", &named).await.json();
    assert_eq!(gone["error"]["code"], -32602);
}

#[tokio::test]
async fn a_tool_that_is_no_task_and_a_revision_without_them() {
    let world = world(&[], &[]).await;
    let mut params = find(&world, true);
    params["name"] = json!("storage");
    let reply = old(&world, "finance-ro", "tools/call", &params).await.json();
    assert_eq!(reply["error"]["code"], -32601);
    let held = format!(
        "Mcp-Session-Id: {}",
        session(&world, "finance-ro", "2025-06-18").await
    );
    let lines = [&*bearer(&token(&world, "finance-ro")), &held];
    let reply = mcp(&world, "POST", &lines, &rpc("tools/call", &find(&world, true))).await;
    assert_eq!(reply.json()["result"]["isError"], false, "{reply:?}");
}

#[tokio::test]
async fn a_task_of_the_extension() {
    let world = world(&[], &[]).await;
    let plain = new(&world, "finance-ro", "tools/call", find(&world, false), false)
        .await
        .json();
    assert_eq!(plain["result"]["resultType"], "complete");
    let made = new(&world, "finance-ro", "tools/call", find(&world, false), true)
        .await
        .json();
    assert_eq!(made["result"]["resultType"], "task", "{made}");
    let named = json!({ "taskId": made["result"]["taskId"] });
    let unable = new(&world, "finance-ro", "tasks/get", named.clone(), false).await;
    assert_eq!(
        (unable.status, &unable.json()["error"]["code"]),
        (400, &json!(-32021))
    );
    for method in ["tasks/get", "tasks/cancel", "tasks/update"] {
        let foreign = new(&world, "outsider", method, named.clone(), true).await.json();
        assert_eq!(foreign["error"]["code"], -32602, "{method}");
    }
    world.control().advance(std::time::Duration::from_secs(11));
    let done = new(&world, "finance-ro", "tasks/get", named.clone(), true)
        .await
        .json();
    assert_eq!(done["result"]["status"], "completed", "{done}");
    assert_eq!(done["result"]["result"]["isError"], false);
    let removed = new(&world, "finance-ro", "tasks/result", named, true)
        .await
        .json();
    assert_eq!(removed["error"]["code"], -32601);
}
