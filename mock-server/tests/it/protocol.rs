//! MCP over Streamable HTTP and REST: status and headers per situation, on the healthy mock.

use hallmark_mock::{Behaviour, World, WorldConfig};
use serde_json::{Value, json};

use super::support::{bearer, call, initialize, mcp, raw, request, rpc, session, token, who, world, write};

const BOTH: &str = "Accept: application/json, text/event-stream";

#[tokio::test]
async fn a_session_from_initialize_to_delete() {
    for revision in ["2025-03-26", "2025-06-18", "2025-11-25"] {
        let world = world(&[], &[]).await;
        let key = bearer(&token(&world, "finance-ro"));
        let reply = mcp(&world, "POST", &[&key, BOTH], &initialize(revision)).await;
        assert_eq!(reply.json()["result"]["protocolVersion"], revision);
        let id = reply.header("mcp-session-id").unwrap().to_owned();
        assert!(
            id.len() == 64
                && id
                    .bytes()
                    .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)),
            "{id}"
        );
        let held = format!("Mcp-Session-Id: {id}");
        let said = format!("MCP-Protocol-Version: {revision}");
        let noted = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
        let reply = mcp(&world, "POST", &[&key, BOTH, &held, &said], noted).await;
        assert_eq!((reply.status, reply.body.as_str()), (202, ""));
        let reply = mcp(&world, "POST", &[&key, BOTH, &held, &said], &who()).await;
        let canary = world
            .fixtures()
            .credential("finance-ro")
            .unwrap()
            .canary
            .clone()
            .unwrap();
        assert!(reply.status == 200 && reply.body.contains(&canary), "{reply:?}");
        assert_eq!(mcp(&world, "DELETE", &[&key, &held], "").await.status, 204);
        assert_eq!(
            mcp(&world, "POST", &[&key, BOTH, &held], &who()).await.status,
            404
        );
    }
}

