//! What only a wrong habit does: headers as they are, written onto a connection without a look at what is in them.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::client::{Fault, Request};

/// Sends a request, line ends in its headers included. What comes back is not read as an answer.
pub(super) async fn send<T>(request: &Request) -> Result<T, Fault> {
    let not_sent = |why: std::io::Error| Fault::NotSent(why.to_string());
    let host = request.url.host_str().unwrap_or_default();
    let port = request.url.port_or_known_default().unwrap_or(80);
    let mut stream = TcpStream::connect((host, port)).await.map_err(not_sent)?;
    let body = request.body.clone().unwrap_or_default();
    let mut head = format!(
        "{} {} HTTP/1.1\r\nHost: {host}:{port}\r\n",
        request.method,
        request.url.path()
    );
    for (name, value) in &request.headers {
        head = format!("{head}{name}: {value}\r\n");
    }
    head = format!(
        "{head}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.map_err(not_sent)?;
    stream.write_all(&body).await.map_err(not_sent)?;
    let mut answer = Vec::new();
    timeout(Duration::from_secs(3), stream.read_to_end(&mut answer))
        .await
        .ok();
    Err(Fault::Forbidden("the answer cannot be read".to_owned()))
}
