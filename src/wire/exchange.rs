//! The account of what went over the network. Facts only: no judgement, nothing scrubbed yet, never printed.

use std::time::{Duration, Instant};

use bytes::Bytes;
use url::Url;

/// A header line to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeaderLine {
    /// `name: value`.
    Field(String, Vec<u8>),
    /// These bytes, then CRLF. Forces the raw transport.
    Verbatim(Vec<u8>),
}

/// What is to be sent.
#[derive(Debug, Clone)]
pub struct Request {
    /// Method token.
    pub method: String,
    /// Where to connect, and the request target unless `target` is given.
    pub url: Url,
    /// Request target sent as written (`//mcp`, `/mcp/../mcp`). Forces the raw transport.
    pub target: Option<String>,
    /// In order, duplicates allowed. `Host` and `Content-Length` are derived when absent.
    pub headers: Vec<HeaderLine>,
    /// Body bytes.
    pub body: Bytes,
    /// For the whole exchange.
    pub timeout: Duration,
    /// How many redirects to follow (0: the redirect is the answer).
    pub redirects: u8,
    /// How much of the answer to read.
    pub read: Read,
}

/// How much of an answer to read.
#[derive(Debug, Clone, PartialEq)]
pub enum Read {
    /// To its end.
    Whole,
    /// Until the JSON-RPC response with this id has been seen (in an event stream), else to its end.
    UntilRpc(serde_json::Value),
    /// Streams: for this long after their head, then stop reading; other bodies: to their end.
    For(Duration),
    /// Streams: until so many events have come, at most for this long after their head; other bodies: to their end.
    Events {
        /// How many.
        most: usize,
        /// How long.
        within: Duration,
    },
    /// To its end, telling what comes as it comes ([`Wire::listen`](super::Wire::listen)).
    Live(super::live::Tap),
}

/// One request and what came of it.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// What was sent, as it was sent.
    pub request: Sent,
    /// What came, or why nothing readable came.
    pub response: Result<Response, WireError>,
    /// When.
    pub timing: Timing,
    /// On which connection, where that is known.
    pub connection: Option<ConnectionUse>,
    /// What whoever watches this network found in it ([`Watch`](super::Watch)).
    pub marks: Vec<String>,
}

/// What was sent.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Method; empty for raw bytes.
    pub method: String,
    /// Absolute URL it went to.
    pub url: String,
    /// The request line, or the first line of raw bytes.
    pub line: String,
    /// Header lines as sent (name, value); verbatim lines are split at their first colon.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Body.
    pub body: Bytes,
}

/// What came.
#[derive(Debug, Clone, Default)]
pub struct Response {
    /// `HTTP/1.1`, `HTTP/2`.
    pub version: String,
    /// Status code.
    pub status: u16,
    /// Reason phrase, if any.
    pub reason: String,
    /// In order, duplicates kept. Names as received.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Decoded body (content codings removed), up to the limit.
    pub body: Bytes,
    /// The events, when the body is `text/event-stream`.
    pub events: Vec<SseEvent>,
    /// The last `retry:` of the event stream.
    pub retry: Option<Duration>,
    /// Peculiarities of the body that were read over (invalid UTF-8 in an event stream …).
    pub notes: Vec<String>,
    /// Reading stopped before the end.
    pub cut: Option<Cut>,
    /// What came on a WebSocket.
    pub frames: Vec<Frame>,
    /// How an event stream or WebSocket ended; `None` while it is open as far as was looked.
    pub ended: Option<Ended>,
}

impl Response {
    /// Values of a header, in order; case-insensitive.
    pub fn header_values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> + 'a {
        self.headers
            .iter()
            .filter(move |(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.as_slice())
    }

    /// First value as text (lossy).
    pub fn header(&self, name: &str) -> Option<String> {
        self.header_values(name)
            .next()
            .map(|v| String::from_utf8_lossy(v).into_owned())
    }

    /// How long `Retry-After` asks to wait: seconds, or an HTTP-date on the server's own clock. RFC 9110 §10.2.3.
    pub fn retry_after(&self) -> Option<Duration> {
        let value = self.header("retry-after")?;
        let value = value.trim();
        if value.bytes().all(|byte| byte.is_ascii_digit()) {
            return value.parse().ok().map(Duration::from_secs);
        }
        let due = jiff::fmt::rfc2822::parse(value).ok()?.timestamp().as_second();
        u64::try_from(due - self.moment()).ok().map(Duration::from_secs)
    }

    /// The server's own time (`Date`), else ours, in Unix seconds.
    pub fn moment(&self) -> i64 {
        self.header("date")
            .and_then(|date| jiff::fmt::rfc2822::parse(date.trim()).ok())
            .map_or_else(jiff::Timestamp::now, |date| date.timestamp())
            .as_second()
    }

    /// Whether the body is an event stream.
    pub fn is_event_stream(&self) -> bool {
        self.header("content-type").is_some_and(|v| {
            v.trim_start()
                .to_ascii_lowercase()
                .starts_with("text/event-stream")
        })
    }
}

