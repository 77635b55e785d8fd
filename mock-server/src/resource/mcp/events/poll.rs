//! `events/poll`: what happened since a cursor, asked for again and again. Nothing is remembered between two calls.

use serde_json::{Map, Value, json};

use super::super::rpc::Outcome;
use super::error::Trouble;
use super::kind;
use super::occurrence::{Told, cursor, occurrence};
use super::read::From;
use super::subscribe::{named, permitted};
use crate::defect::evs;
use crate::platform::Caller;
use crate::serve::exchange::Exchange;

/// Events of one answer.
const MOST: usize = 100;
/// When the next poll makes sense, in milliseconds.
const NEXT: u64 = 5_000;

pub(super) fn answer(exchange: &mut Exchange<'_>, caller: &Caller, params: &Map<String, Value>) -> Outcome {
    match polled(exchange, caller, params) {
        Ok(result) => Outcome::Result(result),
        Err(trouble) => {
            exchange.stop("object", "events");
            trouble.outcome(&exchange.view)
        }
    }
}

fn polled(exchange: &Exchange<'_>, caller: &Caller, params: &Map<String, Value>) -> Result<Value, Trouble> {
    let defects = &exchange.view.defects;
    let kind = named(params)?;
    let arguments = kind::arguments(params)?;
    if !kind.is_delivered_by("poll") {
        return Err(Trouble::Unsupported {
            feature: "delivery.mode",
            value: "poll".to_owned(),
        });
    }
    let mut from = From::read(params)?;
    if from.is_now() && defects.has(evs::POLL_REPLAYS_NULL) {
        from = From::start();
    }
    let most = match params.get("maxEvents") {
        None | Some(Value::Null) => MOST,
        Some(most) => {
            let most = most.as_u64().filter(|most| *most > 0);
            let most = most.ok_or(Trouble::Params("maxEvents is no number above 0"))?;
            usize::try_from(most).unwrap_or(MOST).min(MOST)
        }
    };
    permitted(exchange, caller, &arguments)?;
    let platform = exchange.world.platform();
    let now = exchange.world.clock.now();
    let mut missed = from.missed(platform.trail(), (kind, &arguments), now, defects);
    let more = missed.events.len() > most;
    let next = missed
        .events
        .get(most)
        .map_or(platform.trail().position(), |(place, _)| *place);
    missed.events.truncate(most);
    let told = missed.events.iter();
    let events: Vec<Value> = told
        .map(|(_, event)| occurrence(kind.name, &Told::of(event, &platform), None, defects))
        .collect();
    Ok(json!({
        "events": events,
        "cursor": cursor(next),
        "truncated": missed.truncated,
        "hasMore": more,
        "nextPollMs": if more { 0 } else { NEXT },
    }))
}
