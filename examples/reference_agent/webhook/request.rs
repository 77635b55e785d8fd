//! One delivery off a connection, within limits that hold before anything is computed.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::habits::{self, on};

const LONGEST_HEAD: usize = 32 << 10;
const LONGEST_BODY: usize = 1 << 20;

/// What came.
pub(super) struct Incoming {
    headers: Vec<(String, String)>,
    /// The bytes as they came.
    pub(super) body: Vec<u8>,
}

/// Why a delivery is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) why: String,
}

impl Refusal {
    pub(super) fn new(status: u16, why: &str) -> Self {
        Self {
            status,
            why: why.to_owned(),
        }
    }
}

impl Incoming {
    /// A header that is there once, whatever the case of its name (RFC 9110 §5.1).
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let same = |sent: &str| {
            if on(habits::HEADER_CASE) {
                sent == name
            } else {
                sent.eq_ignore_ascii_case(name)
            }
        };
        let mut found = self.headers.iter().filter(|(sent, _)| same(sent));
        let value = found.next()?.1.as_str();
        found.next().is_none().then_some(value)
    }

    /// What the sender calls it, as far as that can stand in a log.
    pub(super) fn name(&self) -> String {
        let id = self
            .header("webhook-id")
            .or_else(|| self.header("x-github-delivery"))
            .unwrap_or_default();
        id.chars().filter(char::is_ascii_graphic).take(80).collect()
    }

    #[cfg(test)]
    pub(super) fn of(headers: &[(&str, &str)], body: &[u8]) -> Self {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Self {
            headers,
            body: body.to_vec(),
        }
    }
}

/// Reads a request.
pub(super) async fn read(stream: &mut TcpStream) -> Result<Incoming, Refusal> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|end| end == b"\r\n\r\n") {
            break end + 4;
        }
        if bytes.len() > LONGEST_HEAD {
            return Err(Refusal::new(431, "the head is too long"));
        }
        more(stream, &mut bytes).await?;
    };
    let rest = bytes.split_off(end);
    // Octets outside ASCII are kept one for one: a signature with such a byte is a wrong one, and no reason to fail.
    let head: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ');
    let (method, path) = (first.next().unwrap_or_default(), first.next().unwrap_or_default());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_owned(), value.trim_matches([' ', '\t']).to_owned()))
        .collect();
    let mut incoming = Incoming { headers, body: rest };
    if path.split('?').next() != Some("/hook") {
        return Err(Refusal::new(404, "deliveries go to /hook"));
    }
    if method != "POST" {
        return Err(Refusal::new(405, "deliveries are POSTed"));
    }
    let any = |name: &str| {
        incoming
            .headers
            .iter()
            .find(|(sent, _)| sent.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.clone())
    };
    let kind = any("content-type").unwrap_or_default().to_ascii_lowercase();
    if kind.split(';').next().map(str::trim) != Some("application/json") {
        return Err(Refusal::new(415, "the body is not JSON"));
    }
    if any("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue")) {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.ok();
    }
    if any("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
        incoming.body = chunked(stream, incoming.body).await?;
    } else {
        let length = any("content-length").and_then(|length| length.parse().ok());
        let length = length.ok_or_else(|| Refusal::new(411, "the length is not said"))?;
        fits(length)?;
        fill(stream, &mut incoming.body, length).await?;
        incoming.body.truncate(length);
    }
    Ok(incoming)
}

fn fits(length: usize) -> Result<(), Refusal> {
    if length > LONGEST_BODY && !on(habits::UNBOUNDED_BODY) {
        Err(Refusal::new(413, "the body is too long"))
    } else {
        Ok(())
    }
}

async fn more(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Result<(), Refusal> {
    match stream.read_buf(bytes).await {
        Ok(0) | Err(_) => Err(Refusal::new(400, "it broke off")),
        Ok(_) => Ok(()),
    }
}

async fn fill(stream: &mut TcpStream, bytes: &mut Vec<u8>, length: usize) -> Result<(), Refusal> {
    while bytes.len() < length {
        more(stream, bytes).await?;
    }
    Ok(())
}

async fn chunked(stream: &mut TcpStream, mut bytes: Vec<u8>) -> Result<Vec<u8>, Refusal> {
    let mut body = Vec::new();
    loop {
        let line = loop {
            if let Some(end) = bytes.windows(2).position(|end| end == b"\r\n") {
                let line: Vec<u8> = bytes.drain(..end + 2).collect();
                break String::from_utf8_lossy(&line).into_owned();
            }
            if bytes.len() > LONGEST_HEAD {
                return Err(Refusal::new(400, "a chunk has no length"));
            }
            more(stream, &mut bytes).await?;
        };
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| Refusal::new(400, "a chunk has no length"))?;
        fits(body.len().saturating_add(size))?;
        if size == 0 {
            return Ok(body);
        }
        fill(stream, &mut bytes, size + 2).await?;
        body.extend(bytes.drain(..size));
        bytes.drain(..2);
    }
}

/// Takes what is still under way off a connection that was answered early, so that the answer is not lost to a reset.
pub(super) async fn drain(stream: &mut TcpStream) {
    let mut rest = [0; 8192];
    let all = async {
        for _ in 0..2048 {
            if stream.read(&mut rest).await.unwrap_or(0) == 0 {
                break;
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(1), all)
        .await
        .ok();
}
