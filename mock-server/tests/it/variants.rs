//! Every variant still serves, and shows.

use std::collections::BTreeSet;

use hallmark_mock::variants;

use super::support::{bearer, initialize, mcp, session, token, who, world, write};

const TESTED: &[&str] = &[
    "challenge-lowercase",
    "challenge-params-reordered",
    "challenge-token-form",
    "chunked-answers",
    "duplicate-401",
    "duplicate-close",
    "events-sketch",
    "events-v1a",
    "extra-headers",
    "issuer-with-path",
    "keep-alive-off",
    "legacy-only",
    "metadata-both-forms",
    "metadata-extra-members",
    "modern-only",
    "no-get-stream",
    "no-listen",
    "no-server-session",
    "not-found-for-foreign",
    "offline-access-asked",
    "origin-own-only",
    "overlong-413",
    "overlong-431",
    "rate-draft-07",
    "rate-late",
    "rate-refusals-only",
    "rate-reset-delta",
    "rate-retry-after-date",
    "rate-vendor-only",
    "rate-vendor-parameters",
    "rotation-confidential-none",
    "rotation-grace",
    "rotation-lost-response",
    "several-challenges",
    "sse-answers",
    "sse-only",
    "token-shape-long",
    "token-shape-short",
    "tokens-opaque",
    "tokens-rs256",
    "tools-only",
];

#[test]
fn every_variant_is_in_the_table() {
    let all: BTreeSet<&str> = variants().iter().map(|info| info.id).collect();
    assert_eq!(TESTED.iter().copied().collect::<BTreeSet<_>>(), all);
}

#[tokio::test]
async fn every_variant_admits_refuses_and_forbids() {
    for id in TESTED
        .iter()
        .filter(|id| !matches!(**id, "modern-only" | "sse-only"))
    {
        let world = world(&[], &[id]).await;
        let key = bearer(&token(&world, "finance-ro"));
        let lines = [key.as_str(), "Accept: application/json, text/event-stream"];
        let opened = mcp(&world, "POST", &lines, &initialize("2025-11-25")).await;
        assert!(
            opened.status == 200 && opened.body.contains("protocolVersion"),
            "{id}: {opened:?}"
        );
        let held = match opened.header("mcp-session-id") {
            Some(session) => format!("Mcp-Session-Id: {session}"),
            None => "X-Nothing: a".to_owned(),
        };
        let forbidden = mcp(&world, "POST", &[&key, &held], &write(&world, "x")).await;
        assert_eq!(forbidden.status, 403, "{id}: {forbidden:?}");
        let refused = mcp(&world, "POST", &["Authorization: Bearer unknown-token"], &who()).await;
        let challenge = refused.header("www-authenticate").unwrap();
        assert!(
            refused.status == 401 && challenge.contains("invalid_token"),
            "{id}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn variants_show() {
    let table: &[(&str, &str, &str)] = &[
        (
            "challenge-lowercase",
            "Authorization: Bearer unknown",
            "www-authenticate: bearer realm",
        ),
        (
            "challenge-params-reordered",
            "Authorization: Bearer unknown",
            "www-authenticate: Bearer error_description",
        ),
        (
            "challenge-token-form",
            "Authorization: Bearer unknown",
            "error=invalid_token",
        ),
        ("chunked-answers", "X-A: b", "transfer-encoding: chunked"),
        (
            "duplicate-401",
            "Authorization: Bearer a\r\nAuthorization: Bearer b",
            "401\n",
        ),
        (
            "duplicate-close",
            "Authorization: Bearer a\r\nAuthorization: Bearer b",
            "0\n",
        ),
        ("extra-headers", "X-A: b", "x-request-id: "),
        ("keep-alive-off", "X-A: b", "connection: close"),
        ("overlong-413", "Authorization: Bearer LONG", "413\n"),
        ("overlong-431", "Authorization: Bearer LONG", "431\n"),
        (
            "several-challenges",
            "X-A: b",
            "www-authenticate: Sample realm=\"elsewhere\", step=1, Bearer",
        ),
    ];
    for (id, line, needle) in table {
        let line = line.replace("LONG", &"a".repeat(9000));
        let healthy = mcp(&world(&[], &[]).await, "POST", &[&line], &who()).await.text();
        let varied = mcp(&world(&[], &[id]).await, "POST", &[&line], &who())
            .await
            .text();
        // A status stands at the very start.
        let shows = |text: &str| {
            if needle.ends_with('\n') {
                text.starts_with(needle)
            } else {
                text.contains(needle)
            }
        };
        assert!(shows(&varied) && !shows(&healthy), "{id}: {varied}");
    }
}

#[tokio::test]
async fn foreign_objects_may_be_hidden() {
    for (variants, status) in [(&[][..], 403), (&["not-found-for-foreign"][..], 200)] {
        let world = world(&[], variants).await;
        let key = bearer(&token(&world, "support-ro"));
        let held = format!(
            "Mcp-Session-Id: {}",
            session(&world, "support-ro", "2025-11-25").await
        );
        let workspace = world.fixtures().workspace("acme", "finance").unwrap().id.clone();
        let list = super::support::call(
            "storage",
            &serde_json::json!({ "action": "list", "profile_type": "workspace", "profile_id": workspace }),
        );
        let reply = mcp(&world, "POST", &[&key, &held], &list).await;
        assert_eq!(reply.status, status, "{reply:?}");
        assert_eq!(reply.body.contains("100220"), status == 200);
    }
}

#[tokio::test]
async fn answers_come_as_events_where_asked() {
    for (variants, accept) in [
        (&["sse-answers"][..], "application/json, text/event-stream"),
        (&[][..], "text/event-stream"),
    ] {
        let world = world(&[], variants).await;
        let accept = format!("Accept: {accept}");
        let reply = mcp(
            &world,
            "POST",
            &[&bearer(&token(&world, "finance-ro")), &accept],
            &initialize("2025-11-25"),
        )
        .await;
        assert_eq!(reply.header("content-type"), Some("text/event-stream"));
        assert!(
            reply
                .body
                .starts_with("id: 1-0\ndata: \n\nid: 1-1\nevent: message\ndata: {"),
            "{}",
            reply.body
        );
    }
}
