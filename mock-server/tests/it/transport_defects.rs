//! Every defect of the transport is observable, and only while it is on.

use hallmark_mock::World;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;

use super::support::{
    Reply, Row, Stream, a_resource, bearer, connect, each_differs, mcp, meta, modern, modern_lines,
    modern_rpc, raw, read_reply, request, rpc, session, token, unseal, write,
};

/// Id, what a healthy world shows, what one with the defect shows.
const ROWS: &[Row] = &[
    ("batches-served", "400", "200"),
    ("binds-every-address", "nobody", "401"),
    ("cache-scope-by-page", "private private", "private public"),
    ("capability-assumed", "400", "200"),
    ("client-info-trusted", "20", "20 more"),
    ("ended-session-lives", "404", "200"),
    ("event-ids-repeated", "false", "true"),
    ("get-json", "text/event-stream", "application/json"),
    ("header-values-caseless", "400", "200"),
    ("list-per-connection", "20 20", "20 19"),
    ("listen-unacknowledged", "event: message", ": alive"),
    ("listen-unasked", "false", "true"),
    ("listen-untagged", "true", "false"),
    ("meta-unchecked", "400", "200"),
    ("method-header-unchecked", "400", "200"),
    ("missing-session-404", "400", "404"),
    ("name-header-late", "400 false", "400 true"),
    ("name-header-unchecked", "400 false", "200 true"),
    ("notification-200", "202", "200"),
    ("origin-400", "403", "400"),
    ("origin-contains-host", "403", "200"),
    ("origin-equals-host", "403", "200"),
    ("origin-post-only", "403", "200"),
    ("origin-unchecked", "403", "200"),
    ("param-headers-unchecked", "400", "200"),
    ("private-list-public", "private", "public"),
    ("replay-for-anybody", "false", "true"),
    ("secret-in-header", "false", "true"),
    ("sentinel-literal", "200", "400"),
    ("session-id-blank", "64", "65"),
    ("sse-buffered", "no", ""),
    ("stateless-session", "false", "true"),
    ("ttl-negative", "60000", "-1"),
    ("unknown-method-200", "404", "200"),
    ("version-error-bare", "-32022", "-32602"),
    ("version-missing-500", "200", "500"),
    ("version-unchecked", "400", "200"),
    ("versions-uncompared", "400", "200"),
];

/// The defects that this file tests.
pub(crate) fn tested() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|(id, ..)| *id)
}

#[tokio::test]
async fn each_row_differs_between_a_healthy_world_and_one_with_the_defect() {
    each_differs(ROWS, shown).await;
}

/// What a world shows of this defect, in a word.
async fn shown(id: &str, world: &World) -> String {
    let key = bearer(&token(world, "finance-ro"));
    let list = modern_rpc("tools/list", json!({}));
    let said = "MCP-Protocol-Version: 2026-07-28";
    let listing = [key.as_str(), said, "Mcp-Method: tools/list"];
    let status = |reply: Reply| reply.status.to_string();
    match id {
        "batches-served" => status(mcp(world, "POST", &listing, &format!("[{list}]")).await),
        "binds-every-address" => outside(world).await,
        "cache-scope-by-page" => pages(world).await,
        "capability-assumed" => {
            let (uri, none) = (a_resource(world, "finance-ro").await, json!({}));
            status(unseal(world, "finance-ro", &uri, &none, &none).await)
        }
        "client-info-trusted" => admin(world).await,
        "event-ids-repeated" => {
            let ping = rpc("ping", &json!({}));
            let reply = in_session(world, "POST", &["Accept: text/event-stream"], &ping).await;
            reply.body.contains("id: 1\n").to_string()
        }
        "get-json" => in_session(world, "GET", &["Accept: text/event-stream"], "")
            .await
            .header("content-type")
            .unwrap()
            .to_owned(),
        "header-values-caseless" => status(named(world, "AUTH", "auth").await),
        "sentinel-literal" => status(named(world, "=?base64?YXV0aA==?=", "auth").await),
        "list-per-connection" => twice(world).await,
        "meta-unchecked" => status(mcp(world, "POST", &listing, &rpc("tools/list", &json!({}))).await),
        "method-header-unchecked" => {
            let lines = [key.as_str(), said, "Mcp-Method: tools/call"];
            status(mcp(world, "POST", &lines, &list).await)
        }
        "name-header-late" | "name-header-unchecked" => smuggled(world).await,
        "notification-200" => {
            let noted = r#"{"jsonrpc":"2.0","method":"notifications/cancelled"}"#;
            status(mcp(world, "POST", &[&key, said], noted).await)
        }
        "param-headers-unchecked" => other_profile(world).await,
        "private-list-public" => member(world, "tools/list", "cacheScope").await,
        "ttl-negative" => member(world, "tools/list", "ttlMs").await,
        "secret-in-header" => {
            let reply = mcp(world, "POST", &listing, &list).await;
            reply.body.contains("\"x-mcp-header\":\"Password\"").to_string()
        }
        "sse-buffered" => {
            let lines = [&listing[..], &["Accept: text/event-stream"]].concat();
            let reply = mcp(world, "POST", &lines, &list).await;
            reply.header("x-accel-buffering").unwrap_or_default().to_owned()
        }
        "stateless-session" => {
            let reply = mcp(world, "POST", &listing, &list).await;
            reply.header("mcp-session-id").is_some().to_string()
        }
        "unknown-method-200" => status(modern(world, "finance-ro", "nope/nope", json!({})).await),
        "version-error-bare" | "version-unchecked" | "versions-uncompared" => versioned(id, world).await,
        id if id.starts_with("origin-") => origin(id, world).await,
        id if id.starts_with("listen-") => listened(id, world).await,
        _ => sessions(id, world).await,
    }
}

