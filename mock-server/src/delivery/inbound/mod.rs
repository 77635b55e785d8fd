//! Endpoints that receive signed deliveries, and a list of what they did: `/hooks/standard` (Standard Webhooks, v1 and
//! v1a), `/hooks/github`, `/hooks/events` (the extension Events of MCP), and `/hooks/unset`, which was deployed without
//! its secret.
//!
//! The order is method, type, size, headers, time, signature, then whether it was there before, then the work. Nothing is
//! remembered of a delivery that did not verify, nor of one whose work failed.

mod events;
mod memory;
mod read;
mod verify;
mod work;

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use http::header::{ALLOW, CONTENT_TYPE};
use serde_json::{Value, json};

use crate::defect::whr;
use crate::serve::answer::{self, Answer};
use crate::serve::exchange::Exchange;
use memory::Begun;
use read::Delivery;
use work::{Job, work};

pub(crate) use memory::Memory;
pub(crate) use verify::Keys;

/// The longest body that is looked at.
const LONGEST: usize = 256 << 10;
/// Between the look and the note, so that deliveries that come together all look first.
const RACE: Duration = Duration::from_millis(40);

/// One of the doors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    Standard,
    Github,
    /// Of a client of MCP Events.
    Events,
    /// Nobody gave it a secret.
    Unset,
    /// What was done with an id: `?id=`.
    Effects,
    /// The next delivery that verifies cannot be worked on.
    FailNext,
    /// That of the next delivery takes long: `?for=` seconds.
    SlowNext,
    /// How often a control envelope with an id was handed on: `?id=`.
    Controls,
    /// A subscription has its id now: `{ id, secret }`.
    Adopt,
    /// What the receivers wrote down.
    Log,
}

