//! Revision 2026-07-28: what is refused, with which status and code, and that nothing is remembered.

use hallmark_mock::World;
use serde_json::{Value, json};

use super::support::{
    Reply, bearer, call, initialize, mcp, meta, modern, modern_lines, modern_rpc, rpc, session, token,
    unseal, who, world, write,
};

const VERSION: &str = "MCP-Protocol-Version: 2026-07-28";

/// Sends a body with these lines and a good key.
async fn send(world: &World, lines: &[&str], body: &str) -> Reply {
    let key = bearer(&token(world, "finance-ro"));
    let mut all = vec![key.as_str()];
    all.extend_from_slice(lines);
    mcp(world, "POST", &all, body).await
}

fn code(reply: &Reply) -> (u16, i64) {
    (
        reply.status,
        reply.json()["error"]["code"].as_i64().unwrap_or_default(),
    )
}

#[tokio::test]
async fn a_request_is_complete_in_itself() {
    let world = world(&[], &[]).await;
    let reply = modern(
        &world,
        "finance-ro",
        "tools/call",
        json!({ "name": "auth", "arguments": { "action": "status" } }),
    )
    .await;
    let result = &reply.json()["result"];
    assert_eq!(
        (reply.status, &result["resultType"]),
        (200, &json!("complete")),
        "{reply:?}"
    );
    assert_eq!(
        result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"],
        "hallmark-mock"
    );
    let canary = world
        .fixtures()
        .credential("finance-ro")
        .unwrap()
        .canary
        .clone()
        .unwrap();
    assert!(reply.body.contains(&canary));
    assert_eq!(reply.header("mcp-session-id"), None);
}

