//! The bytes of a request (RFC 9112 §3), `Host`, `User-Agent` and `Content-Length` added where absent.

use bytes::{BufMut, Bytes, BytesMut};
use url::Url;

use crate::wire::{HeaderLine, Request, Sent};

/// A request as bytes and as the account of it.
pub(in crate::wire) struct Encoded {
    pub(in crate::wire) bytes: Bytes,
    pub(in crate::wire) sent: Sent,
}

/// Writes the request out.
pub(in crate::wire) fn encode(request: &Request, user_agent: &str) -> Encoded {
    let target = request
        .target
        .clone()
        .unwrap_or_else(|| origin_form(&request.url));
    let line = format!("{} {target} HTTP/1.1", request.method);
    let mut lines: Vec<HeaderLine> = derived(request, user_agent).into_iter().map(field).collect();
    lines.extend(request.headers.iter().cloned());
    let mut bytes = BytesMut::with_capacity(256 + request.body.len());
    bytes.put(line.as_bytes());
    bytes.put(&b"\r\n"[..]);
    for line in &lines {
        match line {
            HeaderLine::Field(name, value) => {
                bytes.put(name.as_bytes());
                bytes.put(&b": "[..]);
                bytes.put(value.as_slice());
            }
            HeaderLine::Verbatim(line) => bytes.put(line.as_slice()),
        }
        bytes.put(&b"\r\n"[..]);
    }
    bytes.put(&b"\r\n"[..]);
    bytes.put(&request.body[..]);
    let headers = lines.iter().map(split).collect();
    let sent = Sent {
        method: request.method.clone(),
        url: request.url.to_string(),
        line,
        headers,
        body: request.body.clone(),
    };
    Encoded {
        bytes: bytes.freeze(),
        sent,
    }
}

/// Path and query.
fn origin_form(url: &Url) -> String {
    url.query().map_or_else(
        || url.path().to_owned(),
        |query| format!("{}?{query}", url.path()),
    )
}

/// The `Host` value of a URL.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or("");
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn field((name, value): (&str, String)) -> HeaderLine {
    HeaderLine::Field(name.to_owned(), value.into_bytes())
}

fn derived(request: &Request, user_agent: &str) -> Vec<(&'static str, String)> {
    let has = |name: &str| {
        request
            .headers
            .iter()
            .any(|h| split(h).0.trim().eq_ignore_ascii_case(name))
    };
    let mut lines = Vec::new();
    if !has("host") {
        lines.push(("Host", host(&request.url)));
    }
    if !user_agent.is_empty() && !has("user-agent") {
        lines.push(("User-Agent", user_agent.to_owned()));
    }
    let expects_body = matches!(request.method.as_str(), "POST" | "PUT" | "PATCH");
    if (expects_body || !request.body.is_empty()) && !has("content-length") && !has("transfer-encoding") {
        lines.push(("Content-Length", request.body.len().to_string()));
    }
    lines
}

/// Name and value of a line; one without a colon is all name.
pub(in crate::wire) fn split(line: &HeaderLine) -> (String, Vec<u8>) {
    match line {
        HeaderLine::Field(name, value) => (name.clone(), value.clone()),
        HeaderLine::Verbatim(line) => {
            let colon = line.iter().position(|b| *b == b':');
            let (name, value) = colon.map_or((&line[..], &b""[..]), |at| (&line[..at], &line[at + 1..]));
            (
                String::from_utf8_lossy(name).into_owned(),
                value.trim_ascii().to_vec(),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::wire::Read;

    fn text(method: &str, target: Option<&str>, headers: Vec<HeaderLine>, body: &'static str) -> String {
        let request = Request {
            method: method.to_owned(),
            url: Url::parse("http://[::1]:8080/mcp?q=1").expect("url"),
            target: target.map(str::to_owned),
            headers,
            body: Bytes::from_static(body.as_bytes()),
            timeout: Duration::from_secs(1),
            redirects: 0,
            read: Read::Whole,
        };
        String::from_utf8_lossy(&encode(&request, "h/1").bytes).replace("\r\n", "|")
    }

    #[test]
    fn what_is_absent_is_derived() {
        insta::assert_snapshot!(text("POST", None, vec![], "{}"), @"POST /mcp?q=1 HTTP/1.1|Host: [::1]:8080|User-Agent: h/1|Content-Length: 2||{}");
        insta::assert_snapshot!(text("GET", Some("//mcp"), vec![], ""), @"GET //mcp HTTP/1.1|Host: [::1]:8080|User-Agent: h/1||");
    }

    #[test]
    fn what_is_given_stays() {
        let headers = vec![
            HeaderLine::Verbatim(b"Host : evil".to_vec()),
            HeaderLine::Field("user-agent".to_owned(), b"x".to_vec()),
            HeaderLine::Field("Content-Length".to_owned(), b"99".to_vec()),
            HeaderLine::Verbatim(b"no colon".to_vec()),
        ];
        insta::assert_snapshot!(text("POST", None, headers, "{}"), @"POST /mcp?q=1 HTTP/1.1|Host : evil|user-agent: x|Content-Length: 99|no colon||{}");
    }
}
