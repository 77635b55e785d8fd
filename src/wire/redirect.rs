//! Following redirects (RFC 9110 §15.4), a bounded number of them, credentials left behind with their origin.

use bytes::Bytes;
use url::Url;

use super::raw::split;
use super::{HeaderLine, Request, Response};

/// The request a redirect asks for; `None` when the answer is no redirect that can be followed.
pub(super) fn next(request: &Request, response: &Response) -> Option<Request> {
    if !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let url = request.url.join(&response.header("location")?).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let mut next = request.clone();
    next.target = None;
    if becomes_get(response.status, &request.method) {
        "GET".clone_into(&mut next.method);
        next.body = Bytes::new();
        next.headers
            .retain(|h| !is_any(h, &["content-type", "content-length", "transfer-encoding"]));
    }
    if !same_origin(&url, &request.url) {
        next.headers.retain(|h| !is_credential(h));
    }
    next.url = url;
    Some(next)
}

fn becomes_get(status: u16, method: &str) -> bool {
    (status == 303 && method != "HEAD") || (matches!(status, 301 | 302) && method == "POST")
}

/// Scheme, host and port (RFC 6454 §5).
fn same_origin(a: &Url, b: &Url) -> bool {
    a.scheme() == b.scheme() && a.host() == b.host() && a.port_or_known_default() == b.port_or_known_default()
}

/// Also a `Host` that was meant for the old origin, and every line whose meaning only its author knows.
fn is_credential(line: &HeaderLine) -> bool {
    const NAMES: &[&str] = &[
        "authorization",
        "proxy-authorization",
        "cookie",
        "mcp-session-id",
        "dpop",
        "host",
    ];
    let secret = |name: &str| ["key", "token", "secret"].iter().any(|part| name.contains(part));
    matches!(line, HeaderLine::Verbatim(_))
        || is_any(line, NAMES)
        || secret(&split(line).0.to_ascii_lowercase())
}

fn is_any(line: &HeaderLine, names: &[&str]) -> bool {
    let name = split(line).0;
    names.iter().any(|n| name.trim().eq_ignore_ascii_case(n))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::wire::Read;

    fn follow(method: &str, status: u16, location: &str) -> Option<String> {
        let field = |n: &str| HeaderLine::Field(n.to_owned(), b"x".to_vec());
        let request = Request {
            method: method.to_owned(),
            url: Url::parse("https://a.example/mcp/x").expect("url"),
            target: Some("//odd".to_owned()),
            headers: ["Authorization", "Content-Type", "X-Api-Key", "Accept"]
                .into_iter()
                .map(field)
                .collect(),
            body: Bytes::from_static(b"{}"),
            timeout: Duration::from_secs(1),
            redirects: 1,
            read: Read::Whole,
        };
        let headers = vec![("Location".to_owned(), location.as_bytes().to_vec())];
        let next = next(
            &request,
            &Response {
                status,
                headers,
                ..Response::default()
            },
        )?;
        let names: Vec<String> = next.headers.iter().map(|h| split(h).0).collect();
        Some(format!(
            "{} {} {} +{}",
            next.method,
            next.url,
            names.join(" "),
            next.body.len()
        ))
    }

    #[test]
    fn redirects() {
        let table = [
            ("POST", 307, "/y"),
            ("POST", 308, "https://a.example:443/y"),
            ("POST", 302, "y"),
            ("PUT", 301, "/y"),
            ("DELETE", 303, "/y"),
            ("POST", 307, "https://b.example/y"),
            ("POST", 307, "http://a.example/y"),
            ("POST", 307, "https://a.example:8443/y"),
            ("POST", 307, "//b.example/y"),
            ("POST", 307, "file:///etc/passwd"),
            ("POST", 307, "http://"),
            ("POST", 304, "/y"),
        ];
        let said: Vec<String> = table
            .iter()
            .map(|(m, s, l)| {
                format!(
                    "{m} {s} {l} → {}",
                    follow(m, *s, l).unwrap_or_else(|| "stays".to_owned())
                )
            })
            .collect();
        insta::assert_snapshot!(said.join("\n"), @r"
        POST 307 /y → POST https://a.example/y Authorization Content-Type X-Api-Key Accept +2
        POST 308 https://a.example:443/y → POST https://a.example/y Authorization Content-Type X-Api-Key Accept +2
        POST 302 y → GET https://a.example/mcp/y Authorization X-Api-Key Accept +0
        PUT 301 /y → PUT https://a.example/y Authorization Content-Type X-Api-Key Accept +2
        DELETE 303 /y → GET https://a.example/y Authorization X-Api-Key Accept +0
        POST 307 https://b.example/y → POST https://b.example/y Content-Type Accept +2
        POST 307 http://a.example/y → POST http://a.example/y Content-Type Accept +2
        POST 307 https://a.example:8443/y → POST https://a.example:8443/y Content-Type Accept +2
        POST 307 //b.example/y → POST https://b.example/y Content-Type Accept +2
        POST 307 file:///etc/passwd → stays
        POST 307 http:// → stays
        POST 304 /y → stays
        ");
    }
}
