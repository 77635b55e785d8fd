//! Token requests and refreshing.

use std::time::Duration;

use hallmark_mock::World;
use serde_json::{Value, json};

use super::super::client::{
    basic, basic_of, finance, form, get, id, introspect, is_active, merged, refresh, revoke, send, text,
    token_request, tokens, told,
};
use super::{at_resource, metadata, winners};

pub(super) async fn tok(world: &World, id: &str) -> String {
    let own = [("grant_type", "client_credentials".to_owned())];
    let (line, cc) = (basic(world, "service"), "grant_type=client_credentials");
    match id {
        "token-get" => {
            let target = format!("/current/oauth/token/?{cc}");
            get(world, &target, &[&line]).await.status.to_string()
        }
        "params-from-query" => {
            let target = format!("/current/oauth/token/?{cc}");
            let lines = [line.as_str(), "Content-Length: 0"];
            told(&send(world, "POST", &target, &lines, "").await)
        }
        "json-token" => {
            let lines = [line.as_str(), "Content-Type: application/json"];
            let body = r#"{"grant_type":"client_credentials"}"#;
            told(&send(world, "POST", "/current/oauth/token", &lines, body).await)
        }
        "expires-in-string" | "expires-in-ms" | "24h-token" => {
            let reply = token_request(world, "service", &own, &[]).await;
            reply.json()["expires_in"].to_string()
        }
        "no-nostore" => {
            let reply = token_request(world, "service", &own, &[]).await;
            reply.header("cache-control").unwrap_or_default().to_owned()
        }
        "grant-default-cc" => told(&token_request(world, "service", &own, &[("grant_type", "-")]).await),
        "hpp-token" => {
            let over = [("+grant_type", "client_credentials")];
            told(&token_request(world, "service", &own, &over).await)
        }
        "scope-empty-none" => {
            let reply = token_request(world, "service", &own, &[("scope", "")])
                .await
                .json();
            (!text(&reply, "scope").is_empty()).to_string()
        }
        "scope-silent" => {
            let asked = finance(world, "rwa");
            let answer = tokens(world, "agent", &[("scope", &asked)]).await;
            answer["scope"].is_string().to_string()
        }
        "never-expires" => {
            let answer = tokens(world, "agent", &[]).await;
            world.control().advance(Duration::from_secs(3700));
            at_resource(world, text(&answer, "access_token"))
                .await
                .to_string()
        }
        "no-throttle" | "lockout-dos" => guessed(world, id).await,
        "fragment-endpoint" => text(&metadata(world).await, "token_endpoint")
            .contains('#')
            .to_string(),
        _ => {
            let base = [
                ("grant_type", "refresh_token".to_owned()),
                ("refresh_token", "the-one-that-was-sent".to_owned()),
            ];
            let reply = token_request(world, "agent", &base, &[]).await;
            match id {
                "error-200" => reply.status.to_string(),
                "error-html" => reply.body.contains("<h1>").to_string(),
                _ => reply.body.contains("the-one-that-was-sent").to_string(),
            }
        }
    }
}

async fn guessed(world: &World, defect: &str) -> String {
    let wrong = basic_of(&id(world, "app"), "wrong");
    let mut limited = false;
    for _ in 0..25 {
        limited |= form(world, "token", &[&wrong], "grant_type=client_credentials")
            .await
            .status
            == 429;
    }
    if defect == "no-throttle" {
        return limited.to_string();
    }
    world.control().advance(Duration::from_mins(1));
    let own = [("grant_type", "client_credentials".to_owned())];
    told(&token_request(world, "app", &own, &[]).await)
}

pub(super) async fn cauth(world: &World, defect: &str) -> String {
    let own = [("grant_type", "client_credentials".to_owned())];
    let named = merged(&own, &[("client_id", &id(world, "app"))]);
    match defect {
        "secret-optional" => told(&form(world, "token", &[], &named).await),
        "basic-400" => {
            let wrong = basic_of(&id(world, "app"), "wrong");
            told(&form(world, "token", &[&wrong], "grant_type=client_credentials").await)
        }
        "basic-no-decode" => told(&token_request(world, "odd", &own, &[]).await),
        "either-secret" => {
            let body = format!("{named}&client_secret=wrong");
            told(&form(world, "token", &[&basic(world, "app")], &body).await)
        }
        "advertise-lie" => told(&token_request(world, "poster", &own, &[]).await),
        "assertion-aud-any" => told(&asserted(world, "https://elsewhere.example", "a").await),
        _ => {
            let issuer = &world.fixtures().oauth.issuer;
            assert_eq!(asserted(world, issuer, "once").await.status, 200);
            told(&asserted(world, issuer, "once").await)
        }
    }
}

