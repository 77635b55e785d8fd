//! Heads and bodies of HTTP/1.1 (RFC 9112) as they come over a connection.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longest head.
const LARGEST_HEAD: usize = 1 << 20;
/// Bytes that are read at once.
const ROOM: usize = 16 << 10;
/// Bytes of a body that are kept for the account.
pub(super) const KEPT: usize = 1 << 20;
/// Bytes of a request's body that are passed on.
const LARGEST_BODY: usize = 64 << 20;

/// How the end of a body is known (RFC 9112 §6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    None,
    Length(u64),
    Chunked,
    UntilClose,
}

/// A connection, and what was read of it too early.
pub(super) struct Pipe {
    pub(super) io: TcpStream,
    kept: Vec<u8>,
}

pub(super) type Lines = Vec<(String, Vec<u8>)>;

impl Pipe {
    pub(super) fn new(io: TcpStream) -> Self {
        Self { io, kept: Vec::new() }
    }

    /// Reads what has come; 0 at the end.
    async fn fill(&mut self) -> io::Result<usize> {
        self.kept.reserve(ROOM);
        self.io.read_buf(&mut self.kept).await
    }

    /// Everything up to the blank line; `None` where the peer ended before its first byte.
    pub(super) async fn head(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            if let Some(end) = self.kept.windows(4).position(|four| four == b"\r\n\r\n") {
                let rest = self.kept.split_off(end + 4);
                return Ok(Some(std::mem::replace(&mut self.kept, rest)));
            }
            if self.kept.len() > LARGEST_HEAD {
                return Err(io::Error::other("the head is too long"));
            }
            if self.fill().await? == 0 {
                if self.kept.is_empty() {
                    return Ok(None);
                }
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// Waits until something has come.
    pub(super) async fn first_byte(&mut self) -> io::Result<bool> {
        Ok(!self.kept.is_empty() || self.fill().await? > 0)
    }

    /// The next bytes, at most so many; nothing at the end.
    async fn some(&mut self, most: usize) -> io::Result<Vec<u8>> {
        if self.kept.is_empty() && self.fill().await? == 0 {
            return Ok(Vec::new());
        }
        let rest = self.kept.split_off(most.min(self.kept.len()));
        Ok(std::mem::replace(&mut self.kept, rest))
    }

    async fn line(&mut self) -> io::Result<String> {
        loop {
            if let Some(end) = self.kept.windows(2).position(|two| two == b"\r\n") {
                let rest = self.kept.split_off(end + 2);
                let line = std::mem::replace(&mut self.kept, rest);
                return Ok(String::from_utf8_lossy(&line[..end]).into_owned());
            }
            if self.kept.len() > LARGEST_HEAD || self.fill().await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// The next piece of a body; `None` at its end. `left` is what is still to come of a length or a chunk.
    pub(super) async fn piece(&mut self, body: &mut Body) -> io::Result<Option<Vec<u8>>> {
        loop {
            match body.framing {
                Framing::None | Framing::Length(0) => return Ok(None),
                Framing::UntilClose => {
                    let piece = self.some(usize::MAX).await?;
                    return Ok((!piece.is_empty()).then_some(piece));
                }
                Framing::Length(left) => {
                    let piece = self.some(usize::try_from(left).unwrap_or(usize::MAX)).await?;
                    if piece.is_empty() {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                    body.framing = Framing::Length(left - piece.len() as u64);
                    return Ok(Some(piece));
                }
                Framing::Chunked if body.chunk > 0 => {
                    let piece = self
                        .some(usize::try_from(body.chunk).unwrap_or(usize::MAX))
                        .await?;
                    if piece.is_empty() {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                    body.chunk -= piece.len() as u64;
                    if body.chunk == 0 {
                        self.line().await?;
                    }
                    return Ok(Some(piece));
                }
                Framing::Chunked => {
                    let line = self.line().await?;
                    let size = line.split(';').next().unwrap_or_default().trim();
                    body.chunk = u64::from_str_radix(size, 16)
                        .map_err(|_| io::Error::other("the size of a chunk is no number"))?;
                    if body.chunk == 0 {
                        while !self.line().await?.is_empty() {}
                        body.framing = Framing::None;
                    }
                }
            }
        }
    }

    /// A whole body, bounded.
    pub(super) async fn body(&mut self, framing: Framing) -> io::Result<Vec<u8>> {
        let mut body = Body::new(framing);
        let mut whole = Vec::new();
        while let Some(piece) = self.piece(&mut body).await? {
            if whole.len() + piece.len() > LARGEST_BODY {
                return Err(io::Error::other("the body is too long"));
            }
            whole.extend(piece);
        }
        Ok(whole)
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.io.write_all(bytes).await
    }

    /// The connection, and what was read of it too early.
    pub(super) fn into_parts(self) -> (TcpStream, Vec<u8>) {
        (self.io, self.kept)
    }
}

/// A body on its way.
pub(super) struct Body {
    framing: Framing,
    chunk: u64,
}

impl Body {
    pub(super) fn new(framing: Framing) -> Self {
        Self { framing, chunk: 0 }
    }
}

/// Value of a header line.
pub(super) fn header(lines: &Lines, name: &str) -> Option<String> {
    let found = lines.iter().find(|(field, _)| field.eq_ignore_ascii_case(name))?;
    Some(String::from_utf8_lossy(&found.1).into_owned())
}

/// How a message announces its end; `reply` of the two may also end with the connection.
pub(super) fn framing(lines: &Lines, reply: bool) -> Framing {
    if header(lines, "transfer-encoding").is_some_and(|value| value.to_ascii_lowercase().contains("chunked"))
    {
        return Framing::Chunked;
    }
    match header(lines, "content-length").and_then(|value| value.trim().parse().ok()) {
        Some(length) => Framing::Length(length),
        None if reply => Framing::UntilClose,
        None => Framing::None,
    }
}
