//! What a login is bound to: the refusal that led to it, the server that knows the client, a key.

use super::*;

fn person() -> Follow {
    Follow {
        wire: wire(),
        redirect_uri: "http://127.0.0.1:1/callback".to_owned(),
    }
}

#[tokio::test]
async fn the_refusal_at_hand_is_enough() {
    let servers = Servers::new(|_, _, _| None).await;
    let challenges = crate::oauth::challenge::parse(&[b"Bearer error=\"invalid_token\", scope=\"write\""]);
    let challenge = challenges.of("Bearer").expect("a challenge");
    servers
        .granted(&Wishes::default(), By::Person(&person()), Some(challenge), None)
        .await
        .expect("a grant");
    assert!(servers.seen("/mcp").is_empty(), "nobody knocks again");
    assert!(servers.seen("/authorize")[0].contains("scope=write+offline_access"));
}

#[tokio::test]
async fn a_client_stays_with_the_server_that_knows_it() {
    let servers = Servers::new(|_, _, _| None).await;
    let first = servers.login(&Wishes::default()).await.expect("a grant");
    let mut before = Known {
        issuer: first.issuer,
        client: Client {
            id: "earlier".to_owned(),
            ..first.client
        },
    };
    let wishes = |before: &Known| Wishes {
        before: Some(before.clone()),
        ..Wishes::default()
    };
    let again = servers.login(&wishes(&before)).await.expect("a grant");
    assert_eq!(again.client.id, "earlier");
    assert_eq!(servers.seen("/register").len(), 1);
    before.issuer = "https://old.example".to_owned();
    let elsewhere = servers.login(&wishes(&before)).await.expect("a grant");
    assert_eq!(elsewhere.client.id, "dyn");
    assert_eq!(servers.seen("/register").len(), 2);
}

#[tokio::test]
async fn a_client_names_its_scope_where_the_server_lets_it() {
    let servers = Servers::new(|_, _, _| None).await;
    servers.login(&Wishes::default()).await.expect("a grant");
    let told = servers.seen("/register");
    assert_eq!(told.len(), 1);
    assert!(
        told[0].contains(r#""scope":"read offline_access""#),
        "{}",
        told[0]
    );

    let servers = Servers::new(|_, path, request| {
        (path == "/register" && String::from_utf8_lossy(&request.body).contains("scope"))
            .then(|| reply(400, &json!({ "error": "invalid_client_metadata" })))
    })
    .await;
    servers
        .login(&Wishes::default())
        .await
        .expect("a grant all the same");
    assert_eq!(servers.seen("/register").len(), 2);
}

#[tokio::test]
async fn a_token_for_a_key() {
    let servers = Servers::new(|_, path, request| {
        let proof = request.headers.get("dpop")?.to_str().ok()?.to_owned();
        let claims = crate::oauth::jose::Compact::read(&proof)?.claims()?;
        (path == "/token").then(|| {
            if claims.get("nonce").and_then(Value::as_str) == Some("n") {
                reply(200, &json!({ "access_token": "A", "token_type": "DPoP" }))
            } else {
                reply(400, &json!({ "error": "use_dpop_nonce" })).insert_header("DPoP-Nonce", "n")
            }
        })
    })
    .await;
    let prover = Prover::fresh().expect("a key");
    let wishes = Wishes::default();
    servers
        .granted(&wishes, By::Person(&person()), None, Some(&prover))
        .await
        .expect("a grant");
    assert_eq!(servers.seen("/token").len(), 2, "once more with the nonce");
    assert!(servers.seen("/register")[0].contains(r#""dpop_bound_access_tokens":true"#));
    let key = format!("dpop_jkt={}", prover.thumbprint());
    assert!(servers.seen("/authorize")[0].contains(&key));
}

#[tokio::test]
async fn a_token_for_everybody_is_not_taken_for_one_of_a_key() {
    let servers = Servers::new(|_, _, _| None).await;
    let prover = Prover::fresh().expect("a key");
    let error = servers
        .granted(&Wishes::default(), By::Person(&person()), None, Some(&prover))
        .await
        .expect_err("an error");
    assert_eq!(
        servers.masked(&error.to_string()),
        "the token of AS is of type `Bearer`, not DPoP"
    );
}

#[tokio::test]
async fn a_server_that_takes_other_keys() {
    let servers = Servers::new(|origin, path, _| {
        (path == "/.well-known/oauth-authorization-server").then(|| {
            bent::changed(origin, |document| {
                document["dpop_signing_alg_values_supported"] = json!(["EdDSA"]);
            })
        })
    })
    .await;
    let prover = Prover::fresh().expect("a key");
    let wishes = Wishes::default();
    let refused = servers
        .granted(&wishes, By::Person(&person()), None, Some(&prover))
        .await;
    assert!(matches!(refused, Err(LoginError::Lacks { .. })));
    servers.login(&wishes).await.expect("a token for everybody");
}
