//! Where a body ends (RFC 9112 §6, §7).

use crate::wire::body::Head;
use crate::wire::{Limits, WireError};

/// How a body is delimited, and how much of it is still to come.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// By its length.
    Length(u64),
    /// By chunks.
    Chunked(Chunk, Vec<u8>, usize),
    /// By the end of the connection.
    Close,
}

/// What is expected next of a chunked body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chunk {
    Size,
    Data(u64),
    DataEnd,
    Trailer,
    Done,
}

const CHUNK_LINE: usize = 4 << 10;

impl Framing {
    /// For the answer to `method`. The note says what a careful reader should know.
    pub(super) fn of(
        head: &Head,
        method: &str,
        limits: &Limits,
    ) -> Result<(Self, Option<String>), WireError> {
        let values = |name: &'static str| {
            let named = move |(n, _): &&(String, Vec<u8>)| n.eq_ignore_ascii_case(name);
            head.headers
                .iter()
                .filter(named)
                .map(|(_, v)| String::from_utf8_lossy(v).trim().to_ascii_lowercase())
        };
        if method == "HEAD"
            || matches!(head.status, 101 | 204 | 304)
            || (method == "CONNECT" && head.status / 100 == 2)
        {
            return Ok((Self::Length(0), None));
        }
        let codings: Vec<String> = values("transfer-encoding").collect();
        let lengths: Vec<String> = values("content-length").collect();
        if let Some(last) = codings.last() {
            let both = (!lengths.is_empty()).then(|| "both Transfer-Encoding and Content-Length".to_owned());
            let chunked = last.rsplit(',').next().is_some_and(|c| c.trim() == "chunked");
            let framing = if chunked {
                Self::Chunked(Chunk::Size, Vec::new(), limits.header_bytes)
            } else {
                Self::Close
            };
            return Ok((framing, both));
        }
        let Some(first) = lengths.first() else {
            return Ok((Self::Close, None));
        };
        if lengths.iter().any(|l| l != first) {
            return Err(WireError::Malformed {
                what: format!("several lengths: {}", lengths.join(", ")),
            });
        }
        let digits = !first.is_empty() && first.bytes().all(|b| b.is_ascii_digit());
        let length = if digits { first.parse().ok() } else { None };
        let length = length.ok_or_else(|| WireError::Malformed {
            what: format!("Content-Length \"{first}\""),
        })?;
        Ok((Self::Length(length), None))
    }

    /// Takes bytes off the front of `input` and gives what of them is body; `None` when more input is needed or
    /// the body is at its end.
    pub(super) fn next<'a>(&mut self, input: &mut &'a [u8]) -> Result<Option<&'a [u8]>, WireError> {
        match self {
            Self::Length(left) => Ok(take(left, input)),
            Self::Close => Ok(take(&mut u64::MAX.clone(), input)),
            Self::Chunked(state, line, trailer_room) => loop {
                if let Chunk::Data(left) = state {
                    let piece = take(left, input);
                    if *left == 0 {
                        *state = Chunk::DataEnd;
                    }
                    return Ok(piece);
                }
                if *state == Chunk::Done || !take_line(line, input)? {
                    return Ok(None);
                }
                *state = after_line(*state, line, trailer_room)?;
                line.clear();
            },
        }
    }

    /// The body has ended by itself.
    pub(super) fn is_done(&self) -> bool {
        matches!(self, Self::Length(0) | Self::Chunked(Chunk::Done, ..))
    }

    /// The end of the connection is the end of the body.
    pub(super) fn may_end_here(&self) -> bool {
        self.is_done() || *self == Self::Close
    }
}

fn take<'a>(left: &mut u64, input: &mut &'a [u8]) -> Option<&'a [u8]> {
    let size = usize::try_from(*left).unwrap_or(usize::MAX).min(input.len());
    let (piece, rest) = input.split_at(size);
    *left -= size as u64;
    *input = rest;
    (size > 0).then_some(piece)
}

/// Collects a line; true when it is complete (its end removed).
fn take_line(line: &mut Vec<u8>, input: &mut &[u8]) -> Result<bool, WireError> {
    let end = input.iter().position(|b| *b == b'\n');
    let size = end.map_or(input.len(), |at| at + 1);
    if line.len() + size > CHUNK_LINE {
        return Err(WireError::TooLarge {
            what: "chunk size line",
            limit: CHUNK_LINE as u64,
        });
    }
    line.extend_from_slice(&input[..size]);
    *input = &input[size..];
    if end.is_some() {
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
    }
    Ok(end.is_some())
}

