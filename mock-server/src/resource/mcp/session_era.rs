//! Streamable HTTP of 2025-03-26, 2025-06-18 and 2025-11-25: sessions, POST, GET stream, DELETE.

use std::sync::Arc;

use http::Method;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};

use super::Era;
use super::accept::{Accepts, accepts, essence};
use super::call;
use super::events;
use super::features;
use super::rpc::{self, Message, Outcome, Post, Unreadable};
use super::session::{Place, REVISIONS};
use super::{input, kept, stream, tasks};
use crate::authority::refusal;
use crate::defect::{evs, strm, transport};
use crate::platform::Caller;
use crate::serve::answer::{self, Answer};
use crate::serve::exchange::Exchange;
use crate::variant;

const SESSION: &str = "mcp-session-id";
const VERSION: &str = "mcp-protocol-version";
const LATEST: &str = "2025-11-25";
const OPEN: &str = ": open\n\n";
/// What a client speaks that sends no version header (2025-06-18, transports).
const UNSAID: &str = "2025-03-26";
pub(crate) fn answer(exchange: &mut Exchange<'_>, caller: &Caller) -> Answer {
    let accepts = accepts(&exchange.head.headers);
    let streams = !exchange.view.variants.has(variant::NO_GET_STREAM);
    match exchange.head.method {
        Method::POST => post(exchange, caller, accepts),
        Method::GET if exchange.view.defects.has(transport::GET_JSON) => {
            answer::json(200, &json!({ "server": "hallmark-mock" }))
        }
        Method::GET | Method::HEAD if streams => listen(exchange, caller, accepts),
        Method::DELETE => end(exchange, caller),
        _ => {
            exchange.stop("protocol", "method");
            let allowed = if streams {
                "GET, POST, DELETE"
            } else {
                "POST, DELETE"
            };
            let text = "this endpoint does not know the method";
            answer::with(transport_error(405, text), "allow", allowed)
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
    let posted = match rpc::take(exchange) {
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
    let session = match session(exchange, caller) {
        Ok(session) => session,
        Err(answer) => return *answer,
    };
    let revision = session.revision;
    let versioned = exchange.head.headers.contains_key(VERSION);
    let asks = exchange.view.defects.has(transport::VERSION_MISSING_500) && revision != UNSAID;
    if asks && !versioned {
        return stop(exchange, 500, "the version is missing");
    }
    if let Post::One(Message::Request { id, method, params }) = &posted
        && let Some(answer) = kept::answer(exchange, caller, (Era::Session, accepts), (id, method, params))
    {
        return answer;
    }
    let (messages, batched) = match posted {
        Post::One(message) => (vec![message], false),
        Post::Batch(messages)
            if revision == "2025-03-26" || exchange.view.defects.has(transport::BATCHES_SERVED) =>
        {
            (messages, true)
        }
        Post::Batch(_) => {
            exchange.stop("protocol", "batch");
            let text = "this revision has no batches";
            return answer::json(400, &rpc::error(&Value::Null, rpc::INVALID_REQUEST, text));
        }
    };
    let mut replies = Vec::new();
    for message in messages {
        if let Message::Request { id, method, params } = message {
            match asked(exchange, caller, &session, (&method, &params)) {
                Outcome::Result(result) => replies.push(rpc::result(&id, result)),
                Outcome::Error { code, text, data } => replies.push(rpc::error_with(&id, code, &text, data)),
                Outcome::Refused(refused) => return refusal::insufficient(exchange, caller, &refused),
            }
        }
    }
    let held = session_id(exchange);
    send(
        exchange,
        caller,
        accepts,
        revision,
        &replies,
        (batched, held.as_deref()),
    )
}

/// What one request comes to. The newest revision of this era has tasks and links beside what all of them have.
fn asked(
    exchange: &mut Exchange<'_>,
    caller: &Caller,
    session: &Held,
    (method, params): (&str, &Map<String, Value>),
) -> Outcome {
    if session.revision != LATEST || exchange.lapsed.is_some() {
        return request(exchange, caller, method, params);
    }
    if method == "tools/call" && session.opens_links && input::needed(params) {
        return input::call_by_link(exchange, caller, params);
    }
    if let Some(outcome) = tasks::answer_core(exchange, caller, method, params) {
        return outcome;
    }
    let mut outcome = request(exchange, caller, method, params);
    if method == "tools/list" && tasks::are_known(exchange) {
        tasks::mark_tools(&mut outcome);
    }
    outcome
}

/// Replies as JSON, or as events where the client prefers them; 202 where there is nothing to say.
fn send(
    exchange: &Exchange<'_>,
    caller: &Caller,
    accepts: Accepts,
    revision: &str,
    replies: &[Value],
    (batched, session): (bool, Option<&str>),
) -> Answer {
    if replies.is_empty() {
        let chatty = exchange.view.defects.has(transport::NOTIFICATION_200);
        return if chatty {
            answer::json(200, &json!({ "ok": true }))
        } else {
            answer::empty(202)
        };
    }
    let wanted = exchange.view.variants.has(variant::SSE_ANSWERS) && accepts.events;
    if wanted || accepts.events_first || !accepts.json {
        if exchange.view.defects.has(transport::EVENT_IDS_REPEATED) {
            return stream::counted(replies);
        }
        let mut sessions = exchange.world.sessions();
        return match session.and_then(|id| sessions.of(id, &caller.credential)) {
            Some(session) => stream::kept(session, replies, revision == LATEST),
            None => stream::finished(replies),
        };
    }
    match replies {
        [reply] if !batched => answer::json(200, reply),
        _ => answer::json(200, &json!(replies)),
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
    let reply = rpc::result(id, greeting(exchange, revision));
    if exchange.view.variants.has(variant::NO_SERVER_SESSION) {
        return send(exchange, caller, accepts, revision, &[reply], (false, None));
    }
    let mut session = exchange.world.mint().session_id(&exchange.view.defects);
    if exchange.view.defects.has(transport::SESSION_ID_BLANK) {
        session.insert(32, ' ');
    }
    exchange
        .world
        .sessions()
        .open(session.clone(), &caller.credential, revision);
    if let Some(session) = exchange.world.sessions().of(&session, &caller.credential) {
        session.opens_links = input::opens_links(params.get("capabilities").unwrap_or(&Value::Null));
        session.token.clone_from(&exchange.token);
    }
    let answer = send(
        exchange,
        caller,
        accepts,
        revision,
        &[reply],
        (false, Some(&session)),
    );
    answer::with(answer, SESSION, &session)
}

/// The result of `initialize`.
pub(crate) fn greeting(exchange: &Exchange<'_>, revision: &str) -> Value {
    let mut capabilities = features::capabilities(exchange);
    if revision == LATEST && tasks::are_known(exchange) {
        capabilities["tasks"] = tasks::core_capabilities();
    }
    json!({
        "protocolVersion": revision,
        "capabilities": capabilities,
        "serverInfo": server_info(),
    })
}

pub(crate) fn server_info() -> Value {
    json!({ "name": "hallmark-mock", "title": "Hallmark mock", "version": env!("CARGO_PKG_VERSION") })
}

pub(crate) fn request(
    exchange: &mut Exchange<'_>,
    caller: &Caller,
    method: &str,
    params: &Map<String, Value>,
) -> Outcome {
    exchange.call(method);
    if method == "tools/call"
        && let Some(outcome) = call::lapsed(exchange)
    {
        return outcome;
    }
    if let Some(outcome) = features::answer(exchange, caller, Era::Session, method, params) {
        return outcome;
    }
    let watches = !exchange.view.variants.has(variant::TOOLS_ONLY);
    match method {
        "ping" => Outcome::Result(json!({})),
        "resources/subscribe" if watches => watch(exchange, caller, params, true),
        "resources/unsubscribe" if watches => watch(exchange, caller, params, false),
        "initialize" => Outcome::error(rpc::INVALID_REQUEST, "initialize stands alone"),
        "events/list" if exchange.view.defects.has(evs::OFF_BUT_ANSWERS) => {
            events::list_anyway(exchange, params)
        }
        _ => Outcome::error(rpc::METHOD_NOT_FOUND, "the method is not known here"),
    }
}

/// `resources/subscribe` and its opposite. A resource the caller may not read is as unknown as none.
fn watch(exchange: &Exchange<'_>, caller: &Caller, params: &Map<String, Value>, on: bool) -> Outcome {
    let Some(uri) = params.get("uri").and_then(Value::as_str) else {
        return Outcome::error(rpc::INVALID_PARAMS, "uri is missing");
    };
    if on && !features::may_read(exchange.world, caller, uri) {
        return Outcome::error(rpc::RESOURCE_NOT_FOUND, "there is no resource of this address");
    }
    let Some(id) = session_id(exchange) else {
        return Outcome::error(rpc::INVALID_REQUEST, "there is no session to remember it");
    };
    let mut sessions = exchange.world.sessions();
    let Some(session) = sessions.of(&id, &caller.credential) else {
        return Outcome::error(rpc::INVALID_REQUEST, "there is no session to remember it");
    };
    if !on {
        session.watched.remove(uri);
    } else if !session.watch_resource(uri) {
        return Outcome::error(rpc::INVALID_REQUEST, "the session watches too many resources");
    }
    Outcome::Result(json!({}))
}

fn listen(exchange: &mut Exchange<'_>, caller: &Caller, accepts: Accepts) -> Answer {
    if !accepts.events {
        return stop(exchange, 406, "GET answers with an event stream only");
    }
    if let Err(answer) = known_version(exchange) {
        return *answer;
    }
    let revision = match session(exchange, caller) {
        Ok(held) => held.revision,
        Err(answer) => return *answer,
    };
    exchange.call("stream");
    let Ok(room) = Arc::clone(&exchange.world.streams).try_acquire_owned() else {
        return answer::with(
            stop(exchange, 503, "no room for another stream"),
            "retry-after",
            "5",
        );
    };
    let from = exchange
        .head
        .headers
        .get("last-event-id")
        .and_then(|value| Place::from_id(value.to_str().ok()?));
    let mut sessions = exchange.world.sessions();
    let held = session_id(exchange).and_then(|id| Some((sessions.of(&id, &caller.credential)?, id)));
    let Some((session, id)) = held else {
        return stream::silent(OPEN.to_owned(), &caller.credential, exchange.world);
    };
    let (place, resumed) = session.stand(from);
    let mut first = if revision == LATEST && !resumed {
        stream::priming(&place.id())
    } else {
        OPEN.to_owned()
    };
    let (moved, world) = (session.watch(), Arc::clone(exchange.world));
    if let Some(from) = from
        && exchange.view.defects.has(transport::REPLAY_FOR_ANYBODY)
    {
        first.push_str(&stream::replay(
            sessions.all().flat_map(|session| session.after(from)),
        ));
    }
    let at = stream::Standing {
        moved,
        world,
        session: id,
        place,
        _room: room,
    };
    stream::standing(first, at)
}

fn end(exchange: &mut Exchange<'_>, caller: &Caller) -> Answer {
    exchange.call("end");
    let Some(id) = session_id(exchange) else {
        return stop(exchange, 400, "there is no Mcp-Session-Id");
    };
    let lives = exchange.view.defects.has(transport::ENDED_SESSION_LIVES);
    let mut sessions = exchange.world.sessions();
    let ended = if lives {
        sessions.of(&id, &caller.credential).is_some()
    } else {
        sessions.end(&id, &caller.credential)
    };
    drop(sessions);
    if ended {
        return answer::empty(204);
    }
    stop(exchange, 404, "the session is not known")
}

struct Held {
    revision: &'static str,
    /// Its client sends people to pages.
    opens_links: bool,
}

/// The session a request belongs to, or the answer for one that has none.
fn session(exchange: &mut Exchange<'_>, caller: &Caller) -> Result<Held, Box<Answer>> {
    if exchange.view.variants.has(variant::NO_SERVER_SESSION) || exchange.ungated {
        return Ok(Held {
            revision: said_version(exchange).unwrap_or(UNSAID),
            opens_links: false,
        });
    }
    let Some(id) = session_id(exchange) else {
        let unusual = exchange.view.defects.has(transport::MISSING_SESSION_404);
        let status = if unusual { 404 } else { 400 };
        return Err(Box::new(stop(exchange, status, "there is no Mcp-Session-Id")));
    };
    let mut sessions = exchange.world.sessions();
    let by_bytes = exchange.view.defects.has(strm::SESSION_BINDS_TOKEN_BYTES);
    if let Some(session) = sessions.of(&id, &caller.credential)
        && (!by_bytes || session.token == exchange.token)
    {
        return Ok(Held {
            revision: session.revision,
            opens_links: session.opens_links,
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
    let lax = exchange.view.defects.has(transport::VERSION_UNCHECKED);
    if exchange.head.headers.contains_key(VERSION) && said_version(exchange).is_none() && !lax {
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
