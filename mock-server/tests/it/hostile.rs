//! Nothing a peer sends makes the healthy mock fail.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::support::{bearer, mcp, raw, request, token, who, world};

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
