//! A relay before a server on 127.0.0.1: it passes every request on, tells whoever directs it what came, and does with
//! a request what it is told: answers itself, changes the reply, delays, drops, writes a half.
//!
//! HTTP/1.1 with kept connections, bodies of every framing, streams as they come, and other protocols after a 101.
//! Bounded in what it keeps, not in what it passes.

mod body;
mod pass;
mod serve;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::{Answer, Exchange, Response, Sent};

/// Says what becomes of each request, and hears what became of it.
pub trait Director: Send + Sync {
    /// A request has come. Nothing has been passed on yet, and nothing is until this is over.
    fn direct<'a>(&'a self, came: &'a Came) -> BoxFuture<'a, Part>;
    /// What became of it, told just before it is written. A body that is passed on as it comes is told of again with
    /// each piece.
    fn heard(&self, ticket: u64, exchange: Exchange);
}

/// A request that came to a relay.
#[derive(Debug, Clone)]
pub struct Came {
    /// Counts up within the relay, in the order of arrival.
    pub ticket: u64,
    /// The request.
    pub sent: Sent,
    /// When its first byte had come.
    pub at: Instant,
    /// The connection that carries it; each relay counts its own.
    pub connection: super::ConnectionUse,
}

/// Changes a reply before it is passed on.
pub type Alter = Arc<dyn Fn(Response) -> Response + Send + Sync>;

/// What becomes of one request.
#[derive(Default)]
pub struct Part {
    /// Where it goes.
    pub course: Course,
    /// Changes the reply of the server. The whole reply is read for it.
    pub alter: Option<Alter>,
    /// Happens after the server has replied, and before that reply is passed on.
    pub between: Option<BoxFuture<'static, ()>>,
    /// How long the reply is held back.
    pub delay: Duration,
    /// How much of the reply is written.
    pub finish: Finish,
    /// Happens when the reply has been written.
    pub afterwards: Option<BoxFuture<'static, ()>>,
}

/// Where a request goes.
#[derive(Debug, Clone, Default)]
pub enum Course {
    /// To the server.
    #[default]
    Pass,
    /// Nowhere: this is the reply.
    Answer(Answer),
    /// Nowhere: the connection ends without a reply, and nothing has happened.
    Drop,
}

/// How much of a reply is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Finish {
    /// All.
    #[default]
    Whole,
    /// The head with its announced length, half of the body, then the end of the connection.
    Half,
    /// Nothing: the connection ends.
    Nothing,
}

/// A relay. Dropping it ends it with all its connections.
pub struct Relay {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

/// What the connections of a relay share.
pub(super) struct Shared {
    /// Where the server listens, once that is known.
    upstream: Mutex<Option<SocketAddr>>,
    director: Mutex<Option<Arc<dyn Director>>>,
    tickets: AtomicU64,
    connections: AtomicU64,
    address: SocketAddr,
}

impl Shared {
    fn director(&self) -> Option<Arc<dyn Director>> {
        self.director
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn upstream(&self) -> Option<SocketAddr> {
        *self.upstream.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ticket(&self) -> u64 {
        self.tickets.fetch_add(1, Ordering::Relaxed)
    }
}

impl Relay {
    /// Listens on a free port of 127.0.0.1. Until there is a server, whoever asks gets 404.
    pub async fn bind() -> std::io::Result<Self> {
        let socket = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
        let address = socket.local_addr()?;
        let shared = Arc::new(Shared {
            upstream: Mutex::default(),
            director: Mutex::default(),
            tickets: AtomicU64::new(0),
            connections: AtomicU64::new(0),
            address,
        });
        let task = tokio::spawn(serve::accept(socket, shared.clone()));
        Ok(Self {
            address,
            shared,
            task,
        })
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where requests are passed on to from now on.
    pub fn lead_to(&self, server: SocketAddr) {
        *self
            .shared
            .upstream
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(server);
    }

    /// From now on this says what becomes of requests; without one all are passed on, and nobody is told.
    pub fn direct_by(&self, director: Option<Arc<dyn Director>>) {
        *self
            .shared
            .director
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = director;
    }
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Relay")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The reply that an answer is.
pub(super) fn reply_of(answer: &Answer) -> Response {
    Response {
        version: "HTTP/1.1".to_owned(),
        status: answer.status,
        headers: answer
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), value.clone().into_bytes()))
            .collect(),
        body: answer.body.clone(),
        ..Response::default()
    }
}

/// A whole reply as it goes over the wire, its length announced.
pub(super) fn written(reply: &Response, bodiless: bool) -> (Vec<u8>, Bytes) {
    let mut head = format!("HTTP/1.1 {} {}\r\n", reply.status, reply.reason).into_bytes();
    for (name, value) in &reply.headers {
        let derived = ["content-length", "transfer-encoding", "connection", "keep-alive"];
        if derived.iter().any(|one| name.eq_ignore_ascii_case(one)) {
            continue;
        }
        head.extend_from_slice(name.as_bytes());
        head.extend_from_slice(b": ");
        head.extend(value.iter().filter(|byte| !matches!(byte, b'\r' | b'\n')));
        head.extend_from_slice(b"\r\n");
    }
    if !matches!(reply.status, 204 | 304) {
        head.extend_from_slice(format!("Content-Length: {}\r\n", reply.body.len()).as_bytes());
    }
    head.extend_from_slice(b"\r\n");
    let body = if bodiless {
        Bytes::new()
    } else {
        reply.body.clone()
    };
    (head, body)
}

#[cfg(test)]
mod tests;
