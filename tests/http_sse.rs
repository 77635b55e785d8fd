//! The client of HTTP+SSE (2024-11-05) against servers that follow a script: where messages go, whose answer is whose,
//! and what happens when the stream says nothing, something else, or ends. A credential never leaves its origin.

#![expect(clippy::expect_used, reason = "a test that cannot be set up has failed")]

mod support;

use std::time::{Duration, Instant};

use hallmark::expect::Outcome;
use hallmark::mcp::{self, Rpc};
use hallmark::step::{Link, NotOpen, opening};
use hallmark::wire::{Exchange, HeaderLine, Read, Request, Wire, WireConfig};
use serde_json::{Value, json};
use support::old_transport::{ENDPOINT, OldServer, Script, event, result};
use support::program::{Folder, checks, command};
use url::Url;

const PATIENCE: Duration = Duration::from_millis(500);
const TOKEN: &str = "a-token-of-no-value-0123456789";

fn wire() -> Wire {
    Wire::new(WireConfig {
        no_proxy: true,
        ..WireConfig::default()
    })
    .expect("nothing to read")
}

fn credential() -> HeaderLine {
    HeaderLine::Field("Authorization".to_owned(), format!("Bearer {TOKEN}").into_bytes())
}

async fn open(server: &OldServer) -> Result<Link, NotOpen> {
    let url = Url::parse(&server.url()).expect("a URL");
    let request = opening(url, vec![credential()], Duration::from_secs(20));
    Link::open(&wire(), &request, PATIENCE)
        .await
        .map(|(link, _)| link)
}

/// Posts a message and hears what the stream says to it.
async fn ask(link: &Link, body: &Value) -> Exchange {
    let mark = link.mark(&body["id"]);
    let request = Request {
        method: "POST".to_owned(),
        url: link.post.clone(),
        target: None,
        headers: vec![credential()],
        body: body.to_string().into(),
        timeout: PATIENCE,
        redirects: 0,
        read: Read::Whole,
    };
    wire().send(&request).await.response.expect("taken");
    link.hear(mark, &body["id"], PATIENCE, None).await
}

async fn ping(script: Script) -> (Exchange, Rpc) {
    let server = OldServer::start(script).await;
    let link = open(&server).await.ok().expect("it opens");
    let id = json!(7);
    let heard = ask(&link, &mcp::call(&id, "ping", None)).await;
    let rpc = mcp::answer(&heard, &id).rpc;
    (heard, rpc)
}

#[tokio::test]
async fn messages_go_where_the_stream_says() {
    for first in [
        ENDPOINT,
        "event: endpoint\ndata: messages?session=1\n\n",
        "event: endpoint\ndata: http://HERE/messages/1\n\n",
        ": hello\r\n\r\n: again\r\n\r\nevent: endpoint\r\ndata: /messages\r\n\r\n",
    ] {
        let (_, rpc) = ping(Script {
            first: first.to_owned(),
            ..Script::default()
        })
        .await;
        assert_eq!(rpc, Rpc::Result(json!({})), "{first}");
    }
}

#[tokio::test]
async fn an_answer_comes_in_pieces_between_comments() {
    let reply = |message: &Value| {
        let whole = result(message).iter().map(event).collect::<String>();
        let (front, back) = whole.split_at(whole.len() / 2);
        let alive = ": alive\n\n".to_owned();
        let notice = event(&json!({ "jsonrpc": "2.0", "method": "notifications/message" }));
        vec![alive.clone(), notice, front.to_owned(), back.to_owned(), alive]
    };
    let (heard, rpc) = ping(Script {
        reply,
        ..Script::default()
    })
    .await;
    assert_eq!(rpc, Rpc::Result(json!({})));
    assert_eq!(heard.response.expect("a stream").events.len(), 2);
}

#[tokio::test]
async fn an_answer_to_another_id_answers_nothing() {
    let other = |_: &Value| vec![event(&json!({ "jsonrpc": "2.0", "id": 8, "result": {} }))];
    let (heard, rpc) = ping(Script {
        reply: other,
        ..Script::default()
    })
    .await;
    let said = mcp::answer(&heard, &json!(7));
    assert!(
        matches!(&rpc, Rpc::None(why) if why.to_string().contains("id 8, not 7")),
        "{rpc:?}"
    );
    assert_eq!(Outcome::of(&heard, Some(&said)), Outcome::Broken);
}

