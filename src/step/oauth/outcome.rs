//! The decision of an authorization server's answer.

use serde_json::{Map, Value as Json};

use crate::expect::Outcome;
use crate::oauth::callback::Callback;
use crate::wire::{Exchange, Response};

/// A request that asked for something in a JSON object: done only where it is there.
pub(super) fn of_members(exchange: &Exchange, wanted: &[&str]) -> Outcome {
    let folded = folded(exchange);
    if folded != Outcome::Done {
        return folded;
    }
    let Some(members) = exchange.response.as_ref().ok().and_then(object) else {
        return Outcome::Broken;
    };
    if wanted.iter().all(|name| members.contains_key(*name)) {
        Outcome::Done
    } else {
        Outcome::Broken
    }
}

/// A request whose status says it all.
pub(super) fn of_status(exchange: &Exchange) -> Outcome {
    folded(exchange)
}

/// An authorization request or a page on the way: a page and a redirect are an answer, an error in a callback is not.
pub(super) fn of_page(exchange: &Exchange, callback: Option<&Callback>) -> Outcome {
    if let Some(callback) = callback {
        return if callback.error().is_some() {
            Outcome::Refused
        } else {
            Outcome::Done
        };
    }
    match exchange.response.as_ref().map(|response| response.status) {
        Ok(300..400) => Outcome::Done,
        _ => Outcome::of(exchange, None),
    }
}

/// A flow that should have ended in a callback with a code.
pub(super) fn of_callback(exchange: &Exchange, callback: Option<&Callback>) -> Outcome {
    match callback {
        Some(callback) if callback.error().is_some() => Outcome::Refused,
        Some(callback) if callback.get("code").is_some() => Outcome::Done,
        Some(_) => Outcome::Broken,
        None => match folded(exchange) {
            // A page on which nothing could be done, or a redirect to where nobody follows: there is no code.
            Outcome::Done => Outcome::Refused,
            other => other,
        },
    }
}

/// As everywhere, but that a redirect is no answer of an endpoint that a program calls.
fn folded(exchange: &Exchange) -> Outcome {
    match exchange.response.as_ref().map(|response| response.status) {
        Ok(300..400) => Outcome::Broken,
        _ => Outcome::of(exchange, None),
    }
}

fn object(response: &Response) -> Option<Map<String, Json>> {
    serde_json::from_slice(&response.body).ok()
}
