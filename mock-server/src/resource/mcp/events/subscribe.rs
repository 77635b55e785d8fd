//! `events/subscribe` and `events/unsubscribe`: webhooks to an endpoint of the client's.
//!
//! The order of refusals: event, arguments, mode, address, secret, time, permission, room; then the endpoint is asked
//! whether it wants to hear, and only then anything is kept.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use url::Url;

use super::super::accept::Accepts;
use super::super::rpc::Outcome;
use super::error::Trouble;
use super::grant::granted;
use super::key::Key;
use super::kind::{self, Kind};
use super::read::From;
use super::store::{Entered, MOST, Wanted};
use super::verification::prove;
use super::{later, message};
use crate::defect::{DefectSet, evs};
use crate::delivery;
use crate::platform::{Caller, Demand, Mode, rfc3339};
use crate::serve::answer::Answer;
use crate::serve::exchange::Exchange;
use crate::state::{State, View};
use crate::variant;

/// Bytes of a secret.
const SECRET: std::ops::RangeInclusive<usize> = 24..=64;

/// Asks the endpoint, and answers when that is over.
pub(super) fn subscribe(
    exchange: &mut Exchange<'_>,
    caller: &Caller,
    accepts: Accepts,
    id: &Value,
    params: &Map<String, Value>,
) -> Result<Answer, Outcome> {
    let view = exchange.view.clone();
    let wanted = wanted(exchange, caller, params).map_err(|trouble| {
        exchange.stop("object", "events");
        trouble.outcome(&view)
    })?;
    let (world, id) = (Arc::clone(exchange.world), id.clone());
    Ok(later(accepts, async move {
        let outcome = match prove(&world, &view, &wanted).await {
            Ok(()) => Outcome::Result(entered(&world, &view, wanted)),
            Err(trouble) => trouble.outcome(&view),
        };
        message(&view, &id, "events/subscribe", outcome)
    }))
}

fn wanted(exchange: &Exchange<'_>, caller: &Caller, params: &Map<String, Value>) -> Result<Wanted, Trouble> {
    let defects = &exchange.view.defects;
    let kind = named(params)?;
    let arguments = kind::arguments(params)?;
    let delivery = params.get("delivery").and_then(Value::as_object);
    let delivery = delivery.ok_or(Trouble::Params("delivery is missing"))?;
    offered(kind, delivery)?;
    let url = callback(delivery, exchange)?;
    let secret = secret(delivery, defects)?;
    let key = Key {
        principal: caller.credential.clone(),
        url,
        name: kind.name.to_owned(),
        arguments,
    };
    let wanted = Wanted {
        secret,
        kind,
        from: From::read(params)?,
        granted: granted(params, defects)?,
        key,
    };
    permitted(exchange, caller, &wanted.key.arguments)?;
    let (now, id) = (exchange.world.clock.now(), wanted.key.id(defects));
    let events = exchange.world.events();
    let full = !events.stands(&id, now, defects) && events.held(&wanted.key.principal) >= MOST;
    if full && !defects.has(evs::QUOTA_EVICTS) {
        return Err(Trouble::Exhausted {
            limit: "subscriptions",
            max: MOST,
        });
    }
    Ok(wanted)
}

/// The kind of event that is asked for.
pub(super) fn named(params: &Map<String, Value>) -> Result<&'static Kind, Trouble> {
    let name = params.get("name").and_then(Value::as_str);
    let name = name.ok_or(Trouble::Params("name is missing"))?;
    Kind::named(name).ok_or(Trouble::NotFound("event"))
}

/// Whoever may read the workspace may hear of it.
pub(super) fn permitted(exchange: &Exchange<'_>, caller: &Caller, arguments: &Value) -> Result<(), Trouble> {
    if exchange.lapsed.is_some() {
        return Err(Trouble::Forbidden("no principal"));
    }
    let workspace = arguments["workspace"].as_str().unwrap_or_default();
    let demand = Demand::workspace(workspace, Mode::R);
    let permit = exchange
        .world
        .platform_for(&exchange.view)
        .permit(caller, &demand);
    if permit.is_err() && !exchange.view.defects.has(evs::NO_AUTHZ) {
        return Err(Trouble::Forbidden("the workspace may not be read"));
    }
    Ok(())
}

fn offered(kind: &Kind, delivery: &Map<String, Value>) -> Result<(), Trouble> {
    let mode = delivery.get("mode").and_then(Value::as_str);
    let mode = mode.ok_or(Trouble::Params("delivery.mode is missing"))?;
    if mode == "webhook" && kind.is_delivered_by(mode) {
        return Ok(());
    }
    Err(Trouble::Unsupported {
        feature: "delivery.mode",
        value: mode.chars().take(64).collect(),
    })
}

