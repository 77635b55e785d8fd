//! One request, one answer.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, redirect};
use thiserror::Error;
use url::Url;

use super::redirect::Step;
use crate::failure::Failure;
use crate::habits::{self, on};
use crate::say;

/// Longest body that is read.
const MOST: usize = 8 << 20;
/// Redirects that are followed.
const HOPS: usize = 5;

/// What is sent.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<Vec<u8>>,
    /// Whether a credential is among the headers; such a request does not leave its origin.
    pub(crate) secret: bool,
}

impl Request {
    pub(crate) fn get(url: Url) -> Self {
        Self {
            method: Method::GET,
            url,
            headers: Vec::new(),
            body: None,
            secret: false,
        }
    }

    pub(crate) fn post(url: Url, media_type: &str, body: Vec<u8>) -> Self {
        let headers = vec![("Content-Type".to_owned(), media_type.to_owned())];
        Self {
            method: Method::POST,
            url,
            headers,
            body: Some(body),
            secret: false,
        }
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a credential for `Authorization`.
    pub(crate) fn authorized(self, value: &str) -> Self {
        Self {
            secret: true,
            ..self.with("Authorization", value)
        }
    }
}

/// What came: the head, and the body as it comes in.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) rest: reqwest::Response,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The next piece of the body; `None` at its end.
    pub(crate) async fn piece(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        let piece = self
            .rest
            .chunk()
            .await
            .map_err(|error| Fault::Lost(chain(&error)))?;
        Ok(piece.map(|bytes| bytes.to_vec()))
    }

    /// The whole body.
    pub(crate) async fn body(mut self) -> Result<Vec<u8>, Fault> {
        let mut body = Vec::new();
        while let Some(piece) = self.piece().await? {
            body.extend_from_slice(&piece);
            if body.len() > MOST {
                return Err(Fault::Lost("the body does not end".to_owned()));
            }
        }
        Ok(body)
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, Error)]
pub(crate) enum Fault {
    /// Nothing reached the server.
    #[error("not sent: {0}")]
    NotSent(String),
    /// The server may have carried it out.
    #[error("no answer: {0}")]
    Lost(String),
    /// It must not be sent there.
    #[error("not followed: {0}")]
    Forbidden(String),
}

/// The client. Redirects are followed here, by hand.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    inner: reqwest::Client,
}

impl Http {
    /// `patience`: how long a peer may be silent.
    pub(crate) fn new(patience: Duration) -> Result<Self, Failure> {
        let mut builder = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .connect_timeout(Duration::from_secs(5))
            .read_timeout(patience)
            .user_agent("hallmark-reference-agent");
        if on(habits::VERIFY_FALSE) {
            builder = builder.tls_danger_accept_invalid_certs(true);
        }
        let inner = builder.build().map_err(Failure::machine("no HTTP client"))?;
        Ok(Self { inner })
    }

    /// Sends and follows redirects; `check` is asked before each hop.
    pub(crate) async fn send(
        &self,
        mut request: Request,
        check: impl Fn(&Url) -> Result<(), String>,
    ) -> Result<Answer, Fault> {
        for _ in 0..=HOPS {
            check(&request.url).map_err(Fault::Forbidden)?;
            let answer = self.once(&request).await?;
            match super::redirect::next(&request, &answer) {
                Step::Arrived => return Ok(answer),
                Step::On(next) => request = *next,
                Step::Refused(why) => return Err(Fault::Forbidden(why)),
            }
        }
        Err(Fault::Forbidden("too many redirects".to_owned()))
    }

    async fn once(&self, request: &Request) -> Result<Answer, Fault> {
        if on(habits::DEBUG_HEADERS) {
            say::blurt(&format!(
                "{} {} {:?}",
                request.method, request.url, request.headers
            ));
        }
        if on(habits::CRLF_KEY) && request.headers.iter().any(|(_, value)| value.contains('\n')) {
            return super::raw::send(request).await;
        }
        let mut builder = self.inner.request(request.method.clone(), request.url.clone());
        builder = builder.headers(headers(&request.headers)?);
        if let Some(body) = &request.body {
            builder = builder.body(body.clone());
        }
        let response = builder.send().await.map_err(|error| {
            let why = if on(habits::EXCEPTION_ECHO) {
                return echo(request, &error);
            } else {
                chain(&error)
            };
            if error.is_connect() {
                Fault::NotSent(why)
            } else {
                Fault::Lost(why)
            }
        })?;
        if on(habits::EXCEPTION_ECHO) && response.status().is_client_error() {
            say::blurt(&format!("{} for {:?}", response.status(), request.headers));
        }
        Ok(Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            rest: response,
        })
    }
}

fn echo(request: &Request, error: &reqwest::Error) -> Fault {
    say::blurt(&format!("{error}: {request:?}"));
    if error.is_connect() {
        Fault::NotSent(String::new())
    } else {
        Fault::Lost(String::new())
    }
}

fn headers(list: &[(String, String)]) -> Result<HeaderMap, Fault> {
    let mut map = HeaderMap::new();
    for (name, value) in list {
        let bad = || Fault::NotSent(format!("{name} cannot be a header"));
        let name: HeaderName = name.parse().map_err(|_| bad())?;
        let mut value =
            HeaderValue::from_str(value).map_err(|_| Fault::NotSent(format!("{name} has no value")))?;
        value.set_sensitive(true);
        map.append(name, value);
    }
    Ok(map)
}

/// An error with its causes; the address is left out, there may be a secret in it.
fn chain(error: &reqwest::Error) -> String {
    let mut text = if error.is_timeout() {
        "timeout".to_owned()
    } else {
        "the connection failed".to_owned()
    };
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
