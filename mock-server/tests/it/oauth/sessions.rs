//! A person's grants as sessions.

use serde_json::json;

use super::client::{authorize, finance, get, is_active, refresh, send, text, tokens};
use crate::support::{bearer, world};

const SESSIONS: &str = "/current/oauth/sessions/";

#[tokio::test]
async fn an_agent_sees_names_narrows_and_ends_its_own_session() {
    let world = world(&[], &[]).await;
    let mine = tokens(&world, "agent", &[]).await;
    let other = tokens(&world, "rival", &[]).await;
    let line = bearer(text(&mine, "access_token"));
    let listed = get(&world, SESSIONS, &[&line]).await.json();
    let sessions = listed["response"]["sessions"].as_array().unwrap();
    assert_eq!(
        sessions.len(),
        1,
        "a right on a workspace shows no other session: {listed}"
    );
    assert_eq!(
        (&sessions[0]["client_name"], &sessions[0]["current"]),
        (&json!("Ledger Agent"), &json!(true))
    );
    let own = format!("{SESSIONS}{}/", text(&sessions[0], "id"));

    let json_type = "Content-Type: application/json";
    let change = json!({ "device_name": "laptop", "scopes": [finance(&world, "r")] }).to_string();
    let changed = send(&world, "PATCH", &own, &[&line, json_type], &change)
        .await
        .json();
    assert_eq!(changed["response"]["device_name"], "laptop");
    let next = refresh(&world, "agent", text(&mine, "refresh_token"), &[])
        .await
        .json();
    assert_eq!(
        next["scope"],
        finance(&world, "r"),
        "what was narrowed stays narrow"
    );
    let wider = json!({ "scopes": [finance(&world, "rw")] }).to_string();
    assert_eq!(
        send(&world, "PATCH", &own, &[&line, json_type], &wider)
            .await
            .status,
        403
    );

    assert_eq!(send(&world, "DELETE", SESSIONS, &[&line], "").await.status, 403);
    assert_eq!(send(&world, "DELETE", &own, &[&line], "").await.status, 200);
    assert_eq!(get(&world, SESSIONS, &[&line]).await.status, 401);
    assert!(is_active(&world, text(&other, "access_token")).await);
}

#[tokio::test]
async fn an_account_wide_grant_manages_all_sessions_and_nobody_elses() {
    let world = world(&[], &[]).await;
    let whole = tokens(&world, "agent", &[("scope", "user:*:rw")]).await;
    let other = tokens(&world, "rival", &[]).await;
    let line = bearer(text(&whole, "access_token"));
    let listed = get(&world, SESSIONS, &[&line]).await.json();
    let sessions = listed["response"]["sessions"].as_array().unwrap().clone();
    assert_eq!(sessions.len(), 2);
    let current = sessions
        .iter()
        .find(|session| session["current"] == true)
        .unwrap();
    let target = format!(
        "{SESSIONS}?exclude_current=true&current_session_id={}",
        text(current, "id")
    );
    assert_eq!(send(&world, "DELETE", &target, &[&line], "").await.status, 200);
    assert!(!is_active(&world, text(&other, "access_token")).await);
    assert!(is_active(&world, text(&whole, "access_token")).await);
    let stranger = bearer(&world.fixtures().credential("full").unwrap().token);
    let foreign = format!("{SESSIONS}{}/", text(current, "id"));
    assert_eq!(get(&world, &foreign, &[&stranger]).await.status, 404);
}

#[tokio::test]
async fn a_consent_page_elsewhere_is_told_of_the_request() {
    let world = world(&[], &[]).await;
    let asked = authorize(&world, "app", &[("response_format", "json")])
        .await
        .json();
    let url = text(&asked, "info_url").replace(&world.urls().origin, "");
    let told = get(&world, &url, &[]).await.json();
    assert_eq!(
        (&told["client_name"], &told["scope"]),
        (&json!("Acme Dashboard"), &json!(finance(&world, "rw")))
    );
    assert_eq!(
        get(&world, "/current/oauth/authorize/info/?auth_request_id=x", &[])
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn a_changed_token_is_not_active_and_a_narrow_one_says_so() {
    let world = world(&[], &[]).await;
    let answer = tokens(&world, "agent", &[]).await;
    let token = text(&answer, "access_token");
    let (front, signature) = token.rsplit_once('.').unwrap();
    let changed: String = signature.chars().rev().collect();
    assert!(!is_active(&world, &format!("{front}.{changed}")).await);
    assert!(is_active(&world, token).await);
    world.control().rotate("signing-key").unwrap();
    assert!(is_active(&world, token).await, "the key before still verifies");
}
