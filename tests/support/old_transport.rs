//! A server of HTTP+SSE (2024-11-05) that follows a script, and remembers every request that reached it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::hostile::Hung;
use super::polite::request;

/// What the server does.
#[derive(Clone)]
pub(crate) struct Script {
    /// Said first on every stream; `HERE` stands for the server's own host and port.
    pub(crate) first: String,
    /// Said first from the second stream on, if that is something else.
    pub(crate) later: Option<String>,
    /// The status of POSTs.
    pub(crate) status: &'static str,
    /// What is said on the stream to a message; an empty piece ends the stream.
    pub(crate) reply: fn(&Value) -> Vec<String>,
}

/// `STREAM` stands for the stream's own number: what is said to its messages comes on it and on no other.
pub(crate) const ENDPOINT: &str = "event: endpoint\ndata: /messages?session=0123456789abcdef-STREAM\n\n";

impl Default for Script {
    fn default() -> Self {
        Self {
            first: ENDPOINT.to_owned(),
            later: None,
            status: "202 Accepted",
            reply: honest,
        }
    }
}

/// As a message event.
pub(crate) fn event(message: &Value) -> String {
    format!("event: message\ndata: {message}\n\n")
}

/// The result an honest server gives.
pub(crate) fn result(message: &Value) -> Option<Value> {
    let id = message.get("id")?;
    let result = match message["method"].as_str() {
        Some("initialize") => json!({
            "protocolVersion": message["params"]["protocolVersion"],
            "capabilities": { "tools": {} },
            "serverInfo": { "name": "old", "version": "1" },
        }),
        Some("tools/list") => json!({ "tools": [] }),
        _ => json!({}),
    };
    Some(json!({ "jsonrpc": "2.0", "id": id, "result": result }))
}

fn honest(message: &Value) -> Vec<String> {
    result(message).iter().map(event).collect()
}

/// A running server.
pub(crate) struct OldServer {
    pub(crate) address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl OldServer {
    /// Listens on a free port. Ends with the runtime.
    pub(crate) async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (kept, streams) = (heads.clone(), Arc::new(Streams::default()));
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (script, kept, streams) = (script.clone(), kept.clone(), streams.clone());
                tokio::spawn(async move { serve(socket, address, script, &kept, &streams).await });
            }
        });
        Self { address, heads }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/sse", self.address)
    }

    /// The heads of all requests so far.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("a lock").clone()
    }
}

/// Open streams by their number.
type Streams = Mutex<BTreeMap<usize, UnboundedSender<String>>>;

/// The stream that a message belongs to: the one its address names, else the newest.
fn addressed(streams: &Streams, head: &str) -> Option<UnboundedSender<String>> {
    let streams = streams.lock().expect("a lock");
    let line = head.lines().next().unwrap_or_default();
    let number = line.split_once("abcdef-").and_then(|(_, rest)| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    });
    let named = number.and_then(|number: usize| streams.get(&number));
    named.or_else(|| streams.values().next_back()).cloned()
}

async fn serve(
    mut socket: TcpStream,
    address: SocketAddr,
    script: Script,
    heads: &Mutex<Vec<String>>,
    streams: &Streams,
) -> Hung {
    let (head, body) = request(&mut socket).await?;
    let number = {
        let mut heads = heads.lock().expect("a lock");
        heads.push(head.clone());
        heads.iter().filter(|head| head.starts_with("GET /sse ")).count()
    };
    if head.starts_with("GET /sse ") {
        let (say, mut hear) = unbounded_channel();
        streams.lock().expect("a lock").insert(number, say);
        let first = script.later.filter(|_| number > 1).unwrap_or(script.first);
        let first = first.replace("HERE", &address.to_string());
        let first = first.replace("STREAM", &number.to_string());
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
        socket.write_all(format!("{head}{first}").as_bytes()).await?;
        while let Some(piece) = hear.recv().await {
            if piece.is_empty() {
                break;
            }
            socket.write_all(piece.as_bytes()).await?;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        return socket.shutdown().await;
    }
    let status = if head.starts_with("POST /messages") {
        let message: Value = serde_json::from_slice(&body).unwrap_or_default();
        let say = addressed(streams, &head);
        for piece in (script.reply)(&message) {
            let _ = say.as_ref().map(|say| say.send(piece));
        }
        script.status
    } else if head.starts_with("POST /sse ") {
        "405 Method Not Allowed"
    } else {
        "404 Not Found"
    };
    let answer = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    socket.write_all(answer.as_bytes()).await?;
    socket.shutdown().await
}