#[tokio::test]
async fn an_unknown_revision_is_answered_with_the_latest() {
    let world = world(&[], &[]).await;
    let reply = mcp(
        &world,
        "POST",
        &[&bearer(&token(&world, "finance-ro"))],
        &initialize("1999-01-01"),
    )
    .await;
    assert_eq!(reply.json()["result"]["protocolVersion"], "2025-11-25");
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one table")]
async fn situations() {
    let world = world(&[], &[]).await;
    let key = bearer(&token(&world, "finance-ro"));
    let held = format!(
        "Mcp-Session-Id: {}",
        session(&world, "finance-ro", "2025-11-25").await
    );
    let foreign = format!(
        "Mcp-Session-Id: {}",
        session(&world, "finance-rw", "2025-11-25").await
    );
    let (key, held, foreign) = (key.as_str(), held.as_str(), foreign.as_str());
    let ping = rpc("ping", &json!({}));
    let batch = format!("[{ping}]");
    let deep = "[".repeat(10_000);
    let table: &[(&str, &str, &[&str], &str, u16)] = &[
        ("ping", "POST", &[key, held], &ping, 200),
        ("no session", "POST", &[key], &ping, 400),
        (
            "unknown session",
            "POST",
            &[key, "Mcp-Session-Id: 00"],
            &ping,
            404,
        ),
        ("foreign session", "POST", &[key, foreign], &ping, 404),
        (
            "unknown version",
            "POST",
            &[key, held, "MCP-Protocol-Version: 1.0"],
            &ping,
            400,
        ),
        (
            "foreign origin",
            "POST",
            &[key, held, "Origin: https://evil.example"],
            &ping,
            403,
        ),
        ("null origin", "POST", &[key, held, "Origin: null"], &ping, 403),
        (
            "loopback origin",
            "POST",
            &[key, held, "Origin: http://localhost:3000"],
            &ping,
            200,
        ),
        (
            "accepts neither",
            "POST",
            &[key, held, "Accept: text/html"],
            &ping,
            406,
        ),
        (
            "stream not accepted",
            "GET",
            &[key, held, "Accept: application/json"],
            "",
            406,
        ),
        (
            "stream",
            "GET",
            &[key, held, "Accept: text/event-stream"],
            "",
            200,
        ),
        (
            "stream without session",
            "GET",
            &[key, "Accept: text/event-stream"],
            "",
            400,
        ),
        (
            "wrong type",
            "POST",
            &[key, held, "Content-Type: text/plain"],
            &ping,
            415,
        ),
        ("no JSON", "POST", &[key, held], "{", 400),
        ("too deep", "POST", &[key, held], &deep, 400),
        ("no message", "POST", &[key, held], "{}", 400),
        ("batch out of its revision", "POST", &[key, held], &batch, 400),
        ("PUT", "PUT", &[key, held], &ping, 405),
        (
            "response of a client",
            "POST",
            &[key, held],
            r#"{"jsonrpc":"2.0","id":9,"result":{}}"#,
            202,
        ),
        ("no credential", "POST", &[held], &ping, 401),
        (
            "no credential, GET",
            "GET",
            &["Accept: text/event-stream"],
            "",
            401,
        ),
        ("no credential, DELETE", "DELETE", &[held], "", 401),
        ("no credential, HEAD", "HEAD", &["Connection: close"], "", 401),
        ("delete without session", "DELETE", &[key], "", 400),
        (
            "preflight",
            "OPTIONS",
            &[
                "Origin: http://localhost:1",
                "Access-Control-Request-Method: POST",
            ],
            "",
            204,
        ),
    ];
    for (what, method, lines, body, status) in table {
        let reply = mcp(&world, method, lines, body).await;
        assert_eq!(reply.status, *status, "{what}: {reply:?}");
        assert_eq!(
            reply.header("www-authenticate").is_some(),
            *status == 401,
            "{what}"
        );
    }
}

#[tokio::test]
async fn credentials() {
    let world = world(&[], &["no-server-session"]).await;
    let table = [
        ("finance-ro", 200, ""),
        ("expired", 401, "the access token expired"),
        ("revoked", 401, "the access token was revoked"),
    ];
    for (name, status, description) in table {
        let reply = mcp(&world, "POST", &[&bearer(&token(&world, name))], &who()).await;
        assert_eq!(reply.status, status, "{name}");
        let challenge = reply.header("www-authenticate").unwrap_or_default();
        assert!(challenge.contains(description), "{challenge}");
        assert_eq!(challenge.contains("error=\"invalid_token\""), status == 401);
    }
    for (kind, secret) in &world.fixtures().others {
        let reply = mcp(&world, "POST", &[&bearer(secret)], &who()).await;
        assert_eq!(reply.status, 401, "{kind}");
        assert!(!reply.text().contains(secret.as_str()), "{kind}");
    }
    let reply = mcp(&world, "POST", &[], &who()).await;
    assert_eq!(reply.header("www-authenticate"), Some("Bearer realm=\"fastio\""));
    let reply = mcp(&world, "POST", &["Authorization: Basic YTpi"], &who()).await;
    assert_eq!(
        (reply.status, reply.header("www-authenticate")),
        (401, Some("Bearer realm=\"fastio\""))
    );
}

#[tokio::test]
async fn a_lacking_scope_is_told_by_the_behaviour() {
    for (behaviour, status) in [
        (Behaviour::Seed, 403),
        (Behaviour::Strict, 403),
        (Behaviour::Fastio, 200),
    ] {
        let world = World::start(WorldConfig {
            behaviour,
            ..WorldConfig::default()
        })
        .await
        .unwrap();
        let key = bearer(&token(&world, "finance-ro"));
        let held = format!(
            "Mcp-Session-Id: {}",
            session(&world, "finance-ro", "2025-11-25").await
        );
        let reply = mcp(&world, "POST", &[&key, &held], &write(&world, "x")).await;
        assert_eq!(reply.status, status, "{behaviour:?}: {reply:?}");
        if status == 403 {
            let challenge = reply.header("www-authenticate").unwrap();
            assert!(
                challenge.contains("error=\"insufficient_scope\"")
                    && challenge.contains("scope=\"workspace:")
            );
        } else {
            assert_eq!(reply.json()["result"]["isError"], true);
        }
        let malformed = mcp(&world, "POST", &["Authorization: Bearer"], &who()).await;
        let expected = if behaviour == Behaviour::Fastio { 401 } else { 400 };
        assert_eq!(malformed.status, expected);
        assert!(
            malformed
                .header("www-authenticate")
                .unwrap()
                .contains("error=\"invalid_request\"")
        );
        let writer = bearer(&token(&world, "finance-rw"));
        let held = format!(
            "Mcp-Session-Id: {}",
            session(&world, "finance-rw", "2025-11-25").await
        );
        assert_eq!(
            mcp(&world, "POST", &[&writer, &held], &write(&world, "x"))
                .await
                .status,
            200
        );
    }
}

#[tokio::test]
async fn tools_come_in_pages_and_every_name_once() {
    let world = world(&[], &["no-server-session"]).await;
    let key = bearer(&token(&world, "full"));
    let (mut names, mut params) = (Vec::new(), json!({}));
    loop {
        let page = mcp(&world, "POST", &[&key], &rpc("tools/list", &params))
            .await
            .json()["result"]
            .clone();
        for tool in page["tools"].as_array().unwrap() {
            assert_eq!(tool["inputSchema"]["type"], "object");
            names.push(tool["name"].as_str().unwrap().to_owned());
        }
        match &page["nextCursor"] {
            Value::Null => break,
            cursor => params = json!({ "cursor": cursor }),
        }
    }
    assert_eq!(names.len(), 35, "{names:?}");
    let unique: std::collections::BTreeSet<_> = names.iter().collect();
    assert_eq!(unique.len(), names.len());
    let reply = mcp(
        &world,
        "POST",
        &[&key],
        &rpc("tools/list", &json!({ "cursor": "junk" })),
    )
    .await;
    assert_eq!(reply.json()["error"]["code"], -32_602);
    let reply = mcp(&world, "POST", &[&key], &rpc("no/such", &json!({}))).await;
    assert_eq!(
        (reply.status, reply.json()["error"]["code"].as_i64()),
        (200, Some(-32_601))
    );
}

#[tokio::test]
async fn reads_show_the_workspace_of_the_caller_only() {
    let world = world(&[], &["no-server-session"]).await;
    let list = |id: &str| {
        call(
            "storage",
            &json!({ "action": "list", "profile_type": "workspace", "profile_id": id }),
        )
    };
    for name in ["finance-ro", "finance-rw", "outsider", "support-ro"] {
        let credential = world.fixtures().credential(name).unwrap();
        let key = bearer(&credential.token);
        for workspace in &world.fixtures().workspaces {
            let reply = mcp(&world, "POST", &[&key], &list(&workspace.id)).await;
            let own = credential.workspace.as_deref() == Some(&workspace.id);
            assert_eq!(
                reply.body.contains(&workspace.canary),
                own,
                "{name} {workspace:?} {reply:?}"
            );
        }
    }
}

#[tokio::test]
async fn batches_belong_to_the_first_revision() {
    let world = world(&[], &[]).await;
    let held = format!(
        "Mcp-Session-Id: {}",
        session(&world, "finance-ro", "2025-03-26").await
    );
    let batch = format!("[{},{}]", rpc("ping", &json!({})), who());
    let reply = mcp(
        &world,
        "POST",
        &[&bearer(&token(&world, "finance-ro")), &held],
        &batch,
    )
    .await;
    assert_eq!(reply.json().as_array().map(Vec::len), Some(2));
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one table")]
async fn rest_routes() {
    let world = world(&[], &[]).await;
    let finance = world.fixtures().workspace("acme", "finance").unwrap().clone();
    let globex = world.fixtures().workspace("globex", "finance").unwrap().clone();
    let ws = &finance.id;
    let table = [
        (
            "finance-ro",
            "GET",
            "/current/user/auth/check/".to_owned(),
            "",
            200,
        ),
        ("finance-ro", "GET", "/current/auth/scopes".to_owned(), "", 200),
        ("org-admin", "GET", "/current/orgs/list/".to_owned(), "", 200),
        (
            "org-admin",
            "GET",
            format!("/current/org/{}/details/", finance.org),
            "",
            200,
        ),
        (
            "org-admin",
            "GET",
            format!("/current/org/{}/list/workspaces/", finance.org),
            "",
            200,
        ),
        (
            "finance-ro",
            "GET",
            format!("/current/workspace/{ws}/details/"),
            "",
            200,
        ),
        (
            "finance-ro",
            "GET",
            format!("/current/workspace/{}/details/", globex.id),
            "",
            404,
        ),
        (
            "support-ro",
            "GET",
            format!("/current/workspace/{ws}/details/"),
            "",
            403,
        ),
        (
            "finance-ro",
            "GET",
            format!("/current/workspace/{ws}/storage/root/list/"),
            "",
            200,
        ),
        (
            "finance-ro",
            "GET",
            format!("/current/workspace/{ws}/storage/search/?search=settlement"),
            "",
            200,
        ),
        (
            "finance-ro",
            "POST",
            format!("/current/workspace/{ws}/storage/root/createfolder/"),
            "name=a",
            403,
        ),
        (
            "finance-rw",
            "POST",
            format!("/current/workspace/{ws}/storage/root/createfolder/"),
            "name=a",
            200,
        ),
        (
            "finance-rw",
            "POST",
            format!("/current/workspace/{ws}/storage/root/createnote/"),
            "name=n&content=c",
            200,
        ),
        (
            "finance-ro",
            "GET",
            format!("/current/events/search/?workspace_id={ws}"),
            "",
            200,
        ),
        (
            "full",
            "POST",
            "/current/user/auth/key/".to_owned(),
            "memo=m",
            200,
        ),
        (
            "finance-ro",
            "POST",
            "/current/user/auth/key/".to_owned(),
            "memo=m",
            403,
        ),
        ("full", "GET", "/current/user/auth/keys/".to_owned(), "", 200),
        ("full", "GET", "/current/no/such/".to_owned(), "", 404),
    ];
    for (name, method, target, body, status) in &table {
        let key = bearer(&token(&world, name));
        let lines = [key.as_bytes(), b"Content-Type: application/x-www-form-urlencoded"];
        let reply = raw(&world.urls().origin, &request(method, target, &lines, body)).await;
        assert_eq!(reply.status, *status, "{name} {method} {target}: {reply:?}");
        assert_eq!(reply.header("cache-control"), Some("no-store"));
    }
    let nobody = raw(
        &world.urls().origin,
        &request("GET", "/current/orgs/list/", &[], ""),
    )
    .await;
    assert_eq!(
        (nobody.status, nobody.json()["error"]["code"].as_i64()),
        (401, Some(10_011))
    );
    let unknown = raw(&world.urls().origin, &request("GET", "/nowhere", &[], "")).await;
    assert_eq!(
        (unknown.status, unknown.json()["error"]["code"].as_i64()),
        (404, Some(9992))
    );
    assert_eq!(
        raw(&world.urls().origin, &request("GET", "/current/ping/", &[], ""))
            .await
            .status,
        200
    );
}
