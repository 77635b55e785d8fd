//! What takes time before a token is judged, and only where a defect is on: fetching keys from wherever its header
//! says (RFC 8725 §3.10 forbids it), and deriving a key as often as it asks.
//!
//! Only loopback addresses are asked: a mock never reaches out.

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::authority::presentation::{Places, Presented, present};
use crate::defect::jwt;
use crate::serve::exchange::Exchange;

const PATIENCE: Duration = Duration::from_secs(2);
const LONGEST: u64 = 256 << 10;

/// What the rounds take that a token asks for (`p2c`, RFC 7518 §4.8.1.2), where nobody counts them.
const DERIVATION: Duration = Duration::from_millis(2500);

/// The key set that the token of a request names; the work that it asks for is done before.
pub(crate) async fn prepare(exchange: &Exchange<'_>) -> Option<Value> {
    if !exchange
        .view
        .defects
        .any(&[jwt::JKU_TRUSTED, jwt::PBES_UNBOUNDED])
    {
        return None;
    }
    let places = Places {
        headers: &exchange.head.headers,
        query: exchange.head.uri.query(),
        body: &exchange.body,
    };
    let Presented::Token(token) = present(&places, &exchange.view.defects) else {
        return None;
    };
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next()?).ok()?;
    let header: Value = serde_json::from_slice(&header).ok()?;
    if exchange.view.defects.has(jwt::PBES_UNBOUNDED) && header["p2c"].as_u64() > Some(1_000_000) {
        tokio::time::sleep(DERIVATION).await;
        return None;
    }
    if !exchange.view.defects.has(jwt::JKU_TRUSTED) {
        return None;
    }
    let address = header["jku"].as_str().or(header["x5u"].as_str())?;
    tokio::time::timeout(PATIENCE, get(address)).await.ok()?
}

async fn get(address: &str) -> Option<Value> {
    let url = url::Url::parse(address)
        .ok()
        .filter(|url| url.scheme() == "http")?;
    let host: IpAddr = match url.host()? {
        url::Host::Ipv4(host) => host.into(),
        url::Host::Ipv6(host) => host.into(),
        url::Host::Domain(_) => return None,
    };
    if !host.is_loopback() {
        return None;
    }
    let port = url.port_or_known_default()?;
    let mut stream = TcpStream::connect((host, port)).await.ok()?;
    let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut read = Vec::new();
    stream.take(LONGEST).read_to_end(&mut read).await.ok()?;
    let text = String::from_utf8_lossy(&read);
    let (_, body) = text.split_once("\r\n\r\n")?;
    // A set in one chunk still stands between its first and its last brace.
    let (start, end) = (body.find('{')?, body.rfind('}')?);
    serde_json::from_str(body.get(start..=end)?).ok()
}
