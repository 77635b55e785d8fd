//! Registration, metadata documents, sessions.

use hallmark_mock::World;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::client::{authorize, callback, finance, form, merged, param, send, text, told};
use super::pages::Browser;
use crate::support::{Reply, bearer, token, world};

pub(crate) async fn register(world: &World, metadata: &Value) -> Reply {
    let lines = ["Content-Type: application/json"];
    send(
        world,
        "POST",
        "/current/oauth/register/",
        &lines,
        &metadata.to_string(),
    )
    .await
}

pub(crate) fn native() -> Value {
    json!({ "client_name": "Tool", "redirect_uris": ["http://127.0.0.1/cb"], "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token"] })
}

/// Answers every request at a loopback port with this; counts them.
pub(crate) async fn document_host(
    answer: impl Fn(&str) -> String + Send + 'static,
) -> (String, tokio::sync::watch::Receiver<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = format!("127.0.0.1:{}", listener.local_addr().unwrap().port());
    let (count, counted) = tokio::sync::watch::channel(0);
    let own = host.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut read = [0; 2048];
            let n = stream.read(&mut read).await.unwrap_or(0);
            if n > 0 {
                count.send_modify(|count| *count += 1);
                let _ = stream.write_all(answer(&own).as_bytes()).await;
            }
        }
    });
    (host, counted)
}

