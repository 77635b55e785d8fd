//! Streamable HTTP of 2025-03-26, 2025-06-18 and 2025-11-25: sessions, POST, GET stream, DELETE.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::Method;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};
use tokio::sync::watch;

use super::accept::{Accepts, accepts, essence};
use super::call;
use super::rpc::{self, Message, Post, Unreadable};
use super::session::REVISIONS;
use super::stream;
use crate::authority::refusal;
use crate::platform::{Caller, Refusal};
use crate::resource::tools;
use crate::serve::answer::{self, Answer};
use crate::serve::exchange::Exchange;
use crate::variant;

const SESSION: &str = "mcp-session-id";
const VERSION: &str = "mcp-protocol-version";
const LATEST: &str = "2025-11-25";
/// What a client speaks that sends no version header (2025-06-18, transports).
const UNSAID: &str = "2025-03-26";
const PAGE: usize = 20;

/// What one message comes to.
pub(crate) enum Outcome {
    Reply(Value),
    /// Refused at HTTP level.
    Refused(Refusal),
}

pub(crate) fn answer(exchange: &mut Exchange<'_>, caller: &Caller) -> Answer {
    let accepts = accepts(&exchange.head.headers);
    match exchange.head.method {
        Method::POST => post(exchange, caller, accepts),
        Method::GET | Method::HEAD => listen(exchange, caller, accepts),
        Method::DELETE => end(exchange, caller),
        _ => {
            exchange.stop("protocol", "method");
            answer::with(
                transport_error(405, "this endpoint knows GET, POST and DELETE"),
                "allow",
                "GET, POST, DELETE",
            )
        }
    }
}

fn post(exchange: &mut Exchange<'_>, caller: &Caller, accepts: Accepts) -> Answer {
    if !accepts.json && !accepts.events {
        return stop(exchange, 406, "accept neither JSON nor an event stream");
    }
    let media_type = exchange
        .head
        .headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    if !media_type.is_some_and(|value| essence(value).eq_ignore_ascii_case("application/json")) {
        return stop(exchange, 415, "the body is not application/json");
    }
    if let Err(answer) = known_version(exchange) {
        return *answer;
    }
    let posted = match rpc::read(&exchange.body) {
        Ok(posted) => posted,
        Err(Unreadable { code, text }) => {
            exchange.stop("protocol", text);
            return answer::json(400, &rpc::error(&Value::Null, code, text));
        }
    };
    if let Post::One(Message::Request { id, method, params }) = &posted
        && method == "initialize"
    {
        return initialize(exchange, caller, accepts, id, params);
    }
    let revision = match session(exchange, caller) {
        Ok(session) => session.revision,
        Err(answer) => return *answer,
    };
    let (messages, batched) = match posted {
        Post::One(message) => (vec![message], false),
        Post::Batch(messages) if revision == "2025-03-26" => (messages, true),
        Post::Batch(_) => {
            exchange.stop("protocol", "batch");
            let text = "this revision has no batches";
            return answer::json(400, &rpc::error(&Value::Null, rpc::INVALID_REQUEST, text));
        }
    };
    let mut replies = Vec::new();
    for message in messages {
        if let Message::Request { id, method, params } = message {
            match request(exchange, caller, &id, &method, &params) {
                Outcome::Reply(reply) => replies.push(reply),
                Outcome::Refused(refused) => return refusal::insufficient(exchange, caller, &refused),
            }
        }
    }
    send(exchange, accepts, revision, replies, batched)
}

/// Replies as JSON, or as events where the client prefers them; 202 where there is nothing to say.
fn send(
    exchange: &Exchange<'_>,
    accepts: Accepts,
    revision: &str,
    replies: Vec<Value>,
    batched: bool,
) -> Answer {
    if replies.is_empty() {
        return answer::empty(202);
    }
    let wanted = exchange.view.variants.has(variant::SSE_ANSWERS) && accepts.events;
    if wanted || accepts.events_first || !accepts.json {
        return stream::finished(&replies, revision == LATEST);
    }
    match replies.as_slice() {
        [reply] if !batched => answer::json(200, reply),
        _ => answer::json(200, &Value::Array(replies)),
    }
}

fn initialize(
    exchange: &mut Exchange<'_>,
    caller: &Caller,
    accepts: Accepts,
    id: &Value,
    params: &Map<String, Value>,
) -> Answer {
    exchange.call("initialize");
    let Some(asked) = params.get("protocolVersion").and_then(Value::as_str) else {
        return answer::json(
            200,
            &rpc::error(id, rpc::INVALID_PARAMS, "protocolVersion is missing"),
        );
    };
    let revision = REVISIONS
        .into_iter()
        .find(|revision| *revision == asked)
        .unwrap_or(LATEST);
    let reply = rpc::result(
        id,
        &json!({
            "protocolVersion": revision,
            "capabilities": { "tools": { "listChanged": false }, "resources": {} },
            "serverInfo": { "name": "hallmark-mock", "title": "Hallmark mock", "version": env!("CARGO_PKG_VERSION") },
        }),
    );
    let answer = send(exchange, accepts, revision, vec![reply], false);
    if exchange.view.variants.has(variant::NO_SERVER_SESSION) {
        return answer;
    }
    let session = exchange.world.mint().hex(32);
    exchange
        .world
        .sessions()
        .open(session.clone(), &caller.credential, revision);
    answer::with(answer, SESSION, &session)
}

