//! The healthy server: a whole flow, and what it refuses on the way.

use std::time::Duration;

use hallmark_mock::ConsentDecision;
use serde_json::json;

use super::client::{
    authorize, basic, callback, code, finance, form, get, id, introspect, is_active, merged, param, redeem,
    redirect, refresh, revoke, send, text, token_request, tokens, told,
};
use crate::control::control;
use crate::support::world;

#[tokio::test]
async fn a_person_approves_and_an_agent_lives_on_its_refresh_token() {
    let world = world(&[], &[]).await;
    let issuer = world.fixtures().oauth.issuer.clone();
    let asked = authorize(&world, "agent", &[]).await;
    assert_eq!(asked.status, 302);
    let page = asked.header("location").unwrap();
    assert!(
        page.starts_with(&format!("{issuer}/connect?auth_request_id=")),
        "{page}"
    );
    let control = world.control();
    let back = control
        .consent(page, "alice", ConsentDecision::Approve, None)
        .unwrap();
    assert!(back.starts_with(&redirect(&world, "agent")), "{back}");
    assert_eq!(param(&back, "state").as_deref(), Some("st"));
    assert_eq!(param(&back, "iss"), Some(issuer));
    assert!(
        control
            .consent(page, "alice", ConsentDecision::Approve, None)
            .is_err()
    );

    let answer = redeem(&world, "agent", &param(&back, "code").unwrap(), &[]).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let first = answer.json();
    assert_eq!(first["token_type"], "Bearer");
    assert_eq!(first["expires_in"], 3600);
    assert_eq!(first["scope"], finance(&world, "rw"));
    let next = refresh(&world, "agent", text(&first, "refresh_token"), &[])
        .await
        .json();
    assert_ne!(next["refresh_token"], first["refresh_token"]);
    for answer in [&first, &next] {
        assert!(is_active(&world, text(answer, "access_token")).await);
    }
    let line = basic(&world, "inspector");
    let body = merged(&[("token", text(&next, "access_token").to_owned())], &[]);
    let seen = form(&world, "introspect", &[&line], &body).await.json();
    assert_eq!(seen["client_id"], id(&world, "agent"));
    assert_eq!(seen["sub"], world.fixtures().oauth.users["alice"].id);
    world.control().advance(Duration::from_hours(1));
    assert_eq!(
        introspect(&world, text(&next, "access_token")).await,
        json!({ "active": false })
    );
    assert!(is_active(&world, text(&next, "refresh_token")).await);
}

#[tokio::test]
async fn consent_narrows_denies_and_gives_no_more_than_the_person_has() {
    let world = world(&[], &[]).await;
    let control = world.control();
    let page = async |scope: &str| {
        let reply = authorize(&world, "agent", &[("scope", scope)]).await;
        reply.header("location").unwrap().to_owned()
    };
    let both = format!("{} openid", finance(&world, "rw"));
    let less = [finance(&world, "r"), "workspace:*:rwa".to_owned()];
    let back = control.consent(&page(&both).await, "alice", ConsentDecision::Approve, Some(&less));
    let answer = redeem(&world, "agent", &param(&back.unwrap(), "code").unwrap(), &[])
        .await
        .json();
    assert_eq!(answer["scope"], finance(&world, "r"));
    let denied = control
        .consent(&page(&both).await, "alice", ConsentDecision::Deny, None)
        .unwrap();
    assert_eq!(param(&denied, "error").as_deref(), Some("access_denied"));
    assert_eq!(param(&denied, "state").as_deref(), Some("st"));
    // Bob has nothing in acme.
    let foreign = control.consent(
        &page(&both.replace(" openid", "")).await,
        "bob",
        ConsentDecision::Approve,
        None,
    );
    assert_eq!(
        param(&foreign.unwrap(), "error").as_deref(),
        Some("access_denied")
    );
    let more = finance(&world, "rwa");
    let back = control
        .consent(&page(&more).await, "alice", ConsentDecision::Approve, None)
        .unwrap();
    let answer = redeem(&world, "agent", &param(&back, "code").unwrap(), &[])
        .await
        .json();
    assert_eq!(
        answer["scope"],
        finance(&world, "rw"),
        "a member does not administer"
    );
    let usual = tokens(&world, "agent", &[("scope", "-")]).await;
    assert_eq!(
        usual["scope"].as_str().unwrap().matches(":r ").count(),
        1,
        "{usual}"
    );
    assert!(!text(&usual, "scope").contains("rw"));
}

