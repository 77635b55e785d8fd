//! Webhooks out and in, seen from outside: what a healthy world does, and what each defect of a receiver changes.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hallmark_mock::World;
use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use super::support::{modern, raw, request, world};

/// One delivery: head and body as they came.
pub(super) type Came = Arc<Mutex<Vec<(String, String)>>>;

/// Answers each delivery with the next of these statuses, the last for ever, and a challenge with itself.
pub(super) async fn inbox(statuses: &'static [u16]) -> (String, Came) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let came: Came = Came::default();
    let heard = Arc::clone(&came);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (head, body) = delivery(&mut stream).await;
            let challenge: Option<Value> = serde_json::from_str(&body).ok();
            if let Some(nonce) = challenge.as_ref().and_then(|said| said["challenge"].as_str()) {
                let echo = json!({ "challenge": nonce }).to_string();
                let length = echo.len();
                let answer =
                    format!("HTTP/1.1 200 x\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{echo}");
                heard.lock().unwrap().push((head, body));
                stream.write_all(answer.as_bytes()).await.unwrap();
                continue;
            }
            let number = {
                let mut heard = heard.lock().unwrap();
                heard.push((head, body));
                heard
                    .iter()
                    .filter(|(_, body)| !body.contains("challenge"))
                    .count()
            };
            let status = statuses[number.min(statuses.len()) - 1];
            let answer = format!("HTTP/1.1 {status} x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (host, came)
}

async fn delivery(stream: &mut tokio::net::TcpStream) -> (String, String) {
    use tokio::io::AsyncReadExt as _;
    let mut read = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = field(head, "content-length").unwrap().parse::<usize>().unwrap();
            if body.len() >= length {
                return (head.to_owned(), body.to_owned());
            }
        }
        assert_ne!(stream.read_buf(&mut read).await.unwrap(), 0, "a whole delivery");
    }
}

pub(super) fn field<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

pub(super) fn mac(key: &[u8], content: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(content);
    STANDARD.encode(mac.finalize().into_bytes())
}

pub(super) fn key(secret: &str) -> Vec<u8> {
    STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap()
}

async fn tool(world: &World, who: &str, name: &str, arguments: &Value) -> Value {
    let params = json!({ "name": name, "arguments": arguments });
    let reply = modern(world, who, "tools/call", params).await;
    reply.json()["result"].clone()
}

pub(super) fn finance(world: &World) -> String {
    world.fixtures().workspace("acme", "finance").unwrap().id.clone()
}

async fn subscribe(world: &World, url: &str, more: &Value) -> Value {
    let mut arguments = json!({
        "action": "webhook-create", "workspace_id": finance(world), "target_url": url,
        "event_type_subscriptions": ["workspace_storage_note_added"],
    });
    arguments
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    tool(world, "hook-owner", "event_manage", &arguments).await
}

pub(super) async fn cause(world: &World) {
    let arguments = json!({ "action": "create-note", "workspace_id": finance(world), "name": "žluť" });
    let said = tool(world, "finance-rw", "workspace_manage", &arguments).await;
    assert_ne!(said["isError"], true, "{said}");
}

/// A healthy world with a subscription to this inbox, and its secret.
async fn subscribed(host: &str, more: Value) -> (World, String) {
    let world = world(&[], &[]).await;
    world.control().webhook_hosts(&[host.to_owned()]);
    let said = subscribe(&world, &format!("http://{host}/hook"), &more).await;
    let secret = said["structuredContent"]["secret"].as_str().unwrap_or_default();
    (world, secret.to_owned())
}

/// Moves the clock a second at a time until so many came.
pub(super) async fn until(world: &World, came: &Came, count: usize, seconds: u32) -> usize {
    for _ in 0..seconds {
        world.control().settle().await;
        if came.lock().unwrap().len() >= count {
            break;
        }
        world.control().advance(Duration::from_secs(1));
    }
    world.control().settle().await;
    came.lock().unwrap().len()
}

