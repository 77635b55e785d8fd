//! A named connection: opened at first use, one socket, kept for as long as the peer keeps it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use tokio::io::ReadBuf;
use tokio::sync::Mutex;
use url::Url;

use super::body::Budget;
use super::client::{Inner, Watch};
use super::connect::{self, Io};
use super::http2::{self, Http2};
use super::raw::{Ask, Encoded, Told, encode, talk};
use super::{ConnectionUse, Exchange, HttpVersion, Request, Timing, WireError};

/// One connection to one origin. Exchanges over HTTP/1.1 take turns, over HTTP/2 they share. When the peer has
/// closed it, or an exchange left it in the middle of an answer, the next exchange opens another one, which shows
/// in its [`ConnectionUse`]. Redirects are never followed and proxies never used.
#[derive(Clone)]
pub struct Connection {
    inner: Arc<Inner>,
    watch: Option<Arc<dyn Watch>>,
    http: HttpVersion,
    open: Arc<Mutex<Option<Open>>>,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("http", &self.http)
            .finish_non_exhaustive()
    }
}

struct Open {
    link: Link,
    origin: url::Origin,
    id: u64,
    used: bool,
}

enum Link {
    H1(Box<dyn Io>),
    H2(Http2),
}

impl Connection {
    pub(super) fn new(inner: Arc<Inner>, watch: Option<Arc<dyn Watch>>, http: HttpVersion) -> Self {
        Self {
            inner,
            watch,
            http,
            open: Arc::default(),
        }
    }

    /// Sends over this connection.
    pub async fn send(&self, request: &Request) -> Exchange {
        let budget = Budget::new(request.timeout);
        let encoded = encode(request, &self.inner.user_agent);
        let mut exchange = match self.http {
            HttpVersion::H1 => self.send_h1(request, encoded, &budget).await,
            HttpVersion::H2 => self.send_h2(request, encoded, &budget).await,
        };
        if let Some(watch) = &self.watch {
            exchange.marks = watch.saw(&exchange);
        }
        exchange
    }

    async fn send_h1(&self, request: &Request, encoded: Encoded, budget: &Budget) -> Exchange {
        let mut slot = self.open.lock().await;
        let kept = match slot.take() {
            Some(mut open) => open.serves(&request.url).await.then_some(open),
            None => None,
        };
        let mut open = match kept {
            Some(open) => open,
            None => match self.open_h1(&request.url, budget).await {
                Ok(open) => open,
                Err(error) => return failed(encoded, error, budget),
            },
        };
        let usage = open.take_turn();
        let Link::H1(io) = &mut open.link else {
            return failed(encoded, wrong_version(), budget);
        };
        let Encoded { bytes, sent } = encoded;
        let (read, limits) = (&request.read, &self.inner.limits);
        let told = talk(
            io.as_mut(),
            Ask {
                bytes,
                method: &request.method,
                read,
                limits,
                budget,
            },
        )
        .await;
        let Told {
            response,
            first_byte,
            reusable,
            rest: _,
        } = told;
        if reusable {
            *slot = Some(open);
        }
        let timing = Timing {
            start: budget.start,
            first_byte,
            end: Instant::now(),
        };
        Exchange {
            request: sent,
            response,
            timing,
            connection: Some(usage),
            marks: Vec::new(),
        }
    }

    async fn send_h2(&self, request: &Request, mut encoded: Encoded, budget: &Budget) -> Exchange {
        encoded.sent.line = encoded.sent.line.replace("HTTP/1.1", HttpVersion::H2.as_str());
        for (name, _) in &mut encoded.sent.headers {
            *name = if name.eq_ignore_ascii_case("host") {
                ":authority".to_owned()
            } else {
                name.to_lowercase()
            };
        }
        let expressed = match http2::express(request, &self.inner.user_agent) {
            Ok(expressed) => expressed,
            Err(error) => return failed(encoded, error, budget),
        };
        // HTTP/2 delimits bodies by itself: what is recorded is only what is sent.
        let given = expressed.headers().contains_key("content-length");
        encoded
            .sent
            .headers
            .retain(|(name, _)| given || name != "content-length");
        let (handle, usage) = {
            let mut slot = self.open.lock().await;
            let serves = match slot.as_mut() {
                Some(open) => open.serves(&request.url).await,
                None => false,
            };
            if !serves {
                let opening = Http2::open(&request.url, &self.inner.tls, &self.inner.limits, budget);
                match opening.await {
                    Ok(link) => *slot = Some(self.opened(Link::H2(link), &request.url)),
                    Err(error) => return failed(encoded, error, budget),
                }
            }
            match slot.as_mut() {
                Some(open) => {
                    let usage = open.take_turn();
                    let Link::H2(link) = &open.link else {
                        return failed(encoded, wrong_version(), budget);
                    };
                    (link.handle(), usage)
                }
                None => return failed(encoded, wrong_version(), budget),
            }
        };
        let (read, limits) = (&request.read, &self.inner.limits);
        let (response, first_byte) = handle
            .exchange(expressed, request.body.clone(), read, limits, budget)
            .await;
        let timing = Timing {
            start: budget.start,
            first_byte,
            end: Instant::now(),
        };
        Exchange {
            request: encoded.sent,
            response,
            timing,
            connection: Some(usage),
            marks: Vec::new(),
        }
    }

    async fn open_h1(&self, url: &Url, budget: &Budget) -> Result<Open, WireError> {
        let socket = connect::open(url, &self.inner.tls, &[b"http/1.1"], budget).await?;
        Ok(self.opened(Link::H1(socket.io), url))
    }

    fn opened(&self, link: Link, url: &Url) -> Open {
        Open {
            link,
            origin: url.origin(),
            id: self.inner.next_connection(),
            used: false,
        }
    }
}

impl Open {
    fn take_turn(&mut self) -> ConnectionUse {
        ConnectionUse {
            id: self.id,
            reused: std::mem::replace(&mut self.used, true),
        }
    }

    /// Whether it leads there and can carry another exchange.
    async fn serves(&mut self, url: &Url) -> bool {
        self.origin == url.origin()
            && match &mut self.link {
                Link::H1(io) => is_quiet(io.as_mut()).await,
                Link::H2(link) => link.is_open(),
            }
    }
}

fn wrong_version() -> WireError {
    WireError::Other {
        why: "the connection speaks another version of HTTP".to_owned(),
    }
}

fn failed(encoded: Encoded, error: WireError, budget: &Budget) -> Exchange {
    let timing = Timing {
        start: budget.start,
        first_byte: None,
        end: Instant::now(),
    };
    Exchange {
        request: encoded.sent,
        response: Err(error),
        timing,
        connection: None,
        marks: Vec::new(),
    }
}

/// Whether an idle stream is still good: nothing to read, and not at its end. What comes unasked between two
/// exchanges cannot be an answer.
async fn is_quiet(io: &mut dyn Io) -> bool {
    let mut byte = [0; 1];
    let look = |cx: &mut Context<'_>| {
        let mut buffer = ReadBuf::new(&mut byte);
        Poll::Ready(Pin::new(&mut *io).poll_read(cx, &mut buffer).is_pending())
    };
    std::future::poll_fn(look).await
}
