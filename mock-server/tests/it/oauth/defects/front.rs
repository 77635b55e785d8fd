//! Requests, pages and redirects.

use std::time::Duration;

use hallmark_mock::World;
use serde_json::json;

use super::super::client::{
    CHALLENGE, Pairs, VERIFIER, authorize, callback, code, finance, get, is_active, param, redeem, text,
    token_request, told,
};
use super::super::pages::{Browser, page_of};
use super::super::registration::{native, register};
use super::{metadata, winners};

/// `code`, `token`, or the error that the client is told; the status where it is told nothing.
pub(super) async fn outcome(world: &World, client: &str, over: Pairs<'_>) -> String {
    let back = callback(world, client, over).await;
    let error = param(&back, "error");
    let code = param(&back, "code").map(|_| "code".to_owned());
    let token = back.contains("#access_token=").then(|| "token".to_owned());
    error.or(code).or(token).unwrap_or_else(|| back.trim().to_owned())
}

/// Redeems a code of a changed request in a changed way; the outcome of the request where there is no code.
pub(super) async fn exchanged(world: &World, asked: Pairs<'_>, sent: Pairs<'_>) -> String {
    let back = callback(world, "agent", asked).await;
    match param(&back, "code") {
        Some(code) => told(&redeem(world, "agent", &code, sent).await),
        None => param(&back, "error").unwrap_or(back),
    }
}

pub(super) async fn oac(world: &World, id: &str) -> String {
    match id {
        "code-reusable" | "sealed-code" | "replay-no-revoke" | "revoke-on-any-replay" => {
            replay(world, id).await
        }
        "code-toctou" => {
            let code = code(world, "agent", &[]).await;
            let all = (0..8).map(|_| redeem(world, "agent", &code, &[]));
            winners(
                futures_util::future::join_all(all)
                    .await
                    .iter()
                    .map(|reply| reply.status),
            )
        }
        "code-immortal" => {
            let code = code(world, "agent", &[]).await;
            world.control().advance(Duration::from_secs(4000));
            told(&redeem(world, "agent", &code, &[]).await)
        }
        "code-unbound-client" => {
            let code = code(world, "agent", &[]).await;
            told(&redeem(world, "rival", &code, &[]).await)
        }
        "redirect-not-compared" => exchanged(world, &[], &[("redirect_uri", "http://127.0.0.1/other")]).await,
        "state-plus-space" => {
            let back = callback(world, "agent", &[("state", "a+b")]).await;
            param(&back, "state").unwrap_or_default()
        }
        "state-truncated" => {
            let back = callback(world, "agent", &[("state", &"x".repeat(300))]).await;
            param(&back, "state").unwrap_or_default().len().to_string()
        }
        "iss-wrong" => {
            let iss = param(&callback(world, "agent", &[]).await, "iss").unwrap_or_default();
            iss.trim_start_matches(&world.urls().origin).to_owned()
        }
        "iss-only-success" | "iss-left-out" => {
            let back = authorize(world, "agent", &[("scope", "admin")]).await;
            param(back.header("location").unwrap_or_default(), "iss")
                .is_some()
                .to_string()
        }
        "iss-unadvertised" => {
            metadata(world).await["authorization_response_iss_parameter_supported"].to_string()
        }
        "open-redirect" => {
            let over = [("redirect_uri", "https://evil.example/cb")];
            authorize(world, "agent", &over).await.status.to_string()
        }
        "error-redirect-anon" => {
            let client = register(world, &native()).await.json();
            let over = [
                ("client_id", text(&client, "client_id")),
                ("redirect_uri", "http://127.0.0.1/cb"),
                ("scope", "admin"),
            ];
            let reply = authorize(world, "agent", &over).await;
            let to = reply.header("location").unwrap_or_default();
            if to.contains("/connect?") {
                "login"
            } else {
                "client"
            }
            .to_owned()
        }
        "strict-unknown" => outcome(world, "agent", &[("foo", "bar")]).await,
        "hpp-differential" => {
            let over = [("+redirect_uri", "https://evil.example/cb")];
            let back = callback(world, "agent", &over).await;
            back.split('?').next().unwrap_or_default().trim().to_owned()
        }
        "empty-challenge" => outcome(world, "agent", &[("code_challenge", "")]).await,
        "implicit-on" => outcome(world, "agent", &[("response_type", "token")]).await,
        "ropc-on" => {
            let password = &world.fixtures().oauth.users["alice"].password;
            let base = [("grant_type", "password".to_owned())];
            told(
                &token_request(
                    world,
                    "agent",
                    &base,
                    &[("username", "alice"), ("password", password)],
                )
                .await,
            )
        }
        "cc-sub-clash" => {
            let mut metadata = native();
            metadata["client_id"] = json!("2000000000000000001");
            (register(world, &metadata).await.json()["client_id"] == "2000000000000000001").to_string()
        }
        _ => pages(world, id).await,
    }
}

