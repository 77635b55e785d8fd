//! The grants of a person, as sessions: listed, renamed, narrowed, ended. By whoever holds a token of that person.

use http::Method;
use serde_json::{Value, json};

use super::error::method_not_allowed;
use super::grant::Family;
use super::params::Params;
use super::scopes::Scopes;
use crate::authority::{gate, refusal};
use crate::platform::{Caller, Demand, Mode, Refusal, stamp};
use crate::serve::answer::{self, Answer};
use crate::serve::exchange::Exchange;

const METHODS: &str = "GET, PATCH, DELETE";

pub(super) fn answer(exchange: &mut Exchange<'_>, id: Option<&str>) -> Answer {
    let caller = match gate::admit(exchange) {
        Ok(caller) => caller,
        Err(denial) => return refusal::deny(exchange, denial),
    };
    let method = exchange.head.method.clone();
    let told = match (method, id) {
        (Method::GET, None) => Ok(list(exchange, &caller)),
        (Method::GET, Some(id)) => {
            own(exchange, &caller, id, Mode::R).map(|family| view(exchange, &caller, &family))
        }
        (Method::PATCH, Some(id)) => change(exchange, &caller, id),
        (Method::DELETE, Some(id)) => end(exchange, &caller, id),
        (Method::DELETE, None) => end_all(exchange, &caller),
        _ => return method_not_allowed(METHODS),
    };
    match told {
        Ok(told) => answer::json(200, &json!({ "result": "yes", "response": told })),
        Err(refused) => refuse(exchange, &caller, &refused),
    }
}

fn refuse(exchange: &mut Exchange<'_>, caller: &Caller, refused: &Refusal) -> Answer {
    exchange.stop("scope", refused.reason.unwrap_or("refused"));
    if refused.status == 403 {
        return refusal::insufficient(exchange, caller, refused);
    }
    let params = refused.params.as_deref().cloned();
    answer::failure(refused.status, refused.code, &refused.text, params)
}

/// Whether the caller may use the account itself: else it sees and ends its own session and no other.
fn account(exchange: &Exchange<'_>, caller: &Caller, mode: Mode) -> Result<(), Refusal> {
    let platform = exchange.world.platform_for(&exchange.view);
    platform.permit(caller, &Demand::account(mode))
}

fn list(exchange: &Exchange<'_>, caller: &Caller) -> Value {
    let all = account(exchange, caller, Mode::R).is_ok();
    let store = exchange.world.oauth();
    let seen = store.families().filter(|family| {
        family.ended.is_none()
            && family.user.as_deref() == Some(&caller.user)
            && (all || family.sid == caller.credential)
    });
    let seen: Vec<Family> = seen.cloned().collect();
    drop(store);
    let sessions: Vec<Value> = seen.iter().map(|family| view(exchange, caller, family)).collect();
    json!({ "sessions": sessions })
}

fn view(exchange: &Exchange<'_>, caller: &Caller, family: &Family) -> Value {
    let store = exchange.world.oauth();
    json!({
        "id": family.sid,
        "client_id": family.client,
        "client_name": store.client(&family.client).map(|client| &client.name),
        "device_name": family.device_name,
        "agent_name": family.agent_name,
        "scopes": family.scopes.words().iter().map(ToString::to_string).collect::<Vec<_>>(),
        "created": stamp(family.created),
        "last_used": stamp(family.last_used),
        "current": family.sid == caller.credential,
    })
}

/// A session of the caller's account; somebody else's is not there.
fn own(exchange: &Exchange<'_>, caller: &Caller, id: &str, mode: Mode) -> Result<Family, Refusal> {
    let found = exchange.world.oauth().family(id).cloned();
    let found = found
        .filter(|family| family.ended.is_none() && family.user.as_deref() == Some(&caller.user))
        .ok_or_else(Refusal::not_found)?;
    if found.sid != caller.credential {
        account(exchange, caller, mode)?;
    }
    Ok(found)
}

/// Names may change, scopes may only become less.
fn change(exchange: &Exchange<'_>, caller: &Caller, id: &str) -> Result<Value, Refusal> {
    let mut family = own(exchange, caller, id, Mode::Rw)?;
    let given = given(exchange)?;
    let text = |name: &str| given.get(name).and_then(Value::as_str).map(str::to_owned);
    if let Some(name) = text("device_name") {
        family.device_name = Some(name).filter(|name| !name.is_empty());
    }
    if let Some(name) = text("agent_name") {
        family.agent_name = Some(name).filter(|name| !name.is_empty());
    }
    if let Some(asked) = given.get("scopes") {
        let words: Vec<&str> = match asked {
            Value::String(text) => text.split(' ').collect(),
            Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let asked = Scopes::parse(&words.join(" "));
        let asked = asked.map_err(|_| Refusal::validation("scopes", "holds a word that is no scope"))?;
        if !family.scopes.cover(&asked) {
            return Err(Refusal::scope_exceeds_issuer(caller, asked.to_string()));
        }
        family.scopes = asked;
    }
    exchange.world.oauth().admit_family(family.clone());
    Ok(view(exchange, caller, &family))
}

/// A form or a JSON object.
fn given(exchange: &Exchange<'_>) -> Result<Value, Refusal> {
    if exchange.body.trim_ascii_start().first() == Some(&b'{') {
        return serde_json::from_slice(&exchange.body)
            .map_err(|_| Refusal::validation("body", "is no JSON object"));
    }
    let params = Params::parse(&exchange.body).unwrap_or_default();
    let names = ["device_name", "agent_name", "scopes"];
    let pairs = names
        .iter()
        .filter_map(|name| Some((*name, json!(params.raw(name)?))));
    Ok(Value::Object(
        pairs.map(|(name, value)| (name.to_owned(), value)).collect(),
    ))
}

fn end(exchange: &Exchange<'_>, caller: &Caller, id: &str) -> Result<Value, Refusal> {
    let family = own(exchange, caller, id, Mode::Rw)?;
    let now = exchange.world.clock.now();
    exchange.world.oauth().end_family(&family.sid, now);
    exchange.world.end_sessions_of_dead_keys();
    Ok(json!({ "ended": [family.sid] }))
}

/// All sessions, or all but the one that is named.
fn end_all(exchange: &Exchange<'_>, caller: &Caller) -> Result<Value, Refusal> {
    account(exchange, caller, Mode::Rw)?;
    let query = exchange.head.uri.query().unwrap_or_default();
    let params = Params::parse(query.as_bytes()).unwrap_or_default();
    let spared = params
        .get("current_session_id")
        .filter(|_| params.get("exclude_current") == Some("true"));
    let now = exchange.world.clock.now();
    let mut store = exchange.world.oauth();
    let own = store.families().filter(|family| {
        family.ended.is_none()
            && family.user.as_deref() == Some(&caller.user)
            && Some(family.sid.as_str()) != spared
    });
    let ended: Vec<String> = own.map(|family| family.sid.clone()).collect();
    for sid in &ended {
        store.end_family(sid, now);
    }
    drop(store);
    exchange.world.end_sessions_of_dead_keys();
    Ok(json!({ "ended": ended }))
}
