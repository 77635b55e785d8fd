//! Tickets, sockets, event streams beside MCP and long polls of a healthy world.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use hallmark_mock::World;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::support::{Stream, bearer, call, connect, raw, request, token, world};

const PATIENCE: Duration = Duration::from_secs(5);

type Socket = WebSocketStream<TcpStream>;

fn place(world: &World, tenant: &str) -> String {
    world.fixtures().workspace(tenant, "finance").unwrap().id.clone()
}

async fn get(world: &World, target: &str, lines: &[&str]) -> super::support::Reply {
    let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
    raw(&world.urls().origin, &request("GET", target, &lines, "")).await
}

async fn ticket(world: &World, credential: &str, tenant: &str) -> String {
    let target = format!("/current/websocket/auth/{}", place(world, tenant));
    let reply = get(world, &target, &[&bearer(&token(world, credential))]).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let response = reply.json()["response"].clone();
    assert_eq!(response["expires_in"], 60);
    response["token"].as_str().unwrap().to_owned()
}

/// Opens a socket; the status where it is refused.
async fn open(world: &World, query: &str, origin: Option<&str>) -> Result<Socket, u16> {
    let address = world.urls().origin.replace("http://", "ws://");
    let mut request = format!("{address}/api/websocket/?{query}")
        .into_client_request()
        .unwrap();
    if let Some(origin) = origin {
        request.headers_mut().insert("origin", origin.parse().unwrap());
    }
    let stream = connect(&world.urls().origin).await;
    match tokio_tungstenite::client_async(request, stream).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(answer)) => Err(answer.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

async fn heard(socket: &mut Socket) -> Message {
    let next = timeout(PATIENCE, socket.next()).await;
    next.expect("something comes").unwrap().unwrap()
}

async fn told(socket: &mut Socket) -> Value {
    serde_json::from_str(heard(socket).await.to_text().unwrap()).unwrap()
}

async fn asked(socket: &mut Socket, message: Value) -> Value {
    socket.send(Message::text(message.to_string())).await.unwrap();
    told(socket).await
}

/// Makes a folder, which is told to whoever follows that place.
async fn change(world: &World, credential: &str, tenant: &str) {
    let arguments = json!({ "action": "create-folder", "profile_id": place(world, tenant), "name": "made" });
    let body = call("storage_manage", &arguments);
    let key = bearer(&token(world, credential));
    let reply = raw(
        &world.urls().origin,
        &request("POST", "/mcp/key", &[key.as_bytes()], &body),
    )
    .await;
    assert_eq!(reply.status, 200, "{reply:?}");
}

#[tokio::test]
async fn a_ticket_opens_one_socket_for_a_minute() {
    let world = world(&[], &["no-server-session"]).await;
    let (first, second) = (
        ticket(&world, "finance-ro", "acme").await,
        ticket(&world, "finance-ro", "acme").await,
    );
    assert!(open(&world, &first, None).await.is_ok());
    assert_eq!(open(&world, &first, None).await.err(), Some(401));
    assert!(open(&world, &format!("token={second}"), None).await.is_ok());
    let late = ticket(&world, "finance-ro", "acme").await;
    world.control().advance(Duration::from_mins(1));
    for bad in [late.as_str(), "", "nonsense", &token(&world, "finance-ro")] {
        assert_eq!(open(&world, bad, None).await.err(), Some(401), "{bad}");
    }
}

#[tokio::test]
async fn tickets_are_for_members_and_origins_are_exact() {
    let world = world(&[], &["no-server-session"]).await;
    let foreign = format!("/current/websocket/auth/{}", place(&world, "globex"));
    let key = bearer(&token(&world, "finance-ro"));
    for (target, lines, status) in [
        (foreign.as_str(), vec![key.as_str()], 404),
        (foreign.as_str(), vec![], 401),
        ("/current/websocket/auth/nothing", vec![key.as_str()], 404),
        ("/api/websocket/?x", vec![], 426),
        ("/api/sse/?x", vec![], 401),
        ("/api/sse/", vec![key.as_str()], 406),
    ] {
        assert_eq!(
            get(&world, target, &lines).await.status,
            status,
            "{target} {lines:?}"
        );
    }
    let own = world.urls().origin;
    for (origin, opens) in [
        (own.clone(), true),
        (format!("{own}.attacker.example"), false),
        (format!("{own}1"), false),
        ("null".to_owned(), false),
        ("http://localhost".to_owned(), false),
    ] {
        let ticket = ticket(&world, "finance-ro", "acme").await;
        let opened = open(&world, &ticket, Some(&origin)).await;
        assert_eq!(opened.err(), (!opens).then_some(403), "{origin}");
    }
}

#[tokio::test]
async fn a_socket_tells_of_its_place_and_ends_with_its_credential() {
    let world = world(&[], &["no-server-session"]).await;
    let mut own = open(&world, &ticket(&world, "finance-ro", "acme").await, None)
        .await
        .unwrap();
    let mut other = open(&world, &ticket(&world, "outsider", "globex").await, None)
        .await
        .unwrap();
    assert_eq!(told(&mut own).await["profile_id"], place(&world, "acme"));
    assert_eq!(told(&mut other).await["profile_id"], place(&world, "globex"));
    change(&world, "finance-rw", "acme").await;
    let said = told(&mut own).await;
    assert_eq!(said["response"], "activity");
    assert!(
        said["activity"][0].as_str().unwrap().starts_with("storage:"),
        "{said}"
    );
    world.control().revoke("finance-ro").unwrap();
    match heard(&mut own).await {
        Message::Close(Some(frame)) => assert_eq!(u16::from(frame.code), 4401),
        other => panic!("{other:?}"),
    }
    let pong = asked(&mut other, json!({ "request": "ping", "id": 1 })).await;
    assert_eq!(pong, json!({ "response": "pong", "id": 1 }));
}

#[tokio::test]
async fn what_is_said_on_a_socket_is_judged_by_the_rights_of_now() {
    let world = world(&[], &["no-server-session"]).await;
    let mut socket = open(&world, &ticket(&world, "finance-rw", "acme").await, None)
        .await
        .unwrap();
    told(&mut socket).await;
    let write = json!({
        "request": "call", "id": 1, "tool": "storage_manage",
        "arguments": { "action": "create-folder", "profile_id": place(&world, "acme"), "name": "said" },
    });
    // The answer and what is told of the effect come in either order.
    let both = [asked(&mut socket, write.clone()).await, told(&mut socket).await];
    assert!(both.iter().any(|said| said["response"] == "result"), "{both:?}");
    let scopes = format!("workspace:{}:r", place(&world, "acme"));
    world.control().set_scopes("finance-rw", &[scopes]).unwrap();
    for (message, status) in [
        (write, 403),
        (
            json!({ "request": "subscribe", "profile_id": place(&world, "globex") }),
            404,
        ),
        (json!({ "request": "dance" }), 406),
        (json!("hello"), 406),
        (json!({ "request": "call", "tool": "nothing" }), 404),
    ] {
        let said = asked(&mut socket, message.clone()).await;
        assert_eq!(said["error"]["status"], status, "{message} {said}");
    }
}

#[tokio::test]
async fn a_message_that_is_too_long_closes_its_socket_alone() {
    let world = world(&[], &["no-server-session"]).await;
    let mut socket = open(&world, &ticket(&world, "finance-ro", "acme").await, None)
        .await
        .unwrap();
    told(&mut socket).await;
    // It may close before everything was taken.
    let _ = socket.send(Message::text("x".repeat(100 << 10))).await;
    let end = timeout(PATIENCE, async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Close(frame))) => return frame.map(|frame| u16::from(frame.code)),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    })
    .await
    .unwrap();
    assert!(matches!(end, Some(1009) | None), "{end:?}");
    assert!(
        open(&world, &ticket(&world, "finance-ro", "acme").await, None)
            .await
            .is_ok()
    );
}