async fn replay(world: &World, id: &str) -> String {
    let code = code(world, "agent", &[]).await;
    let first = redeem(world, "agent", &code, &[]).await.json();
    let wrong = [("code_verifier", CHALLENGE)];
    let over: Pairs<'_> = if id == "revoke-on-any-replay" { &wrong } else { &[] };
    let second = redeem(world, "agent", &code, over).await;
    if id.contains("revoke") {
        return is_active(world, text(&first, "access_token")).await.to_string();
    }
    told(&second)
}

pub(super) async fn pages(world: &World, id: &str) -> String {
    let mut browser = Browser::new(world);
    let url = page_of(world, "app").await;
    let page = browser.get(&url).await;
    match id {
        "cors-star-global" => {
            let reply = get(
                world,
                "/current/oauth/authorize/",
                &["Origin: https://evil.example"],
            )
            .await;
            reply
                .header("access-control-allow-origin")
                .unwrap_or_default()
                .to_owned()
        }
        "framable-consent" => page.text().contains("frame-ancestors").to_string(),
        "referer-leak" => {
            (page.header("referrer-policy").is_some() && !page.body.contains("<script")).to_string()
        }
        "redirect-307" => {
            let password = &world.fixtures().oauth.users["alice"].password;
            let sent = browser
                .submit(&page, &[("user", "alice"), ("password", password)])
                .await;
            sent.status.to_string()
        }
        "consent-hides-host" => {
            let consent = browser.sign_in(&url).await;
            consent.body.contains("app.example.com").to_string()
        }
        _ => {
            let consent = browser.sign_in(&url).await;
            let scope = finance(world, "r");
            browser
                .submit(&consent, &[("decision", "approve"), ("+scope", &scope)])
                .await;
            let second = browser.get(&page_of(world, "rival").await).await;
            if second.status == 200 { "page" } else { "code" }.to_owned()
        }
    }
}

pub(super) async fn pkce(world: &World, id: &str) -> String {
    const SHORT: &str = "short";
    let none = [("code_challenge", "-"), ("code_challenge_method", "-")];
    match id {
        "pkce-optional" => outcome(world, "agent", &none).await,
        "pkce-public-only" => outcome(world, "app", &none).await,
        "s256-padding" => exchanged(world, &[], &[]).await,
        "verifier-ignored" => exchanged(world, &[], &[("code_verifier", CHALLENGE)]).await,
        "verifier-optional" => exchanged(world, &[], &[("code_verifier", "-")]).await,
        "downgrade-accepted" => exchanged(world, &none, &[]).await,
        "plain-allowed" => {
            let over = [("code_challenge", VERIFIER), ("code_challenge_method", "plain")];
            exchanged(world, &over, &[]).await
        }
        "default-s256" => exchanged(world, &[("code_challenge_method", "-")], &[]).await,
        "method-from-token-request" => {
            let sent = [("code_challenge_method", "plain"), ("code_verifier", CHALLENGE)];
            exchanged(world, &[], &sent).await
        }
        "short-verifier" => {
            // base64url(SHA-256("short")).
            let challenge = [("code_challenge", "-bAHi131ltLqGQEMABu9AJ5lHeLFfo-341XzHrnT9zk")];
            let challenge: Pairs<'_> = &challenge;
            exchanged(world, challenge, &[("code_verifier", SHORT)]).await
        }
        "unknown-method-plain" => {
            let over = [("code_challenge", VERIFIER), ("code_challenge_method", "S512")];
            exchanged(world, &over, &[]).await
        }
        "challenge-in-code" => {
            use base64::Engine as _;
            let code = code(world, "agent", &[]).await;
            let decoded = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(code);
            decoded
                .is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(CHALLENGE))
                .to_string()
        }
        _ => metadata(world).await["code_challenge_methods_supported"]
            .is_array()
            .to_string(),
    }
}

pub(super) async fn rdir(world: &World, id: &str) -> String {
    let asked = async |client: &str, uri: &str| {
        let reply = authorize(world, client, &[("redirect_uri", uri)]).await;
        reply.status.to_string()
    };
    match id {
        "prefix-match" => asked("app", "https://app.example.com/callback/evil").await,
        "host-only" => asked("app", "https://app.example.com/evil").await,
        "normalise-first" => asked("app", "https://app.example.com/x/%2e%2e/callback").await,
        "loopback-port-exact" => asked("agent", "http://127.0.0.1:5000/callback").await,
        "loopback-any-path" => asked("agent", "http://127.0.0.1:5000/evil").await,
        "http-redirect-ok" => {
            told(&register(world, &json!({ "redirect_uris": ["http://a.example/cb"] })).await)
        }
        "default-first" => asked("app", "-").await,
        _ => {
            let uri = "https://app.example.com/callback?tenant=1";
            let back = callback(world, "app", &[("redirect_uri", uri)]).await;
            param(&back, "tenant").unwrap_or_default()
        }
    }
}