async fn in_session(world: &World, method: &str, more: &[&str], body: &str) -> Reply {
    let key = bearer(&token(world, "finance-ro"));
    let held = format!(
        "Mcp-Session-Id: {}",
        session(world, "finance-ro", "2025-11-25").await
    );
    let lines = [&[key.as_str(), held.as_str()], more].concat();
    mcp(world, method, &lines, body).await
}

async fn sessions(id: &str, world: &World) -> String {
    let key = bearer(&token(world, "finance-ro"));
    let ping = rpc("ping", &json!({}));
    match id {
        "ended-session-lives" => {
            let held = format!(
                "Mcp-Session-Id: {}",
                session(world, "finance-ro", "2025-11-25").await
            );
            assert_eq!(mcp(world, "DELETE", &[&key, &held], "").await.status, 204);
            mcp(world, "POST", &[&key, &held], &ping).await.status.to_string()
        }
        "missing-session-404" => mcp(world, "POST", &[&key], &ping).await.status.to_string(),
        "session-id-blank" => session(world, "finance-ro", "2025-11-25").await.len().to_string(),
        "version-missing-500" => in_session(world, "POST", &[], &ping).await.status.to_string(),
        "replay-for-anybody" => {
            let held = format!(
                "Mcp-Session-Id: {}",
                session(world, "finance-ro", "2025-11-25").await
            );
            let lines = [key.as_str(), &held, "Accept: text/event-stream"];
            let said = mcp(world, "POST", &lines, &rpc("tools/list", &json!({}))).await;
            assert!(
                said.body.contains("id: 1-0\n") || said.body.contains("id: 2-0\n"),
                "{said:?}"
            );
            let other = bearer(&token(world, "outsider"));
            let held = format!(
                "Mcp-Session-Id: {}",
                session(world, "outsider", "2025-11-25").await
            );
            let lines = [
                other.as_str(),
                &held,
                "Accept: text/event-stream",
                "Last-Event-ID: 1-0",
            ];
            let reply = mcp(world, "GET", &lines, "").await;
            reply.body.contains("inputSchema").to_string()
        }
        _ => panic!("{id} has no row"),
    }
}

async fn origin(id: &str, world: &World) -> String {
    let own = world.urls().origin;
    let key = bearer(&token(world, "finance-ro"));
    let held = format!(
        "Mcp-Session-Id: {}",
        session(world, "finance-ro", "2025-11-25").await
    );
    let (method, lines) = match id {
        "origin-post-only" => ("GET", vec!["Origin: https://evil.example"]),
        "origin-contains-host" => ("POST", vec!["Origin: http://127.0.0.1.evil.example"]),
        // The Host of these requests is `mock`.
        "origin-equals-host" => ("POST", vec!["Origin: http://mock"]),
        _ => ("POST", vec!["Origin: https://evil.example"]),
    };
    let mut all: Vec<&[u8]> = vec![key.as_bytes(), held.as_bytes()];
    all.extend(lines.iter().map(|line| line.as_bytes()));
    let body = if method == "POST" {
        rpc("ping", &json!({}))
    } else {
        String::new()
    };
    raw(&own, &request(method, "/mcp/oauth", &all, &body))
        .await
        .status
        .to_string()
}

async fn outside(world: &World) -> String {
    let url = world.urls().outside;
    let authority = url.trim_start_matches("http://").trim_end_matches("/mcp/oauth");
    match tokio::net::TcpStream::connect(authority).await {
        Err(_) => "nobody".to_owned(),
        Ok(mut socket) => {
            socket
                .write_all(&request("GET", "/mcp/oauth", &[], ""))
                .await
                .unwrap();
            read_reply(&mut socket).await.status.to_string()
        }
    }
}