#[tokio::test]
async fn wrong_requests_are_told_to_the_person_or_to_the_client() {
    let world = world(&[], &[]).await;
    for over in [
        &[("client_id", "nobody")][..],
        &[("client_id", "-")],
        &[("redirect_uri", "https://evil.example/callback")],
        &[("redirect_uri", "-")],
        &[("+redirect_uri", "https://evil.example/callback")],
        &[("+client_id", "x")],
    ] {
        let reply = authorize(&world, "agent", over).await;
        assert_eq!(reply.status, 400, "{over:?}");
        assert!(
            reply.header("location").is_none() && reply.body.contains("<h1>"),
            "{over:?}"
        );
    }
    for (over, error) in [
        (&[("code_challenge", "-")][..], "invalid_request"),
        (&[("code_challenge", "")], "invalid_request"),
        (&[("code_challenge_method", "plain")], "invalid_request"),
        (&[("code_challenge_method", "-")], "invalid_request"),
        (&[("code_challenge", "short")], "invalid_request"),
        (&[("response_type", "-")], "invalid_request"),
        (&[("response_type", "token")], "unsupported_response_type"),
        (&[("response_type", "code token")], "unsupported_response_type"),
        (&[("scope", "admin")], "invalid_scope"),
        (&[("+scope", "openid")], "invalid_request"),
        (&[("resource", "https://elsewhere.example/")], "invalid_target"),
        (&[("prompt", "none")], "login_required"),
    ] {
        let reply = authorize(&world, "agent", over).await;
        let to = reply.header("location").unwrap_or_default();
        assert_eq!(param(to, "error").as_deref(), Some(error), "{over:?} {to}");
        assert_eq!(param(to, "state").as_deref(), Some("st"), "{over:?}");
        assert_eq!(param(to, "iss"), Some(world.urls().origin), "{over:?}");
    }
    for over in [&[("foo", "bar")][..], &[("scope", "")], &[("resource", "")]] {
        assert!(
            param(&callback(&world, "agent", over).await, "code").is_some(),
            "{over:?}"
        );
    }
    let state = "a+b/c=d&e%f ü".repeat(80);
    for over in [
        &[("state", state.as_str())][..],
        &[("state", &state), ("scope", "admin")],
    ] {
        assert_eq!(
            param(&callback(&world, "agent", over).await, "state").as_deref(),
            Some(state.as_str())
        );
    }
}

#[tokio::test]
async fn redirects_of_this_computer_have_any_port() {
    let world = world(&[], &[]).await;
    for (uri, good) in [
        ("http://127.0.0.1:51234/callback", true),
        ("http://[::1]:51234/callback", true),
        ("http://localhost:19836/callback", true),
        ("http://localhost:19837/callback", false),
        ("http://127.0.0.1:51234/callback/", false),
        ("https://127.0.0.1/callback", false),
    ] {
        let told = callback(&world, "agent", &[("redirect_uri", uri)]).await;
        assert_eq!(told.starts_with(uri), good, "{uri} {told}");
    }
    let code = code(
        &world,
        "app",
        &[("redirect_uri", "https://app.example.com/callback?tenant=1")],
    )
    .await;
    let other = redeem(&world, "app", &code, &[]).await;
    assert_eq!(told(&other), "400 invalid_grant");
    let same = [("redirect_uri", "https://app.example.com/callback?tenant=1")];
    assert_eq!(redeem(&world, "app", &code, &same).await.status, 200);
}