async fn events(world: &World, credential: &str, tenant: &str, more: &[&str]) -> Stream {
    let key = bearer(&token(world, credential));
    let mut lines = vec![key.as_str(), "Accept: text/event-stream"];
    lines.extend_from_slice(more);
    let target = format!("/api/sse/?profile_id={}", place(world, tenant));
    Stream::open(world, "GET", &target, &lines, "").await
}

#[tokio::test]
async fn an_event_stream_is_resumed_by_its_owner_alone() {
    let world = world(&[], &["no-server-session"]).await;
    let mut stream = events(&world, "finance-ro", "acme", &[]).await;
    stream.until(": open").await;
    change(&world, "finance-rw", "acme").await;
    let said = stream.until("event: activity").await;
    let id = said
        .body
        .lines()
        .find_map(|line| line.strip_prefix("id: "))
        .unwrap()
        .to_owned();
    drop(stream);
    change(&world, "finance-rw", "acme").await;
    let from = format!("Last-Event-ID: {id}");
    let mut again = events(&world, "finance-ro", "acme", &[&from]).await;
    assert_eq!(
        again
            .until("event: activity")
            .await
            .body
            .matches("event: activity")
            .count(),
        1
    );
    let mut foreign = events(&world, "outsider", "globex", &[&from]).await;
    let mut sibling = events(&world, "full", "acme", &[&from]).await;
    change(&world, "outsider", "globex").await;
    change(&world, "finance-rw", "acme").await;
    for stream in [&mut foreign, &mut sibling] {
        let reply = stream.until("event: activity").await;
        assert_eq!(reply.body.matches("event: activity").count(), 1, "{reply:?}");
    }
    let alone = ["Accept: text/event-stream", from.as_str()];
    assert_eq!(get(&world, "/api/sse/", &alone).await.status, 401);
}

