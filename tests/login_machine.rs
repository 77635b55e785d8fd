//! Logins without a person at the mock: each client that may act for itself, by the method it is registered with.

#![expect(clippy::expect_used, reason = "a test that cannot be set up has failed")]

use std::time::SystemTime;

use hallmark::oauth::client::{By, Login, LoginError, Wishes};
use hallmark::oauth::vault::{AuthMethod, Client, Clock, Grant};
use hallmark::secret::Secret;
use hallmark::wire::{Wire, WireConfig};
use hallmark_mock::{World, WorldConfig};
use url::Url;

async fn login(world: &World, client: Client) -> Result<Grant, LoginError> {
    let config = WireConfig {
        no_proxy: true,
        ..WireConfig::default()
    };
    let login = Login {
        wire: &Wire::new(config).expect("a wire"),
        clock: &Clock::new(|| SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default()),
        endpoint: &Url::parse(&world.urls().mcp).expect("a URL"),
        wishes: &Wishes {
            client: Some(client),
            ..Wishes::default()
        },
        challenge: None,
        by: By::Client,
        prover: None,
        progress: &|_| {},
    };
    login.run().await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_client_shows_who_it_is() {
    let world = World::start(WorldConfig::default()).await.expect("a world");
    let fixture = |name: &str| {
        let client = &world.fixtures().oauth.clients[name];
        Client {
            id: client.id.clone(),
            secret: client.secret.as_deref().map(Secret::new),
            key: client.key.as_deref().map(Secret::new),
            auth: AuthMethod::parse(client.auth).expect("a method"),
        }
    };
    for (name, method) in [
        ("app", AuthMethod::ClientSecretBasic),
        ("odd", AuthMethod::ClientSecretBasic),
        ("poster", AuthMethod::ClientSecretPost),
        ("signer", AuthMethod::PrivateKeyJwt),
        ("service", AuthMethod::ClientSecretBasic),
    ] {
        let grant = login(&world, fixture(name)).await.expect(name);
        let tokens = grant.tokens().expect("tokens");
        assert_eq!(grant.client.auth, method);
        assert!(tokens.access.is_some(), "{name}");
        assert_eq!(
            tokens.refresh, None,
            "{name}: nothing to refresh (RFC 6749 §4.4.3)"
        );
        let token = tokens.access.as_ref().expect("a token").token.clone();
        assert_ne!(status(&world, &token).await, 401, "{name}");
    }
    for name in ["agent", "lapsed"] {
        let refused = login(&world, fixture(name)).await;
        assert!(matches!(refused, Err(LoginError::NoToken { .. })), "{name}");
    }
    world.shutdown().await;
}

async fn status(world: &World, token: &Secret) -> u16 {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}"#;
    let request = client
        .post(world.urls().mcp)
        .bearer_auth(token.expose())
        .header("Content-Type", "application/json")
        .header("Accept", "application/json, text/event-stream")
        .body(body);
    request.send().await.expect("an answer").status().as_u16()
}
