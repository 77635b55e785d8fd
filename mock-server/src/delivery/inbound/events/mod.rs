//! `/hooks/events`: where a client of MCP Events (SEP-3415) has its deliveries sent.
//!
//! Occurrences are worked on once for each subscription, control envelopes handed on, challenges answered. The header
//! `X-MCP-Subscription-Id` chooses the secret; what names a subscription that has no id yet is verified with the secrets
//! that were offered: a challenge is answered then, anything else is to come again.

mod book;
mod kind;
mod message;
mod verify;

use std::sync::Arc;

use serde_json::{Value, json};

use super::memory::Begun;
use super::work::{Job, work};
use super::{LONGEST, Said, admitted, log, told};
use crate::defect::evr;
use crate::serve::answer::{self, Answer};
use crate::serve::exchange::Exchange;
use kind::{Kind, Occurrence};
use message::Message;

pub(super) use book::{Book, adopt};

/// Bytes that a defect takes at most.
const SHORT: usize = 64 << 10;

/// What a delivery comes to.
enum Reply {
    Said(Said),
    /// The nonce of a challenge goes back.
    Echo(String),
}

pub(super) async fn answer(exchange: &mut Exchange<'_>) -> Answer {
    match received(exchange).await {
        Ok(Reply::Said(said)) | Err(said) => told(exchange, said),
        Ok(Reply::Echo(nonce)) => {
            log(exchange, 200, "challenge answered");
            echo(exchange, &nonce)
        }
    }
}

fn echo(exchange: &Exchange<'_>, nonce: &str) -> Answer {
    let body = json!({ "challenge": nonce });
    if exchange.view.defects.has(evr::ECHO_HTML) {
        return answer::typed(200, "text/html", body.to_string());
    }
    let answer = answer::json(200, &body);
    answer::with(answer, "x-content-type-options", "nosniff")
}

async fn received(exchange: &Exchange<'_>) -> Result<Reply, Said> {
    let defects = Arc::clone(&exchange.view.defects);
    let has = |defect| defects.has(defect);
    admitted(exchange)?;
    let longest = if has(evr::LIMIT_64K) { SHORT } else { LONGEST };
    if exchange.body.len() > longest {
        return if has(evr::BIG_DROPPED_2XX) {
            Ok(Reply::Said((200, "dropped")))
        } else {
            Err((413, "the body is too long"))
        };
    }
    let kind = Kind::of(&exchange.body);
    if let Some(Kind::Verification(nonce)) = &kind
        && has(evr::ECHO_UNSIGNED)
    {
        return Ok(Reply::Echo(nonce.clone()));
    }
    let message = Message::read(exchange)?;
    if let Some(Kind::Terminated) = kind
        && has(evr::FORGED_TERMINATED)
    {
        return Ok(Reply::Said(control(exchange, &message, &Kind::Terminated)));
    }
    let secrets = exchange.world.inbound().events.candidates(
        &message.subscription,
        &exchange.world.fixtures.inbound,
        &defects,
    );
    if !verify::verified(&message, &secrets.texts, &exchange.body, &defects) && !has(evr::NO_VERIFY) {
        return Err((401, "the signature is not good"));
    }
    let kind = kind.ok_or((400, "the body is no message"))?;
    if let Kind::Verification(nonce) = kind {
        if has(evr::NO_ANSWER_WITHOUT_ID) && !secrets.known {
            return Err((503, "the subscription is not known"));
        }
        if has(evr::CHALLENGE_IS_EVENT) {
            exchange.world.inbound().did(&message.id);
        }
        return Ok(Reply::Echo(nonce));
    }
    if !secrets.known {
        return match () {
            () if has(evr::UNKNOWN_ID_2XX) => Ok(Reply::Said((200, "dropped"))),
            () if has(evr::UNKNOWN_ID_404) => Err((404, "the subscription is not known")),
            () => Err((503, "the subscription is not known")),
        };
    }
    if exchange.world.inbound().events.has_ended(&message.subscription) {
        return Err((410, "the subscription has ended"));
    }
    Ok(Reply::Said(match kind {
        Kind::Event(occurrence) => event(exchange, &message, &occurrence).await,
        control_kind => control(exchange, &message, &control_kind),
    }))
}

/// A control envelope is handed on once; what is of no known type is nobody's.
fn control(exchange: &Exchange<'_>, message: &Message, kind: &Kind) -> Said {
    let defects = &exchange.view.defects;
    let mut memory = exchange.world.inbound();
    let key = format!("{}/message/{}", message.subscription, message.id);
    if memory.begin(&key) == Begun::Before {
        return (200, "known");
    }
    if defects.has(evr::CONTROL_AS_EVENT) {
        memory.did(&message.id);
        return (200, "done");
    }
    if defects.has(evr::CONTROL_DROPPED) {
        return (200, "dropped");
    }
    match kind {
        Kind::Gap => memory.events.hand(&message.id),
        Kind::Terminated => {
            memory.events.hand(&message.id);
            memory.events.end(&message.subscription);
        }
        _ => return (200, "nobody knows this type"),
    }
    (200, "handed on")
}

async fn event(exchange: &Exchange<'_>, message: &Message, occurrence: &Occurrence) -> Said {
    let defects = Arc::clone(&exchange.view.defects);
    let has = |defect| defects.has(defect);
    if has(evr::REQUIRES_ID_EQUALITY) && occurrence.id != message.id {
        return (400, "webhook-id is not the id of the event");
    }
    let keys = recognised_by(message, occurrence, exchange);
    if !has(evr::NO_DEDUPE) && exchange.world.inbound().begin_all(&keys) == Begun::Before {
        return (200, "known");
    }
    if has(evr::DROPS_OLDER)
        && exchange
            .world
            .inbound()
            .events
            .is_older(&message.subscription, &occurrence.timestamp)
    {
        return (200, "a newer one was there");
    }
    let job = Job {
        keys: &keys,
        subject: &occurrence.id,
        remembers: has(evr::DEDUPE_BEFORE_WORK) || has(evr::ACK_THEN_LOSE),
        acknowledges: has(evr::ACK_THEN_LOSE),
        waits: has(evr::SLOW_ACK),
    };
    work(exchange.world, job).await
}

/// A message is the same when its id is, and so is what it tells of; each for one subscription.
fn recognised_by(message: &Message, occurrence: &Occurrence, exchange: &Exchange<'_>) -> Vec<String> {
    let defects = &exchange.view.defects;
    if defects.has(evr::DEDUPE_HEADER_ONLY) {
        return vec![message.id.clone()];
    }
    if defects.has(evr::DEDUPE_GLOBAL) {
        return vec![occurrence.id.clone()];
    }
    let subscription = &message.subscription;
    vec![
        format!("{subscription}/message/{}", message.id),
        format!("{subscription}/event/{}", occurrence.id),
    ]
}

/// A text member.
fn text(body: &Value, name: &str) -> Option<String> {
    body.get(name)?.as_str().map(str::to_owned)
}