/// An https address; plain http for hosts of the list, which are all on this computer.
fn callback(delivery: &Map<String, Value>, exchange: &Exchange<'_>) -> Result<String, Trouble> {
    let written = delivery.get("url").and_then(Value::as_str).unwrap_or_default();
    let malformed = Trouble::Params("delivery.url is not an https address");
    let url = Url::parse(written).map_err(|_| malformed.clone())?;
    let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let secure = url.scheme() == "https" && url.host().is_some_and(|host| !host.to_string().is_empty());
    let hosts = exchange.world.platform().webhooks.hosts.clone();
    let listed = delivery::address::permitted(written, &hosts).is_some();
    if bare && (secure || listed) && written.len() <= 2_048 {
        return Ok(written.to_owned());
    }
    if exchange.view.defects.has(evs::HTTP_CALLBACK) && matches!(url.scheme(), "http") {
        return Ok(written.to_owned());
    }
    Err(malformed)
}

fn secret(delivery: &Map<String, Value>, defects: &DefectSet) -> Result<String, Trouble> {
    let given = delivery.get("secret").and_then(Value::as_str);
    if given.is_none() && defects.has(evs::GENERATES_SECRET) {
        return Ok(format!("whsec_{}", STANDARD.encode([7; 32])));
    }
    let refused = Trouble::Params("delivery.secret is not whsec_ and 24 to 64 bytes in Base64");
    let given = given.ok_or_else(|| refused.clone())?;
    let text = given.strip_prefix("whsec_").ok_or_else(|| refused.clone())?;
    let bytes = STANDARD.decode(text).map_err(|_| refused.clone())?;
    let measured = if defects.has(evs::SECRET_TEXT_LENGTH) {
        text.len()
    } else {
        bytes.len()
    };
    if SECRET.contains(&measured) || defects.has(evs::WEAK_SECRET) {
        return Ok(given.to_owned());
    }
    Err(refused)
}

/// Keeps the subscription and tells of it.
fn entered(world: &State, view: &View, wanted: Wanted) -> Value {
    let (now, defects) = (world.clock.now(), &view.defects);
    delivery::collect(world);
    let (secret, granted) = (wanted.secret.clone(), wanted.granted);
    let Entered {
        id,
        cursor,
        truncated,
        trouble,
        was_suspended,
        refreshed,
        parcels,
    } = {
        let platform = world.platform();
        world.events().enter(wanted, platform.trail(), now, defects)
    };
    delivery::put(world, parcels);
    if was_suspended && !defects.has(evs::SUSPEND_STUCK) {
        world.deliveries.release(&id, world.clock.millis());
    }
    let until = granted.map(|seconds| rfc3339(now + seconds));
    let mut said = json!({ "id": id, "refreshBefore": until, "cursor": cursor, "truncated": truncated });
    if let Some(trouble) = trouble {
        said["deliveryStatus"] = json!({ "active": !was_suspended, "lastError": trouble });
    }
    if until.is_none() && defects.has(evs::NO_REFRESH_BEFORE) {
        said.as_object_mut().and_then(|said| said.remove("refreshBefore"));
    }
    if refreshed && defects.has(evs::CURSOR_FLIPS) {
        said["cursor"] = Value::Null;
    }
    if defects.has(evs::RANDOM_ID) {
        said["id"] = json!(format!("sub_{}", world.mint().hex(16)));
    }
    if defects.has(evs::ECHO_SECRET) {
        said["secret"] = json!(secret);
    }
    said
}

/// Ends what stands under the key. What does not stand is told as another principal's is: as nothing.
pub(super) fn unsubscribe(
    exchange: &mut Exchange<'_>,
    caller: &Caller,
    params: &Map<String, Value>,
) -> Outcome {
    match ended(exchange, caller, params) {
        Ok(()) => Outcome::Result(json!({})),
        Err(trouble) => {
            exchange.stop("object", "events");
            trouble.outcome(&exchange.view)
        }
    }
}

fn ended(exchange: &Exchange<'_>, caller: &Caller, params: &Map<String, Value>) -> Result<(), Trouble> {
    let (world, defects) = (exchange.world, &exchange.view.defects);
    if exchange.lapsed.is_some() {
        return Err(Trouble::Forbidden("no principal"));
    }
    if defects.has(evs::UNSUB_BY_ID)
        && let Some(id) = params.get("id").and_then(Value::as_str)
    {
        world.events().remove(id);
        return Ok(());
    }
    let kind = named(params)?;
    let url = params
        .get("delivery")
        .and_then(|delivery| delivery["url"].as_str());
    let key = Key {
        principal: caller.credential.clone(),
        url: url.ok_or(Trouble::Params("delivery.url is missing"))?.to_owned(),
        name: kind.name.to_owned(),
        arguments: kind::arguments(params)?,
    };
    let id = key.id(defects);
    let gone = world.events().remove(&id);
    if !defects.has(evs::UNSUB_KEEPS_RETRYING) {
        world.deliveries.forget(&id);
    }
    if !gone && !exchange.view.variants.has(variant::EVENTS_SKETCH) {
        return Err(Trouble::NotFound("subscription"));
    }
    Ok(())
}