#[tokio::test]
async fn discovery_says_what_is_spoken() {
    for (variants, spoken) in [
        (
            &[][..],
            json!(["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"]),
        ),
        (&["modern-only"][..], json!(["2026-07-28"])),
    ] {
        let world = world(&[], variants).await;
        let reply = modern(&world, "finance-ro", "server/discover", json!({})).await;
        let result = &reply.json()["result"];
        assert_eq!(result["supportedVersions"], spoken);
        assert!(result["capabilities"]["tools"].is_object(), "{reply:?}");
        assert_eq!(
            (&result["cacheScope"], result["ttlMs"].is_u64()),
            (&json!("public"), true)
        );
        let mut oldest_first = world.revisions();
        oldest_first.reverse();
        assert_eq!(json!(oldest_first), spoken);
    }
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one table")]
async fn what_is_refused_and_how() {
    type Row<'a> = (&'a str, &'a [&'a str], &'a str, (u16, i64));
    let world = world(&[], &[]).await;
    let list = modern_rpc("tools/list", json!({}));
    let method = "Mcp-Method: tools/list";
    let versioned = |version: &str| {
        let mut of = meta(&json!({}));
        of["io.modelcontextprotocol/protocolVersion"] = json!(version);
        rpc("tools/list", &json!({ "_meta": of }))
    };
    let without = |member: &str| {
        let mut of = meta(&json!({}));
        of.as_object_mut()
            .unwrap()
            .remove(&format!("io.modelcontextprotocol/{member}"));
        rpc("tools/list", &json!({ "_meta": of }))
    };
    let nope = modern_rpc("nope/nope", json!({}));
    let odd = modern_rpc("tools/list", json!({})).replace("\"id\":1", "\"id\":1.5");
    let get = modern_rpc("prompts/get", json!({ "name": "summarise" }));
    let wrong = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":7}}}"#;
    let old = initialize("2025-11-25");
    let modern_init = modern_rpc("initialize", json!({}));
    let table: &[Row<'_>] = &[
        ("all right", &[VERSION, method], &list, (200, 0)),
        (
            "names of headers in any case",
            &["MCP-PROTOCOL-VERSION: 2026-07-28", "mCP-mETHOD: tools/list"],
            &list,
            (200, 0),
        ),
        ("no version header", &[method], &list, (400, -32020)),
        ("no header at all", &[], &list, (400, -32020)),
        (
            "another version in the header",
            &["MCP-Protocol-Version: 2025-11-25", method],
            &list,
            (400, -32020),
        ),
        (
            "a legacy version in the body",
            &[VERSION, method],
            &versioned("2025-11-25"),
            (400, -32020),
        ),
        (
            "an unknown version in both",
            &["MCP-Protocol-Version: 1900-01-01", method],
            &versioned("1900-01-01"),
            (400, -32022),
        ),
        (
            "an unknown version in the header, none in the body",
            &["MCP-Protocol-Version: 1900-01-01", method],
            &without("protocolVersion"),
            (400, -32022),
        ),
        (
            "garbage for a version",
            &["MCP-Protocol-Version: 2026-07-28\t", method],
            &list,
            (200, 0),
        ),
        (
            "two version headers",
            &[VERSION, VERSION, method],
            &list,
            (400, -32020),
        ),
        (
            "bytes in the version",
            &["MCP-Protocol-Version: 2026-07-28\u{e9}", method],
            &list,
            (400, -32020),
        ),
        (
            "no version in the body",
            &[VERSION, method],
            &without("protocolVersion"),
            (400, -32602),
        ),
        (
            "no capabilities",
            &[VERSION, method],
            &without("clientCapabilities"),
            (400, -32602),
        ),
        (
            "capabilities of another kind",
            &[VERSION, method],
            wrong,
            (400, -32602),
        ),
        (
            "no client info",
            &[VERSION, method],
            &without("clientInfo"),
            (200, 0),
        ),
        (
            "no _meta",
            &[VERSION, method],
            &rpc("tools/list", &json!({})),
            (400, -32602),
        ),
        (
            "_meta of another kind",
            &[VERSION, method],
            &rpc("tools/list", &json!({ "_meta": [] })),
            (400, -32602),
        ),
        ("no method header", &[VERSION], &list, (400, -32020)),
        (
            "another method in the header",
            &[VERSION, "Mcp-Method: tools/call"],
            &list,
            (400, -32020),
        ),
        (
            "the method in capitals",
            &[VERSION, "Mcp-Method: TOOLS/LIST"],
            &list,
            (400, -32020),
        ),
        (
            "no name header",
            &[VERSION, "Mcp-Method: prompts/get"],
            &get,
            (400, -32020),
        ),
        (
            "an unknown method",
            &[VERSION, "Mcp-Method: nope/nope"],
            &nope,
            (404, -32601),
        ),
        (
            "what this revision dropped",
            &[VERSION, "Mcp-Method: ping"],
            &modern_rpc("ping", json!({})),
            (404, -32601),
        ),
        (
            "a handshake with metadata",
            &[VERSION, "Mcp-Method: initialize"],
            &modern_init,
            (404, -32601),
        ),
        ("a handshake without", &[], &old, (200, 0)),
        ("a batch", &[VERSION, method], &format!("[{list}]"), (400, -32600)),
        (
            "an answer",
            &[VERSION],
            r#"{"jsonrpc":"2.0","id":9,"result":{}}"#,
            (400, -32600),
        ),
        (
            "an id that is no whole number",
            &[VERSION, method],
            &odd,
            (400, -32600),
        ),
        (
            "an id that is nothing",
            &[VERSION, method],
            &list.replace("\"id\":1", "\"id\":null"),
            (400, -32600),
        ),
        ("no JSON", &[VERSION, method], "{", (400, -32700)),
        ("deep", &[VERSION, method], &"[".repeat(10_000), (400, -32700)),
        (
            "a cursor of nobody",
            &[VERSION, method],
            &modern_rpc("tools/list", json!({ "cursor": "x" })),
            (200, -32602),
        ),
        (
            "neither media type",
            &[VERSION, method, "Accept: text/html"],
            &list,
            (406, -32600),
        ),
        (
            "not JSON by its type",
            &[VERSION, method, "Content-Type: text/plain"],
            &list,
            (415, -32600),
        ),
    ];
    for (what, lines, body, expected) in table {
        let reply = send(&world, lines, body).await;
        assert_eq!(code(&reply), *expected, "{what}: {reply:?}");
        assert_eq!(
            reply.header("mcp-session-id").is_some(),
            *what == "a handshake without",
            "{what}"
        );
        if expected.1 == -32022 {
            let data = &reply.json()["error"]["data"];
            assert_eq!(
                (&data["supported"][0], &data["requested"]),
                (&json!("2026-07-28"), &json!("1900-01-01"))
            );
        }
    }
}

