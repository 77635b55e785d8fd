//! MCP Events (SEP-3415, `io.modelcontextprotocol/events`): what may be heard of, who subscribed to it, and the five
//! methods. In the stateless era alone.
//!
//! What happens comes from the platform's trail; signing and sending is the room `delivery`. Nothing here opens a
//! connection, and no secret leaves it but to sign.

mod error;
mod grant;
mod key;
mod kind;
mod occurrence;
mod poll;
mod push;
mod read;
mod store;
mod subscribe;
mod verification;

use serde_json::{Map, Value, json};

use super::accept::Accepts;
use super::rpc::{self, Outcome};
use super::stateless_era::dressed;
use super::stream;
use crate::defect::evs;
use crate::platform::Caller;
use crate::serve::answer::Answer;
use crate::serve::exchange::Exchange;
use crate::state::View;
use crate::variant;

pub(crate) use occurrence::{Told, occurrence};
pub(crate) use store::{Events, Parcel, Subscription};

/// The name of the extension.
const EXTENSION: &str = "io.modelcontextprotocol/events";

/// Adds the extension to what `server/discover` tells.
pub(super) fn advertise(view: &View, capabilities: &mut Value) {
    let misplaced = view.defects.has(evs::CAP_TOPLEVEL_ONLY);
    if !misplaced {
        capabilities["extensions"][EXTENSION] = json!({ "listChanged": true });
    }
    if misplaced || view.variants.has(variant::EVENTS_SKETCH) {
        capabilities["events"] = json!({});
    }
}

/// Answers an events method; `None` for any other.
pub(super) fn answer(
    exchange: &mut Exchange<'_>,
    caller: &Caller,
    accepts: Accepts,
    id: &Value,
    (method, params): (&str, &Map<String, Value>),
) -> Option<Result<Answer, Outcome>> {
    Some(match method {
        "events/list" => Err(kind::list(exchange, params)),
        "events/poll" => Err(poll::answer(exchange, caller, params)),
        "events/subscribe" => subscribe::subscribe(exchange, caller, accepts, id, params),
        "events/unsubscribe" => Err(subscribe::unsubscribe(exchange, caller, params)),
        "events/stream" if accepts.events => push::open(exchange, caller, id, params),
        "events/stream" => Err(Outcome::error(
            rpc::INVALID_REQUEST,
            "a stream of events answers with an event stream only",
        )),
        _ => return None,
    })
}

/// The list as the session era would give it; only the defect `ev-off-but-answers` asks.
pub(super) fn list_anyway(exchange: &Exchange<'_>, params: &Map<String, Value>) -> Outcome {
    kind::list(exchange, params)
}

/// What the last message of a subscription whose permission is over says.
pub(crate) fn over(view: &View) -> Value {
    error::Trouble::Forbidden("the permission is over").envelope(view)
}

/// The same where what it is about is described otherwise now; only the defect `ev-additive-terminates` says it.
pub(crate) fn changed(view: &View) -> Value {
    let value = "schema_changed".to_owned();
    let trouble = error::Trouble::Unsupported {
        feature: "schema",
        value,
    };
    trouble.envelope(view)
}

/// The message that an outcome is, where the head of the answer has gone out already.
fn message(view: &View, id: &Value, method: &str, outcome: Outcome) -> Value {
    match outcome {
        Outcome::Result(result) => rpc::result(id, dressed(&view.defects, method, result)),
        Outcome::Error { code, text, data } => rpc::error_with(id, code, &text, data),
        Outcome::Refused(refused) => rpc::error(id, rpc::INVALID_REQUEST, &refused.text),
    }
}

/// An answer whose one message is still being made.
fn later(accepts: Accepts, said: impl Future<Output = Value> + Send + 'static) -> Answer {
    stream::later(accepts.events_first || !accepts.json, said)
}