/// A token request of the client that signs.
async fn asserted(world: &World, aud: &str, jti: &str) -> crate::support::Reply {
    let signer = &world.fixtures().oauth.clients["signer"];
    let key = jsonwebtoken::EncodingKey::from_ec_pem(signer.key.as_deref().unwrap().as_bytes()).unwrap();
    let claims = json!({ "iss": signer.id, "sub": signer.id, "aud": aud, "jti": jti, "exp": world.control().now() + 60 });
    let header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::ES256);
    let assertion = jsonwebtoken::encode(&header, &claims, &key).unwrap();
    let base = [
        ("grant_type", "client_credentials".to_owned()),
        (
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned(),
        ),
        ("client_assertion", assertion),
    ];
    form(world, "token", &[], &merged(&base, &[])).await
}

pub(super) async fn rfsh(world: &World, id: &str) -> String {
    let client = if id == "refresh-no-cauth" { "app" } else { "agent" };
    let first = tokens(world, client, &[]).await;
    let zero = text(&first, "refresh_token").to_owned();
    match id {
        "lost-response-lockout" => world.rotation_grace().to_string(),
        "rotation-toctou" => {
            let all = (0..8).map(|_| refresh(world, "agent", &zero, &[]));
            winners(
                futures_util::future::join_all(all)
                    .await
                    .iter()
                    .map(|reply| reply.status),
            )
        }
        "rt-unbound" => told(&refresh(world, "rival", &zero, &[]).await),
        "refresh-widen" => told(&refresh(world, "agent", &zero, &[("scope", &finance(world, "rwa"))]).await),
        "rt-immortal" => {
            world.control().advance(Duration::from_hours(91 * 24));
            told(&refresh(world, "agent", &zero, &[]).await)
        }
        "refresh-no-cauth" => {
            let base = [
                ("grant_type", "refresh_token".to_owned()),
                ("refresh_token", zero),
                ("client_id", super::super::client::id(world, "app")),
            ];
            told(&form(world, "token", &[], &merged(&base, &[])).await)
        }
        "refresh-any-aud" => {
            let other = world.urls().mcp_tools;
            told(&refresh(world, "agent", &zero, &[("resource", &other)]).await)
        }
        "narrow-ignored" => {
            let less = finance(world, "r");
            let answer = refresh(world, "agent", &zero, &[("scope", &less)]).await.json();
            mode(text(
                &introspect(world, text(&answer, "access_token")).await,
                "scope",
            ))
        }
        "rt-narrowed" => {
            let less = finance(world, "r");
            let one = refresh(world, "agent", &zero, &[("scope", &less)]).await.json();
            let two = refresh(world, "agent", text(&one, "refresh_token"), &[])
                .await
                .json();
            mode(text(&two, "scope"))
        }
        _ => rotated(world, id, &first, &zero).await,
    }
}

fn mode(scope: &str) -> String {
    scope.rsplit(':').next().unwrap_or_default().to_owned()
}

async fn rotated(world: &World, id: &str, first: &Value, zero: &str) -> String {
    let one = refresh(world, "agent", zero, &[]).await.json();
    match id {
        "static-rt" => return (one["refresh_token"] == zero).to_string(),
        "timeout-exceeds-grant" => return one["refresh_token_timeout"].to_string(),
        "refresh-kills-old-at" => return is_active(world, text(first, "access_token")).await.to_string(),
        "grace-sliding" => {
            world.control().advance(Duration::from_secs(20));
            refresh(world, "agent", zero, &[]).await;
            world.control().advance(Duration::from_secs(20));
        }
        _ => {}
    }
    let again = refresh(world, "agent", zero, &[]).await;
    match id {
        "reuse-no-family" => told(&refresh(world, "agent", text(&one, "refresh_token"), &[]).await),
        "family-at-alive" => is_active(world, text(&one, "access_token")).await.to_string(),
        "grace-orphan" => {
            revoke(world, "agent", text(&one, "refresh_token"), &[]).await;
            let orphan = serde_json::from_str::<Value>(&again.body).unwrap_or_default();
            let orphan = orphan["access_token"].as_str().unwrap_or_default().to_owned();
            is_active(world, &orphan).await.to_string()
        }
        _ => told(&again),
    }
}