#[tokio::test]
async fn headers_that_say_another_thing_stop_a_call_before_it_happens() {
    let world = world(&[], &[]).await;
    let finance = world.fixtures().workspace("acme", "finance").unwrap().id.clone();
    let support = world.fixtures().workspace("acme", "support").unwrap().id.clone();
    let key = bearer(&token(&world, "finance-rw"));
    let mut message: Value = serde_json::from_str(&write(&world, "smuggled")).unwrap();
    message["params"]["_meta"] = meta(&json!({}));
    let body = message.to_string();
    let profile = |id: &str| format!("Mcp-Param-Profile: {id}");
    let encoded = "Mcp-Param-Profile: =?base64?QQ==?=".to_owned();
    let (own, other) = (profile(&finance), profile(&support));
    let table: &[(&str, &[&str])] = &[
        (
            "a harmless tool in the header",
            &[VERSION, "Mcp-Method: tools/call", "Mcp-Name: storage", &own],
        ),
        (
            "a harmless method in the header",
            &[
                VERSION,
                "Mcp-Method: tools/list",
                "Mcp-Name: storage_manage",
                &own,
            ],
        ),
        (
            "another workspace in the header",
            &[
                VERSION,
                "Mcp-Method: tools/call",
                "Mcp-Name: storage_manage",
                &other,
            ],
        ),
        (
            "no workspace in the header",
            &[VERSION, "Mcp-Method: tools/call", "Mcp-Name: storage_manage"],
        ),
        (
            "two workspaces in the header",
            &[
                VERSION,
                "Mcp-Method: tools/call",
                "Mcp-Name: storage_manage",
                &own,
                &other,
            ],
        ),
        (
            "another value under Base64",
            &[
                VERSION,
                "Mcp-Method: tools/call",
                "Mcp-Name: storage_manage",
                &encoded,
            ],
        ),
    ];
    for (what, lines) in table {
        let mut all = vec![key.as_str()];
        all.extend_from_slice(lines);
        let reply = mcp(&world, "POST", &all, &body).await;
        assert_eq!(code(&reply), (400, -32020), "{what}: {reply:?}");
    }
    assert!(!world.control().export().to_string().contains("smuggled"));
    let lines = modern_lines(&body);
    let mut all: Vec<&str> = lines.iter().map(String::as_str).collect();
    all.push(&key);
    assert_eq!(mcp(&world, "POST", &all, &body).await.status, 200);
    assert!(world.control().export().to_string().contains("smuggled"));
}

#[tokio::test]
async fn encoded_values_are_decoded_before_they_are_compared() {
    let world = world(&[], &[]).await;
    let body = modern_rpc(
        "tools/call",
        json!({ "name": "auth", "arguments": { "action": "status" } }),
    );
    // "auth" in Base64 is YXV0aA==.
    for (name, expected) in [
        ("=?base64?YXV0aA==?=", (200, 0)),
        ("auth", (200, 0)),
        ("AUTH", (400, -32020)),
        ("=?BASE64?YXV0aA==?=", (400, -32020)),
        ("=?base64?YXV0aA?=", (400, -32020)),
        ("=?base64?YXV0aB==?=", (400, -32020)),
        ("YXV0aA==", (400, -32020)),
    ] {
        let line = format!("Mcp-Name: {name}");
        let reply = send(&world, &[VERSION, "Mcp-Method: tools/call", &line], &body).await;
        assert_eq!(code(&reply), expected, "{name}: {reply:?}");
    }
}

