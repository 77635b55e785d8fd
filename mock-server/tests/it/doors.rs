//! HTTP as a stranger may speak it: h2c, over-long values, bodies, HEAD.

use super::support::{bearer, initialize, raw, request, token, who, world};

#[tokio::test]
async fn h2c_with_prior_knowledge_on_the_same_port() {
    let world = world(&[], &[]).await;
    let client = reqwest::Client::builder()
        .http2_prior_knowledge()
        .build()
        .unwrap();
    let send = |authorization: Option<String>| {
        let request = client.post(world.urls().mcp).body(initialize("2025-11-25"));
        let request = request.header("content-type", "application/json");
        match authorization {
            Some(value) => request.header("authorization", value),
            None => request,
        }
        .send()
    };
    let reply = send(Some(format!("Bearer {}", token(&world, "finance-ro"))))
        .await
        .unwrap();
    assert_eq!(
        (reply.status().as_u16(), reply.version()),
        (200, reqwest::Version::HTTP_2)
    );
    // The same connection carries no identity.
    assert_eq!(send(None).await.unwrap().status().as_u16(), 401);
}

#[tokio::test]
async fn overlong_authorization_is_answered_readably() {
    let world = world(&[], &[]).await;
    for size in [8 << 10, 64 << 10, 1 << 20] {
        let long = bearer(&"a".repeat(size));
        let reply = raw(
            &world.urls().origin,
            &request("POST", "/mcp/key", &[long.as_bytes()], &who()),
        )
        .await;
        assert_eq!(reply.status, 400, "{size}");
        assert!(
            reply
                .header("www-authenticate")
                .unwrap()
                .contains("invalid_request")
        );
    }
}

#[tokio::test]
async fn an_overlong_body_is_answered_readably() {
    let world = world(&[], &[]).await;
    let key = bearer(&token(&world, "finance-ro"));
    let body = "x".repeat((4 << 20) + 1);
    let reply = raw(
        &world.urls().origin,
        &request("POST", "/mcp/key", &[key.as_bytes()], &body),
    )
    .await;
    assert_eq!(reply.status, 413);
}

#[tokio::test]
async fn broken_heads_get_400() {
    let world = world(&[], &[]).await;
    let key = bearer(&token(&world, "finance-ro"));
    for line in [
        format!("{key}\0x"),
        format!("{key}\rx"),
        key.replace(':', " :"),
        " folded".to_owned(),
    ] {
        let reply = raw(
            &world.urls().origin,
            &request("POST", "/mcp/key", &[line.as_bytes()], &who()),
        )
        .await;
        assert_eq!(reply.status, 400, "{line:?}");
    }
    for bytes in [
        b"GET /\r\n\r\n".as_slice(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ] {
        let status = raw(&world.urls().origin, bytes).await.status;
        assert!(status == 400 || status == 0, "{status}");
    }
}
