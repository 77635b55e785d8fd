//! From what libraries and the system say to one [`WireError`], by the types in the source chain where they
//! tell, by their words only where nothing else does.

use std::error::Error;
use std::io;

use url::Url;

use super::body::Budget;
use super::{WireError, tls};

/// `host:port` as people write it.
pub(super) fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or("");
    url.port_or_known_default()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Every error of the chain, an `io::Error`'s inner one included.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| next(*error)).take(32)
}

/// `io::Error::source` skips the error it wraps.
fn next<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    chain(error).find_map(|e| e.downcast_ref())
}

/// The system's words without its error number.
pub(super) fn io_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        io::ErrorKind::ConnectionReset => "connection reset".to_owned(),
        io::ErrorKind::HostUnreachable => "host unreachable".to_owned(),
        io::ErrorKind::NetworkUnreachable => "network unreachable".to_owned(),
        io::ErrorKind::TimedOut => "timed out".to_owned(),
        _ => {
            let words = error.to_string();
            words
                .split(" (os error")
                .next()
                .unwrap_or(&words)
                .to_ascii_lowercase()
        }
    }
}

/// A failed handshake.
pub(super) fn handshake(error: &io::Error, to: String) -> WireError {
    let why = match find::<rustls::Error>(error) {
        Some(error) => tls::words(error),
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            "the peer closed during the handshake".to_owned()
        }
        None => format!("{} during the handshake", io_words(error)),
    };
    WireError::Tls { to, why }
}

/// A failed name lookup.
pub(super) fn lookup(error: &io::Error, host: String) -> WireError {
    let words = error.to_string();
    let why = words
        .strip_prefix("failed to lookup address information: ")
        .unwrap_or(&words);
    WireError::Resolve {
        host,
        why: why.to_ascii_lowercase(),
    }
}

/// What the pool says before a head has come.
pub(super) fn pooled(error: &reqwest::Error, url: &Url, header_limit: usize, budget: &Budget) -> WireError {
    let to = authority(url);
    if error.is_timeout() {
        return budget.timeout("connecting or waiting for the header");
    }
    if error.is_builder() {
        return WireError::Unsendable {
            why: last_words(error),
        };
    }
    if find::<rustls::Error>(error).is_some() || (error.is_connect() && says(error, "tls handshake")) {
        let why = find::<rustls::Error>(error)
            .map_or_else(|| "the peer closed during the handshake".to_owned(), tls::words);
        return WireError::Tls { to, why };
    }
    if error.is_connect() {
        return connecting(error, url, to);
    }
    if let Some(error) = find::<hyper::Error>(error)
        && let Some(said) = http1(error, header_limit)
    {
        return said;
    }
    if let Some(error) = find::<h2::Error>(error) {
        return http2(error);
    }
    find::<io::Error>(error).map_or_else(
        || WireError::Other {
            why: last_words(error),
        },
        broken,
    )
}

fn connecting(error: &reqwest::Error, url: &Url, to: String) -> WireError {
    let io = find::<io::Error>(error);
    if says(error, "dns error") {
        let host = url.host_str().unwrap_or("").to_owned();
        return io.map_or_else(
            || WireError::Resolve {
                host: host.clone(),
                why: last_words(error),
            },
            |e| lookup(e, host.clone()),
        );
    }
    if let Some(why) =
        chain(error).find_map(|e| e.to_string().strip_prefix("tunnel error: ").map(str::to_owned))
    {
        return WireError::Connect {
            to,
            why: format!("the proxy opened no tunnel ({})", io.map_or(why, io_words)),
        };
    }
    match io {
        Some(e) if e.kind() == io::ErrorKind::UnexpectedEof && url.scheme() == "https" => handshake(e, to),
        Some(e) => WireError::Connect { to, why: io_words(e) },
        None => WireError::Connect {
            to,
            why: last_words(error),
        },
    }
}

fn http1(error: &hyper::Error, header_limit: usize) -> Option<WireError> {
    if error.is_parse() && error.to_string().contains("too large") {
        return Some(WireError::TooLarge {
            what: "header",
            limit: header_limit as u64,
        });
    }
    if error.is_parse() {
        return Some(WireError::Malformed {
            what: error.to_string(),
        });
    }
    if error.to_string().contains("unexpected message") {
        return Some(WireError::Malformed {
            what: "it spoke before it was asked".to_owned(),
        });
    }
    if error.is_incomplete_message() {
        return Some(WireError::Closed {
            when: "before its answer was complete",
        });
    }
    None
}

/// An HTTP/2 connection or stream that failed.
pub(super) fn http2(error: &h2::Error) -> WireError {
    if let Some(io) = error.get_io() {
        return broken(io);
    }
    match error.reason() {
        Some(reason) if error.is_remote() => WireError::Other {
            why: format!("the peer ended the HTTP/2 stream: {reason}"),
        },
        Some(reason) => WireError::Malformed {
            what: format!("HTTP/2: {reason}"),
        },
        None => WireError::Other {
            why: error.to_string(),
        },
    }
}

fn broken(error: &io::Error) -> WireError {
    use io::ErrorKind as K;
    match error.kind() {
        K::ConnectionReset | K::BrokenPipe | K::UnexpectedEof | K::ConnectionAborted => WireError::Closed {
            when: "before any answer",
        },
        _ => WireError::Other { why: io_words(error) },
    }
}

fn says(error: &(dyn Error + 'static), words: &str) -> bool {
    chain(error).any(|e| e.to_string().starts_with(words))
}

pub(super) fn last_words(error: &(dyn Error + 'static)) -> String {
    chain(error)
        .last()
        .map_or_else(|| error.to_string(), ToString::to_string)
}