#[tokio::test]
async fn what_earlier_revisions_left_behind_is_ignored() {
    let world = world(&[], &[]).await;
    let body = modern_rpc("tools/list", json!({}));
    let held = format!(
        "Mcp-Session-Id: {}",
        session(&world, "finance-rw", "2025-11-25").await
    );
    for line in [held.as_str(), "Mcp-Session-Id: 00", "Last-Event-ID: 1-0"] {
        let reply = send(&world, &[VERSION, "Mcp-Method: tools/list", line], &body).await;
        assert_eq!(
            (reply.status, reply.header("mcp-session-id")),
            (200, None),
            "{line}"
        );
    }
    let noted = r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#;
    let reply = send(&world, &[VERSION], noted).await;
    assert_eq!((reply.status, reply.body.as_str()), (202, ""));
    let reply = send(&world, &["MCP-Protocol-Version: 2030-01-01"], noted).await;
    assert_eq!(code(&reply), (400, -32022));
}

#[tokio::test]
async fn a_server_of_one_era_says_so() {
    let world_of_one = world(&[], &["modern-only"]).await;
    let key = bearer(&token(&world_of_one, "finance-ro"));
    for method in ["GET", "DELETE", "PUT"] {
        let reply = mcp(&world_of_one, method, &[&key, "Accept: text/event-stream"], "").await;
        assert_eq!(
            (reply.status, reply.header("allow")),
            (405, Some("POST")),
            "{method}"
        );
    }
    let reply = send(&world_of_one, &[], &initialize("2025-11-25")).await;
    assert_eq!(code(&reply), (400, -32020), "{reply:?}");
    let reply = send(&world_of_one, &[VERSION], &initialize("2025-11-25")).await;
    assert_eq!(code(&reply), (400, -32602), "{reply:?}");
    assert_eq!(world_of_one.urls().sse, None);

    let world_of_one = world(&[], &["legacy-only"]).await;
    assert_eq!(world_of_one.revisions().last(), Some(&"2025-11-25"));
    let reply = modern(&world_of_one, "finance-ro", "tools/list", json!({})).await;
    assert_eq!(code(&reply), (400, -32000), "{reply:?}");
}

#[tokio::test]
async fn the_eras_live_beside_each_other_on_one_connection() {
    use super::support::{connect, read_reply, request};
    use tokio::io::AsyncWriteExt as _;
    let world = world(&[], &[]).await;
    let held = format!(
        "Mcp-Session-Id: {}",
        session(&world, "finance-ro", "2025-06-18").await
    );
    let mut socket = connect(&world.urls().origin).await;
    let body = modern_rpc(
        "tools/call",
        json!({ "name": "auth", "arguments": { "action": "status" } }),
    );
    let lines = modern_lines(&body);
    let canary = |name: &str| world.fixtures().credential(name).unwrap().canary.clone().unwrap();
    for (name, held, status) in [
        ("finance-ro", None, 200),
        ("", None, 401),
        ("outsider", None, 200),
        ("finance-ro", Some(held.as_str()), 200),
        ("outsider", Some(held.as_str()), 404),
    ] {
        let key = if name.is_empty() {
            "X-No: key".to_owned()
        } else {
            bearer(&token(&world, name))
        };
        let mut all: Vec<&[u8]> = vec![key.as_bytes()];
        let plain = who();
        let body = if let Some(held) = held {
            all.push(held.as_bytes());
            &plain
        } else {
            all.extend(lines.iter().map(String::as_bytes));
            &body
        };
        socket
            .write_all(&request("POST", "/mcp/key", &all, body))
            .await
            .unwrap();
        let reply = read_reply(&mut socket).await;
        assert_eq!(reply.status, status, "{name}: {reply:?}");
        for other in ["finance-ro", "outsider"] {
            let shown = status == 200 && other == name;
            assert_eq!(reply.body.contains(&canary(other)), shown, "{name} {other}");
        }
    }
}