#[tokio::test]
async fn a_code_is_for_one_client_one_verifier_and_one_time() {
    let world = world(&[], &[]).await;
    let given = code(&world, "agent", &[]).await;
    assert_eq!(
        told(&redeem(&world, "rival", &given, &[]).await),
        "400 invalid_grant"
    );
    for verifier in ["-", "", "short", super::client::CHALLENGE] {
        let reply = redeem(&world, "agent", &given, &[("code_verifier", verifier)]).await;
        assert_eq!(told(&reply), "400 invalid_grant", "{verifier}");
    }
    let first = redeem(&world, "agent", &given, &[("redirect_uri", "-")])
        .await
        .json();
    let wrong = redeem(
        &world,
        "agent",
        &given,
        &[("code_verifier", super::client::CHALLENGE)],
    )
    .await;
    assert_eq!(told(&wrong), "400 invalid_grant");
    assert!(
        is_active(&world, text(&first, "access_token")).await,
        "a stranger ends nothing"
    );
    assert_eq!(
        told(&redeem(&world, "agent", &given, &[]).await),
        "400 invalid_grant"
    );
    assert!(!is_active(&world, text(&first, "access_token")).await);
    assert_eq!(
        told(&refresh(&world, "agent", text(&first, "refresh_token"), &[]).await),
        "400 invalid_grant"
    );
    let late = code(&world, "agent", &[]).await;
    world.control().advance(Duration::from_mins(5));
    assert_eq!(
        told(&redeem(&world, "agent", &late, &[]).await),
        "400 invalid_grant"
    );
}

#[tokio::test]
async fn clients_prove_who_they_are() {
    let world = world(&[], &[]).await;
    let own = [("grant_type", "client_credentials".to_owned())];
    for client in ["app", "poster", "odd", "service"] {
        let reply = token_request(&world, client, &own, &[]).await;
        assert_eq!(reply.status, 200, "{client} {reply:?}");
        assert!(reply.json()["refresh_token"].is_null());
    }
    let lapsed = token_request(&world, "lapsed", &own, &[]).await;
    assert_eq!(told(&lapsed), "401 invalid_client");
    assert!(lapsed.header("www-authenticate").unwrap().starts_with("Basic"));
    world.control().expire_client("app").unwrap();
    assert_eq!(
        told(&token_request(&world, "app", &own, &[]).await),
        "401 invalid_client"
    );
    assert_eq!(
        told(&token_request(&world, "agent", &own, &[]).await),
        "400 unauthorized_client"
    );
    let named = merged(&own, &[("client_id", &id(&world, "service"))]);
    assert_eq!(
        told(&form(&world, "token", &[], &named).await),
        "401 invalid_client"
    );
    let line = basic(&world, "service");
    let twice = format!("{named}&client_secret=wrong");
    assert_eq!(
        told(&form(&world, "token", &[&line], &twice).await),
        "400 invalid_request"
    );
    for (over, error) in [
        (&[("grant_type", "-")][..], "400 invalid_request"),
        (&[("grant_type", "password")], "400 unsupported_grant_type"),
        (&[("+scope", "a"), ("+scope", "b")], "400 invalid_request"),
        (&[("scope", "admin")], "400 invalid_scope"),
        (&[("resource", "relative")], "400 invalid_target"),
    ] {
        assert_eq!(
            told(&token_request(&world, "service", &own, over).await),
            error,
            "{over:?}"
        );
    }
}

