//! The main door: from a request to an answer, in the order route, header, credential, bucket, permission.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CACHE_CONTROL, DATE, ORIGIN};
use http::{HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, BodyStream, LengthLimitError, Limited, StreamBody};
use hyper::body::Incoming;
use serde_json::Map;

use super::answer::{self, Answer};
use super::exchange::Exchange;
use super::listener::{Connection, Hangup, Service};
use super::origin;
use super::race;
use super::route::{self, Endpoint, Route};
use crate::authority::gate::{self, Denial};
use crate::authority::oauth::endpoint;
use crate::authority::presentation::LONGEST;
use crate::authority::token::ahead;
use crate::authority::{dialect, metadata, meter, outage, refusal};
use crate::defect::{
    DefectSet, bearer, challenge, evs, load, oac, rate, resource as resource_defect, scope, tenant,
    transport, wstk,
};
use crate::delivery::inbound;
use crate::platform::Caller;
use crate::realtime;
use crate::resource::mcp::rpc::{self, Message, Outcome, Post};
use crate::resource::mcp::{self, features, http_sse, stream};
use crate::resource::rest;
use crate::resource::tools::{self, Effect};
use crate::state::State;
use crate::variant;

/// Longest body read; a longer one is answered 413.
const LONGEST_BODY: usize = 4 << 20;
const BODY_TIMEOUT: Duration = Duration::from_secs(20);
/// What a backtracking pattern takes for an over-long value.
const BACKTRACKING: Duration = Duration::from_secs(4);
/// Between the look at a counter and the count, so that requests that come together all look first.
const RACE: Duration = Duration::from_millis(60);
/// The same for a ticket.
const TICKET_RACE: Duration = Duration::from_millis(25);
/// What a costly refusal takes.
const WORK: Duration = Duration::from_millis(120);
/// Pauses in a world's life: enough to be noticed, and then no more, so that a flood does not take for ever.
const PAUSES: u32 = 60;

/// What looking up a thing takes that the caller may not see.
const EXISTENCE_DELAY: Duration = Duration::from_millis(3);

/// The service behind the main port.
#[derive(Clone)]
pub(crate) struct MainDoor(pub(crate) Arc<State>);

impl Service for MainDoor {
    async fn answer(
        &self,
        connection: Arc<Connection>,
        request: Request<Incoming>,
    ) -> Result<Answer, Hangup> {
        let (head, body) = request.into_parts();
        let path = head.uri.path().to_owned();
        let body = read_body(body).await;
        let (body, unread) = match body {
            Ok(body) => (body, None),
            Err(answer) => (Bytes::new(), Some(*answer)),
        };
        let mut exchange = Exchange::new(&self.0, &connection, head, body);
        if exchange.view.defects.any(&load::CROWDED) {
            self.0.crowd.count(self.0.clock.millis());
        }
        if exchange.view.defects.has(bearer::REDOS_TOKEN) && overlong(&exchange) {
            tokio::time::sleep(BACKTRACKING).await;
        }
        if exchange.view.variants.has(variant::DUPLICATE_CLOSE)
            && exchange.head.headers.get_all(AUTHORIZATION).iter().count() > 1
        {
            return Err(Hangup);
        }
        if exchange.view.defects.has(rate::COUNTER_RACE) {
            exchange.looked = meter::look(&mut exchange);
            if exchange.looked.is_some_and(|standing| !standing.limited) && self.may_pause() {
                tokio::time::sleep(RACE).await;
            }
        }
        if exchange.view.defects.has(wstk::TICKET_TOCTOU) && exchange.head.uri.path().starts_with("/api/") {
            exchange.ticket_seen = ticket_unused(&exchange);
            tokio::time::sleep(TICKET_RACE).await;
        }
        exchange.fetched = ahead::prepare(&exchange).await;
        outage::wait(&exchange).await;
        race::look(&mut exchange).await;
        let answer = match unread {
            Some(answer) => answer,
            None => match endpoint::of(&path, &exchange.view.defects) {
                Some(endpoint) => endpoint::answer(&mut exchange, endpoint).await?,
                None => match inbound::of(&path) {
                    Some(door) => inbound::answer(&mut exchange, door).await,
                    None => routed(&mut exchange),
                },
            },
        };
        let answer = dressed(&exchange, answer);
        if exchange.view.defects.has(tenant::EXISTENCE_DELAY) && refuses_what_exists(&exchange) {
            tokio::time::sleep(EXISTENCE_DELAY).await;
        }
        match answer.status().as_u16() {
            503 if exchange.view.defects.has(rate::OVERLOAD_RESET) => return Err(Hangup),
            429 if exchange.view.defects.has(rate::AFTER_WORK) && self.may_pause() => {
                tokio::time::sleep(WORK).await;
            }
            _ => {}
        }
        let line = exchange.line(answer.status().as_u16());
        self.0.journal().record(line);
        Ok(answer)
    }

