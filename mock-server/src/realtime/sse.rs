//! The event stream at `/api/sse/`: opened by a ticket or a credential, resumed by `Last-Event-ID` (HTML §9.2).

use http::Method;

use super::claim::Over;
use super::follow::{Follower, Heard, Opener, opener};
use super::hub::Said;
use crate::defect::strm;
use crate::resource::mcp::stream::{self, Piece};
use crate::serve::answer::{self, Answer};
use crate::serve::exchange::Exchange;
use crate::serve::origin;

const OPEN: &str = ": open\n\n";

/// GET `/api/sse/?TICKET`, or with a Bearer and `?profile_id=`.
pub(crate) fn open(exchange: &mut Exchange<'_>) -> Answer {
    if let Some(answer) = origin::ahead(exchange) {
        return answer;
    }
    if exchange.head.method != Method::GET {
        exchange.stop("protocol", "method");
        let answer = answer::failure(405, 9992, "This address knows GET.", None);
        return answer::with(answer, "allow", "GET");
    }
    exchange.call("events");
    let asked = last_event_id(exchange);
    let opened = match opener(exchange, true) {
        Ok(opener) => Ok(opener),
        Err(answer) => by_id_alone(exchange, asked.as_deref()).ok_or(answer),
    };
    let opener = match opened {
        Ok(opener) => opener,
        Err(answer) if exchange.view.defects.has(strm::ERROR_EVENT_200) => {
            return stream::whole_stream(&event("error", None, &answer.status().to_string()));
        }
        Err(answer) => return *answer,
    };
    let owner = (opener.claim.credential.clone(), opener.profile.clone());
    let shared = exchange.view.defects.has(strm::REPLAY_RING_SHARED);
    let from = asked.and_then(|id| exchange.world.hub.number(&id, (&owner.0, &owner.1), shared));
    let replayed = replayed(exchange, from.filter(|_| shared), &owner);
    let mut follower = match Follower::new(exchange, opener, from.filter(|_| !shared)) {
        Ok(follower) => follower,
        Err(answer) => return *answer,
    };
    follower.blind.to_end |= exchange.view.defects.has(strm::SSE_UNTIL_DISCONNECT);
    let answer = stream::follow(format!("{OPEN}{replayed}"), follower, tell);
    if exchange.view.defects.has(strm::SSE_CACHEABLE) {
        return answer::with(answer, "cache-control", "max-age=60");
    }
    answer
}

async fn tell(mut follower: Follower) -> Option<(Piece, Follower)> {
    let heard = follower.next().await;
    let owner = follower.claim.credential.clone();
    let piece = match heard {
        Heard::Said(said) => {
            let written = said.iter().map(|one| {
                let id = follower.world.hub.id(one.number, (&owner, &one.profile));
                event("activity", Some(&id), &one.message().to_string())
            });
            Piece {
                text: written.collect(),
                last: false,
            }
        }
        Heard::Quiet => stream::alive(),
        Heard::Over(over) => Piece {
            text: event(over.event(), None, &farewell(over)),
            last: true,
        },
    };
    Some((piece, follower))
}

fn farewell(over: Over) -> String {
    serde_json::json!({ "response": over.event(), "reason": over.reason() }).to_string()
}

fn event(name: &str, id: Option<&str>, data: &str) -> String {
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    format!("{id}event: {name}\ndata: {data}\n\n")
}

fn last_event_id(exchange: &Exchange<'_>) -> Option<String> {
    let value = exchange.head.headers.get("last-event-id")?;
    value.to_str().ok().map(str::to_owned)
}

/// Whoever an event id was made for; only the defect `resume-trusts-id` lets it in.
fn by_id_alone(exchange: &Exchange<'_>, id: Option<&str>) -> Option<Opener> {
    if !exchange.view.defects.has(strm::RESUME_TRUSTS_ID) {
        return None;
    }
    let (world, id) = (exchange.world, id?);
    let (keys, places): (Vec<String>, Vec<String>) = {
        let platform = world.platform();
        let keys = platform.keys.iter().map(|key| key.id.clone()).collect();
        (
            keys,
            platform.all_workspaces().map(|place| place.id.clone()).collect(),
        )
    };
    let pairs = keys
        .iter()
        .flat_map(|key| places.iter().map(move |place| (key, place)));
    let (key, profile) = pairs
        .into_iter()
        .find(|(key, place)| world.hub.number(id, (key, place), false).is_some())?;
    let caller = world.caller_of(key)?;
    Some(Opener {
        claim: super::claim::Claim::of(world, &caller, None),
        caller,
        profile: profile.clone(),
    })
}

/// Everything that happened anywhere after this number; only the defect `replay-ring-shared` tells that.
fn replayed(exchange: &Exchange<'_>, from: Option<u64>, (credential, _): &(String, String)) -> String {
    let Some(from) = from else {
        return String::new();
    };
    let written = |one: &Said| {
        let id = exchange.world.hub.id(one.number, (credential, &one.profile));
        event("activity", Some(&id), &one.message().to_string())
    };
    exchange.world.hub.after(from).iter().map(written).collect()
}
