//! The endpoint of a client of MCP Events: what a healthy world answers, and what each of its defects changes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hallmark_mock::World;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use super::support::{raw, request, world};

/// A delivery, good but for what a row says.
#[derive(Clone, Copy)]
struct Sent {
    /// The subscription that the header names; `new` has no id, so one that nobody knows stands there.
    to: &'static str,
    /// The one whose secret signs; `nobody`'s signs nothing good, `text` is the text of `own`'s secret.
    by: &'static str,
    body: &'static str,
    /// Signed instead of the body.
    signed: Option<&'static str>,
    id: &'static str,
    /// Seconds from now.
    shift: i64,
    /// With the signature in place of `{}`.
    list: &'static str,
    /// Blanks that follow the body.
    blanks: usize,
}

const EVENT: &str = r#"{"eventId":"e1","name":"a","timestamp":"2026-01-01T00:00:00Z","data":{}}"#;
const OTHER_EVENT: &str = r#"{"eventId":"e2","name":"a","timestamp":"2025-01-01T00:00:00Z","data":{}}"#;
const SPACED: &str = r#"{ "eventId": "e1", "name": "a", "data": {} }"#;
const CHALLENGE: &str = r#"{"type":"verification","challenge":"n0nce"}"#;
const GAP: &str = r#"{"type":"gap","cursor":"c"}"#;
const TERMINATED: &str = r#"{"type":"terminated","error":{"code":-32024}}"#;

const GOOD: Sent = Sent {
    to: "own",
    by: "own",
    body: EVENT,
    signed: None,
    id: "e1",
    shift: 0,
    list: "v1,{}",
    blanks: 0,
};

async fn post(world: &World, sent: Sent) -> (u16, String) {
    let subscriptions = &world.fixtures().inbound.subscriptions;
    let key = match sent.by {
        "text" => subscriptions["own"].secret.clone().into_bytes(),
        "nobody" => b"nobody".to_vec(),
        role => {
            let secret = subscriptions[role].secret.strip_prefix("whsec_").unwrap();
            STANDARD.decode(secret).unwrap()
        }
    };
    let body = sent.body.to_owned() + &" ".repeat(sent.blanks);
    let now = world.control().now() + sent.shift;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{}.{now}.", sent.id).as_bytes());
    mac.update(sent.signed.unwrap_or(&body).as_bytes());
    let list = sent
        .list
        .replace("{}", &STANDARD.encode(mac.finalize().into_bytes()));
    let mut lines = vec![
        "Content-Type: application/json".to_owned(),
        format!("webhook-id: {}", sent.id),
        format!("webhook-timestamp: {now}"),
        format!("webhook-signature: {list}"),
    ];
    if !sent.to.is_empty() {
        let id = subscriptions[sent.to].id.as_deref().unwrap_or("sub_unknown");
        lines.push(format!("X-MCP-Subscription-Id: {id}"));
    }
    let lines: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
    let reply = raw(
        &world.urls().origin,
        &request("POST", "/hooks/events", &lines, &body),
    )
    .await;
    (reply.status, reply.text())
}

async fn count(world: &World, path: &str) -> String {
    let bytes = request("GET", &format!("/hooks/{path}"), &[], "");
    raw(&world.urls().origin, &bytes).await.text()
}

/// Defect, one delivery, and its status in a healthy world and in one with the defect.
#[rustfmt::skip]
fn rows() -> Vec<(&'static str, Sent, u16, u16)> {
    vec![
        ("evr-no-verify", Sent { by: "nobody", ..GOOD }, 401, 200),
        ("evr-reserialise", Sent { body: SPACED, ..GOOD }, 200, 401),
        ("evr-secret-text", Sent { by: "text", ..GOOD }, 401, 200),
        ("evr-first-sig-only", Sent { list: "v9,x v1,{}", ..GOOD }, 200, 401),
        ("evr-no-freshness", Sent { shift: -400, ..GOOD }, 400, 200),
        ("evr-requires-id-equality", Sent { id: "m1", ..GOOD }, 200, 400),
        ("evr-any-secret", Sent { by: "other", ..GOOD }, 401, 200),
        ("evr-echo-unsigned", Sent { by: "nobody", body: CHALLENGE, ..GOOD }, 401, 200),
        ("evr-503-on-challenge", Sent { to: "new", by: "new", body: CHALLENGE, ..GOOD }, 200, 503),
        ("evr-unknown-id-2xx", Sent { to: "new", by: "new", ..GOOD }, 503, 200),
        ("evr-unknown-id-404", Sent { to: "new", by: "new", ..GOOD }, 503, 404),
        ("evr-limit-64k", Sent { blanks: 100_000, ..GOOD }, 200, 413),
        ("evr-big-dropped-2xx", Sent { blanks: 262_144, ..GOOD }, 413, 200),
        ("evr-missing-header-ok", Sent { to: "", ..GOOD }, 400, 200),
        ("evr-forged-terminated", Sent { by: "nobody", body: TERMINATED, ..GOOD }, 401, 200),
    ]
}