    fn keep_alive(&self) -> bool {
        !self.0.variants.has(variant::KEEP_ALIVE_OFF)
    }

    fn front(&self) -> Arc<DefectSet> {
        self.0.view().defects
    }
}

impl MainDoor {
    fn may_pause(&self) -> bool {
        self.0.is_for_load() || self.0.pauses.fetch_add(1, Ordering::Relaxed) < PAUSES
    }
}

/// Whether the ticket of a request could open something now.
fn ticket_unused(exchange: &Exchange<'_>) -> bool {
    let query = exchange.head.uri.query().unwrap_or_default();
    let now = exchange.world.clock.now();
    let ticket = realtime::ticket::presented(query);
    ticket.is_some_and(|text| exchange.world.tickets().look(&text, now, false).is_ok())
}

/// Whether a workspace that exists was asked for and not served.
fn refuses_what_exists(exchange: &Exchange<'_>) -> bool {
    let asked = format!(
        "{} {}",
        exchange.head.uri,
        String::from_utf8_lossy(&exchange.body)
    );
    let platform = exchange.world.platform();
    let named = platform.all_workspaces().any(|place| asked.contains(&place.id));
    exchange.stopped_at() == "object" && named
}

async fn read_body(body: Incoming) -> Result<Bytes, Box<Answer>> {
    let refuse = |status, text| Err(Box::new(answer::failure(status, 10_022, text, None)));
    match tokio::time::timeout(BODY_TIMEOUT, Limited::new(body, LONGEST_BODY).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => refuse(413, "The body is longer than 4 MiB."),
        Ok(Err(_)) => refuse(400, "The body could not be read."),
        Err(_) => refuse(408, "The body did not arrive in time."),
    }
}

fn overlong(exchange: &Exchange<'_>) -> bool {
    exchange
        .head
        .headers
        .get_all(AUTHORIZATION)
        .iter()
        .any(|value| value.len() > LONGEST)
}

fn routed(exchange: &mut Exchange<'_>) -> Answer {
    if let Some(answer) = metadata::answer(exchange) {
        return answer;
    }
    let path = exchange.head.uri.path().to_owned();
    let route = route::route(&path);
    let over_mcp = !matches!(route, Route::Rest(_));
    exchange.view.unguarded = over_mcp && exchange.view.defects.has(scope::REST_GUARDED_MCP_OPEN);
    match route {
        Route::Mcp(_) if exchange.view.variants.has(variant::SSE_ONLY) => {
            exchange.stop("route", "no such route");
            rest::no_such_route()
        }
        Route::Mcp(Endpoint::InBand) => guarded_in_band(exchange),
        Route::Mcp(_) => mcp_endpoint(exchange),
        Route::OldStream | Route::OldMessage if exchange.view.variants.has(variant::MODERN_ONLY) => {
            exchange.stop("route", "no such route");
            rest::no_such_route()
        }
        Route::OldStream => guarded(exchange, http_sse::open),
        Route::OldMessage => guarded(exchange, http_sse::message),
        Route::Socket => realtime::socket::open(exchange),
        Route::Events => realtime::sse::open(exchange),
        Route::Rest(segments) => rest_route(exchange, &segments),
        Route::Source(name) => rest::source(exchange, name),
        Route::Unknown => {
            let loosely = exchange
                .view
                .defects
                .has(bearer::POST_ONLY_GATE)
                .then(|| route::loosely(&path))
                .flatten();
            if loosely.is_some() {
                return ungated(exchange);
            }
            exchange.stop("route", "no such route");
            rest::no_such_route()
        }
    }
}

