//! A small MCP server that behaves until it has answered `polite` requests, and then treats every connection with a
//! hostile peer's function. One request per connection.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::hostile::Hung;

/// Requests of a first look at a server: initialize, initialized, tools/list, two metadata documents.
pub(crate) const FIRST_LOOK: u32 = 5;

/// Listens on a free port. Ends with the runtime.
pub(crate) async fn until<F>(polite: u32, peer: fn(TcpStream) -> F) -> SocketAddr
where
    F: Future<Output = Hung> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let answered = Arc::new(AtomicU32::new(0));
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            if answered.fetch_add(1, Ordering::SeqCst) < polite {
                tokio::spawn(answer(socket));
            } else {
                tokio::spawn(peer(socket));
            }
        }
    });
    address
}

async fn answer(mut socket: TcpStream) -> Hung {
    let (head, body) = request(&mut socket).await?;
    let message: Value = serde_json::from_slice(&body).unwrap_or_default();
    let result = match message["method"].as_str() {
        Some("initialize") => json!({
            "protocolVersion": message["params"]["protocolVersion"],
            "capabilities": { "tools": {} },
            "serverInfo": { "name": "two-faced", "version": "1" },
        }),
        Some("tools/list") => json!({ "tools": [] }),
        _ => Value::Null,
    };
    let (status, text) = match (head.starts_with("POST"), message.get("id"), &result) {
        (true, Some(id), result) if !result.is_null() => (
            "200 OK",
            json!({ "jsonrpc": "2.0", "id": id, "result": result }).to_string(),
        ),
        (true, None, _) => ("202 Accepted", String::new()),
        _ => ("404 Not Found", "{}".to_owned()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        text.len()
    );
    socket.write_all(head.as_bytes()).await?;
    socket.write_all(text.as_bytes()).await?;
    socket.shutdown().await
}

pub(crate) async fn request(socket: &mut TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let mut heard = Vec::new();
    let mut piece = [0; 4096];
    loop {
        if let Some(end) = heard.windows(4).position(|w| w == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&heard[..end]).into_owned();
            let length = head
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .and_then(|(_, value)| value.trim().parse::<usize>().ok())
                .unwrap_or(0);
            if heard.len() >= end + 4 + length {
                return Ok((head, heard[end + 4..end + 4 + length].to_vec()));
            }
        }
        match tokio::time::timeout(Duration::from_secs(5), socket.read(&mut piece)).await {
            Ok(Ok(n)) if n > 0 => heard.extend_from_slice(&piece[..n]),
            _ => return Err(std::io::ErrorKind::UnexpectedEof.into()),
        }
    }
}