/// A status and why.
pub(super) type Said = (u16, &'static str);

/// The door at this path.
pub(crate) fn of(path: &str) -> Option<Door> {
    Some(match path.strip_prefix("/hooks/")? {
        "standard" => Door::Standard,
        "github" => Door::Github,
        "unset" => Door::Unset,
        "effects" => Door::Effects,
        "fail-next" => Door::FailNext,
        "slow-next" => Door::SlowNext,
        "events" => Door::Events,
        "controls" => Door::Controls,
        "adopt" => Door::Adopt,
        "log" => Door::Log,
        _ => return None,
    })
}

pub(crate) async fn answer(exchange: &mut Exchange<'_>, door: Door) -> Answer {
    exchange.call("hooks");
    let world = exchange.world;
    match door {
        Door::Effects => {
            let count = world.inbound().effects(&asked(exchange, "id"), world.clock.now());
            answer::json(200, &json!({ "count": count }))
        }
        Door::Controls => {
            let count = world.inbound().events.handed(&asked(exchange, "id"));
            answer::json(200, &json!({ "count": count }))
        }
        Door::Log => answer::typed(200, "text/plain", world.inbound().log()),
        Door::SlowNext => {
            let seconds = asked(exchange, "for").parse().unwrap_or(60);
            world.inbound().slow_next(seconds);
            answer::empty(204)
        }
        Door::Adopt => {
            let known = events::adopt(&exchange.body, &mut world.inbound().events);
            answer::empty(if known { 204 } else { 400 })
        }
        Door::Events => events::answer(exchange).await,
        Door::FailNext => {
            world.inbound().fail_next();
            answer::empty(204)
        }
        Door::Standard | Door::Github | Door::Unset => {
            let said = received(exchange, door).await;
            told(exchange, said)
        }
    }
}

/// A parameter of the query; empty where there is none.
fn asked(exchange: &Exchange<'_>, name: &str) -> String {
    let query = exchange.head.uri.query().unwrap_or_default();
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let found = pairs.find(|(known, _)| known == name);
    found.map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// The answer to a delivery; a line of the log says what came of it.
fn told(exchange: &mut Exchange<'_>, (status, why): Said) -> Answer {
    if status >= 400 {
        exchange.stop("hooks", why);
    }
    log(exchange, status, why);
    let answer = answer::json(status, &json!({ "result": why }));
    if status == 405 {
        answer::with(answer, ALLOW.as_str(), "POST")
    } else {
        answer
    }
}

/// Id, status and reason; never the body, never a signature or secret.
fn log(exchange: &Exchange<'_>, status: u16, why: &str) {
    let id = exchange.head.headers.get("webhook-id");
    let id = id.and_then(|id| id.to_str().ok()).unwrap_or("without an id");
    let mut line = format!("{status} {why}: {}", id.chars().take(100).collect::<String>());
    if exchange.view.defects.has(whr::LOG_SECRET) {
        let secret = exchange.world.fixtures.inbound.keys().secret;
        let body = String::from_utf8_lossy(&exchange.body);
        line = format!("{line} (verified {body} with {secret})");
    }
    exchange.world.inbound().note(line);
}

/// A POST of JSON, and no longer than that.
fn admitted(exchange: &Exchange<'_>) -> Result<(), Said> {
    if exchange.head.method != Method::POST {
        return Err((405, "POST is what is received here"));
    }
    let media = exchange.head.headers.get(CONTENT_TYPE);
    let media = media.and_then(|value| value.to_str().ok()).unwrap_or_default();
    if media.split(';').next().unwrap_or_default().trim() != "application/json" {
        return Err((415, "JSON is what is received here"));
    }
    Ok(())
}

/// What a delivery comes to: a status and why.
async fn received(exchange: &Exchange<'_>, door: Door) -> Said {
    let defects = Arc::clone(&exchange.view.defects);
    let has = |defect| defects.has(defect);
    if let Err(refused) = admitted(exchange) {
        return refused;
    }
    if exchange.body.len() > LONGEST && !has(whr::UNBOUNDED_BODY) {
        return (413, "the body is too long");
    }
    if has(whr::REJECT_ALL) {
        return (401, "the signature is not good");
    }
    let now = exchange.world.clock.now();
    let delivery = match Delivery::read(exchange, door, now) {
        Ok(delivery) => delivery,
        Err(_) if has(whr::VERIFY_LOGS_ONLY) => Delivery::unread(exchange),
        Err(refused) => return refused,
    };
    let memory = || exchange.world.inbound();
    if has(whr::DEDUPE_BEFORE_VERIFY) && memory().begin(&delivery.key) == Begun::Before {
        return (200, "known");
    }
    let keys = exchange.world.fixtures.inbound.keys();
    let verified = verify::verified(&delivery, door, &keys, &exchange.body, &mut memory(), &defects);
    match verified {
        Ok(true) => {}
        Ok(false) if has(whr::VERIFY_LOGS_ONLY) => {}
        Ok(false) => {
            if has(whr::STRCMP_MAC) {
                let right = verify::right_bytes(&delivery, &keys, &exchange.body);
                tokio::time::sleep(Duration::from_millis(right)).await;
            }
            return (401, "the signature is not good");
        }
        Err(refused) => return refused,
    }
    let job = || Job {
        keys: std::slice::from_ref(&delivery.key),
        subject: &delivery.subject,
        remembers: has(whr::DEDUPE_BEFORE_SUCCESS),
        acknowledges: false,
        waits: has(whr::SYNC_HANDLER),
    };
    if has(whr::NO_DEDUPE) || has(whr::DEDUPE_BEFORE_VERIFY) {
        return work(exchange.world, job()).await;
    }
    if has(whr::DEDUPE_RACE) {
        if memory().knows(&delivery.key) {
            return (200, "known");
        }
        tokio::time::sleep(RACE).await;
        let _ = memory().begin(&delivery.key);
    } else if memory().begin(&delivery.key) == Begun::Before {
        return (200, "known");
    }
    work(exchange.world, job()).await
}

/// What a body is about: the id in its data.
fn subject(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    body.pointer("/data/id")?.as_str().map(str::to_owned)
}