/// Why reading stopped before the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Enough was read (`Read::For`, `Read::Events`, `Read::UntilRpc`).
    Enough,
    /// The body was larger than the limit, in bytes.
    Size(u64),
    /// The time was over.
    Time(Duration),
    /// The peer closed before the announced end.
    Short,
}

/// One server-sent event (WHATWG HTML §9.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SseEvent {
    /// `event:`; empty means `message`.
    pub event: String,
    /// `data:` lines joined with LF. Empty data is legal in MCP.
    pub data: String,
    /// `id:`.
    pub id: Option<String>,
    /// When its last byte came.
    pub at: Instant,
}

/// What came on a WebSocket: a message put together from its frames, a ping or a pong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Which of them.
    pub kind: FrameKind,
    /// Its data.
    pub data: Bytes,
    /// When its last byte came.
    pub at: Instant,
}

/// Kinds of frames (RFC 6455 §5.6, §5.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameKind {
    /// UTF-8.
    Text,
    /// Anything.
    Binary,
    /// Asks for a pong; one has been sent.
    Ping,
    /// Answers a ping.
    Pong,
}

impl FrameKind {
    /// The word used in scenarios.
    pub fn as_str(self) -> &'static str {
        match self {
            FrameKind::Text => "text",
            FrameKind::Binary => "binary",
            FrameKind::Ping => "ping",
            FrameKind::Pong => "pong",
        }
    }
}

/// The end of an event stream or WebSocket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// How.
    pub how: End,
    /// When that was seen.
    pub at: Instant,
}

/// How an event stream or WebSocket ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The peer ended an event stream in order.
    Ended,
    /// The connection of an event stream broke.
    Broken,
    /// A WebSocket is closed: 1005 where the close frame had no code, 1006 where there was none (RFC 6455 §7.1.5).
    Closed {
        /// Status code.
        code: u16,
        /// The peer's words, or what happened.
        reason: String,
    },
    /// We closed it.
    Left {
        /// Status code we sent; 0 on an event stream.
        code: u16,
    },
    /// A bound of ours was reached and nothing was read after it: why.
    Unread(String),
}

/// Monotonic times of an exchange.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// Before the first byte was written (or the connection opened).
    pub start: Instant,
    /// First byte of the answer.
    pub first_byte: Option<Instant>,
    /// Last byte read, or the moment it failed.
    pub end: Instant,
}

/// Which connection carried an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionUse {
    /// Counts up within the run.
    pub id: u64,
    /// It had carried an exchange before.
    pub reused: bool,
}

/// Why no readable answer came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Name or address.
    #[error("cannot find host {host}: {why}")]
    Resolve {
        /// Host name.
        host: String,
        /// The resolver's words.
        why: String,
    },
    /// TCP.
    #[error("cannot connect to {to}: {why}")]
    Connect {
        /// host:port.
        to: String,
        /// The system's words.
        why: String,
    },
    /// TLS handshake or certificate.
    #[error("TLS with {to} failed: {why}")]
    Tls {
        /// host:port.
        to: String,
        /// What was wrong, in words (expired, unknown issuer, name mismatch …).
        why: String,
    },
    /// The peer does not speak the HTTP version that was asked for.
    #[error("{to} does not speak {wanted}: {why}")]
    HttpVersionUnsupported {
        /// host:port.
        to: String,
        /// `HTTP/2`.
        wanted: &'static str,
        /// How that showed.
        why: String,
    },
    /// Time was over before the head of an answer was complete.
    #[error("no complete answer within {after:?} ({phase})")]
    Timeout {
        /// What was being waited for.
        phase: &'static str,
        /// The budget.
        after: Duration,
    },
    /// The peer closed or reset first.
    #[error("the peer closed the connection {when}")]
    Closed {
        /// "before any answer", "inside the header" …
        when: &'static str,
    },
    /// Not HTTP.
    #[error("the answer is not valid HTTP: {what}")]
    Malformed {
        /// What is wrong with it.
        what: String,
    },
    /// A limit on what we read from a peer.
    #[error("the answer's {what} is larger than {limit} bytes")]
    TooLarge {
        /// "header", "line", "decoded body" …
        what: &'static str,
        /// Bytes.
        limit: u64,
    },
    /// Redirects.
    #[error("gave up after {limit} redirects")]
    Redirects {
        /// Followed.
        limit: u8,
    },
    /// The request cannot be expressed on this transport.
    #[error("cannot send this: {why}")]
    Unsendable {
        /// Why.
        why: String,
    },
    /// Anything else the library says.
    #[error("{why}")]
    Other {
        /// Its words.
        why: String,
    },
}

impl WireError {
    /// The request never left: no host, no connection, no TLS, not expressible.
    pub fn before_sending(&self) -> bool {
        matches!(
            self,
            WireError::Resolve { .. }
                | WireError::Connect { .. }
                | WireError::Tls { .. }
                | WireError::Unsendable { .. }
                | WireError::HttpVersionUnsupported { .. }
        )
    }
}
