//! One POST to this computer. Of the answer its head is read, and of its body as much as somebody wants; no redirect is
//! followed.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use url::Url;

/// The longest head of an answer.
const LONGEST: usize = 16 << 10;

/// What a receiver said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Seconds of `Retry-After`.
    pub(super) retry_after: Option<i64>,
    pub(super) location: Option<String>,
    /// As much of it as was wanted.
    pub(crate) body: Vec<u8>,
}

/// Sends it on a connection of its own and reads at most so many bytes of the answer's body; whoever calls this bounds
/// the time.
pub(super) async fn post(
    to: SocketAddr,
    written: &str,
    headers: &[(&'static str, String)],
    body: &[u8],
    most: usize,
) -> io::Result<Reply> {
    let url = Url::parse(written).map_err(io::Error::other)?;
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
    let mut head = format!("POST {target} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n");
    for (name, value) in headers {
        // Writing to a text cannot fail.
        let _ = write!(head, "{name}: {value}\r\n");
    }
    let _ = write!(
        head,
        "Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(to).await?;
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body).await?;
    let mut read = Vec::new();
    loop {
        if let Some((said, end)) = parsed(&read) {
            let whole = said.length.unwrap_or(usize::MAX).min(most);
            let mut body = read.split_off(end);
            while body.len() < whole && stream.read_buf(&mut body).await? > 0 {}
            body.truncate(whole);
            return Ok(Reply { body, ..said.reply });
        }
        if read.len() > LONGEST || stream.read_buf(&mut read).await? == 0 {
            return Err(io::Error::other("no answer that can be read"));
        }
    }
}

/// The head of an answer.
struct Head {
    reply: Reply,
    length: Option<usize>,
}

/// The head, and where it ends.
fn parsed(read: &[u8]) -> Option<(Head, usize)> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Response::new(&mut headers);
    let Ok(httparse::Status::Complete(end)) = head.parse(read) else {
        return None;
    };
    let field = |name: &str| {
        let mut fields = head.headers.iter();
        let found = fields.find(|field| field.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(found.value).ok()
    };
    let reply = Reply {
        status: head.code?,
        retry_after: field("retry-after").and_then(|value| value.trim().parse().ok()),
        location: field("location").map(str::to_owned),
        body: Vec::new(),
    };
    let length = field("content-length").and_then(|value| value.trim().parse().ok());
    Some((Head { reply, length }, end))
}
