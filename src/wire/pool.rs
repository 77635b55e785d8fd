//! The everyday client: pooled connections, proxies, HTTP/2 by ALPN. The one file that knows reqwest.

use std::time::Instant;

use futures_util::StreamExt;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::timeout_at;

use super::body::{Budget, Head, Intake, Next};
use super::raw::encode;
use super::tls::Tls;
use super::{
    Cut, Exchange, HeaderLine, HttpVersion, Limits, Request, Response, Timing, WireConfig, WireError,
    WireSetupError, failure,
};

/// Pooled connections.
#[derive(Debug)]
pub(super) struct Pool {
    client: reqwest::Client,
    limits: Limits,
    user_agent: String,
    http: Option<HttpVersion>,
}

impl Pool {
    pub(super) fn new(config: &WireConfig, tls: &Tls) -> Result<Self, WireSetupError> {
        let alpn: &[&[u8]] = match config.http {
            None => &[b"h2", b"http/1.1"],
            Some(HttpVersion::H1) => &[b"http/1.1"],
            Some(HttpVersion::H2) => &[b"h2"],
        };
        let header_list = u32::try_from(config.limits.header_bytes).unwrap_or(u32::MAX);
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls.offering(alpn))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            // Content codings are read under our own limit, whatever features another crate turns on in this one.
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd()
            .http1_max_headers(config.limits.header_fields)
            .http2_max_header_list_size(header_list);
        if config.no_proxy {
            builder = builder.no_proxy();
        }
        builder = match config.http {
            None => builder,
            Some(HttpVersion::H1) => builder.http1_only(),
            Some(HttpVersion::H2) => builder.http2_prior_knowledge(),
        };
        let client = builder
            .build()
            .map_err(|e| WireSetupError::Client { why: e.to_string() })?;
        Ok(Self {
            client,
            limits: config.limits,
            user_agent: config.user_agent.clone(),
            http: config.http,
        })
    }

    /// Whether this can be sent through a library as it stands.
    pub(super) fn can_send(request: &Request) -> bool {
        let fits = |line: &HeaderLine| match line {
            HeaderLine::Verbatim(_) => false,
            HeaderLine::Field(name, value) => {
                HeaderName::from_bytes(name.as_bytes()).is_ok()
                    && HeaderValue::from_bytes(value).is_ok()
                    && !governs_framing(name, value, request)
            }
        };
        let hosts = request.headers.iter().filter(|h| is_named(h, "host")).count();
        request.target.is_none()
            && hosts <= 1
            && request.method != "CONNECT"
            && http::Method::from_bytes(request.method.as_bytes()).is_ok()
            && request.headers.iter().all(fits)
    }

    pub(super) async fn send(&self, request: &Request, budget: &Budget) -> Exchange {
        let mut sent = encode(request, &self.user_agent).sent;
        if !request.headers.iter().any(|h| is_named(h, "accept")) {
            // The library adds it; the account must show it.
            sent.headers.push(("Accept".to_owned(), b"*/*".to_vec()));
        }
        let (response, first_byte) = self.answer(request, &sent.headers, budget).await;
        if let Ok(response) = &response {
            sent.line = sent.line.replace("HTTP/1.1", &response.version);
        }
        let timing = Timing {
            start: budget.start,
            first_byte,
            end: Instant::now(),
        };
        Exchange {
            request: sent,
            response,
            timing,
            connection: None,
            marks: Vec::new(),
        }
    }

    async fn answer(
        &self,
        request: &Request,
        headers: &[(String, Vec<u8>)],
        budget: &Budget,
    ) -> (Result<Response, WireError>, Option<Instant>) {
        let built = match Self::build(request, headers) {
            Ok(built) => built,
            Err(error) => return (Err(error), None),
        };
        let waiting = timeout_at(budget.deadline(), self.client.execute(built));
        let answer = match waiting.await {
            Err(_) => return (Err(budget.timeout("connecting or waiting for the header")), None),
            Ok(Err(error)) => return (Err(self.explain(&error, request, budget)), None),
            Ok(Ok(answer)) => answer,
        };
        let at = Instant::now();
        let headers: Vec<_> = answer
            .headers()
            .iter()
            .map(|(n, v)| (n.to_string(), v.as_bytes().to_vec()))
            .collect();
        let size: usize = headers.iter().map(|(n, v)| n.len() + v.len() + 4).sum();
        if size > self.limits.header_bytes {
            return (Err(self.header_too_large()), Some(at));
        }
        let head = Head {
            version: version(answer.version()),
            status: answer.status().as_u16(),
            reason: reason(&answer),
            headers,
        };
        let intake = Intake::new(head, &request.read, &self.limits);
        (receive(answer, intake, budget).await, Some(at))
    }

    fn build(request: &Request, headers: &[(String, Vec<u8>)]) -> Result<reqwest::Request, WireError> {
        let unsendable = |why: String| WireError::Unsendable { why };
        let method =
            http::Method::from_bytes(request.method.as_bytes()).map_err(|e| unsendable(e.to_string()))?;
        let mut url = request.url.clone();
        // Credentials of a URL would become a header nobody asked for.
        let _ = url.set_username("").and_then(|()| url.set_password(None));
        let mut map = HeaderMap::new();
        let derived_host = !request.headers.iter().any(|h| is_named(h, "host"));
        for (name, value) in headers {
            // Derived by the library too, and in HTTP/2 not as fields.
            if name.eq_ignore_ascii_case("content-length")
                || (derived_host && name.eq_ignore_ascii_case("host"))
            {
                continue;
            }
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|e| unsendable(e.to_string()))?;
            let value = HeaderValue::from_bytes(value).map_err(|e| unsendable(e.to_string()))?;
            map.append(name, value);
        }
        let mut built = reqwest::Request::new(method, url);
        *built.headers_mut() = map;
        if !request.body.is_empty() || matches!(request.method.as_str(), "POST" | "PUT" | "PATCH") {
            *built.body_mut() = Some(request.body.clone().into());
        }
        Ok(built)
    }

    fn explain(&self, error: &reqwest::Error, request: &Request, budget: &Budget) -> WireError {
        let said = failure::pooled(error, &request.url, self.limits.header_bytes, budget);
        match said {
            WireError::Malformed { what } | WireError::Other { why: what }
                if self.http == Some(HttpVersion::H2) && what.contains("frame") =>
            {
                let to = failure::authority(&request.url);
                WireError::HttpVersionUnsupported {
                    to,
                    wanted: "HTTP/2",
                    why: what,
                }
            }
            said => said,
        }
    }

    fn header_too_large(&self) -> WireError {
        WireError::TooLarge {
            what: "header",
            limit: self.limits.header_bytes as u64,
        }
    }
}