/// A document at `/client` of its host.
pub(crate) fn document(host: &str, change: &Value) -> String {
    let mut body = json!({ "client_id": format!("http://{host}/client"), "client_name": "Documented",
                           "redirect_uris": ["http://127.0.0.1/cb"] });
    for (name, value) in change.as_object().into_iter().flatten() {
        body[name] = value.clone();
        if value.is_null() {
            body.as_object_mut().unwrap().remove(name);
        }
    }
    let body = body.to_string();
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nCache-Control: max-age=300\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn a_client_registers_itself_and_gets_no_more_than_it_may() {
    let world = world(&[], &[]).await;
    let mut metadata = native();
    metadata["grant_types"] = json!([
        "authorization_code",
        "refresh_token",
        "client_credentials",
        "password"
    ]);
    metadata["client_id"] = json!("chosen");
    metadata["scope"] = json!(format!("admin openid {}", finance(&world, "rwa")));
    metadata["unknown"] = json!(1);
    let reply = register(&world, &metadata).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let client = reply.json();
    assert_eq!(
        client["grant_types"],
        json!(["authorization_code", "refresh_token"])
    );
    assert_eq!(
        (&client["scope"], &client["application_type"]),
        (&json!("openid"), &json!("native"))
    );
    assert!(client["client_secret"].is_null() && client["client_id"] != "chosen");
    let id = text(&client, "client_id");
    let over = [("client_id", id), ("redirect_uri", "http://127.0.0.1:1/cb")];
    assert!(param(&callback(&world, "agent", &over).await, "code").is_some());
    let body = merged(
        &[("grant_type", "client_credentials".to_owned())],
        &[("client_id", id)],
    );
    assert_eq!(
        told(&form(&world, "token", &[], &body).await),
        "400 unauthorized_client"
    );

    let secret = register(&world, &json!({ "redirect_uris": ["https://a.example/cb"] }))
        .await
        .json();
    assert_eq!(secret["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!(secret["client_secret_expires_at"], 0);
    let line = bearer(text(&secret, "registration_access_token"));
    let lines = [line.as_str(), "Content-Type: application/json"];
    let change = json!({ "redirect_uris": ["https://b.example/cb"] }).to_string();
    let changed = send(&world, "PUT", "/current/oauth/register/", &lines, &change).await;
    assert_eq!(changed.json()["redirect_uris"], json!(["https://b.example/cb"]));
    assert_eq!(
        send(&world, "GET", "/current/oauth/register/", &[], "")
            .await
            .status,
        401
    );
}

#[tokio::test]
async fn wrong_metadata_is_refused() {
    let world = world(&[], &[]).await;
    for uri in [
        "http://a.example/cb",
        "javascript:x",
        "data:,x",
        "https://*.example/cb",
        "https://a.example/#x",
    ] {
        let reply = register(&world, &json!({ "redirect_uris": [uri] })).await;
        assert_eq!(told(&reply), "400 invalid_redirect_uri", "{uri}");
    }
    assert_eq!(
        told(&register(&world, &json!({})).await),
        "400 invalid_redirect_uri"
    );
    for change in [
        json!({ "token_endpoint_auth_method": "tls" }),
        json!({ "jwks": { "keys": [] }, "jwks_uri": "https://a.example/keys" }),
        json!({ "grant_types": ["password"] }),
        json!({ "response_types": ["token"] }),
        json!({ "redirect_uris": ["https://a.example/cb"], "client_name": 1 }),
    ] {
        let mut metadata = native();
        for (name, value) in change.as_object().unwrap() {
            metadata[name] = value.clone();
        }
        assert_eq!(
            told(&register(&world, &metadata).await),
            "400 invalid_client_metadata",
            "{change}"
        );
    }
}

#[tokio::test]
async fn a_stranger_is_told_of_an_error_only_when_somebody_has_signed_in() {
    let world = world(&[], &[]).await;
    let client = register(&world, &native()).await.json();
    let over = [
        ("client_id", text(&client, "client_id")),
        ("redirect_uri", "http://127.0.0.1/cb"),
        ("scope", "admin"),
    ];
    let asked = authorize(&world, "agent", &over).await;
    let url = asked.header("location").unwrap();
    assert!(url.contains("/connect?"), "{url}");
    let mut browser = Browser::new(&world);
    let sent = browser.sign_in(url).await;
    assert_eq!(
        param(sent.header("location").unwrap(), "error").as_deref(),
        Some("invalid_scope")
    );
}

#[tokio::test]
async fn a_document_at_an_address_is_a_client() {
    let world = world(&[], &[]).await;
    let (host, counted) = document_host(|host| document(host, &json!({}))).await;
    let url = format!("http://{host}/client");
    let over = [
        ("client_id", url.as_str()),
        ("redirect_uri", "http://127.0.0.1:7/cb"),
    ];
    assert_eq!(
        authorize(&world, "agent", &over).await.status,
        400,
        "not on the list"
    );
    assert_eq!(*counted.borrow(), 0, "and not asked");
    world.control().documents(std::slice::from_ref(&host));
    for _ in 0..2 {
        assert!(param(&callback(&world, "agent", &over).await, "code").is_some());
    }
    assert_eq!(*counted.borrow(), 1, "kept as long as its headers say");
    let unlisted = [over[0], ("redirect_uri", "http://127.0.0.1/other")];
    assert_eq!(authorize(&world, "agent", &unlisted).await.status, 400);
    for change in [
        json!({ "client_id": "http://other.example/client" }),
        json!({ "client_name": null }),
        json!({ "redirect_uris": null }),
        json!({ "client_secret": "x" }),
        json!({ "token_endpoint_auth_method": "client_secret_basic" }),
    ] {
        let (host, _) = document_host(move |host| document(host, &change)).await;
        world.control().documents(std::slice::from_ref(&host));
        let url = format!("http://{host}/client");
        assert_eq!(
            authorize(&world, "agent", &[("client_id", &url), over[1]])
                .await
                .status,
            400
        );
    }
}

#[tokio::test]
async fn sessions_need_somebody() {
    let world = world(&[], &[]).await;
    assert_eq!(
        send(&world, "GET", "/current/oauth/sessions/", &[], "")
            .await
            .status,
        401
    );
    let line = bearer(&token(&world, "full"));
    let reply = send(&world, "GET", "/current/oauth/sessions/", &[&line], "").await;
    assert_eq!(reply.json()["response"]["sessions"], json!([]));
}
