//! Status line and header fields of an answer (RFC 9112 §4, §5), bounded.

use crate::wire::body::Head;
use crate::wire::{Limits, WireError};

/// A head that is complete, and how many bytes it took.
pub(super) struct Parsed {
    pub(super) head: Head,
    pub(super) size: usize,
}

/// Reads a head from the beginning of `bytes`; `None` while more is needed.
pub(super) fn parse(bytes: &[u8], limits: &Limits) -> Result<Option<Parsed>, WireError> {
    let start = skip_empty_lines(bytes);
    refuse_other_protocols(&bytes[start..])?;
    let within = &bytes[start..bytes.len().min(start + limits.header_bytes)];
    let mut fields = vec![httparse::EMPTY_HEADER; limits.header_fields];
    let mut response = httparse::Response::new(&mut fields);
    match response.parse(within) {
        Ok(httparse::Status::Complete(size)) => Ok(Some(Parsed {
            head: head(&response),
            size: start + size,
        })),
        Ok(httparse::Status::Partial) if within.len() >= limits.header_bytes => {
            Err(too_large(within, limits))
        }
        Ok(httparse::Status::Partial) => Ok(None),
        Err(httparse::Error::TooManyHeaders) => Err(WireError::Malformed {
            what: format!("more than {} header fields", limits.header_fields),
        }),
        Err(error) => Err(WireError::Malformed {
            what: format!("{error} in the header"),
        }),
    }
}

/// RFC 9112 §2.2 lets a server skip one; clients that read after a sloppy body need the same.
fn skip_empty_lines(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .take(4)
        .take_while(|b| matches!(b, b'\r' | b'\n'))
        .count()
}

/// HTTP/0.9, TLS and everything else that does not begin with a status line, told from its first bytes.
fn refuse_other_protocols(bytes: &[u8]) -> Result<(), WireError> {
    const BEGINS: &[u8] = b"HTTP/1.";
    let seen = bytes.len().min(BEGINS.len());
    if bytes[..seen] == BEGINS[..seen] {
        return Ok(());
    }
    let what = match bytes {
        [0x15, 0x03, ..] => "it is a TLS alert: the port speaks TLS".to_owned(),
        _ => format!("no status line; it begins with {}", excerpt(bytes)),
    };
    Err(WireError::Malformed { what })
}

/// The first bytes, quoted and escaped.
fn excerpt(bytes: &[u8]) -> String {
    format!("\"{}\"", bytes[..bytes.len().min(24)].escape_ascii())
}

fn too_large(bytes: &[u8], limits: &Limits) -> WireError {
    let line = bytes.iter().rev().take_while(|b| **b != b'\n').count();
    let what = if line * 2 > bytes.len() {
        "header line"
    } else {
        "header"
    };
    WireError::TooLarge {
        what,
        limit: limits.header_bytes as u64,
    }
}

fn head(response: &httparse::Response<'_, '_>) -> Head {
    Head {
        version: format!("HTTP/1.{}", response.version.unwrap_or(1)),
        status: response.code.unwrap_or(0),
        reason: response.reason.unwrap_or("").to_owned(),
        headers: response
            .headers
            .iter()
            .map(|h| (h.name.to_owned(), h.value.to_vec()))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(bytes: &[u8]) -> String {
        let limits = Limits {
            header_bytes: 60,
            header_fields: 3,
            ..Limits::default()
        };
        match parse(bytes, &limits) {
            Ok(Some(p)) => format!(
                "{} {} {:?} {} fields, {} bytes",
                p.head.version,
                p.head.status,
                p.head.reason,
                p.head.headers.len(),
                p.size
            ),
            Ok(None) => "more".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn heads() {
        let table: &[&[u8]] = &[
            b"",
            b"HTTP/1.1 2",
            b"HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody",
            b"\r\nHTTP/1.0 404 \r\n\r\n",
            b"HTTP/1.1 204\n\n",
            b"HTTP/1.1 two hundred\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nA b\r\n\r\n",
            b"HTTP/1.1 200 OK\r\na:\r\nb:\r\nc:\r\nd:\r\n\r\n",
            b"HTTP/1.1 200 OK\r\na: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            b"HTTP/1.1 200 OK\r\na: xxxxxxxxxxxxxxx\r\nb: xxxxxxxxxxxxxxxxx\r\nc: xxxxxx",
            b"<html>hello there, this is 1991</html>",
            b"HTTP/2 200\r\n\r\n",
            b"\x15\x03\x01\x00\x02\x02\x46",
            b"\x00\xff\x01",
        ];
        let all: Vec<String> = table.iter().map(|bytes| said(bytes)).collect();
        insta::assert_snapshot!(all.join("\n"), @r#"
        more
        more
        HTTP/1.1 200 "OK" 1 fields, 25 bytes
        HTTP/1.0 404 "" 0 fields, 19 bytes
        HTTP/1.1 204 "" 0 fields, 14 bytes
        the answer is not valid HTTP: invalid response status in the header
        the answer is not valid HTTP: invalid header name in the header
        the answer is not valid HTTP: more than 3 header fields
        the answer's header line is larger than 60 bytes
        the answer's header is larger than 60 bytes
        the answer is not valid HTTP: no status line; it begins with "<html>hello there, this "
        the answer is not valid HTTP: no status line; it begins with "HTTP/2 200\r\n\r\n"
        the answer is not valid HTTP: it is a TLS alert: the port speaks TLS
        the answer is not valid HTTP: no status line; it begins with "\x00\xff\x01"
        "#);
    }

    proptest::proptest! {
        #[test]
        fn total(tail in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            said(&tail);
            said(&[b"HTTP/1.1 200 OK\r\n".as_slice(), &tail].concat());
        }
    }
}
