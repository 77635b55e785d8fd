//! `events/stream`: one request, one stream of what happens, for as long as its credential may hear of it.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::super::meta::SUBSCRIPTION;
use super::super::rpc::{self, Outcome};
use super::super::stateless_era::dressed;
use super::super::stream::{self, HEARTBEAT, Piece};
use super::error::Trouble;
use super::kind::{self, Kind};
use super::occurrence::{Told, cursor, occurrence};
use super::over;
use super::read::From;
use super::store::STREAMS;
use super::subscribe::{named, permitted};
use crate::defect::evs;
use crate::platform::{Caller, Demand, Mode};
use crate::serve::answer::Answer;
use crate::serve::exchange::Exchange;
use crate::state::{State, View};

/// Seconds of the world's clock between two heartbeats.
const BEAT: i64 = 15;

struct Following {
    world: Arc<State>,
    view: View,
    credential: String,
    /// The id of the request; every message carries it.
    id: Value,
    kind: &'static Kind,
    arguments: Value,
    /// What happened before this position was told.
    place: u64,
    beaten: i64,
    news: watch::Receiver<u64>,
    /// Given back when the stream ends.
    _room: Option<OwnedSemaphorePermit>,
}

/// Opens the stream; its first messages say where it begins and what was missed.
pub(super) fn open(
    exchange: &mut Exchange<'_>,
    caller: &Caller,
    id: &Value,
    params: &Map<String, Value>,
) -> Result<Answer, Outcome> {
    let view = exchange.view.clone();
    begun(exchange, caller, id, params).map_err(|trouble| {
        exchange.stop("object", "events");
        trouble.outcome(&view)
    })
}

fn begun(
    exchange: &Exchange<'_>,
    caller: &Caller,
    id: &Value,
    params: &Map<String, Value>,
) -> Result<Answer, Trouble> {
    let kind = named(params)?;
    let arguments = kind::arguments(params)?;
    if !kind.is_delivered_by("push") {
        return Err(Trouble::Unsupported {
            feature: "delivery.mode",
            value: "push".to_owned(),
        });
    }
    let from = From::read(params)?;
    permitted(exchange, caller, &arguments)?;
    let (world, now) = (Arc::clone(exchange.world), exchange.world.clock.now());
    let (missed, place) = {
        let platform = world.platform();
        let trail = platform.trail();
        let missed = from.missed(trail, (kind, &arguments), now, &exchange.view.defects);
        (missed, trail.position())
    };
    let (news, room) = {
        let events = world.events();
        (events.follow(), events.room())
    };
    let mut room = Some(room.ok_or(Trouble::Exhausted {
        limit: "streams",
        max: STREAMS,
    })?);
    if exchange.view.defects.has(evs::STREAM_LEAK)
        && let Some(room) = room.take()
    {
        room.forget();
    }
    let following = Following {
        news,
        _room: room,
        view: exchange.view.clone(),
        credential: caller.credential.clone(),
        id: id.clone(),
        beaten: now,
        world,
        kind,
        arguments,
        place,
    };
    let start = missed.events.first().map_or(place, |(place, _)| *place);
    let mut first = following.said(
        "active",
        json!({ "cursor": cursor(start), "truncated": missed.truncated }),
    );
    {
        let platform = following.world.platform();
        for (place, event) in &missed.events {
            first.push_str(&following.told(*place, &Told::of(event, &platform)));
        }
    }
    Ok(stream::follow(first, following, Following::next))
}

impl Following {
    /// Waits for something to say. Ends with the permission.
    async fn next(mut self) -> Option<(Piece, Self)> {
        loop {
            if !self.may_hear() {
                return Some((self.ended(), self));
            }
            let said = self.happened();
            if !said.is_empty() {
                return Some((going_on(said), self));
            }
            let now = self.world.clock.now();
            if now >= self.beaten + BEAT {
                self.beaten = now;
                if self.view.defects.has(evs::HEARTBEAT_COMMENT) {
                    return Some((stream::alive(), self));
                }
                let beat = self.said("heartbeat", json!({ "cursor": cursor(self.place) }));
                return Some((going_on(beat), self));
            }
            // Whichever comes first; a world that is gone ends the stream.
            if let Ok(gone) = tokio::time::timeout(HEARTBEAT, self.news.changed()).await {
                gone.ok()?;
            }
        }
    }

    fn may_hear(&self) -> bool {
        let Some(caller) = self.world.live_caller(&self.credential) else {
            return false;
        };
        let workspace = self.arguments["workspace"].as_str().unwrap_or_default();
        let demand = Demand::workspace(workspace, Mode::R);
        self.world
            .platform_for(&self.view)
            .permit(&caller, &demand)
            .is_ok()
    }

    /// What happened since the last time.
    fn happened(&mut self) -> String {
        let platform = self.world.platform();
        let trail = platform.trail();
        let since = trail.since(self.place);
        let mine = since.filter(|(_, event)| self.kind.is(event, &self.arguments, &self.view.defects));
        let said = mine
            .map(|(place, event)| self.told(place, &Told::of(event, &platform)))
            .collect();
        self.place = trail.position();
        said
    }

    fn told(&self, place: u64, told: &Told<'_>) -> String {
        let cursor = Some(cursor(place + 1));
        self.said(
            "event",
            occurrence(self.kind.name, told, cursor, &self.view.defects),
        )
    }

    fn said(&self, what: &str, mut params: Value) -> String {
        params["_meta"] = json!({ SUBSCRIPTION: self.id });
        let params = params.as_object().cloned().unwrap_or_default();
        stream::message(&rpc::notification(
            &format!("notifications/events/{what}"),
            params,
        ))
    }

    /// Why it ends, and the answer to the request.
    fn ended(&self) -> Piece {
        let mut text = self.said("terminated", json!({ "error": over(&self.view) }));
        let result = dressed(&self.view.defects, "events/stream", json!({}));
        text.push_str(&stream::message(&rpc::result(&self.id, result)));
        Piece { text, last: true }
    }
}

fn going_on(text: String) -> Piece {
    Piece { text, last: false }
}