async fn member(world: &World, method: &str, name: &str) -> String {
    let reply = modern(world, "finance-ro", method, json!({})).await;
    let value = reply.json()["result"][name].clone();
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

async fn pages(world: &World) -> String {
    let first = modern(world, "finance-rw", "tools/list", json!({})).await.json()["result"].clone();
    let params = json!({ "cursor": first["nextCursor"] });
    let second = modern(world, "finance-rw", "tools/list", params).await.json()["result"].clone();
    format!(
        "{} {}",
        first["cacheScope"].as_str().unwrap(),
        second["cacheScope"].as_str().unwrap()
    )
}

async fn twice(world: &World) -> String {
    let mut socket = connect(&world.urls().origin).await;
    let body = modern_rpc("tools/list", json!({}));
    let mut lines = modern_lines(&body);
    lines.push(bearer(&token(world, "finance-rw")));
    let lines: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
    let mut counts = Vec::new();
    for _ in 0..2 {
        socket
            .write_all(&request("POST", "/mcp/key", &lines, &body))
            .await
            .unwrap();
        let listed = read_reply(&mut socket).await.json()["result"]["tools"].clone();
        counts.push(listed.as_array().unwrap().len().to_string());
    }
    counts.join(" ")
}

async fn admin(world: &World) -> String {
    let mut of = meta(&json!({}));
    of["io.modelcontextprotocol/clientInfo"]["name"] = json!("admin-console");
    let body = rpc("tools/list", &json!({ "_meta": of }));
    let mut lines = modern_lines(&body);
    lines.push(bearer(&token(world, "finance-ro")));
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let result = mcp(world, "POST", &lines, &body).await.json()["result"].clone();
    let more = if result.get("nextCursor").is_some() {
        " more"
    } else {
        ""
    };
    format!("{}{more}", result["tools"].as_array().unwrap().len())
}

async fn named(world: &World, header: &str, tool: &str) -> Reply {
    let key = bearer(&token(world, "finance-ro"));
    let body = modern_rpc(
        "tools/call",
        json!({ "name": tool, "arguments": { "action": "status" } }),
    );
    let name = format!("Mcp-Name: {header}");
    let lines = [
        &key,
        "MCP-Protocol-Version: 2026-07-28",
        "Mcp-Method: tools/call",
        &name,
    ];
    mcp(world, "POST", &lines, &body).await
}

/// A write whose headers name a reading tool.
async fn smuggled(world: &World) -> String {
    let mut message: Value = serde_json::from_str(&write(world, "smuggled")).unwrap();
    message["params"]["_meta"] = meta(&json!({}));
    let body = message.to_string();
    let mut lines = modern_lines(&body);
    lines.retain(|line| !line.starts_with("Mcp-Name"));
    lines.extend([
        bearer(&token(world, "finance-rw")),
        "Mcp-Name: storage".to_owned(),
    ]);
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let reply = mcp(world, "POST", &lines, &body).await;
    let done = world.control().export().to_string().contains("smuggled");
    format!("{} {done}", reply.status)
}

async fn other_profile(world: &World) -> String {
    let place = world.fixtures().workspace("acme", "finance").unwrap().id.clone();
    let arguments = json!({ "action": "list", "profile_id": place });
    let body = modern_rpc("tools/call", json!({ "name": "storage", "arguments": arguments }));
    let mut lines = modern_lines(&body);
    lines.retain(|line| !line.starts_with("Mcp-Param"));
    lines.extend([
        bearer(&token(world, "finance-ro")),
        "Mcp-Param-Profile: 1".to_owned(),
    ]);
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    mcp(world, "POST", &lines, &body).await.status.to_string()
}

async fn versioned(id: &str, world: &World) -> String {
    let said = if id == "versions-uncompared" {
        "2026-07-28"
    } else {
        "1900-01-01"
    };
    let mut of = meta(&json!({}));
    let meant = if id == "versions-uncompared" {
        "2025-11-25"
    } else {
        "1900-01-01"
    };
    of["io.modelcontextprotocol/protocolVersion"] = json!(meant);
    let body = rpc("tools/list", &json!({ "_meta": of }));
    let key = bearer(&token(world, "finance-ro"));
    let version = format!("MCP-Protocol-Version: {said}");
    let reply = mcp(world, "POST", &[&key, &version, "Mcp-Method: tools/list"], &body).await;
    if id == "version-error-bare" {
        return reply.json()["error"]["code"].to_string();
    }
    reply.status.to_string()
}

/// A subscription to tools alone, while a document changes and then what the key may do.
async fn listened(id: &str, world: &World) -> String {
    let body = modern_rpc(
        "subscriptions/listen",
        json!({ "notifications": { "toolsListChanged": true } }),
    );
    let mut lines = modern_lines(&body);
    lines.push(bearer(&token(world, "full")));
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let mut stream = Stream::open(world, "POST", "/mcp/key", &lines, &body).await;
    let first = stream.until("\n\n").await.body;
    if id == "listen-unacknowledged" {
        return first.lines().next().unwrap().to_owned();
    }
    let place = world.fixtures().workspace("acme", "finance").unwrap().id.clone();
    let arguments = json!({ "action": "create-note", "workspace_id": place, "name": "n", "content": "x" });
    modern(
        world,
        "full",
        "tools/call",
        json!({ "name": "workspace_manage", "arguments": arguments }),
    )
    .await;
    let key = world.fixtures().credential("full").unwrap().id.clone();
    let scopes = [format!("workspace:{place}:r")];
    let arguments = json!({ "action": "api-key-update", "key_id": key, "scopes": scopes });
    modern(
        world,
        "full",
        "tools/call",
        json!({ "name": "auth_manage", "arguments": arguments }),
    )
    .await;
    let said = stream.until("tools/list_changed").await.body;
    if id == "listen-untagged" {
        return said.contains("subscriptionId").to_string();
    }
    said.contains("resources/list_changed").to_string()
}
