//! Whatever a peer does, an exchange ends in time, holds little, and says what happened.

#![expect(clippy::expect_used, reason = "a test that cannot be set up has failed")]

mod support;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use hallmark::mcp::{Rpc, answer};
use hallmark::wire::{Cut, Exchange, HeaderLine, HttpVersion, Read, Request, Wire, WireConfig};
use serde_json::json;
use support::hostile as peer;
use url::Url;

/// Long enough for a loaded machine to say what it has to say, short enough to wait for.
const PATIENCE: Duration = Duration::from_millis(700);
const GRACE: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug)]
enum Way {
    Pool,
    Raw,
    Named,
}

fn wire() -> Wire {
    Wire::new(WireConfig {
        no_proxy: true,
        ..WireConfig::default()
    })
    .expect("nothing to read")
}

fn request(address: SocketAddr, way: Way) -> Request {
    let accept = (
        "Accept".to_owned(),
        b"application/json, text/event-stream".to_vec(),
    );
    let mut headers = vec![HeaderLine::Field(accept.0, accept.1)];
    if matches!(way, Way::Raw) {
        headers.push(HeaderLine::Verbatim(b"X-Raw: yes".to_vec()));
    }
    Request {
        method: "POST".to_owned(),
        url: Url::parse(&format!("http://{address}/mcp")).expect("url"),
        target: None,
        headers,
        body: "{}".into(),
        timeout: PATIENCE,
        redirects: 3,
        read: Read::Whole,
    }
}

async fn send(address: SocketAddr, way: Way) -> Exchange {
    let (request, started) = (request(address, way), Instant::now());
    let exchange = match way {
        Way::Named => wire().connection(HttpVersion::H1).send(&request).await,
        Way::Pool | Way::Raw => wire().send(&request).await,
    };
    assert!(
        started.elapsed() < PATIENCE + GRACE,
        "{way:?} took {:?}",
        started.elapsed()
    );
    if let Ok(response) = &exchange.response {
        assert!(
            response.body.len() <= 4 << 20,
            "{way:?} holds {} bytes",
            response.body.len()
        );
    }
    exchange
}

fn words(exchange: &Exchange) -> String {
    match &exchange.response {
        Err(error) => error.to_string(),
        Ok(response) => {
            let cut = match response.cut {
                None => "whole".to_owned(),
                Some(Cut::Time(_)) => "cut: time".to_owned(),
                // Where the last kept event ended depends on how the stream was cut into pieces.
                Some(Cut::Size(_)) if response.events.len() == 10_000 => return "10000 events".to_owned(),
                Some(cut) => format!("cut: {cut:?}"),
            };
            let rpc = match answer(exchange, &json!(1)).rpc {
                Rpc::None(why) => why.to_string(),
                other => format!("{other:?}"),
            };
            format!("{} {cut}; {rpc}", response.status)
        }
    }
}

macro_rules! said {
    ($way:expr, $($peer:ident)*) => {{
        let mut lines = Vec::new();
        $(lines.push(format!("{}: {}", stringify!($peer), words(&send(peer::serve(peer::$peer).await, $way).await)));)*
        lines.join("\n")
    }};
}

/// The most this process ever held.
#[cfg(target_os = "linux")]
fn assert_little_memory() {
    let status = std::fs::read_to_string("/proc/self/status").expect("procfs");
    let peak = status
        .lines()
        .find_map(|l| l.strip_prefix("VmHWM:"))
        .expect("a peak");
    let kib: u64 = peak.trim().trim_end_matches(" kB").parse().expect("a number");
    assert!(kib < 200 << 10, "held {kib} KiB");
}

#[cfg(not(target_os = "linux"))]
fn assert_little_memory() {}