fn mcp_endpoint(exchange: &mut Exchange<'_>) -> Answer {
    if let Some(answer) = origin::ahead(exchange) {
        return answer;
    }
    if exchange.view.defects.has(bearer::POST_ONLY_GATE) && exchange.head.method != Method::POST {
        return ungated(exchange);
    }
    if exchange.view.defects.has(resource_defect::EFFECT_BEFORE_CHECK) {
        act_early(exchange);
    }
    admitted(exchange, mcp::dispatch)
}

/// The endpoint where anybody may open a conversation and look around. Calls are told inside it who they lack.
fn guarded_in_band(exchange: &mut Exchange<'_>) -> Answer {
    if let Some(answer) = origin::ahead(exchange) {
        return answer;
    }
    let caller = match gate::admit(exchange) {
        Ok(caller) => caller,
        Err(Denial::NoCredential) => nobody(exchange, "Not authenticated. Sign in, then call again."),
        Err(denial) if denial.is_invalid_token() => nobody(
            exchange,
            "Session expired. Please re-authenticate, then call again.",
        ),
        Err(denial) => return denied(exchange, denial),
    };
    meter::counted(exchange, &caller, |exchange| mcp::dispatch(exchange, &caller))
}

fn nobody(exchange: &mut Exchange<'_>, told: &'static str) -> Caller {
    exchange.lapsed = Some(told);
    gate::anonymous()
}

/// An address of the HTTP+SSE transport.
fn guarded(exchange: &mut Exchange<'_>, serve: fn(&mut Exchange<'_>, &Caller) -> Answer) -> Answer {
    match origin::ahead(exchange) {
        Some(answer) => answer,
        None => admitted(exchange, serve),
    }
}

fn admitted(exchange: &mut Exchange<'_>, serve: fn(&mut Exchange<'_>, &Caller) -> Answer) -> Answer {
    match gate::admit(exchange) {
        Ok(caller) => meter::counted(exchange, &caller, |exchange| serve(exchange, &caller)),
        Err(denial) => denied(exchange, denial),
    }
}

fn rest_route(exchange: &mut Exchange<'_>, segments: &[&str]) -> Answer {
    if let Some(answer) = rest::open_route(exchange, segments) {
        return answer;
    }
    if !rest::knows(exchange, segments) {
        exchange.stop("route", "no such route");
        return rest::no_such_route();
    }
    match gate::admit(exchange) {
        Ok(caller) => meter::counted(exchange, &caller, |exchange| {
            rest::answer(exchange, &caller, segments)
        }),
        Err(Denial::NoCredential)
            if exchange.view.defects.has(wstk::MINT_OPEN)
                && segments.first() == Some(&"websocket")
                && let Some(reader) = reader(exchange) =>
        {
            rest::answer(exchange, &reader, segments)
        }
        Err(denial) => denied(exchange, denial),
    }
}

/// Refuses, unless a defect does something else with nobody.
fn denied(exchange: &mut Exchange<'_>, denial: Denial) -> Answer {
    if let Some(answer) = meter::guessed(exchange, denial) {
        return answer;
    }
    if denial == Denial::NoCredential
        && exchange.view.defects.has(evs::ANON_SUBSCRIBE)
        && let Ok(Post::One(Message::Request { method, .. })) = rpc::read(&exchange.body)
        && method == "events/subscribe"
        && let Some(reader) = reader(exchange)
    {
        return mcp::dispatch(exchange, &reader);
    }
    let defects = &exchange.view.defects;
    let (method, headers) = (&exchange.head.method, &exchange.head.headers);
    let names_type = |name: &str| {
        headers
            .get_all(ACCEPT)
            .iter()
            .any(|value| String::from_utf8_lossy(value.as_bytes()).contains(name))
    };
    if denial == Denial::NoCredential {
        if defects.has(challenge::LOGIN_REDIRECT) && names_type("text/html") {
            return answer::with(answer::empty(302), "location", "/login");
        }
        if defects.has(resource_defect::OPEN_LISTING)
            && let Ok(Post::One(Message::Request { id, method, params })) = rpc::read(&exchange.body)
            && method == "tools/list"
            && let Some(reader) = reader(exchange)
            && let Outcome::Result(result) = features::tools_list(&reader, &params)
        {
            return answer::json(200, &rpc::result(&id, result));
        }
    }
    if denial.is_invalid_token()
        && defects.has(challenge::SSE_OPENS_THEN_ERRORS)
        && *method == Method::GET
        && names_type("text/event-stream")
    {
        let error = rpc::error(&serde_json::Value::Null, -32_001, "the access token is not valid");
        return stream::finished(&[error]);
    }
    refusal::deny(exchange, denial)
}