#[tokio::test]
async fn the_token_endpoint_takes_a_posted_form_and_nothing_else() {
    let world = world(&[], &[]).await;
    let line = basic(&world, "service");
    let query = "/current/oauth/token/?grant_type=client_credentials";
    assert_eq!(get(&world, query, &[&line]).await.status, 405);
    let by_query = send(&world, "POST", query, &[&line, "Content-Length: 0"], "").await;
    assert_eq!(by_query.status, 400);
    let body = r#"{"grant_type":"client_credentials"}"#;
    let lines = [line.as_str(), "Content-Type: application/json"];
    assert_eq!(
        send(&world, "POST", "/current/oauth/token", &lines, body)
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn guessing_is_slowed_down_and_locks_nobody_out() {
    let world = world(&[], &[]).await;
    let wrong = super::client::basic_of(&id(&world, "app"), "wrong");
    let mut seen = Vec::new();
    for _ in 0..30 {
        let reply = form(&world, "token", &[&wrong], "grant_type=client_credentials").await;
        seen.push(reply.status);
        if let Some(wait) = reply.header("retry-after") {
            assert!((1..=3).contains(&wait.parse::<i32>().unwrap()));
        }
    }
    assert!(seen.contains(&401) && seen.contains(&429), "{seen:?}");
    world.control().advance(Duration::from_secs(3));
    let own = [("grant_type", "client_credentials".to_owned())];
    assert_eq!(token_request(&world, "app", &own, &[]).await.status, 200);
}

#[tokio::test]
async fn revocation_is_for_the_owner_and_reaches_the_family() {
    let world = world(&[], &[]).await;
    let mine = tokens(&world, "agent", &[]).await;
    let (access, refreshing) = (text(&mine, "access_token"), text(&mine, "refresh_token"));
    assert_eq!(
        told(&revoke(&world, "rival", refreshing, &[]).await),
        "400 invalid_grant"
    );
    assert_eq!(revoke(&world, "agent", "unknown", &[]).await.status, 200);
    assert!(is_active(&world, refreshing).await);
    assert_eq!(
        revoke(&world, "agent", access, &[("token_type_hint", "refresh_token")])
            .await
            .status,
        200
    );
    assert!(!is_active(&world, access).await && is_active(&world, refreshing).await);
    let next = refresh(&world, "agent", refreshing, &[]).await.json();
    let hint = [("token_type_hint", "access_token")];
    assert_eq!(
        revoke(&world, "agent", text(&next, "refresh_token"), &hint)
            .await
            .status,
        200
    );
    assert!(!is_active(&world, text(&next, "access_token")).await);
    assert_eq!(
        told(&refresh(&world, "agent", text(&next, "refresh_token"), &[]).await),
        "400 invalid_grant"
    );
    assert_eq!(
        get(&world, "/current/oauth/revoke/?token=x", &[]).await.status,
        405
    );
}

#[tokio::test]
async fn introspection_is_for_those_who_authenticate() {
    let world = world(&[], &[]).await;
    let token = tokens(&world, "agent", &[]).await;
    let body = merged(&[("token", text(&token, "access_token").to_owned())], &[]);
    assert_eq!(
        told(&form(&world, "introspect", &[], &body).await),
        "401 invalid_client"
    );
    let public = format!("{body}&client_id={}", id(&world, "agent"));
    assert_eq!(
        told(&form(&world, "introspect", &[], &public).await),
        "401 invalid_client"
    );
    let foreign = form(&world, "introspect", &[&basic(&world, "app")], &body).await;
    assert_eq!(foreign.json(), json!({ "active": false }));
}

#[tokio::test]
async fn the_control_ends_what_it_is_told_to() {
    let world = world(&[], &[]).await;
    let control_ = world.control();
    let token = tokens(&world, "agent", &[]).await;
    control_.expire("access-tokens").unwrap();
    assert!(!is_active(&world, text(&token, "access_token")).await);
    let token = refresh(&world, "agent", text(&token, "refresh_token"), &[])
        .await
        .json();
    assert!(is_active(&world, text(&token, "access_token")).await);
    control_.revoke("alice").unwrap();
    assert!(!is_active(&world, text(&token, "access_token")).await);
    let token = tokens(&world, "agent", &[]).await;
    control_.disable("alice").unwrap();
    assert_eq!(
        told(&refresh(&world, "agent", text(&token, "refresh_token"), &[]).await),
        "400 invalid_grant"
    );
    control_.reset();
    let page = authorize(&world, "agent", &[("response_format", "json")])
        .await
        .json();
    let door = format!("/consent/{}", text(&page, "auth_request_id"));
    let body = r#"{"user":"alice","decision":"approve"}"#;
    let told = control(&world, "POST", &door, body).await.json();
    assert!(param(text(&told, "location"), "code").is_some());
    assert_eq!(control(&world, "POST", &door, body).await.status, 404);
    control_.lose_next_response("token");
    let own = [("grant_type", "client_credentials".to_owned())];
    assert_eq!(token_request(&world, "app", &own, &[]).await.status, 0);
    assert_eq!(token_request(&world, "app", &own, &[]).await.status, 200);
    let state = control(&world, "GET", "/state", "").await.body;
    for client in world.fixtures().oauth.clients.values() {
        let secret = client.secret.as_deref();
        assert!(secret.is_none_or(|secret| !state.contains(secret)));
    }
}
