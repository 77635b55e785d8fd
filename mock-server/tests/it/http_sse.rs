//! The deprecated HTTP+SSE transport: `/sse` and `/messages`.

use hallmark_mock::World;
use serde_json::json;

use super::support::{Reply, Stream, bearer, initialize, raw, request, rpc, token, who, world, write};

const EVENTS: &str = "Accept: text/event-stream";

async fn open(world: &World, credential: &str) -> (Stream, String) {
    let key = bearer(&token(world, credential));
    let mut stream = Stream::open(world, "GET", "/sse", &[&key, EVENTS], "").await;
    let reply = stream.until("\n\n").await;
    assert_eq!(
        (reply.status, reply.header("content-type")),
        (200, Some("text/event-stream"))
    );
    let address = reply
        .body
        .strip_prefix("event: endpoint\ndata: ")
        .unwrap()
        .trim()
        .to_owned();
    assert!(address.starts_with("/messages?session_id="), "{address}");
    (stream, address)
}

async fn say(world: &World, address: &str, lines: &[&str], body: &str) -> Reply {
    let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
    raw(&world.urls().origin, &request("POST", address, &lines, body)).await
}

#[tokio::test]
async fn answers_come_on_the_stream() {
    let world = world(&[], &[]).await;
    let (mut stream, address) = open(&world, "finance-ro").await;
    let key = bearer(&token(&world, "finance-ro"));
    for (asked, answered) in [
        ("2024-11-05", "2024-11-05"),
        ("2025-03-26", "2025-03-26"),
        ("1.0", "2024-11-05"),
    ] {
        assert_eq!(
            say(&world, &address, &[&key], &initialize(asked)).await.status,
            202
        );
        stream.until(&format!("\"protocolVersion\":\"{answered}\"")).await;
    }
    let noted = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    assert_eq!(say(&world, &address, &[&key], noted).await.status, 202);
    let canary = world
        .fixtures()
        .credential("finance-ro")
        .unwrap()
        .canary
        .clone()
        .unwrap();
    assert_eq!(say(&world, &address, &[&key], &who()).await.status, 202);
    stream.until(&canary).await;
    let reply = say(&world, &address, &[&key], &rpc("nope", &json!({}))).await;
    assert_eq!(reply.status, 202);
    stream.until("-32601").await;
    let reply = say(&world, &address, &[&key], &write(&world, "x")).await;
    assert_eq!(reply.status, 403, "{reply:?}");
    world.control().revoke("finance-ro").unwrap();
    stream.end().await;
}

#[tokio::test]
async fn a_stream_belongs_to_who_opened_it() {
    let world = world(&[], &[]).await;
    let (mut stream, address) = open(&world, "finance-ro").await;
    let (key, other) = (
        bearer(&token(&world, "finance-ro")),
        bearer(&token(&world, "finance-rw")),
    );
    let table: &[(&str, &str, &[&str], &str, u16)] = &[
        ("no credential", &address, &[], &who(), 401),
        (
            "an unknown credential",
            &address,
            &["Authorization: Bearer unknown"],
            &who(),
            401,
        ),
        ("another's credential", &address, &[&other], &who(), 404),
        ("no stream", "/messages", &[&key], &who(), 404),
        (
            "an unknown stream",
            "/messages?session_id=00",
            &[&key],
            &who(),
            404,
        ),
        ("not JSON", &address, &[&key], "{", 400),
        ("a batch", &address, &[&key], &format!("[{}]", who()), 400),
        (
            "another type",
            &address,
            &[&key, "Content-Type: text/plain"],
            &who(),
            415,
        ),
        (
            "a foreign origin",
            &address,
            &[&key, "Origin: https://evil.example"],
            &who(),
            403,
        ),
    ];
    for (what, address, lines, body, status) in table {
        let reply = say(&world, address, lines, body).await;
        assert_eq!(reply.status, *status, "{what}: {reply:?}");
    }
    let (reply, ended) = stream.so_far();
    assert!(!ended && reply.body.matches("event: ").count() == 1, "{reply:?}");
    assert_eq!(say(&world, &address, &[&key], &who()).await.status, 202);
    stream.until("jsonrpc").await;
    drop(stream);
    // Once the server sees that nobody reads, the stream is gone.
    for attempt in 0.. {
        if say(&world, &address, &[&key], &who()).await.status == 404 {
            break;
        }
        assert!(attempt < 100, "the stream stays known");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn what_the_addresses_refuse() {
    let healthy = world(&[], &[]).await;
    let key = bearer(&token(&healthy, "finance-ro"));
    let table: &[(&str, &str, &[&str], u16)] = &[
        ("GET", "/sse", &[], 401),
        ("GET", "/sse", &[&key, "Accept: application/json"], 406),
        ("GET", "/sse", &[&key, "Origin: null"], 403),
        ("POST", "/sse", &[&key], 405),
        ("GET", "/messages", &[&key], 405),
        ("DELETE", "/messages", &[], 401),
    ];
    for (method, target, lines, status) in table {
        let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
        let reply = raw(&healthy.urls().origin, &request(method, target, &lines, "")).await;
        assert_eq!(reply.status, *status, "{method} {target}: {reply:?}");
    }
    let modern = world(&[], &["modern-only"]).await;
    let key = bearer(&token(&modern, "finance-ro"));
    let reply = raw(
        &modern.urls().origin,
        &request("GET", "/sse", &[key.as_bytes()], ""),
    )
    .await;
    assert_eq!(reply.status, 404);
}

/// The defects of this transport, each with the message that shows it and its status with and without.
const DEFECTS: &[(&str, u16, u16)] = &[
    ("origin-sse-unchecked", 403, 202),
    ("sse-not-bound", 404, 202),
    ("sse-stream-is-login", 401, 202),
];

/// The defects that this file tests.
pub(crate) fn tested() -> impl Iterator<Item = &'static str> {
    DEFECTS.iter().map(|(id, ..)| *id)
}

#[tokio::test]
async fn each_defect_takes_a_message_that_is_refused() {
    for (id, healthy, broken) in DEFECTS {
        for (defects, status) in [(&[][..], healthy), (&[*id][..], broken)] {
            let world = world(defects, &[]).await;
            let (_stream, address) = open(&world, "finance-ro").await;
            let (key, other) = (
                bearer(&token(&world, "finance-ro")),
                bearer(&token(&world, "finance-rw")),
            );
            let lines: &[&str] = match *id {
                "origin-sse-unchecked" => &[&key, "Origin: https://evil.example"],
                "sse-not-bound" => &[&other],
                _ => &[],
            };
            let reply = say(&world, &address, lines, &who()).await;
            assert_eq!(reply.status, *status, "{id} {defects:?}: {reply:?}");
        }
    }
}

#[tokio::test]
async fn a_world_of_this_transport_alone_has_no_other_endpoint() {
    let world = world(&[], &["sse-only"]).await;
    let key = bearer(&token(&world, "finance-ro"));
    let (mut stream, address) = open(&world, "finance-ro").await;
    assert_eq!(say(&world, &address, &[&key], &who()).await.status, 202);
    stream.until("jsonrpc").await;
    let reply = say(&world, "/mcp/key", &[&key], &initialize("2025-11-25")).await;
    assert_eq!(reply.status, 404, "{reply:?}");
}
