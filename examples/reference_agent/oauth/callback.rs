//! The listener that a login comes back to: on 127.0.0.1, on a port of the system's choice, for one callback (RFC 8252
//! §7.3, §8.3).

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use url::Url;

use crate::failure::Failure;
use crate::habits::{self, on};

/// How long a person is waited for.
const PATIENCE: Duration = Duration::from_secs(45);
const PATH: &str = "/callback";
const PAGE: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n\
                    Connection: close\r\nContent-Length: 25\r\n\r\nYou can close this page.\n";
const NOTHING: &str = "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/// The parameters that came.
pub(super) type Parameters = BTreeMap<String, String>;

/// Waits for one callback.
pub(super) struct Listener {
    socket: TcpListener,
    port: u16,
}

impl Listener {
    pub(super) async fn bind() -> Result<Self, Failure> {
        let host = if on(habits::BIND_ANY) {
            Ipv4Addr::UNSPECIFIED
        } else {
            Ipv4Addr::LOCALHOST
        };
        let machine = Failure::machine("no listener for the callback");
        let socket = TcpListener::bind(SocketAddr::from((host, 0)))
            .await
            .map_err(&machine)?;
        let port = socket.local_addr().map_err(&machine)?.port();
        Ok(Self { socket, port })
    }

    /// The address that the authorization server sends the person back to.
    pub(super) fn redirect_uri(&self) -> String {
        if on(habits::REMOTE_HTTP_REDIRECT) {
            format!("http://agent.example.com:{}{PATH}", self.port)
        } else {
            format!("http://127.0.0.1:{}{PATH}", self.port)
        }
    }

    /// The first callback; then nobody listens any more.
    pub(super) async fn wait(self) -> Result<Parameters, Failure> {
        let arrived = async {
            loop {
                let (stream, _) = self.socket.accept().await.map_err(Failure::machine("callback"))?;
                // A browser that opens a connection and says nothing must not keep the callback out.
                if let Ok(Some(parameters)) = timeout(Duration::from_secs(5), answer(stream)).await {
                    return Ok(parameters);
                }
            }
        };
        let parameters = timeout(PATIENCE, arrived).await;
        if on(habits::BIND_ANY) {
            tokio::spawn(async move { while self.socket.accept().await.is_ok() {} });
        }
        parameters.unwrap_or_else(|_| Err(Failure::Login("nobody came back from the browser".to_owned())))
    }
}

async fn answer(mut stream: TcpStream) -> Option<Parameters> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.len() < 16_384 {
        if stream.read_buf(&mut head).await.ok()? == 0 {
            break;
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let target = head.strip_prefix("GET ")?.split(' ').next()?;
    let url = Url::parse("http://127.0.0.1").ok()?.join(target).ok()?;
    let ours = url.path() == PATH && url.query().is_some();
    let page = if ours { PAGE } else { NOTHING };
    stream.write_all(page.as_bytes()).await.ok();
    stream.shutdown().await.ok();
    // A parameter that is there twice is none that can be trusted (RFC 6749 §3.1).
    let mut parameters = Parameters::new();
    for (name, value) in url.query_pairs() {
        if parameters
            .insert(name.clone().into_owned(), value.into_owned())
            .is_some()
        {
            parameters.insert("twice".to_owned(), name.into_owned());
        }
    }
    ours.then_some(parameters)
}