/// Serves without asking; what `post-only-gate` does with every other method and spelling.
fn ungated(exchange: &mut Exchange<'_>) -> Answer {
    exchange.ungated = true;
    match reader(exchange) {
        Some(reader) => mcp::dispatch(exchange, &reader),
        None => rest::no_such_route(),
    }
}

fn reader(exchange: &Exchange<'_>) -> Option<Caller> {
    exchange.world.caller_of(&exchange.world.fixtures.reader_id()?)
}

/// Carries a write out for whoever presents a token, before that token is looked at.
fn act_early(exchange: &Exchange<'_>) {
    let world = exchange.world;
    if !exchange.head.headers.contains_key(AUTHORIZATION) {
        return;
    }
    let Some(writer) = world
        .fixtures
        .key_named("finance-rw")
        .and_then(|key| world.caller_of(&key))
    else {
        return;
    };
    let Ok(Post::One(Message::Request { method, params, .. })) = rpc::read(&exchange.body) else {
        return;
    };
    let name = params
        .get("name")
        .and_then(|name| name.as_str())
        .unwrap_or_default();
    let none = Map::new();
    let arguments = params
        .get("arguments")
        .and_then(|arguments| arguments.as_object())
        .unwrap_or(&none);
    if method == "tools/call" && tools::effect(name, arguments) == Some(Effect::Write) {
        // Its outcome is nobody's business: the answer will be the refusal.
        let _ = world.run_tool(&exchange.view, &writer, name, arguments);
    }
}

/// What every answer gets on its way out: caching, CORS, and the looks of variants.
fn dressed(exchange: &Exchange<'_>, mut answer: Answer) -> Answer {
    let (defects, variants) = (&exchange.view.defects, &exchange.view.variants);
    let known = exchange.credential.is_some();
    if known && answer.status().is_success() && defects.has(bearer::PUBLIC_CACHE) {
        answer
            .headers_mut()
            .insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=60"));
    } else {
        answer
            .headers_mut()
            .entry(CACHE_CONTROL)
            .or_insert(HeaderValue::from_static("no-store"));
    }
    if defects.has(transport::SSE_BUFFERED) {
        answer.headers_mut().remove("x-accel-buffering");
    }
    // The world's own time: what is told in moments must agree with it.
    answer
        .headers_mut()
        .insert(DATE, dialect::date(exchange.world.clock.now()));
    let front = endpoint::of(exchange.head.uri.path(), &exchange.view.defects)
        .is_some_and(endpoint::Endpoint::is_front);
    if defects.has(oac::CORS_STAR_GLOBAL) {
        answer = answer::with(answer, "access-control-allow-origin", "*");
    } else if let Some(origin) = exchange.head.headers.get(ORIGIN).cloned()
        && !front
        && !origin::foreign(exchange)
    {
        answer.headers_mut().insert("access-control-allow-origin", origin);
        let exposed = if defects.has(challenge::CORS_HIDDEN_CHALLENGE) {
            "Mcp-Session-Id"
        } else {
            "Mcp-Session-Id, WWW-Authenticate"
        };
        answer = answer::with(answer, "access-control-expose-headers", exposed);
    }
    if variants.has(variant::EXTRA_HEADERS) {
        let id = exchange.world.mint().hex(8);
        answer = answer::with(answer, "x-ve-reqid", &id);
        answer = answer::with(answer, "x-request-id", &id);
        answer = answer::with(answer, "server-timing", "app;dur=0.4");
        answer = answer::with(answer, "vary", "Origin, Authorization");
    }
    if variants.has(variant::CHUNKED_ANSWERS) && answer.status() != StatusCode::SWITCHING_PROTOCOLS {
        // Without a size hint the body goes out in chunks.
        answer = answer.map(|body| StreamBody::new(BodyStream::new(body)).boxed_unsync());
    }
    answer
}