/// Defect, several deliveries, and what is counted after them where.
#[rustfmt::skip]
fn counted() -> Vec<(&'static str, Vec<Sent>, &'static str, u32, u32)> {
    let again = Sent { id: "m2", ..GOOD };
    let to_other = Sent { to: "other", by: "other", ..again };
    let older = Sent { id: "e2", body: OTHER_EVENT, ..GOOD };
    vec![
        ("evr-no-dedupe", vec![GOOD, GOOD], "effects?id=e1", 1, 2),
        ("evr-dedupe-header-only", vec![GOOD, again], "effects?id=e1", 1, 2),
        ("evr-dedupe-global", vec![GOOD, to_other], "effects?id=e1", 2, 1),
        ("evr-challenge-is-event", vec![Sent { body: CHALLENGE, ..GOOD }], "effects?id=e1", 0, 1),
        ("evr-control-dropped", vec![Sent { body: GAP, ..GOOD }], "controls?id=e1", 1, 0),
        ("evr-control-as-event", vec![Sent { body: GAP, ..GOOD }], "effects?id=e1", 0, 1),
        ("evr-drops-older", vec![GOOD, older], "effects?id=e2", 1, 0),
    ]
}

/// Those that need a work that fails or is slow, another media type or a key pair: the matrix of the program that judges
/// has them.
const IN_THE_MATRIX: &[&str] = &[
    "evr-echo-html",
    "evr-ack-then-lose",
    "evr-dedupe-before-work",
    "evr-slow-ack",
    "evr-tofu-key",
];

pub(crate) fn tested() -> impl Iterator<Item = &'static str> {
    let rows = rows().into_iter().map(|row| row.0);
    rows.chain(counted().into_iter().map(|row| row.0))
        .chain(IN_THE_MATRIX.iter().copied())
}

#[tokio::test]
async fn each_defect_of_the_endpoint_shows() {
    let mut wrong = Vec::new();
    for (id, sent, healthy, broken) in rows() {
        let got = (
            post(&world(&[], &[]).await, sent).await.0,
            post(&world(&[id], &[]).await, sent).await.0,
        );
        if got != (healthy, broken) {
            wrong.push(format!("{id}: {got:?}, not {:?}", (healthy, broken)));
        }
    }
    for (id, deliveries, path, healthy, broken) in counted() {
        for (defects, expected) in [(vec![], healthy), (vec![id], broken)] {
            let world = world(&defects, &[]).await;
            for sent in &deliveries {
                post(&world, *sent).await;
            }
            let found = count(&world, path).await;
            if !found.contains(&format!("{{\"count\":{expected}}}")) {
                wrong.push(format!("{id} {defects:?}: {found}, not {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_subscription_ends_when_it_is_told_so_and_another_can_be_made() {
    let world = world(&[], &[]).await;
    let (status, body) = post(
        &world,
        Sent {
            body: CHALLENGE,
            ..GOOD
        },
    )
    .await;
    assert!(status == 200 && body.contains(r#""challenge":"n0nce""#), "{body}");
    assert_eq!(
        post(
            &world,
            Sent {
                body: TERMINATED,
                id: "t1",
                ..GOOD
            }
        )
        .await
        .0,
        200
    );
    assert!(count(&world, "controls?id=t1").await.contains("\"count\":1"));
    assert_eq!(post(&world, GOOD).await.0, 410);
    let secret = &world.fixtures().inbound.subscriptions["new"].secret;
    let told = format!(r#"{{"id":"sub_unknown","secret":"{secret}"}}"#);
    let json: &[&[u8]] = &[b"Content-Type: application/json"];
    let adopted = raw(
        &world.urls().origin,
        &request("POST", "/hooks/adopt", json, &told),
    )
    .await;
    assert_eq!(adopted.status, 204);
    assert_eq!(
        post(
            &world,
            Sent {
                to: "new",
                by: "new",
                ..GOOD
            }
        )
        .await
        .0,
        200
    );
    let log = count(&world, "log").await;
    assert!(
        log.contains("410 the subscription has ended: e1") && !log.contains("eventId"),
        "{log}"
    );
}