#[tokio::test]
async fn answers_may_be_events() {
    let world = world(&[], &["sse-answers"]).await;
    let reply = modern(&world, "finance-ro", "tools/list", json!({})).await;
    assert_eq!(reply.header("content-type"), Some("text/event-stream"));
    assert_eq!(reply.header("x-accel-buffering"), Some("no"));
    assert!(
        reply.body.starts_with("event: message\ndata: {") && !reply.body.contains("id: "),
        "{reply:?}"
    );
}

#[tokio::test]
async fn a_lacking_scope_and_a_foreign_object_are_refused_as_ever() {
    let world = world(&[], &[]).await;
    let finance = world
        .fixtures()
        .workspace("globex", "finance")
        .unwrap()
        .id
        .clone();
    let mut message: Value = serde_json::from_str(&write(&world, "x")).unwrap();
    let params = message["params"].take();
    let reply = modern(&world, "finance-ro", "tools/call", params).await;
    assert_eq!(reply.status, 403, "{reply:?}");
    assert!(
        reply
            .header("www-authenticate")
            .unwrap()
            .contains("insufficient_scope")
    );
    let call: Value = serde_json::from_str(&call(
        "storage",
        &json!({ "action": "list", "profile_id": finance }),
    ))
    .unwrap();
    let reply = modern(&world, "finance-ro", "tools/call", call["params"].clone()).await;
    assert_eq!(
        (reply.status, &reply.json()["result"]["isError"]),
        (200, &json!(true)),
        "{reply:?}"
    );
}

#[tokio::test]
async fn a_call_that_asks_back() {
    let world = world(&[], &[]).await;
    let node = super::support::a_resource(&world, "finance-ro").await;
    let canary = world
        .fixtures()
        .workspace("acme", "finance")
        .unwrap()
        .canary
        .clone();
    for none in [json!({}), json!({ "sampling": {} })] {
        let reply = unseal(&world, "finance-ro", &node, &none, &json!({})).await;
        assert_eq!(code(&reply), (400, -32021), "{reply:?}");
        assert!(reply.json()["error"]["data"]["requiredCapabilities"]["elicitation"].is_object());
    }
    let can = json!({ "elicitation": {} });
    let reply = unseal(&world, "finance-ro", &node, &can, &json!({})).await;
    let asked = reply.json()["result"].clone();
    assert_eq!(asked["resultType"], "input_required", "{reply:?}");
    assert!(asked.get("ttlMs").is_none() && !reply.body.contains(&canary));
    let state = asked["requestState"].as_str().unwrap();
    let answer = |state: &str, agree: bool| {
        json!({
            "requestState": state,
            "inputResponses": { "agreement": { "action": "accept", "content": { "agree": agree } } },
        })
    };
    let reply = unseal(&world, "finance-ro", &node, &can, &answer(state, false)).await;
    assert_eq!(
        (&reply.json()["result"]["isError"], reply.body.contains(&canary)),
        (&json!(true), false)
    );
    let reply = unseal(&world, "finance-ro", &node, &can, &answer(state, true)).await;
    assert!(reply.status == 200 && reply.body.contains(&canary), "{reply:?}");
    // Bent, another's, and too late.
    let bent = answer(&format!("9{state}"), true);
    for (name, given) in [("finance-ro", &bent), ("finance-rw", &answer(state, true))] {
        let reply = unseal(&world, name, &node, &can, given).await;
        assert_eq!(code(&reply), (200, -32602), "{name}: {reply:?}");
    }
    world.control().advance(std::time::Duration::from_secs(700));
    let reply = unseal(&world, "finance-ro", &node, &can, &answer(state, true)).await;
    assert_eq!(code(&reply), (200, -32602));
}
