//! The transport that conformance scenarios use: HTTP/2, proxies, content codings, odd framing. It costs several times
//! as much as [`super::Fast`] and takes its place where that one is unfit.

use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::Value;
use tokio::runtime::Handle;
use url::Url;

use super::{
    Answered, Expected, FIRST_ID, Opened, Request, Seen, Transport, Trouble, Verdict, Watch, verify,
};
use crate::load::meter::Class;
use crate::wire::{self, Cut, Exchange, HeaderLine, Read, Response, Wire, WireError};

/// Requests by the pool of the program.
#[derive(Debug, Clone)]
pub struct Full {
    wire: Wire,
    origin: Url,
    /// Where the connections live: a core's own runtime ends with the core.
    home: Handle,
}

impl Full {
    /// To that origin. Call it on the runtime that outlives the run.
    pub fn new(wire: Wire, origin: Url) -> Self {
        Self {
            wire,
            origin,
            home: Handle::current(),
        }
    }

    fn request(&self, request: &Request<'_>) -> Result<wire::Request, Trouble> {
        let unfit = |why: String| Trouble::new(Class::Malformed, why);
        let url = self.origin.join(request.template.path());
        let url = url.map_err(|error| unfit(error.to_string()))?;
        let own = request.lines.each().filter(|_| !request.template.is_alone());
        let headers = request.template.fields().each().chain(own);
        let headers = headers.map(|(name, value)| {
            let name = String::from_utf8_lossy(name).into_owned();
            HeaderLine::Field(name, value.to_vec())
        });
        let id = FIRST_ID + request.number;
        Ok(wire::Request {
            method: request.template.method().to_owned(),
            url,
            target: None,
            headers: headers.collect(),
            body: Bytes::from(request.template.body(request.number)),
            timeout: request.patience,
            redirects: 0,
            read: match request.template.expected() {
                Expected::Rpc => Read::UntilRpc(Value::from(id)),
                _ => Read::Whole,
            },
        })
    }
}

impl Transport for Full {
    type Connection = ();

    async fn open(&self, _: Instant) -> Result<Opened<()>, Trouble> {
        // The pool opens connections as it needs them, and does not say when.
        Ok(Opened {
            connection: (),
            connect: Duration::ZERO,
            tls: None,
        })
    }

    async fn call(&self, (): &mut (), request: &Request<'_>, watch: &dyn Watch) -> Answered {
        let sent = request.begin;
        let made = match self.request(request) {
            Ok(made) => made,
            Err(trouble) => return failed(sent, trouble),
        };
        let wire = self.wire.clone();
        let exchange = self.home.spawn(async move { wire.send(&made).await }).await;
        let Ok(exchange) = exchange else {
            return failed(sent, Trouble::new(Class::Unfinished, "the run was ended"));
        };
        answered(&exchange, request, watch)
    }

    async fn spoiled(&self, (): &mut ()) {
        std::future::pending::<()>().await;
    }
}

fn failed(sent: Instant, trouble: Trouble) -> Answered {
    Answered {
        class: trouble.class,
        status: 0,
        sent,
        first_event: None,
        ended: Instant::now(),
        bytes: 0,
        reusable: true,
        trouble: Some(trouble),
    }
}

fn answered(exchange: &Exchange, request: &Request<'_>, watch: &dyn Watch) -> Answered {
    let response = match &exchange.response {
        Ok(response) => response,
        Err(error) => return failed(request.begin, trouble_of(error)),
    };
    let (class, why) = judged(response, request, watch);
    Answered {
        class,
        status: response.status,
        sent: request.begin,
        first_event: response.events.first().map(|event| event.at),
        ended: exchange.timing.end,
        bytes: u64::try_from(response.body.len()).unwrap_or(u64::MAX),
        reusable: true,
        trouble: why.map(|why| Trouble::new(class, why)),
    }
}

fn trouble_of(error: &WireError) -> Trouble {
    let class = match error {
        WireError::Resolve { .. } | WireError::Connect { .. } => Class::Refused,
        WireError::Tls { .. } => Class::Tls,
        WireError::Timeout { .. } => Class::Timeout,
        WireError::Closed { .. } => Class::Reset,
        _ => Class::Malformed,
    };
    Trouble::new(class, error.to_string())
}

/// The same judgement as the fast transport's.
fn judged(response: &Response, request: &Request<'_>, watch: &dyn Watch) -> (Class, Option<&'static str>) {
    let head = head(response);
    let see = |body: &[u8], class: Class| {
        let seen = Seen {
            status: response.status,
            head: &head,
            body,
            class,
        };
        watch.see(&seen).unwrap_or(class)
    };
    if request.template.expected() != Expected::Rpc {
        let class = match response.status {
            200..=299 => Class::Ok,
            status => Class::of_status(status).unwrap_or(Class::Status),
        };
        return (see(&response.body, class), None);
    }
    if let Some(class) = Class::of_status(response.status) {
        return (see(&response.body, class), None);
    }
    let id = FIRST_ID + request.number;
    if !response.is_event_stream() {
        return match verify(&response.body, id) {
            Verdict::Answer(class) => (see(&response.body, class), None),
            Verdict::Wrong(class, why) => (see(&response.body, class), Some(why)),
            Verdict::Aside => (Class::Malformed, Some("the body is a request or a notification")),
        };
    }
    for event in response.events.iter().filter(|event| !event.data.is_empty()) {
        match verify(event.data.as_bytes(), id) {
            Verdict::Answer(class) => return (see(event.data.as_bytes(), class), None),
            Verdict::Wrong(class, why) => return (see(event.data.as_bytes(), class), Some(why)),
            Verdict::Aside => {}
        }
    }
    match response.cut {
        Some(Cut::Time(_)) => (Class::Timeout, Some("no answer in time")),
        _ => (Class::Cut, Some("the event stream ended without the answer")),
    }
}

fn head(response: &Response) -> Vec<u8> {
    let mut head = format!("{} {} {}\r\n", response.version, response.status, response.reason).into_bytes();
    for (name, value) in &response.headers {
        head.extend_from_slice(name.as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value);
        head.extend_from_slice(b"\r\n");
    }
    head
}