#[tokio::test]
async fn a_delivery_is_signed_and_tried_again_until_it_is_taken() {
    let (host, came) = inbox(&[500, 503, 204]).await;
    let (world, secret) = subscribed(&host, json!({})).await;
    cause(&world).await;
    assert_eq!(until(&world, &came, 3, 60).await, 3);
    assert_eq!(until(&world, &came, 4, 600).await, 3, "taken is taken");
    let came = came.lock().unwrap();
    let stamps: Vec<i64> = came
        .iter()
        .map(|(head, body)| {
            let part = |name| field(head, name).unwrap();
            let content = format!("{}.{}.{body}", part("webhook-id"), part("webhook-timestamp"));
            let expected = format!("v1,{}", mac(&key(&secret), content.as_bytes()));
            assert_eq!(part("webhook-signature"), expected);
            assert_eq!(part("webhook-id"), field(&came[0].0, "webhook-id").unwrap());
            part("webhook-timestamp").parse().unwrap()
        })
        .collect();
    let gaps: Vec<i64> = stamps.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(
        (4..=8).contains(&gaps[0]) && (28..=38).contains(&gaps[1]),
        "{gaps:?}"
    );
    assert!(came[0].1.contains("žluť"), "{}", came[0].1);
}

#[tokio::test]
async fn gone_ends_a_subscription_and_a_cap_delays() {
    let (host, came) = inbox(&[410]).await;
    let (world, _) = subscribed(&host, json!({})).await;
    cause(&world).await;
    assert_eq!(until(&world, &came, 1, 5).await, 1);
    cause(&world).await;
    assert_eq!(until(&world, &came, 2, 30).await, 1);

    let (host, came) = inbox(&[204]).await;
    let (world, _) = subscribed(&host, json!({ "rate_limit_per_hour": 1 })).await;
    cause(&world).await;
    cause(&world).await;
    assert_eq!(until(&world, &came, 2, 30).await, 1);
    world.control().advance(Duration::from_hours(1));
    assert_eq!(until(&world, &came, 2, 30).await, 2);
}

#[tokio::test]
async fn only_listed_hosts_are_delivered_to_and_only_administrators_subscribe() {
    let (host, _) = inbox(&[204]).await;
    let (world, secret) = subscribed(&host, json!({})).await;
    assert!(secret.len() == 50, "32 bytes in Base64: {secret}");
    for url in [
        "http://127.0.0.1:1/",
        "http://[::ffff:127.0.0.1]:1/",
        "http://10.0.0.1/",
        "https://example.com/",
        "ftp://127.0.0.1/",
        "no address",
    ] {
        let said = subscribe(&world, url, &json!({})).await;
        assert_eq!(said["isError"], true, "{url}: {said}");
    }
    let arguments = json!({ "action": "webhook-list", "workspace_id": finance(&world) });
    let said = tool(&world, "finance-rw", "event", &arguments).await;
    assert_ne!(
        said["structuredContent"]["subscriptions"][0]["target_url"],
        json!(format!("http://{host}/hook"))
    );
    let listed = tool(&world, "hook-owner", "event", &arguments).await.to_string();
    assert!(listed.contains(&host) && !listed.contains("whsec_"), "{listed}");
}

/// What a row does to a good delivery.
struct Bent {
    door: &'static str,
    body: &'static str,
    /// Signed instead of the body.
    signed: Option<&'static [u8]>,
    sent: Option<&'static [u8]>,
    /// Seconds from now.
    shift: i64,
    id: &'static str,
    before_stamp: &'static str,
    key: &'static str,
    /// With the signature in place of `{}`.
    list: &'static str,
    name: &'static str,
}

const GOOD: Bent = Bent {
    door: "standard",
    body: r#"{"type":"a","data":{"id":"x"}}"#,
    signed: None,
    sent: None,
    shift: 0,
    id: "msg_1",
    before_stamp: "",
    key: "",
    list: "v1,{}",
    name: "webhook-signature",
};