macro_rules! all {
    ($way:expr) => {
        said!($way,
            endless_header gigabyte_header_line endless_body endless_stream gigabyte_stream_line continue_storm
            slow_header slow_body silence gzip_bomb redirect_loop close_at_once close_in_header close_in_body
            length_too_long length_too_short invalid_utf8 invalid_json deep_json other_id twice http_0_9 garbage)
    };
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_the_pool() {
    insta::assert_snapshot!(all!(Way::Pool), @r#"
    endless_header: the answer's header is larger than 65536 bytes
    gigabyte_header_line: the answer's header is larger than 65536 bytes
    endless_body: 200 cut: Size(4194304); reading stopped at 4194304 bytes before the answer was complete
    endless_stream: 10000 events
    gigabyte_stream_line: 200 cut: Size(1048576); reading stopped (a line of the event stream is larger than 1048576 bytes) before the answer was complete
    continue_storm: no complete answer within 700ms (connecting or waiting for the header)
    slow_header: no complete answer within 700ms (connecting or waiting for the header)
    slow_body: 200 cut: time; the time was over (700ms) before the answer was complete
    silence: no complete answer within 700ms (connecting or waiting for the header)
    gzip_bomb: 200 cut: Size(4194304); reading stopped at 4194304 bytes before the answer was complete
    redirect_loop: gave up after 3 redirects
    close_at_once: the peer closed the connection before its answer was complete
    close_in_header: the peer closed the connection before its answer was complete
    close_in_body: 200 cut: Short; the peer closed the connection before the answer was complete
    length_too_long: 200 cut: Short; the answer is no JSON-RPC message: no "jsonrpc": "2.0" (status 200)
    length_too_short: 200 whole; the answer is no JSON-RPC message: no "jsonrpc": "2.0" (status 200)
    invalid_utf8: 200 whole; the body is not JSON: invalid unicode code point at line 1 column 35 (status 200, application/json)
    invalid_json: 200 whole; the body is not JSON: key must be a string at line 1 column 35 (status 200, application/json)
    deep_json: 200 whole; the body is nested more than 127 levels deep (status 200, application/json)
    other_id: 200 whole; the answer is to id 99, not 1
    twice: 200 whole; the request was answered 2 times
    http_0_9: the answer is not valid HTTP: invalid HTTP version parsed
    garbage: the answer is not valid HTTP: invalid HTTP version parsed
    "#);
    assert_little_memory();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn raw() {
    insta::assert_snapshot!(all!(Way::Raw), @r#"
    endless_header: the answer is not valid HTTP: more than 256 header fields
    gigabyte_header_line: the answer's header line is larger than 65536 bytes
    endless_body: 200 cut: Size(4194304); reading stopped at 4194304 bytes before the answer was complete
    endless_stream: 10000 events
    gigabyte_stream_line: 200 cut: Size(1048576); reading stopped (a line of the event stream is larger than 1048576 bytes) before the answer was complete
    continue_storm: the answer's run of interim answers is larger than 65536 bytes
    slow_header: no complete answer within 700ms (reading the header)
    slow_body: 200 cut: time; the time was over (700ms) before the answer was complete
    silence: no complete answer within 700ms (waiting for the first byte)
    gzip_bomb: 200 cut: Size(4194304); reading stopped at 4194304 bytes before the answer was complete
    redirect_loop: gave up after 3 redirects
    close_at_once: the peer closed the connection before any answer
    close_in_header: the peer closed the connection inside the header
    close_in_body: 200 cut: Short; the peer closed the connection before the answer was complete
    length_too_long: 200 cut: Short; the answer is no JSON-RPC message: no "jsonrpc": "2.0" (status 200)
    length_too_short: 200 whole; the answer is no JSON-RPC message: no "jsonrpc": "2.0" (status 200)
    invalid_utf8: 200 whole; the body is not JSON: invalid unicode code point at line 1 column 35 (status 200, application/json)
    invalid_json: 200 whole; the body is not JSON: key must be a string at line 1 column 35 (status 200, application/json)
    deep_json: 200 whole; the body is nested more than 127 levels deep (status 200, application/json)
    other_id: 200 whole; the answer is to id 99, not 1
    twice: 200 whole; the request was answered 2 times
    http_0_9: the answer is not valid HTTP: no status line; it begins with "<html>hello from 1991</h"
    garbage: the answer is not valid HTTP: no status line; it begins with "\x00\xff\x01\xfe\x00\xff\x01\xfe\x00\xff\x01\xfe\x00\xff\x01\xfe\x00\xff\x01\xfe\x00\xff\x01\xfe"
    "#);
    assert_little_memory();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_named_connection() {
    insta::assert_snapshot!(all!(Way::Named), @r#"
    endless_header: the answer is not valid HTTP: more than 256 header fields
    gigabyte_header_line: the answer's header line is larger than 65536 bytes
    endless_body: 200 cut: Size(4194304); reading stopped at 4194304 bytes before the answer was complete
    endless_stream: 10000 events
    gigabyte_stream_line: 200 cut: Size(1048576); reading stopped (a line of the event stream is larger than 1048576 bytes) before the answer was complete
    continue_storm: the answer's run of interim answers is larger than 65536 bytes
    slow_header: no complete answer within 700ms (reading the header)
    slow_body: 200 cut: time; the time was over (700ms) before the answer was complete
    silence: no complete answer within 700ms (waiting for the first byte)
    gzip_bomb: 200 cut: Size(4194304); reading stopped at 4194304 bytes before the answer was complete
    redirect_loop: 307 whole; the body is empty (status 307)
    close_at_once: the peer closed the connection before any answer
    close_in_header: the peer closed the connection inside the header
    close_in_body: 200 cut: Short; the peer closed the connection before the answer was complete
    length_too_long: 200 cut: Short; the answer is no JSON-RPC message: no "jsonrpc": "2.0" (status 200)
    length_too_short: 200 whole; the answer is no JSON-RPC message: no "jsonrpc": "2.0" (status 200)
    invalid_utf8: 200 whole; the body is not JSON: invalid unicode code point at line 1 column 35 (status 200, application/json)
    invalid_json: 200 whole; the body is not JSON: key must be a string at line 1 column 35 (status 200, application/json)
    deep_json: 200 whole; the body is nested more than 127 levels deep (status 200, application/json)
    other_id: 200 whole; the answer is to id 99, not 1
    twice: 200 whole; the request was answered 2 times
    http_0_9: the answer is not valid HTTP: no status line; it begins with "<html>hello from 1991</h"
    garbage: the answer is not valid HTTP: no status line; it begins with "\x00\xff\x01\xfe\x00\xff\x01\xfe\x00\xff\x01\xfe\x00\xff\x01\xfe\x00\xff\x01\xfe\x00\xff\x01\xfe"
    "#);
    assert_little_memory();
}

#[tokio::test]
async fn an_answer_before_the_end_of_the_upload_is_read() {
    let address = peer::serve(peer::early_answer).await;
    let mut request = request(address, Way::Raw);
    request.body = vec![b'x'; 1 << 20].into();
    request.timeout = GRACE;
    let exchange = wire().send(&request).await;
    assert_eq!(exchange.response.map(|r| r.status), Ok(413));
}

/// What comes unasked between two exchanges is nobody's answer: the second request goes out on another connection.
#[tokio::test]
async fn an_answer_ahead_of_its_question_is_none() {
    let address = peer::serve(peer::answers_ahead).await;
    let wire = wire();
    let named = wire.connection(HttpVersion::H1);
    for way in [Way::Pool, Way::Raw, Way::Named] {
        for _ in 0..2 {
            let request = request(address, way);
            let exchange = match way {
                Way::Named => named.send(&request).await,
                Way::Pool | Way::Raw => wire.send(&request).await,
            };
            let body = exchange.response.expect("an answer").body;
            assert!(!body.ends_with(b"\"surplus\"}"), "{way:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test]
async fn nobody_speaks_http_2() {
    let mut lines = Vec::new();
    for address in [
        peer::serve(peer::http_0_9).await,
        peer::serve(peer::close_at_once).await,
    ] {
        let exchange = wire()
            .connection(HttpVersion::H2)
            .send(&request(address, Way::Named))
            .await;
        lines.push(words(&exchange).replace(&address.to_string(), "PEER"));
    }
    insta::assert_snapshot!(lines.join("\n"), @r"
    PEER does not speak HTTP/2: it answered in something else
    PEER does not speak HTTP/2: it closed without a word of it
    ");
}

#[tokio::test]
async fn nobody_speaks_tls() {
    let address = peer::serve(peer::garbage).await;
    let mut lines = Vec::new();
    for way in [Way::Pool, Way::Raw] {
        let mut request = request(address, way);
        request.url = Url::parse(&format!("https://{address}/")).expect("url");
        let exchange = wire().send(&request).await;
        lines.push(words(&exchange).replace(&address.to_string(), "PEER"));
    }
    insta::assert_snapshot!(lines.join("\n"), @r"
    TLS with PEER failed: the peer does not speak TLS on this port; without TLS the URL begins with http://
    TLS with PEER failed: the peer does not speak TLS on this port; without TLS the URL begins with http://
    ");
}

#[tokio::test]
async fn nobody_listens() {
    // Bound, so that nobody else takes the port meanwhile, but never listening.
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket
        .bind("127.0.0.1:0".parse().expect("an address"))
        .expect("a free port");
    let address = socket.local_addr().expect("bound");
    let mut lines = Vec::new();
    for way in [Way::Pool, Way::Raw] {
        lines.push(words(&send(address, way).await).replace(&address.to_string(), "PEER"));
        let mut request = request(address, way);
        request.url = Url::parse("http://no-such-host.invalid/").expect("url");
        request.timeout = GRACE;
        let exchange = wire().send(&request).await;
        assert!(
            matches!(exchange.response, Err(hallmark::wire::WireError::Resolve { .. })),
            "{exchange:?}"
        );
    }
    insta::assert_snapshot!(lines.join("\n"), @r"
    cannot connect to PEER: connection refused
    cannot connect to PEER: connection refused
    ");
}
