//! Nothing a peer sends makes the healthy mock fail.

use hallmark_mock::World;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use super::support::{bearer, call, mcp, mcp_at, raw, request, rpc, token, who, world};

/// Mostly wrong requests: any bytes in a value, any body, odd methods and targets.
fn requests() -> impl Strategy<Value = (String, String, Vec<u8>, Vec<u8>)> {
    let target = prop_oneof![
        Just("/mcp/key".to_owned()),
        Just("/mcp/tools".to_owned()),
        "/current/[a-z/]{0,30}\\?[a-z=&%0-9]{0,20}",
        "/[ -~&&[^ #]]{0,30}",
    ];
    let method = prop_oneof!["GET", "POST", "DELETE", "PUT", "[A-Z]{1,9}"];
    let value = proptest::collection::vec(any::<u8>(), 0..80);
    let json = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..200),
        "[\\[\\]{}\":,a-z0-9]{0,80}".prop_map(String::into_bytes),
        "[a-z/]{0,12}".prop_map(|method| {
            format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{{"name":"{method}","arguments":{{"action":"{method}"}}}}}}"#)
                .into_bytes()
        }),
    ];
    (method, target, value, json)
}

#[test]
fn random_requests_never_get_a_5xx_and_the_world_lives_on() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime.block_on(world(&[], &["no-server-session"]));
    let key = bearer(&token(&world, "full"));
    let mut runner = TestRunner::new(Config {
        cases: 300,
        failure_persistence: None,
        ..Config::default()
    });
    let tested = runner.run(
        &(requests(), any::<bool>()),
        |((method, target, value, body), signed)| {
            let line = if signed {
                key.clone().into_bytes()
            } else {
                [b"Authorization: ".to_vec(), value].concat()
            };
            let mut bytes = request(&method, &target, &[&line, b"Connection: close"], "");
            // Replaces the end of the head, so that the body may be any bytes.
            bytes.truncate(bytes.len() - 2);
            bytes.extend_from_slice(
                format!(
                    "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                    body.len()
                )
                .as_bytes(),
            );
            bytes.extend_from_slice(&body);
            let reply = runtime.block_on(raw(&world.urls().origin, &bytes));
            prop_assert!(
                reply.status < 500,
                "{:?} {:?}",
                String::from_utf8_lossy(&bytes),
                reply
            );
            Ok(())
        },
    );
    tested.unwrap();
    let alive = runtime.block_on(mcp(&world, "POST", &[&key], &who()));
    assert_eq!(alive.status, 200);
}

/// Whether a call got a result or an error, and not a failure of the server.
fn answered(status: u16, body: &str) -> bool {
    let message: Value = serde_json::from_str(body).unwrap_or_default();
    status < 500 && (message.get("result").is_some() || message.get("error").is_some())
}

/// Every tool of the flat layout, page by page: its name and the names of its arguments.
async fn flat_tools(world: &World, key: &str) -> Vec<(String, Vec<String>)> {
    let (mut tools, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let params = cursor.map_or_else(|| json!({}), |cursor| json!({ "cursor": cursor }));
        let page = mcp_at(world, "/mcp/flat", "POST", &[key], &rpc("tools/list", &params)).await;
        let result = page.json()["result"].clone();
        for tool in result["tools"].as_array().unwrap() {
            let properties = tool["inputSchema"]["properties"].as_object();
            let names = properties.into_iter().flat_map(|all| all.keys().cloned());
            tools.push((tool["name"].as_str().unwrap().to_owned(), names.collect()));
        }
        match result["nextCursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return tools,
        }
    }
}

/// What an argument is given: of the wrong type, too large, oddly written, or something that exists.
fn values(world: &World) -> impl Strategy<Value = Value> + use<> {
    let fixtures = world.fixtures();
    let mine = fixtures.workspace("acme", "finance").unwrap().id.clone();
    let odd = vec![
        Value::Null,
        json!(true),
        json!(-1),
        json!(u64::MAX),
        json!(1e300),
        json!([]),
        json!([[[[[null]]]]]),
        json!({ "a": { "b": {} } }),
        json!(""),
        json!(" "),
        json!("../../etc/passwd"),
        json!("%00%ff"),
        json!("\u{0}\u{202e}\u{1f600}"),
        json!("x".repeat(70_000)),
        json!("root"),
        json!("workspace"),
        json!(mine),
        json!("2026-02-30T25:61:61Z"),
        json!("http://127.0.0.1:1/"),
    ];
    prop_oneof![
        4 => select(odd),
        1 => "\\PC{0,40}".prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
    ]
}

#[test]
fn every_tool_answers_whatever_its_arguments() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime.block_on(world(&[], &["no-server-session"]));
    let key = bearer(&token(&world, "full"));
    let tools = runtime.block_on(flat_tools(&world, &key));
    assert!(tools.len() > 200, "{}", tools.len());
    let calls = (
        select(tools),
        proptest::collection::vec((any::<bool>(), values(&world)), 12),
    );
    let mut runner = TestRunner::new(Config {
        cases: 1500,
        failure_persistence: None,
        ..Config::default()
    });
    let tested = runner.run(&calls, |((tool, names), values)| {
        let given = names.iter().zip(&values).filter(|(_, (present, _))| *present);
        let arguments: Value = given
            .map(|(name, (_, value))| (name.clone(), value.clone()))
            .collect();
        let body = call(&tool, &arguments);
        let reply = runtime.block_on(mcp_at(&world, "/mcp/flat", "POST", &[&key], &body));
        prop_assert!(
            answered(reply.status, &reply.body),
            "{tool} {arguments}: {reply:?}"
        );
        Ok(())
    });
    tested.unwrap();
    let alive = runtime.block_on(mcp(&world, "POST", &[&key], &who()));
    assert_eq!(alive.status, 200);
}
