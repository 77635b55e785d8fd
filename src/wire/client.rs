//! The door of the room: sends a request by the transport that can carry it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use url::Url;

use super::body::Budget;
use super::pool::Pool;
use super::raw::{Ask, Encoded, encode, talk};
use super::tls::Tls;
use super::{
    Connection, ConnectionUse, Exchange, HttpVersion, Limits, Read, Request, Sent, Timing, WireConfig,
};
use super::{WireError, WireSetupError, connect, redirect};

/// Sends requests. Clones share their connections.
#[derive(Clone)]
pub struct Wire {
    inner: Arc<Inner>,
    watch: Option<Arc<dyn Watch>>,
}

/// Is shown every exchange that this room carries out, as it ends: set-up and controls as much as what is judged.
pub trait Watch: Send + Sync {
    /// One exchange has ended. What it says becomes the exchange's `marks`.
    fn saw(&self, exchange: &Exchange) -> Vec<String>;
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wire")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}

#[derive(Debug)]
pub(super) struct Inner {
    pool: Pool,
    pub(super) tls: Tls,
    pub(super) limits: Limits,
    pub(super) user_agent: String,
    connections: AtomicU64,
}

impl Inner {
    pub(super) fn next_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed) + 1
    }
}

impl Wire {
    /// Reads the files the settings name; opens nothing.
    pub fn new(config: WireConfig) -> Result<Self, WireSetupError> {
        let tls = Tls::new(&config)?;
        let pool = Pool::new(&config, &tls)?;
        let WireConfig {
            limits, user_agent, ..
        } = config;
        let inner = Inner {
            pool,
            tls,
            limits,
            user_agent,
            connections: AtomicU64::new(0),
        };
        Ok(Self {
            inner: Arc::new(inner),
            watch: None,
        })
    }

    /// The same connections under that eye; another one before it sees no more.
    #[must_use]
    pub fn watched(&self, watch: Arc<dyn Watch>) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            watch: Some(watch),
        }
    }

    /// Sends by pooled connections, or raw where the request has what a library refuses to send: verbatim lines,
    /// an exact target, illegal bytes, framing of its own. Follows as many redirects as the request allows;
    /// the exchange then shows the last hop, its time the whole way.
    pub async fn send(&self, request: &Request) -> Exchange {
        let budget = Budget::new(request.timeout);
        let mut exchange = self.hop(request, &budget).await;
        let mut current = request.clone();
        for followed in 0..=request.redirects {
            let next = exchange
                .response
                .as_ref()
                .ok()
                .and_then(|r| redirect::next(&current, r));
            let Some(next) = next.filter(|_| request.redirects > 0) else {
                break;
            };
            if followed == request.redirects {
                exchange.response = Err(WireError::Redirects {
                    limit: request.redirects,
                });
                break;
            }
            exchange = self.hop(&next, &budget).await;
            current = next;
        }
        exchange.response = exchange
            .response
            .map_err(|error| self.inner.tls.explain(&current.url, error));
        exchange
    }

    /// Writes exactly these bytes to a fresh connection (with TLS on `https`) and reads one HTTP/1 answer.
    pub async fn send_raw(&self, url: &Url, bytes: Bytes, timeout: Duration) -> Exchange {
        let line = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
        let line = String::from_utf8_lossy(line).trim_end_matches('\r').to_owned();
        // Only for telling where the answer ends: HEAD has no body.
        let method = line.split(' ').next().unwrap_or("").to_owned();
        let sent = Sent {
            method: String::new(),
            url: url.to_string(),
            line,
            headers: Vec::new(),
            body: bytes.clone(),
        };
        let budget = Budget::new(timeout);
        let exchange = self
            .raw(url, Encoded { bytes, sent }, &method, &Read::Whole, &budget)
            .await;
        self.show(exchange)
    }

    /// The same connections without an eye.
    pub(super) fn unwatched(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            watch: None,
        }
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    pub(super) fn tls(&self) -> &Tls {
        &self.inner.tls
    }

    pub(super) fn user_agent(&self) -> &str {
        &self.inner.user_agent
    }

    pub(super) fn next_connection(&self) -> u64 {
        self.inner.next_connection()
    }

    /// What of a request is recorded when it is sent.
    pub(super) fn account(&self, request: &Request) -> Sent {
        encode(request, &self.inner.user_agent).sent
    }

    /// The TLS of this network for a client that speaks HTTP/1.1 alone.
    pub fn http1_tls(&self) -> rustls::ClientConfig {
        self.inner.tls.offering(&[b"http/1.1"])
    }

    /// A connection of its own, opened at first use.
    pub fn connection(&self, http: HttpVersion) -> Connection {
        Connection::new(Arc::clone(&self.inner), self.watch.clone(), http)
    }

    pub(super) fn show(&self, mut exchange: Exchange) -> Exchange {
        if let Some(watch) = &self.watch {
            exchange.marks = watch.saw(&exchange);
        }
        exchange
    }

    async fn hop(&self, request: &Request, budget: &Budget) -> Exchange {
        if Pool::can_send(request) {
            return self.show(self.inner.pool.send(request, budget).await);
        }
        let encoded = encode(request, &self.inner.user_agent);
        let exchange = self
            .raw(&request.url, encoded, &request.method, &request.read, budget)
            .await;
        self.show(exchange)
    }

    async fn raw(&self, url: &Url, encoded: Encoded, method: &str, read: &Read, budget: &Budget) -> Exchange {
        let Encoded { bytes, sent } = encoded;
        let limits = &self.inner.limits;
        let (response, first_byte, connection) =
            match connect::open(url, &self.inner.tls, &[b"http/1.1"], budget).await {
                Err(error) => (Err(error), None, None),
                Ok(mut socket) => {
                    let told = talk(
                        socket.io.as_mut(),
                        Ask {
                            bytes,
                            method,
                            read,
                            limits,
                            budget,
                        },
                    )
                    .await;
                    let connection = ConnectionUse {
                        id: self.inner.next_connection(),
                        reused: false,
                    };
                    (told.response, told.first_byte, Some(connection))
                }
            };
        let timing = Timing {
            start: budget.start,
            first_byte,
            end: Instant::now(),
        };
        Exchange {
            request: sent,
            response,
            timing,
            connection,
            marks: Vec::new(),
        }
    }
}