async fn post(world: &World, bent: &Bent) -> u16 {
    let fixtures = world.fixtures();
    let now = world.control().now() + bent.shift;
    let key = match bent.key {
        "" => key(&fixtures.inbound.secret),
        "literal" => fixtures.inbound.secret.clone().into_bytes(),
        "none" => Vec::new(),
        other => other.as_bytes().to_vec(),
    };
    let signed = bent.signed.unwrap_or(bent.body.as_bytes());
    let content = [format!("{}.{now}.", bent.id).as_bytes(), signed].concat();
    let list = bent.list.replace("{}", &mac(&key, &content));
    let lines = [
        "Content-Type: application/json".to_owned(),
        format!("webhook-id: {}", bent.id),
        format!("webhook-timestamp: {}{now}", bent.before_stamp),
        if list.is_empty() {
            "X-None: x".to_owned()
        } else {
            format!("{}: {list}", bent.name)
        },
    ];
    let lines: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
    let target = format!("/hooks/{}", bent.door);
    let mut bytes = request("POST", &target, &lines, bent.body);
    if let Some(sent) = bent.sent {
        let head = request("POST", &target, &lines, &"x".repeat(sent.len()));
        bytes = [&head[..head.len() - sent.len()], sent].concat();
    }
    raw(&world.urls().origin, &bytes).await.status
}

/// Defect, what is sent, and the statuses of a healthy world and of one with the defect.
#[rustfmt::skip]
fn rows() -> Vec<(&'static str, Bent, u16, u16)> {
    vec![
        ("reject-all", Bent { ..GOOD }, 200, 401),
        ("verify-logs-only", Bent { key: "wrong", ..GOOD }, 401, 200),
        ("missing-is-valid", Bent { list: "", ..GOOD }, 400, 200),
        ("length-throws", Bent { list: "v1,QUJD", ..GOOD }, 401, 500),
        ("reserialise", Bent { body: r#"{ "data": {} }"#, ..GOOD }, 200, 401),
        ("no-tolerance", Bent { shift: -400, ..GOOD }, 400, 200),
        ("one-sided-tolerance", Bent { shift: 400, ..GOOD }, 400, 200),
        ("first-entry-only", Bent { list: "v9,x v1,{}", ..GOOD }, 200, 401),
        ("unknown-version-ok", Bent { list: "v9,{}", ..GOOD }, 401, 200),
        ("empty-secret", Bent { door: "unset", key: "none", ..GOOD }, 503, 200),
        ("fallback-secret", Bent { door: "unset", key: "secret", ..GOOD }, 503, 200),
        ("literal-secret", Bent { key: "literal", ..GOOD }, 401, 200),
        ("lossy-utf8", Bent { signed: Some("\u{fffd}".as_bytes()), sent: Some(b"\xff"), ..GOOD }, 401, 200),
        ("reparse-timestamp", Bent { before_stamp: "+", ..GOOD }, 400, 200),
        ("dot-split", Bent { id: "msg.1", ..GOOD }, 400, 200),
        ("header-case", Bent { name: "Webhook-Signature", ..GOOD }, 200, 400),
    ]
}

/// Those that show only over several deliveries, or need a key pair: the matrix of the program that judges has them.
const IN_THE_MATRIX: &[&str] = &[
    "body-only-mac",
    "no-dedupe",
    "dedupe-race",
    "dedupe-before-verify",
    "dedupe-before-success",
    "unsigned-id-dedupe",
    "alg-confusion",
    "unbounded-body",
    "sync-handler",
    "strcmp-mac",
    "log-secret",
];

pub(crate) fn tested() -> impl Iterator<Item = &'static str> {
    rows()
        .into_iter()
        .map(|row| row.0)
        .chain(IN_THE_MATRIX.iter().copied())
}

#[tokio::test]
async fn each_defect_of_a_receiver_shows() {
    let mut wrong = Vec::new();
    for (id, bent, healthy, broken) in rows() {
        let got = (
            post(&world(&[], &[]).await, &bent).await,
            post(&world(&[id], &[]).await, &bent).await,
        );
        if got != (healthy, broken) {
            wrong.push(format!("{id}: {got:?}, not {:?}", (healthy, broken)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
