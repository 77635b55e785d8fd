//! One HTTP/2 connection (RFC 9113), with prior knowledge or after ALPN.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use h2::client::{self, SendRequest};
use h2::{RecvStream, SendStream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::timeout_at;
use url::Url;

use super::body::{Budget, Head, Intake, Next};
use super::connect::{self, Io};
use super::failure::{self, authority};
use super::tls::{self, Tls};
use super::{Cut, HeaderLine, HttpVersion, Limits, Read, Request, Response, WireError};

/// An open connection; closed when dropped.
pub(super) struct Http2 {
    send: SendRequest<Bytes>,
    first_bytes: FirstBytes,
    to: String,
    driver: tokio::task::JoinHandle<()>,
}

impl Drop for Http2 {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Http2 {
    pub(super) async fn open(
        url: &Url,
        tls: &Tls,
        limits: &Limits,
        budget: &Budget,
    ) -> Result<Self, WireError> {
        let socket = connect::open(url, tls, &[b"h2"], budget)
            .await
            .map_err(|e| no_alpn(e, url))?;
        if url.scheme() == "https" && socket.alpn.as_deref() != Some(b"h2") {
            return Err(unsupported(authority(url), "it was not chosen by ALPN"));
        }
        let first_bytes = FirstBytes::default();
        let io = Watched {
            io: socket.io,
            first_bytes: first_bytes.clone(),
        };
        let header_list = u32::try_from(limits.header_bytes).unwrap_or(u32::MAX);
        let mut builder = client::Builder::new();
        builder
            .max_header_list_size(header_list)
            .initial_window_size(1 << 20)
            .initial_connection_window_size(1 << 21);
        let opening = timeout_at(budget.deadline(), builder.enable_push(false).handshake(io));
        let opened = opening.await.map_err(|_| budget.timeout("opening HTTP/2"))?;
        let (send, connection) = opened.map_err(|e| failure::http2(&e))?;
        let driver = tokio::spawn(async move {
            // Its failures show on the streams it carries.
            let _ = connection.await;
        });
        Ok(Self {
            send,
            first_bytes,
            to: authority(url),
            driver,
        })
    }

    /// Whether it can carry another exchange.
    pub(super) fn is_open(&self) -> bool {
        !self.driver.is_finished()
    }

    pub(super) fn handle(&self) -> Handle {
        Handle {
            send: self.send.clone(),
            first_bytes: self.first_bytes.clone(),
            to: self.to.clone(),
        }
    }
}

/// Sends on a connection; several may at once.
pub(super) struct Handle {
    send: SendRequest<Bytes>,
    first_bytes: FirstBytes,
    to: String,
}

impl Handle {
    /// The answer, and when its head came.
    pub(super) async fn exchange(
        self,
        request: http::Request<()>,
        body: Bytes,
        read: &Read,
        limits: &Limits,
        budget: &Budget,
    ) -> (Result<Response, WireError>, Option<Instant>) {
        let (first_bytes, to) = (self.first_bytes.clone(), self.to.clone());
        let waiting = timeout_at(budget.deadline(), self.head(request, body));
        let answer = match waiting.await {
            Err(_) => return (Err(budget.timeout("waiting for the header")), None),
            Ok(Err(error)) => return (Err(explain(&error, &first_bytes, to, limits)), None),
            Ok(Ok(answer)) => answer,
        };
        let at = Instant::now();
        let (parts, stream) = answer.into_parts();
        let headers = parts
            .headers
            .iter()
            .map(|(n, v)| (n.to_string(), v.as_bytes().to_vec()))
            .collect();
        let version = HttpVersion::H2.as_str().to_owned();
        let head = Head {
            version,
            status: parts.status.as_u16(),
            reason: String::new(),
            headers,
        };
        (
            receive(stream, Intake::new(head, read, limits), budget).await,
            Some(at),
        )
    }

    async fn head(
        self,
        request: http::Request<()>,
        body: Bytes,
    ) -> Result<http::Response<RecvStream>, h2::Error> {
        let mut send = self.send.ready().await?;
        let (answer, stream) = send.send_request(request, body.is_empty())?;
        if body.is_empty() {
            return answer.await;
        }
        let mut answer = std::pin::pin!(answer);
        tokio::select! {
            biased;
            head = &mut answer => return head,
            // An upload that fails shows in the answer, or in there being none.
            _ = upload(stream, body) => {}
        }
        answer.await
    }
}

async fn upload(mut stream: SendStream<Bytes>, mut body: Bytes) -> Result<(), h2::Error> {
    while !body.is_empty() {
        stream.reserve_capacity(body.len());
        let room = std::future::poll_fn(|cx| stream.poll_capacity(cx)).await;
        let Some(room) = room.transpose()? else {
            return Ok(());
        };
        let piece = body.split_to(room.min(body.len()));
        stream.send_data(piece, body.is_empty())?;
    }
    Ok(())
}

async fn receive(mut stream: RecvStream, mut intake: Intake, budget: &Budget) -> Result<Response, WireError> {
    let cut = loop {
        let (end, over) = intake.end(budget);
        match timeout_at(end, stream.data()).await {
            Err(_) => break Some(over),
            Ok(None) => break None,
            Ok(Some(Ok(piece))) => {
                let _ = stream.flow_control().release_capacity(piece.len());
                if let Next::Stop(cut) = intake.push(&piece, Instant::now())? {
                    break Some(cut);
                }
            }
            Ok(Some(Err(error))) => {
                intake.note(format!("the stream broke inside the body: {error}"));
                break Some(Cut::Short);
            }
        }
    };
    Ok(intake.finish(cut))
}

/// The request in the terms of HTTP/2, or why it has none (RFC 9113 §8.2.2).
pub(super) fn express(request: &Request, user_agent: &str) -> Result<http::Request<()>, WireError> {
    let unsendable = |why: String| WireError::Unsendable { why };
    if request.target.is_some() {
        return Err(unsendable(
            "an exact request target exists only in HTTP/1.1".to_owned(),
        ));
    }
    let mut url = request.url.clone();
    url.set_fragment(None);
    // Credentials of a URL are the caller's business, as with the other transports.
    let _ = url.set_username("").and_then(|()| url.set_password(None));
    let mut built = http::Request::builder()
        .method(request.method.as_str())
        .uri(url.as_str());
    let mut named = false;
    for line in &request.headers {
        let HeaderLine::Field(name, value) = line else {
            return Err(unsendable(
                "verbatim header lines exist only in HTTP/1.1".to_owned(),
            ));
        };
        match name.to_ascii_lowercase().as_str() {
            "connection" | "keep-alive" | "proxy-connection" | "transfer-encoding" | "upgrade" | "host" => {
                return Err(unsendable(format!("HTTP/2 has no {name} header")));
            }
            lower => {
                named |= lower == "user-agent";
                built = built.header(lower, value.as_slice());
            }
        }
    }
    if !named && !user_agent.is_empty() {
        built = built.header("user-agent", user_agent);
    }
    built
        .version(http::Version::HTTP_2)
        .body(())
        .map_err(|e| unsendable(e.to_string()))
}

fn unsupported(to: String, why: &str) -> WireError {
    WireError::HttpVersionUnsupported {
        to,
        wanted: "HTTP/2",
        why: why.to_owned(),
    }
}

fn no_alpn(error: WireError, url: &Url) -> WireError {
    match error {
        WireError::Tls { why, .. } if why == tls::NO_COMMON_VERSION => {
            unsupported(authority(url), "it refused the protocol in the TLS handshake")
        }
        other => other,
    }
}

/// A failure on a connection whose first bytes were not HTTP/2 means that the peer does not speak it.
fn explain(error: &h2::Error, first_bytes: &FirstBytes, to: String, limits: &Limits) -> WireError {
    let seen = first_bytes.get();
    if seen.is_empty() {
        return unsupported(to, "it closed without a word of it");
    }
    // A server's connection begins with a SETTINGS frame: type 4 in the fourth byte (RFC 9113 §3.4).
    if seen.get(3).is_some_and(|kind| *kind != 4) {
        let why = if seen.starts_with(b"HTTP/1.") {
            "it answered in HTTP/1"
        } else {
            "it answered in something else"
        };
        return unsupported(to, why);
    }
    let said = error.to_string();
    if said.contains("header") && said.contains("big") {
        return WireError::TooLarge {
            what: "header",
            limit: limits.header_bytes as u64,
        };
    }
    failure::http2(error)
}

/// The first bytes that came on a connection.
#[derive(Debug, Clone, Default)]
struct FirstBytes(Arc<Mutex<Vec<u8>>>);

impl FirstBytes {
    const KEPT: usize = 9;

    fn get(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add(&self, bytes: &[u8]) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = Self::KEPT - seen.len();
        seen.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

/// A stream whose first bytes are remembered.
struct Watched {
    io: Box<dyn Io>,
    first_bytes: FirstBytes,
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.io).poll_read(cx, buf);
        self.first_bytes.add(&buf.filled()[before..]);
        polled
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
