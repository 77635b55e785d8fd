use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{Came, Course, Director, Finish, Part, Relay};
use crate::wire::{Answer, Exchange};

/// Directs by path and remembers what it heard.
#[derive(Default)]
struct ByPath(Mutex<Vec<(u64, Exchange)>>);

impl Director for ByPath {
    fn direct<'a>(&'a self, came: &'a Came) -> BoxFuture<'a, Part> {
        let path = came.sent.line.split(' ').nth(1).unwrap_or_default().to_owned();
        Box::pin(async move {
            match path.as_str() {
                "/own" => Part {
                    course: Course::Answer(Answer {
                        status: 429,
                        headers: vec![("Retry-After".to_owned(), "3".to_owned())],
                        ..Answer::default()
                    }),
                    ..Part::default()
                },
                "/drop" => Part {
                    course: Course::Drop,
                    ..Part::default()
                },
                "/lost" => Part {
                    finish: Finish::Nothing,
                    ..Part::default()
                },
                "/half" => Part {
                    finish: Finish::Half,
                    ..Part::default()
                },
                "/changed" => Part {
                    alter: Some(Arc::new(|mut reply| {
                        reply.body = Bytes::from_static(b"other");
                        reply
                    })),
                    ..Part::default()
                },
                _ => Part::default(),
            }
        })
    }

    fn heard(&self, ticket: u64, exchange: Exchange) {
        self.0.lock().unwrap().push((ticket, exchange));
    }
}

/// A server that answers each request with its first line in chunks, and counts them.
async fn server() -> (std::net::SocketAddr, Arc<Mutex<u32>>) {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let count = Arc::new(Mutex::new(0));
    let counted = count.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = socket.accept().await.unwrap();
            *counted.lock().unwrap() += 1;
            let mut bytes = vec![0; 4096];
            let n = stream.read(&mut bytes).await.unwrap();
            let line = String::from_utf8_lossy(&bytes[..n])
                .lines()
                .next()
                .unwrap()
                .to_owned();
            let reply = format!(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{line}\r\n0\r\n\r\n",
                line.len()
            );
            stream.write_all(reply.as_bytes()).await.unwrap();
        }
    });
    (address, count)
}

async fn asked(relay: &Relay, path: &str) -> String {
    let mut stream = TcpStream::connect(relay.url().trim_start_matches("http://"))
        .await
        .unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    let _ = tokio::time::timeout(Duration::from_secs(5), stream.read_to_string(&mut text)).await;
    text
}

#[tokio::test]
async fn it_passes_answers_changes_drops_and_halves() {
    let (address, count) = server().await;
    let relay = Relay::bind().await.unwrap();
    let director = Arc::new(ByPath::default());
    relay.lead_to(address);
    relay.direct_by(Some(director.clone()));
    assert!(asked(&relay, "/a").await.contains("GET /a HTTP/1.1"));
    assert!(asked(&relay, "/own").await.contains("Retry-After: 3"));
    assert!(asked(&relay, "/changed").await.ends_with("\r\n\r\nother"));
    assert_eq!(*count.lock().unwrap(), 2);
    assert_eq!(asked(&relay, "/drop").await, "");
    assert_eq!(*count.lock().unwrap(), 2, "nothing happened");
    assert_eq!(asked(&relay, "/lost").await, "");
    assert_eq!(*count.lock().unwrap(), 3, "it happened");
    let half = asked(&relay, "/half").await;
    assert!(
        half.contains("Content-Length: 18") && half.ends_with("GET /half"),
        "{half}"
    );
    let heard = director.0.lock().unwrap();
    let statuses: Vec<Option<u16>> = heard
        .iter()
        .map(|(_, exchange)| exchange.response.as_ref().ok().map(|reply| reply.status))
        .collect();
    assert_eq!(
        statuses,
        [Some(200), Some(200), Some(429), Some(200), None, None, None]
    );
}

#[tokio::test]
async fn a_connection_is_kept() {
    let (address, _) = server().await;
    let relay = Relay::bind().await.unwrap();
    relay.lead_to(address);
    let mut stream = TcpStream::connect(relay.url().trim_start_matches("http://"))
        .await
        .unwrap();
    for path in ["/1", "/2"] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut text = String::new();
        while !text.ends_with("0\r\n\r\n") {
            let mut bytes = vec![0; 4096];
            let n = stream.read(&mut bytes).await.unwrap();
            assert!(n > 0, "{text}");
            text.push_str(&String::from_utf8_lossy(&bytes[..n]));
        }
        assert!(text.contains(&format!("GET {path} HTTP/1.1")), "{text}");
    }
}
