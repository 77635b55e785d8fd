//! Endpoints that receive signed deliveries, and a list of what they did: `/hooks/standard` (Standard Webhooks, v1 and
//! v1a), `/hooks/github`, and `/hooks/unset`, which was deployed without its secret.
//!
//! The order is method, type, size, headers, time, signature, then whether it was there before, then the work. Nothing is
//! remembered of a delivery that did not verify, nor of one whose work failed.

mod memory;
mod read;
mod verify;

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use http::header::{ALLOW, CONTENT_TYPE};
use serde_json::{Value, json};

use crate::defect::whr;
use crate::serve::answer::{self, Answer};
use crate::serve::exchange::Exchange;
use crate::state::State;
use memory::Begun;
use read::Delivery;

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
    /// Nobody gave it a secret.
    Unset,
    /// What was done with an id: `?id=`.
    Effects,
    /// The next delivery that verifies cannot be worked on.
    FailNext,
}

/// The door at this path.
pub(crate) fn of(path: &str) -> Option<Door> {
    Some(match path.strip_prefix("/hooks/")? {
        "standard" => Door::Standard,
        "github" => Door::Github,
        "unset" => Door::Unset,
        "effects" => Door::Effects,
        "fail-next" => Door::FailNext,
        _ => return None,
    })
}

pub(crate) async fn answer(exchange: &mut Exchange<'_>, door: Door) -> Answer {
    exchange.call("hooks");
    let world = exchange.world;
    match door {
        Door::Effects => {
            let query = exchange.head.uri.query().unwrap_or_default();
            let mut pairs = url::form_urlencoded::parse(query.as_bytes());
            let id = pairs
                .find(|(name, _)| name == "id")
                .map(|(_, id)| id.into_owned());
            let count = world.inbound().effects(&id.unwrap_or_default());
            answer::json(200, &json!({ "count": count }))
        }
        Door::FailNext => {
            world.inbound().fail_next();
            answer::empty(204)
        }
        Door::Standard | Door::Github | Door::Unset => {
            let (status, why) = received(exchange, door).await;
            if status >= 400 {
                exchange.stop("hooks", why);
            }
            let answer = answer::json(status, &json!({ "result": why }));
            if status == 405 {
                answer::with(answer, ALLOW.as_str(), "POST")
            } else {
                answer
            }
        }
    }
}

/// What a delivery comes to: a status and why.
async fn received(exchange: &Exchange<'_>, door: Door) -> (u16, &'static str) {
    let defects = Arc::clone(&exchange.view.defects);
    let has = |defect| defects.has(defect);
    if exchange.head.method != Method::POST {
        return (405, "POST is what is received here");
    }
    let media = exchange.head.headers.get(CONTENT_TYPE);
    let media = media.and_then(|value| value.to_str().ok()).unwrap_or_default();
    if media.split(';').next().unwrap_or_default().trim() != "application/json" {
        return (415, "JSON is what is received here");
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
    match verify::verified(&delivery, door, &keys, &exchange.body, &mut memory(), &defects) {
        Ok(true) => {}
        Ok(false) if has(whr::VERIFY_LOGS_ONLY) => {}
        Ok(false) => return (401, "the signature is not good"),
        Err(refused) => return refused,
    }
    if has(whr::NO_DEDUPE) || has(whr::DEDUPE_BEFORE_VERIFY) {
        return work(exchange.world, &delivery, has(whr::DEDUPE_BEFORE_SUCCESS));
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
    work(exchange.world, &delivery, has(whr::DEDUPE_BEFORE_SUCCESS))
}

/// Does what a delivery is for. One whose work fails was never there.
fn work(world: &State, delivery: &Delivery, remembers: bool) -> (u16, &'static str) {
    let mut memory = world.inbound();
    if memory.must_fail() {
        if !remembers {
            memory.forget(&delivery.key);
        }
        return (500, "the work failed");
    }
    memory.did(&delivery.subject);
    (200, "done")
}

/// What a body is about: the id in its data.
fn subject(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    body.pointer("/data/id")?.as_str().map(str::to_owned)
}