#[tokio::test]
async fn accepted_is_not_answered() {
    let started = Instant::now();
    let (heard, rpc) = ping(Script {
        reply: |_| Vec::new(),
        ..Script::default()
    })
    .await;
    let said = mcp::answer(&heard, &json!(7));
    assert!(matches!(rpc, Rpc::None(_)), "{rpc:?}");
    assert_eq!(Outcome::of(&heard, Some(&said)), Outcome::Broken);
    assert!(started.elapsed() < PATIENCE * 6, "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_stream_that_ends_inside_an_answer_is_not_waited_for() {
    let reply = |message: &Value| {
        let whole = result(message).iter().map(event).collect::<String>();
        vec![whole[..whole.len() / 2].to_owned(), String::new()]
    };
    let server = OldServer::start(Script {
        reply,
        ..Script::default()
    })
    .await;
    let link = open(&server).await.ok().expect("it opens");
    let started = Instant::now();
    let heard = ask(&link, &mcp::call(&json!(7), "ping", None)).await;
    assert!(matches!(mcp::answer(&heard, &json!(7)).rpc, Rpc::None(_)));
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
    assert!(link.is_over());
}

#[tokio::test]
async fn everybody_on_a_stream_gets_their_own_answer() {
    // The answers come in pairs, the later first.
    let reply = |message: &Value| match message["id"].as_u64() {
        Some(id) if id % 2 == 1 => {
            let answer = |id: u64| event(&json!({ "jsonrpc": "2.0", "id": id, "result": { "of": id } }));
            vec![answer(id), answer(id - 1)]
        }
        _ => Vec::new(),
    };
    let server = OldServer::start(Script {
        reply,
        ..Script::default()
    })
    .await;
    let link = open(&server).await.ok().expect("it opens");
    let bodies: Vec<Value> = (0..10)
        .map(|id: u64| mcp::call(&json!(id), "ping", None))
        .collect();
    let asked = futures_util::future::join_all(bodies.iter().map(|body| ask(&link, body))).await;
    for (id, heard) in asked.iter().enumerate() {
        let said = mcp::answer(heard, &json!(id));
        assert_eq!(said.rpc, Rpc::Result(json!({ "of": id })), "{id}");
        assert_eq!(heard.response.as_ref().expect("a stream").events.len(), 1, "{id}");
    }
}

#[tokio::test]
async fn a_stream_without_an_endpoint_is_none() {
    for (first, why) in [
        (
            "event: message\ndata: {}\n\n",
            Some("is `message`, not `endpoint`"),
        ),
        ("event: endpoint\ndata: \n\n", Some("names no usable URI")),
        (
            "event: endpoint\ndata: https://127.0.0.2/messages\n\n",
            Some("another origin"),
        ),
        (": nothing yet\n\n", None),
        ("", None),
    ] {
        let server = OldServer::start(Script {
            first: first.to_owned(),
            ..Script::default()
        })
        .await;
        let started = Instant::now();
        let not = open(&server).await.err().expect("no conversation");
        let said = not.why.map(|why| why.to_string());
        match why {
            Some(part) => assert!(
                said.clone().is_some_and(|said| said.contains(part)),
                "{first}: {said:?}"
            ),
            None => assert_eq!(said, None, "{first}"),
        }
        assert!(started.elapsed() < PATIENCE * 4, "{:?}", started.elapsed());
    }
}

struct Ended {
    code: i32,
    stderr: String,
    folder: Folder,
}

const TARGET: &str = "\
target: old
sse: \"${env.SSE_URL}\"
principals: { reader: { bearer: \"${env.TOKEN}\" } }
timeouts: { exchange: 700ms }
";

async fn run(server: &OldServer, arguments: &[&str]) -> Ended {
    let folder = Folder::new();
    folder.write("hallmark.yaml", TARGET);
    let mut command = command(&folder, &[&["run"], arguments, &["--only", "BEARER-04"]].concat());
    command.env("SSE_URL", server.url()).env("TOKEN", TOKEN);
    let output = tokio::task::spawn_blocking(move || command.output().expect("the binary starts"))
        .await
        .expect("it ran");
    Ended {
        code: output.status.code().unwrap_or(-1),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        folder,
    }
}

/// What the specification tells clients of both transports: POST, and where that gets 405, GET.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_tried_by_both_transports() {
    let server = OldServer::start(Script::default()).await;
    let ended = run(&server, &["--url", &server.url(), "--bearer-env", "TOKEN"]).await;
    let record = ended.folder.read("hallmark-out/record.json");
    assert!(
        record.contains("speaks MCP 2024-11-05"),
        "{}{record}",
        ended.stderr
    );
    let heads = server.heads();
    let first = |start: &str| heads.iter().position(|head| head.starts_with(start));
    assert!(first("POST /sse ") < first("GET /sse "), "{heads:?}");
    let file = run(&server, &["--target", "hallmark.yaml"]).await;
    assert_eq!(ended.code, file.code, "{}", file.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_never_follows_the_endpoint_event_to_another_origin() {
    let elsewhere = OldServer::start(Script::default()).await;
    let away = format!("event: endpoint\ndata: http://{}/messages\n\n", elsewhere.address);
    // From the first look on, and after one honest stream.
    for (first, later) in [(away.as_str(), None), (ENDPOINT, Some(away.clone()))] {
        let server = OldServer::start(Script {
            first: first.to_owned(),
            later,
            ..Script::default()
        })
        .await;
        let ended = run(&server, &["--target", "hallmark.yaml"]).await;
        assert_eq!(ended.code, 4, "{}", ended.stderr);
        let checks = checks(&ended.folder);
        assert!(!checks.is_empty());
        for check in &checks {
            assert!(
                matches!(check.verdict.as_str(), "errored" | "not-testable"),
                "{check:?}"
            );
        }
        let told = format!(
            "{}{}",
            ended.stderr,
            ended.folder.read("hallmark-out/record.json")
        );
        assert!(told.contains("another origin"), "{told}");
        assert!(server.heads().iter().any(|head| head.contains(TOKEN)));
    }
    assert_eq!(elsewhere.heads(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_never_names_an_endpoint_is_said() {
    let server = OldServer::start(Script {
        first: ": alive\n\n".to_owned(),
        ..Script::default()
    })
    .await;
    let ended = run(&server, &["--target", "hallmark.yaml"]).await;
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("no `endpoint` event came within 700ms") && ended.stderr.contains("help:"),
        "{}",
        ended.stderr
    );
}
