//! Whatever comes on a socket or stream that stays open, it is bounded, told, and left behind when the case ends.

#![expect(clippy::expect_used, reason = "a test that cannot be set up has failed")]

mod support;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hallmark::wire::{End, Exchange, Live, Read, Request, Seen, Wire, WireConfig};
use support::{hostile, sockets};
use url::Url;

const PATIENCE: Duration = Duration::from_millis(700);
const GRACE: Duration = Duration::from_secs(10);

fn wire() -> Wire {
    Wire::new(WireConfig {
        no_proxy: true,
        ..WireConfig::default()
    })
    .expect("nothing to read")
}

fn request(address: SocketAddr, timeout: Duration) -> Request {
    Request {
        method: "GET".to_owned(),
        url: Url::parse(&format!("http://{address}/live")).expect("a URL"),
        target: None,
        headers: Vec::new(),
        body: Bytes::new(),
        timeout,
        redirects: 0,
        read: Read::Whole,
    }
}

/// What it looks like after a while: how it ended and how much was kept.
fn told(exchange: &Exchange) -> String {
    let response = match &exchange.response {
        Err(error) => return error.to_string(),
        Ok(response) => response,
    };
    assert!(response.body.len() <= 5 << 20, "{} bytes", response.body.len());
    let kept = match response.frames.len().max(response.events.len()) {
        0 => "nothing",
        1..1000 => "some",
        _ => "many",
    };
    let end = match response.ended.as_ref().map(|ended| &ended.how) {
        None => "open".to_owned(),
        Some(End::Closed { code, reason }) => format!("closed {code} {reason}").trim().to_owned(),
        // Where the last kept event ended depends on how the stream was cut into pieces.
        Some(End::Unread(why)) if why.starts_with("reading stopped") => "unread: reading stopped".to_owned(),
        Some(End::Unread(why)) => format!("unread: {why}"),
        Some(End::Ended) => "ended".to_owned(),
        Some(End::Broken) => "broken".to_owned(),
        Some(End::Left { code }) => format!("left {code}"),
    };
    format!("{} {kept}, {end}", response.status)
}

async fn watched(live: Live) -> String {
    let started = Instant::now();
    while !live.is_over() && started.elapsed() < PATIENCE {
        live.changed(live.mark(), PATIENCE).await;
    }
    let seen = told(&live.piece(Seen::default()));
    let leaving = Instant::now();
    live.leave().await;
    assert!(leaving.elapsed() < GRACE, "leaving took {:?}", leaving.elapsed());
    seen
}

async fn socket(address: SocketAddr) -> String {
    let opened = wire()
        .socket(&request(address, PATIENCE), Duration::from_millis(50))
        .await;
    match opened {
        Ok((socket, _)) => watched(Live::from(socket)).await,
        Err(exchange) => told(&exchange),
    }
}

async fn stream(address: SocketAddr) -> String {
    match wire().stream(&request(address, GRACE), PATIENCE).await {
        Ok((stream, _)) => watched(Live::from(stream)).await,
        Err(exchange) => told(&exchange),
    }
}

macro_rules! said {
    ($way:ident, $peers:ident: $($peer:ident)*) => {{
        let mut lines = Vec::new();
        $(lines.push(format!("{}: {}", stringify!($peer), $way(hostile::serve($peers::$peer).await).await));)*
        lines.join("\n")
    }};
}

#[tokio::test]
async fn sockets() {
    insta::assert_snapshot!(
        said!(socket, sockets: garbage_frames half_a_frame cut_frame hundred_megabytes
        endless_fragments endless_messages endless_pings masked_frame text_not_utf8 short_close bare_close
        silent_socket no_handshake wrong_accept other_protocol)
    );
}

#[tokio::test]
async fn answers_that_are_no_socket() {
    insta::assert_snapshot!(
        said!(socket, hostile: endless_header endless_body gigabyte_header_line slow_header
        close_at_once garbage http_0_9)
    );
}

#[tokio::test]
async fn streams() {
    insta::assert_snapshot!(
        said!(stream, hostile: endless_stream gigabyte_stream_line slow_header close_at_once
        close_in_body garbage endless_body)
    );
}