#[tokio::test]
async fn an_event_stream_says_why_it_ends() {
    let world = world(&[], &["no-server-session"]).await;
    let mut revoked = events(&world, "finance-ro", "acme", &[]).await;
    let mut expired = events(&world, "finance-rw", "acme", &[]).await;
    revoked.until(": open").await;
    expired.until(": open").await;
    world.control().revoke("finance-ro").unwrap();
    world.control().expire("finance-rw").unwrap();
    assert!(revoked.end().await.body.contains("event: revoked"));
    assert!(expired.end().await.body.contains("event: expired"));
}

#[tokio::test]
async fn a_credential_has_so_many_streams() {
    let world = world(&[], &["no-server-session"]).await;
    let mut held = Vec::new();
    for _ in 0..40 {
        let mut stream = events(&world, "finance-ro", "acme", &[]).await;
        stream.until(": open").await;
        held.push(stream);
    }
    let key = bearer(&token(&world, "finance-ro"));
    let target = format!("/api/sse/?profile_id={}", place(&world, "acme"));
    assert_eq!(get(&world, &target, &[&key]).await.status, 429);
    let mut other = events(&world, "finance-rw", "acme", &[]).await;
    other.until(": open").await;
    held.pop();
    timeout(PATIENCE, async {
        while get(&world, "/current/auth/scopes/", &[&key]).await.status != 200
            || open(&world, &ticket(&world, "finance-ro", "acme").await, None)
                .await
                .is_err()
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_long_poll_is_answered_when_something_happens() {
    let world = world(&[], &["no-server-session"]).await;
    let key = bearer(&token(&world, "finance-ro"));
    let target = |wait: u64| format!("/current/activity/poll/{}/?wait={wait}", place(&world, "acme"));
    let quiet = get(&world, &target(0), &[&key]).await.json();
    assert_eq!(quiet["response"]["activity"], json!([]));
    let polled = async { get(&world, &target(90), &[&key]).await.json() };
    let changed = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        change(&world, "finance-rw", "acme").await;
    };
    let (said, ()) = timeout(PATIENCE, async { tokio::join!(polled, changed) })
        .await
        .unwrap();
    assert_eq!(
        said["response"]["activity"].as_array().unwrap().len(),
        1,
        "{said}"
    );
    let since = said["response"]["lastactivity"].as_u64().unwrap() - 1;
    let again = format!("{}&lastactivity={since}", target(90));
    assert_eq!(
        get(&world, &again, &[&key]).await.json()["response"]["activity"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let foreign = format!("/current/activity/poll/{}/", place(&world, "globex"));
    assert_eq!(get(&world, &foreign, &[&key]).await.status, 404);
}
