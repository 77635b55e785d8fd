//! What can be set about the network, and what can be wrong with it.

use std::path::PathBuf;

/// A version of HTTP, where one must be forced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HttpVersion {
    /// HTTP/1.1.
    H1,
    /// HTTP/2: with prior knowledge on `http`, by ALPN on `https`.
    H2,
}

impl HttpVersion {
    /// As in [`super::Response::version`].
    pub fn as_str(self) -> &'static str {
        match self {
            Self::H1 => "HTTP/1.1",
            Self::H2 => "HTTP/2",
        }
    }
}

/// Settings of all connections of a run. The default: certificates checked against the system's roots, proxies
/// from the environment, HTTP/2 where ALPN offers it.
#[derive(Debug, Clone)]
pub struct WireConfig {
    /// PEM file of authorities trusted beside the system's.
    pub ca_file: Option<PathBuf>,
    /// PEM file with a client certificate chain and its key.
    pub client_cert: Option<PathBuf>,
    /// Accept any certificate.
    pub insecure: bool,
    /// Ignore `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` (`NO_PROXY` is always honoured). The raw client and named
    /// connections never use a proxy: it would rewrite what they exist to show.
    pub no_proxy: bool,
    /// Bounds on what is read from a peer.
    pub limits: Limits,
    /// Sent as `User-Agent` unless the request has its own. Empty: none.
    pub user_agent: String,
    /// Force a version for pooled requests.
    pub http: Option<HttpVersion>,
}

impl Default for WireConfig {
    fn default() -> Self {
        Self {
            ca_file: None,
            client_cert: None,
            insecure: false,
            no_proxy: false,
            limits: Limits::default(),
            user_agent: concat!("hallmark/", env!("CARGO_PKG_VERSION")).to_owned(),
            http: None,
        }
    }
}

/// Bounds on what is read from a peer. All in bytes unless said otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Status line and header fields together; also the trailer of a chunked body.
    pub header_bytes: usize,
    /// Number of header fields.
    pub header_fields: usize,
    /// Body, after content codings are removed; decoding stops there, so a bomb costs no more.
    pub body_bytes: usize,
    /// One line of an event stream.
    pub sse_line_bytes: usize,
    /// One event.
    pub sse_event_bytes: usize,
    /// Number of events kept of one stream.
    pub sse_events: usize,
    /// One message of a WebSocket.
    pub socket_message_bytes: usize,
    /// Number of frames kept of one WebSocket; its bytes together are bounded like a body.
    pub socket_frames: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_bytes: 64 << 10,
            header_fields: 256,
            body_bytes: 4 << 20,
            sse_line_bytes: 1 << 20,
            sse_event_bytes: 1 << 20,
            sse_events: 10_000,
            socket_message_bytes: 1 << 20,
            socket_frames: 10_000,
        }
    }
}

/// Why the network could not be set up. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireSetupError {
    /// A file cannot be read.
    #[error("cannot read {}: {why}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
    /// Not PEM, or nothing in it that is needed.
    #[error("{} holds no {wanted} in PEM form{why}", path.display())]
    Pem {
        /// Which.
        path: PathBuf,
        /// `certificate` or `private key`.
        wanted: &'static str,
        /// What was wrong, with its separator; empty when simply nothing was found.
        why: String,
    },
    /// A certificate or key that the TLS library refuses.
    #[error("{} cannot be used: {why}", path.display())]
    Certificate {
        /// Which.
        path: PathBuf,
        /// The library's words.
        why: String,
    },
    /// Proxy settings, the user agent and the like.
    #[error("the network cannot be set up: {why}")]
    Client {
        /// The library's words.
        why: String,
    },
}
