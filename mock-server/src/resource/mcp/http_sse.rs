//! HTTP+SSE of 2024-11-05, deprecated: GET `/sse` opens a stream, POST `/messages` speaks, the stream answers.
//!
//! A stream belongs to the credential that opened it, and every POST shows its Bearer anew.

use std::collections::BTreeMap;

use http::Method;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::accept::{accepts, essence};
use super::rpc::{self, Message, Outcome, Post, Unreadable};
use super::session::REVISIONS;
use super::session_era;
use super::stream::{self, HEARTBEAT, Piece};
use crate::authority::refusal;
use crate::platform::Caller;
use crate::serve::answer::{self, Answer};
use crate::serve::exchange::Exchange;

/// The revision that defines this transport.
pub(crate) const REVISION: &str = "2024-11-05";
/// Where its client speaks.
const MESSAGES: &str = "/messages";
/// Answers that wait for a slow reader; beyond that a POST is refused.
const WAITING: usize = 64;
/// Streams kept per world; beyond that the oldest ends.
const CAPACITY: usize = 1_000;

/// The open streams of a world.
#[derive(Debug, Default)]
pub(crate) struct OldStreams {
    open: BTreeMap<String, OldStream>,
    opened: u64,
}

#[derive(Debug)]
struct OldStream {
    credential: String,
    number: u64,
    say: Sender<Value>,
}

impl OldStreams {
    fn open(&mut self, id: String, credential: &str) -> Receiver<Value> {
        self.open.retain(|_, stream| !stream.say.is_closed());
        if self.open.len() >= CAPACITY {
            let oldest = self.open.iter().min_by_key(|(_, stream)| stream.number);
            let oldest = oldest.map(|(id, _)| id.clone());
            oldest.map(|id| self.open.remove(&id));
        }
        self.opened += 1;
        let (say, hear) = mpsc::channel(WAITING);
        let stream = OldStream {
            credential: credential.to_owned(),
            number: self.opened,
            say,
        };
        self.open.insert(id, stream);
        hear
    }

    /// Where to speak, if the stream is this credential's and still read.
    fn of(&self, id: &str, credential: &str) -> Option<Sender<Value>> {
        let stream = self.open.get(id)?;
        (stream.credential == credential && !stream.say.is_closed()).then(|| stream.say.clone())
    }

    /// Whose credential opened it.
    pub(crate) fn owner(&self, id: &str) -> Option<&str> {
        self.open.get(id).map(|stream| stream.credential.as_str())
    }

    /// Ends every stream of a credential.
    pub(crate) fn end_all_of(&mut self, credential: &str) {
        self.open.retain(|_, stream| stream.credential != credential);
    }
}

/// GET `/sse`.
pub(crate) fn open(exchange: &mut Exchange<'_>, caller: &Caller) -> Answer {
    if exchange.head.method != Method::GET {
        return only(exchange, "GET");
    }
    if !accepts(&exchange.head.headers).events {
        return stop(exchange, 406, "GET answers with an event stream only");
    }
    exchange.call("stream");
    let id = exchange.world.mint().hex(32);
    let hear = exchange.world.old_streams().open(id.clone(), &caller.credential);
    let first = format!("event: endpoint\ndata: {MESSAGES}?session_id={id}\n\n");
    stream::follow(first, hear, |mut hear| async move {
        let piece = match tokio::time::timeout(HEARTBEAT, hear.recv()).await {
            Ok(message) => Piece {
                text: stream::message(&message?),
                last: false,
            },
            Err(_) => stream::alive(),
        };
        Some((piece, hear))
    })
}

/// POST `/messages?session_id=…`.
pub(crate) fn message(exchange: &mut Exchange<'_>, caller: &Caller) -> Answer {
    if exchange.head.method != Method::POST {
        return only(exchange, "POST");
    }
    let media_type = exchange.head.headers.get(CONTENT_TYPE);
    let media_type = media_type.and_then(|value| value.to_str().ok());
    if !media_type.is_some_and(|value| essence(value).eq_ignore_ascii_case("application/json")) {
        return stop(exchange, 415, "the body is not application/json");
    }
    let id = named(exchange);
    let Some(say) = exchange.world.old_streams().of(&id, &caller.credential) else {
        return stop(exchange, 404, "the stream is not known");
    };
    let message = match rpc::read(&exchange.body) {
        Ok(Post::One(message)) => message,
        Ok(Post::Batch(_)) => return stop(exchange, 400, "this revision has no batches"),
        Err(Unreadable { code, text }) => {
            exchange.stop("protocol", text);
            return answer::json(400, &rpc::error(&Value::Null, code, text));
        }
    };
    let Message::Request { id, method, params } = message else {
        return accepted();
    };
    let reply = match outcome(exchange, caller, &method, &params) {
        Outcome::Result(result) => rpc::result(&id, result),
        Outcome::Error { code, text, data } => rpc::error_with(&id, code, &text, data),
        Outcome::Refused(refused) => return refusal::insufficient(exchange, caller, &refused),
    };
    match say.try_send(reply) {
        Ok(()) => accepted(),
        Err(TrySendError::Full(_)) => stop(exchange, 503, "the stream is not being read"),
        Err(TrySendError::Closed(_)) => stop(exchange, 404, "the stream is not known"),
    }
}

/// The stream that a message is for; empty where it names none.
pub(crate) fn named(exchange: &Exchange<'_>) -> String {
    if exchange.head.uri.path() != MESSAGES {
        return String::new();
    }
    let query = exchange.head.uri.query().unwrap_or_default();
    let id = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "session_id");
    id.map(|(_, value)| value.into_owned()).unwrap_or_default()
}

fn outcome(
    exchange: &mut Exchange<'_>,
    caller: &Caller,
    method: &str,
    params: &serde_json::Map<String, Value>,
) -> Outcome {
    if method != "initialize" {
        return session_era::request(exchange, caller, method, params);
    }
    exchange.call("initialize");
    let Some(asked) = params.get("protocolVersion").and_then(Value::as_str) else {
        return Outcome::error(rpc::INVALID_PARAMS, "protocolVersion is missing");
    };
    let known = REVISIONS.into_iter().find(|revision| *revision == asked);
    Outcome::Result(session_era::greeting(exchange, known.unwrap_or(REVISION)))
}

fn accepted() -> Answer {
    answer::typed(202, "text/plain", "Accepted")
}

fn only(exchange: &mut Exchange<'_>, method: &'static str) -> Answer {
    answer::with(
        stop(exchange, 405, "this address knows one method"),
        "allow",
        method,
    )
}

fn stop(exchange: &mut Exchange<'_>, status: u16, why: &'static str) -> Answer {
    exchange.stop("protocol", why);
    let error = json!({ "code": rpc::TRANSPORT, "message": why });
    answer::json(status, &json!({ "jsonrpc": "2.0", "id": null, "error": error }))
}