async fn receive(
    answer: reqwest::Response,
    mut intake: Intake,
    budget: &Budget,
) -> Result<Response, WireError> {
    let mut stream = answer.bytes_stream();
    let cut = loop {
        let (end, over) = intake.end(budget);
        match timeout_at(end, stream.next()).await {
            Err(_) => break Some(over),
            Ok(None) => break None,
            Ok(Some(Ok(piece))) => {
                if let Next::Stop(cut) = intake.push(&piece, Instant::now())? {
                    break Some(cut);
                }
            }
            Ok(Some(Err(error))) => {
                intake.note(format!("the body broke: {}", failure::last_words(&error)));
                break Some(Cut::Short);
            }
        }
    };
    Ok(intake.finish(cut))
}

fn is_named(line: &HeaderLine, name: &str) -> bool {
    matches!(line, HeaderLine::Field(n, _) if n.eq_ignore_ascii_case(name))
}

/// A library overrides what says where the message ends and how the connection is used.
fn governs_framing(name: &str, value: &[u8], request: &Request) -> bool {
    match name.to_ascii_lowercase().as_str() {
        "content-length" => value != request.body.len().to_string().as_bytes(),
        "transfer-encoding" | "connection" | "keep-alive" | "upgrade" | "te" | "trailer" | "expect" => true,
        _ => false,
    }
}

fn version(version: http::Version) -> String {
    if version == http::Version::HTTP_2 {
        HttpVersion::H2.as_str().to_owned()
    } else {
        format!("{version:?}")
    }
}

/// Only HTTP/1 has reason phrases, and the library keeps the unusual ones.
fn reason(answer: &reqwest::Response) -> String {
    let canonical = || answer.status().canonical_reason().unwrap_or("").to_owned();
    if answer.version() == http::Version::HTTP_2 {
        String::new()
    } else {
        canonical()
    }
}
