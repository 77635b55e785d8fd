//! One GET by plain HTTP, on this computer only. No redirect is followed, and no more is read than a document may be.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use url::Url;

use super::redirect;

/// The longest document, with its head.
const LONGEST: u64 = 64 << 10;
const PATIENCE: Duration = Duration::from_secs(3);

/// What came.
#[derive(Debug, Clone, Default)]
pub(super) struct Fetched {
    pub(super) status: u16,
    pub(super) is_json: bool,
    pub(super) cache_control: Option<String>,
    pub(super) location: Option<String>,
    pub(super) body: Vec<u8>,
}

/// Why nothing came; nobody is told the details.
#[derive(Debug)]
pub(super) struct NotFetched;

impl From<io::Error> for NotFetched {
    fn from(_: io::Error) -> Self {
        Self
    }
}

pub(super) async fn get(address: &str) -> Result<Fetched, NotFetched> {
    let url = Url::parse(address).map_err(|_| NotFetched)?;
    if url.scheme() != "http" || !redirect::is_loopback(&url) {
        return Err(NotFetched);
    }
    tokio::time::timeout(PATIENCE, exchange(&url))
        .await
        .map_err(|_| NotFetched)?
}

async fn exchange(url: &Url) -> Result<Fetched, NotFetched> {
    let address = *url.socket_addrs(|| None)?.first().ok_or(NotFetched)?;
    if !address.ip().is_loopback() {
        return Err(NotFetched);
    }
    let mut stream = TcpStream::connect(address).await?;
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
    let request = format!(
        "GET {target} HTTP/1.1\r\nHost: {host}\r\nAccept: application/json\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut read = Vec::new();
    stream.take(LONGEST + 1).read_to_end(&mut read).await?;
    if read.len() as u64 > LONGEST {
        return Err(NotFetched);
    }
    parsed(&read).ok_or(NotFetched)
}

fn parsed(read: &[u8]) -> Option<Fetched> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(end) = head.parse(read).ok()? else {
        return None;
    };
    let field = |name: &str| {
        let mut fields = head.headers.iter();
        let found = fields.find(|field| field.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(found.value).ok().map(str::to_owned)
    };
    let rest = &read[end..];
    let chunked = field("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
    let length = field("content-length").and_then(|value| value.parse::<usize>().ok());
    let body = match length {
        _ if chunked => unchunked(rest)?,
        Some(length) => rest.get(..length)?.to_vec(),
        None => rest.to_vec(),
    };
    let media_type = field("content-type").unwrap_or_default().to_ascii_lowercase();
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_owned();
    Some(Fetched {
        status: head.code?,
        is_json: essence == "application/json" || essence.ends_with("+json"),
        cache_control: field("cache-control"),
        location: field("location"),
        body,
    })
}

fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let httparse::Status::Complete((start, size)) = httparse::parse_chunk_size(rest).ok()? else {
            return None;
        };
        let size = usize::try_from(size).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(start..start + size)?);
        rest = rest.get(start + size + 2..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_by_length_and_in_chunks() {
        let plain = b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}x";
        let read = parsed(plain).unwrap();
        assert!(read.status == 200 && read.is_json && read.body == b"{}");
        let chunks =
            b"HTTP/1.1 302 Found\r\nLocation: /x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
        let read = parsed(chunks).unwrap();
        assert_eq!(
            (read.status, read.location.as_deref(), read.body.as_slice()),
            (302, Some("/x"), &b"{}"[..])
        );
        assert!(parsed(b"HTTP/1.1 200 OK\r\n").is_none());
    }

    #[tokio::test]
    async fn no_address_of_another_machine_is_asked() {
        for address in [
            "https://127.0.0.1/x",
            "http://192.0.2.1/x",
            "http://example.com/x",
            "file:///etc/passwd",
        ] {
            assert!(get(address).await.is_err(), "{address}");
        }
    }
}
