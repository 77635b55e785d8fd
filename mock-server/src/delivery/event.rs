//! Deliveries of MCP Events: what is due to whom, and what an answer means for a subscription.

use std::io;
use std::sync::Arc;

use serde_json::{Value, json};

use super::attempt::{Fate, again, may_read};
use super::letterbox::{Letterbox, reason};
use super::plan;
use super::post::Reply;
use super::queue::{For, Job, PARKED};
use crate::defect::{DefectSet, evs};
use crate::resource::mcp::events::{self, Parcel, Subscription};
use crate::resource::mcp::feed::Change;
use crate::state::{State, View};

/// What happened since the last time.
pub(super) fn collect(state: &State) -> Vec<Parcel> {
    let (now, view) = (state.clock.now(), state.view());
    let platform = state.platform();
    state.events().collect(platform.trail(), now, &view.defects)
}

/// Puts events on their way.
pub(crate) fn put(state: &State, parcels: Vec<Parcel>) {
    let view = state.view();
    for parcel in parcels {
        state.deliveries.put(job(state, &view, parcel));
    }
}

/// The message has the event's id, so a client that knows one knows the other.
fn job(state: &State, view: &View, parcel: Parcel) -> Job {
    let Parcel {
        subscription,
        serial,
        position,
        event,
        name,
        cursor,
        parked,
    } = parcel;
    let message = match () {
        () if view.defects.has(evs::ID_REUSED) => subscription.clone(),
        () if view.variants.has(crate::variant::EVENTS_SKETCH) => format!("msg_{}", event.event_id),
        () => event.event_id.clone(),
    };
    let told = events::Told::of(&event, &state.platform());
    Job {
        body: events::occurrence(name, &told, Some(cursor), &view.defects)
            .to_string()
            .into(),
        to: For::Event {
            subscription,
            serial,
            position,
        },
        message,
        first: None,
        failed: 0,
        due: if parked { PARKED } else { state.clock.millis() },
    }
}

/// Where an event goes, while its subscription lasts and its principal may read what it is about. Where that is over,
/// so is the subscription, and a last message says so.
pub(super) fn letterbox(state: &Arc<State>, view: &View, job: &Job, now: i64) -> Option<Letterbox> {
    let For::Event {
        subscription: id,
        serial,
        ..
    } = &job.to
    else {
        return None;
    };
    let defects = &view.defects;
    let found = state.events().get(id, *serial).cloned();
    let subscription = match found {
        Some(subscription) => subscription,
        None if defects.has(evs::UNSUB_KEEPS_RETRYING) => state.events().ended(id)?,
        None => return None,
    };
    if !subscription.lasts(now, defects) {
        return None;
    }
    let permitted = may_read(state, view, &subscription.key.principal, subscription.workspace());
    if !permitted && !defects.has(evs::DELIVER_AFTER_REVOKE) {
        state.events().remove(id);
        state.deliveries.forget(id);
        part(state, view, id, &subscription, events::over(view));
        return None;
    }
    let unmarked = job.failed > 0 && defects.has(evs::DROP_SUB_HEADER);
    let mut secrets = subscription.secrets(now, defects);
    if job.failed > 0 && defects.has(evs::RETRY_OLD_SECRET) {
        secrets.drain(..secrets.len() - 1);
    }
    let letterbox = Letterbox::events(&subscription.key.url, secrets, id);
    Some(if unmarked { letterbox.unmarked() } else { letterbox })
}

/// Gives the schemas of events one optional member more, and says so.
pub(crate) fn extend(state: &State) {
    let view = state.view();
    let over = state.events().extend(&view.defects);
    for (id, subscription) in over {
        state.deliveries.forget(&id);
        part(state, &view, &id, &subscription, events::changed(&view));
    }
    // Nobody listens: nobody needs to know.
    let _ = state.feed.send(Change::EventKinds);
}

/// Says to a subscription that it is over, and why.
fn part(state: &State, view: &View, id: &str, subscription: &Subscription, why: Value) {
    let now = state.clock.now();
    let signed = !view.defects.has(evs::CONTROL_UNSIGNED);
    let secrets = if signed {
        subscription.secrets(now, &view.defects)
    } else {
        Vec::new()
    };
    let letterbox = Letterbox::events(&subscription.key.url, secrets, id);
    let body = json!({ "type": "terminated", "error": why });
    state.deliveries.put(Job {
        to: For::Farewell(Box::new(letterbox)),
        message: format!("msg_terminated_{}", state.mint().hex(16)),
        body: body.to_string().into(),
        first: None,
        failed: 0,
        due: state.clock.millis(),
    });
}

/// What an answer means. 410 and 413 end this event and nothing else; an event that is given up waits for a refresh.
pub(super) fn fate(state: &State, view: &View, job: Job, said: io::Result<Reply>) -> Fate {
    let For::Event {
        subscription: id,
        serial,
        position,
    } = job.to.clone()
    else {
        return Fate::Over;
    };
    let defects = &view.defects;
    let status = said.as_ref().ok().map(|reply| reply.status);
    let trouble = match &said {
        Ok(reply) if (200..300).contains(&reply.status) => None,
        Ok(reply) => Some(word(reply.status)),
        Err(error) => Some(reason(error)),
    };
    if trouble.is_none() || status.is_some_and(|status| is_dropped(status, defects)) {
        let mut events = state.events();
        events.settled(&id, serial, position);
        events.attempted(&id, serial, trouble, false);
        if status == Some(410) && defects.has(evs::GONE_UNSUBSCRIBES) {
            events.remove(&id);
        }
        return Fate::Over;
    }
    if defects.has(evs::NO_RETRY) {
        return Fate::Over;
    }
    let plan = if defects.has(evs::RETRY_FOREVER) {
        plan::ENDLESS
    } else {
        plan::EVENTS
    };
    let later = again(state, job.clone(), said.ok(), plan);
    state.events().attempted(&id, serial, trouble, later.is_none());
    later.unwrap_or_else(|| Fate::Again(Job { due: PARKED, ..job }))
}

fn is_dropped(status: u16, defects: &DefectSet) -> bool {
    match status {
        410 => !defects.has(evs::GONE_RETRIED),
        413 => !defects.has(evs::TOO_LARGE_RETRIED),
        _ => false,
    }
}

/// The list of words has none for a redirect.
fn word(status: u16) -> &'static str {
    if status >= 500 { "http_5xx" } else { "http_4xx" }
}
