//! Origin is looked at on every method of every endpoint, before the credential.

use super::support::{bearer, modern_lines, modern_rpc, raw, request, token, world};
use serde_json::json;

#[tokio::test]
async fn a_foreign_origin_gets_403_everywhere() {
    let world = world(&[], &[]).await;
    let key = bearer(&token(&world, "finance-ro"));
    let body = modern_rpc("tools/list", json!({}));
    let lines = modern_lines(&body);
    for origin in [
        "https://evil.example",
        "null",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example:80",
        "http://evil.example#127.0.0.1",
        "http://localhost@evil.example",
        "file://localhost",
        "evil",
        "",
        "http://\u{e9}vil.example",
    ] {
        let said = format!("Origin: {origin}");
        for target in ["/mcp/key", "/mcp/tools", "/sse", "/messages"] {
            for method in ["POST", "GET", "DELETE", "OPTIONS", "HEAD", "PUT"] {
                let mut all: Vec<&[u8]> = vec![key.as_bytes(), said.as_bytes(), b"Connection: close"];
                all.extend(lines.iter().map(String::as_bytes));
                let body = if method == "POST" { body.as_str() } else { "" };
                let reply = raw(&world.urls().origin, &request(method, target, &all, body)).await;
                assert_eq!(reply.status, 403, "{origin} {method} {target}: {reply:?}");
                assert_eq!(reply.header("access-control-allow-origin"), None);
            }
        }
    }
}

#[tokio::test]
async fn the_own_origin_and_none_are_allowed() {
    for variant in [&[][..], &["origin-own-only"][..]] {
        let world = world(&[], variant).await;
        let own = world.urls().origin;
        let key = bearer(&token(&world, "finance-ro"));
        let body = modern_rpc("tools/list", json!({}));
        let other = if variant.is_empty() { 200 } else { 403 };
        let twice = format!("Origin: {own}\r\nOrigin: {own}");
        let table = [
            ("X-No: origin".to_owned(), 200),
            (format!("Origin: {own}"), 200),
            (format!("Origin: {}", own.replace("127.0.0.1", "localhost")), 200),
            ("Origin: http://localhost:3000".to_owned(), other),
            ("Origin: http://[::1]:3000".to_owned(), other),
            // A name that was rebound to loopback is in both.
            (
                "Origin: http://evil.example\r\nHost: evil.example".to_owned(),
                403,
            ),
            (twice, 403),
        ];
        for (line, status) in table {
            let mut all = vec![key.clone(), line.clone()];
            all.extend(modern_lines(&body));
            let all: Vec<&[u8]> = all.iter().map(String::as_bytes).collect();
            let reply = raw(&own, &request("POST", "/mcp/key", &all, &body)).await;
            // Two Host lines are refused by any HTTP server.
            let expected = if line.contains("Host:") {
                [403, 400]
            } else {
                [status, status]
            };
            assert!(expected.contains(&reply.status), "{line}: {reply:?}");
        }
    }
}