fn request(
    exchange: &mut Exchange<'_>,
    caller: &Caller,
    id: &Value,
    method: &str,
    params: &Map<String, Value>,
) -> Outcome {
    exchange.call(method);
    let reply = match method {
        "ping" => rpc::result(id, &json!({})),
        "tools/list" => tools_list(caller, id, params),
        "tools/call" => return call::call(exchange, caller, id, params),
        "resources/list" => rpc::result(id, &json!({ "resources": [] })),
        "resources/templates/list" => rpc::result(id, &json!({ "resourceTemplates": [] })),
        "initialize" => rpc::error(id, rpc::INVALID_REQUEST, "initialize stands alone"),
        _ => rpc::error(id, rpc::METHOD_NOT_FOUND, "the method is not known here"),
    };
    Outcome::Reply(reply)
}

/// The tools this caller may see, a page at a time.
pub(crate) fn tools_list(caller: &Caller, id: &Value, params: &Map<String, Value>) -> Value {
    let start = match params.get("cursor") {
        None => Some(0),
        Some(cursor) => cursor.as_str().and_then(read_cursor),
    };
    let visible = tools::visible(caller);
    let Some(start) = start.filter(|start| *start == 0 || *start < visible.len()) else {
        return rpc::error(id, rpc::INVALID_PARAMS, "the cursor is not one of ours");
    };
    let page: Vec<Value> = visible
        .iter()
        .skip(start)
        .take(PAGE)
        .map(|tool| call::describe(tool))
        .collect();
    let mut result = json!({ "tools": page });
    if start + PAGE < visible.len() {
        result["nextCursor"] = json!(URL_SAFE_NO_PAD.encode(format!("after:{}", start + PAGE)));
    }
    rpc::result(id, &result)
}

fn read_cursor(cursor: &str) -> Option<usize> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    std::str::from_utf8(&bytes)
        .ok()?
        .strip_prefix("after:")?
        .parse()
        .ok()
        .filter(|start| *start > 0)
}

fn listen(exchange: &mut Exchange<'_>, caller: &Caller, accepts: Accepts) -> Answer {
    if !accepts.events {
        return stop(exchange, 406, "GET answers with an event stream only");
    }
    if let Err(answer) = known_version(exchange) {
        return *answer;
    }
    let (revision, ended) = match session(exchange, caller) {
        Ok(session) => (session.revision, session.ended),
        Err(answer) => return *answer,
    };
    exchange.call("stream");
    let first = if revision == LATEST {
        Bytes::from(stream::priming(0))
    } else {
        Bytes::from_static(b": open\n\n")
    };
    stream::standing(first, ended)
}

fn end(exchange: &mut Exchange<'_>, caller: &Caller) -> Answer {
    exchange.call("end");
    let Some(id) = session_id(exchange) else {
        return stop(exchange, 400, "there is no Mcp-Session-Id");
    };
    if exchange.world.sessions().end(&id, &caller.credential) {
        return answer::empty(204);
    }
    stop(exchange, 404, "the session is not known")
}

struct Held {
    revision: &'static str,
    ended: Option<watch::Receiver<()>>,
}

/// The session a request belongs to, or the answer for one that has none.
fn session(exchange: &mut Exchange<'_>, caller: &Caller) -> Result<Held, Box<Answer>> {
    if exchange.view.variants.has(variant::NO_SERVER_SESSION) || exchange.ungated {
        return Ok(Held {
            revision: said_version(exchange).unwrap_or(UNSAID),
            ended: None,
        });
    }
    let Some(id) = session_id(exchange) else {
        return Err(Box::new(stop(exchange, 400, "there is no Mcp-Session-Id")));
    };
    let sessions = exchange.world.sessions();
    if let Some(session) = sessions.of(&id, &caller.credential) {
        return Ok(Held {
            revision: session.revision,
            ended: Some(session.watch()),
        });
    }
    drop(sessions);
    Err(Box::new(stop(exchange, 404, "the session is not known")))
}

fn session_id(exchange: &Exchange<'_>) -> Option<String> {
    let value = exchange.head.headers.get(SESSION)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

fn said_version(exchange: &Exchange<'_>) -> Option<&'static str> {
    let said = exchange.head.headers.get(VERSION)?.to_str().ok()?;
    REVISIONS.into_iter().find(|revision| *revision == said)
}

fn known_version(exchange: &mut Exchange<'_>) -> Result<(), Box<Answer>> {
    if exchange.head.headers.contains_key(VERSION) && said_version(exchange).is_none() {
        return Err(Box::new(stop(
            exchange,
            400,
            "the MCP-Protocol-Version is not supported",
        )));
    }
    Ok(())
}

fn stop(exchange: &mut Exchange<'_>, status: u16, why: &'static str) -> Answer {
    exchange.stop("protocol", why);
    transport_error(status, why)
}

fn transport_error(status: u16, text: &str) -> Answer {
    answer::json(status, &rpc::error(&Value::Null, rpc::TRANSPORT, text))
}