fn after_line(state: Chunk, line: &[u8], trailer_room: &mut usize) -> Result<Chunk, WireError> {
    match state {
        Chunk::Size => match chunk_size(line)? {
            0 => Ok(Chunk::Trailer),
            size => Ok(Chunk::Data(size)),
        },
        Chunk::DataEnd if line.is_empty() => Ok(Chunk::Size),
        Chunk::DataEnd => Err(WireError::Malformed {
            what: "a chunk is longer than its size".to_owned(),
        }),
        Chunk::Trailer if line.is_empty() => Ok(Chunk::Done),
        Chunk::Trailer if line.len() > *trailer_room => Err(WireError::TooLarge {
            what: "trailer",
            limit: line.len() as u64,
        }),
        Chunk::Trailer => {
            *trailer_room -= line.len();
            Ok(Chunk::Trailer)
        }
        Chunk::Data(_) | Chunk::Done => Ok(state),
    }
}

fn chunk_size(line: &[u8]) -> Result<u64, WireError> {
    let text = line.split(|b| *b == b';').next().unwrap_or(line).trim_ascii();
    let hex = !text.is_empty() && text.len() <= 15 && text.iter().all(u8::is_ascii_hexdigit);
    let size = std::str::from_utf8(text)
        .ok()
        .filter(|_| hex)
        .and_then(|t| u64::from_str_radix(t, 16).ok());
    size.ok_or_else(|| WireError::Malformed {
        what: format!("chunk size \"{}\"", text.escape_ascii()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framing(
        headers: &[(&str, &str)],
        status: u16,
        method: &str,
    ) -> Result<(Framing, Option<String>), WireError> {
        let headers = headers
            .iter()
            .map(|(n, v)| ((*n).to_owned(), v.as_bytes().to_vec()))
            .collect();
        let head = Head {
            version: String::new(),
            status,
            reason: String::new(),
            headers,
        };
        Framing::of(&head, method, &Limits::default())
    }

    fn chunked(pieces: &[&[u8]]) -> Result<(Vec<u8>, bool), WireError> {
        let (mut framing, _) = framing(&[("Transfer-Encoding", "chunked")], 200, "GET")?;
        let mut body = Vec::new();
        for piece in pieces {
            let mut input = *piece;
            while let Some(bytes) = framing.next(&mut input)? {
                body.extend_from_slice(bytes);
            }
        }
        Ok((body, framing.is_done()))
    }

    #[test]
    fn how_bodies_end() {
        let of =
            |headers: &[(&str, &str)], status, method| framing(headers, status, method).expect("legal").0;
        assert_eq!(of(&[("content-length", "5")], 200, "GET"), Framing::Length(5));
        assert_eq!(
            of(&[("content-length", "5"), ("Content-Length", "5")], 200, "GET"),
            Framing::Length(5)
        );
        assert_eq!(of(&[("content-length", "5")], 200, "HEAD"), Framing::Length(0));
        assert_eq!(of(&[("content-length", "5")], 304, "GET"), Framing::Length(0));
        assert_eq!(of(&[], 200, "GET"), Framing::Close);
        assert_eq!(of(&[("transfer-encoding", "gzip")], 200, "GET"), Framing::Close);
        assert!(matches!(
            of(&[("transfer-encoding", "gzip, Chunked")], 200, "GET"),
            Framing::Chunked(..)
        ));
        assert!(
            framing(
                &[("transfer-encoding", "chunked"), ("content-length", "1")],
                200,
                "GET"
            )
            .expect("legal")
            .1
            .is_some()
        );
        for bad in ["-1", "1 1", "", "0x10", "99999999999999999999999"] {
            assert!(framing(&[("content-length", bad)], 200, "GET").is_err(), "{bad}");
        }
        assert!(framing(&[("content-length", "1"), ("content-length", "2")], 200, "GET").is_err());
    }

    #[test]
    fn chunks() {
        let whole = b"4;x=y\r\nWiki\r\n00A\r\npedia in c\r\n0\r\nTrailer: x\r\n\r\n";
        assert_eq!(chunked(&[whole]), Ok((b"Wikipedia in c".to_vec(), true)));
        let bytes: Vec<&[u8]> = whole.chunks(1).collect();
        assert_eq!(chunked(&bytes), Ok((b"Wikipedia in c".to_vec(), true)));
        assert_eq!(chunked(&[b"4\r\nWi"]), Ok((b"Wi".to_vec(), false)));
        assert!(chunked(&[b"4\r\nWikipedia\r\n"]).is_err());
        assert!(chunked(&[b"zz\r\n"]).is_err());
        assert!(chunked(&[b"fffffffffffffffff\r\n"]).is_err());
        assert!(chunked(&[&[b'0'; 5_000]]).is_err());
        assert!(chunked(&[b"0\r\n", &b"a: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n".repeat(3_000)]).is_err());
    }
}
