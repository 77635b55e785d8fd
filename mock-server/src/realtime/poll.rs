//! The long poll at `/current/activity/poll/{id}/`: answered when something happened, or when the wait is over.

use std::time::Duration;

use futures_util::stream;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use serde_json::{Value, json};

use super::claim::Claim;
use super::follow::{Follower, Heard, Opener};
use crate::platform::Caller;
use crate::serve::answer::{self, Answer};
use crate::serve::exchange::Exchange;

/// The longest wait, in seconds.
const LONGEST: u64 = 95;

/// The answer; its body comes when there is something to tell.
pub(crate) fn answer(exchange: &mut Exchange<'_>, caller: &Caller, profile: &str) -> Answer {
    let query = exchange.head.uri.query().unwrap_or_default().to_owned();
    let number = |name: &str| {
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs.find(|(found, _)| found == name)?.1.parse::<u64>().ok()
    };
    let wait = Duration::from_secs(number("wait").unwrap_or(0).min(LONGEST));
    let opener = Opener {
        claim: Claim::of(exchange.world, caller, exchange.token.as_deref()),
        caller: caller.clone(),
        profile: profile.to_owned(),
    };
    let mut follower = match Follower::new(exchange, opener, number("lastactivity")) {
        Ok(follower) => follower,
        Err(answer) => return *answer,
    };
    let body = stream::once(async move {
        let heard = tokio::time::timeout(wait, follower.next()).await;
        let told = told(heard.unwrap_or(Heard::Quiet), &follower);
        Ok(Frame::data(told.to_string().into()))
    });
    let mut answer = answer::typed(200, "application/json", "");
    *answer.body_mut() = StreamBody::new(body).boxed_unsync();
    answer
}

fn told(heard: Heard, follower: &Follower) -> Value {
    match heard {
        Heard::Said(said) => {
            let keys: Vec<&str> = said.iter().map(|one| one.what.as_str()).collect();
            let last = said.last().map_or(0, |one| one.number);
            json!({ "result": "yes", "response": { "activity": keys, "lastactivity": last } })
        }
        Heard::Quiet => {
            let last = follower.world.hub.last();
            json!({ "result": "yes", "response": { "activity": [], "lastactivity": last } })
        }
        Heard::Over(over) => json!({ "result": false, "error": { "code": 10_011, "text": over.reason() } }),
    }
}
