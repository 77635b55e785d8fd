//! What the answers of an authorization server hold: tokens, callbacks, claims.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};
use url::Url;

use super::selector::Selected;
use super::{Evidence, Single, Value, path};
use crate::oauth::callback::Callback;
use crate::oauth::jose::Compact;
use crate::secret::Secret;
use crate::wire::{Exchange, Response};

/// What an OAuth step knows beside its exchanges.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// Redirect URIs that were sent, or that the client has where none was sent.
    pub redirect_uris: Vec<String>,
    /// A callback that no exchange shows: the control door gave it.
    pub callback: Option<Callback>,
    /// Why there is no token, where one was asked for.
    pub reason: Option<String>,
    /// A token that was made here.
    pub minted: Option<Secret>,
    /// The requests of a flow that sent a form, by their place among `before`.
    pub forms: Vec<usize>,
    /// Path of a request that came to a listener of ours.
    pub path: Option<String>,
    /// What the signature of a delivery that came is worth.
    pub signature: Option<Json>,
}

/// A member of the answer, a parameter of the callback, or the minted token. Credentials are tainted.
pub(super) fn parameter(name: &str, single: &Single) -> Selected {
    if name == "token" {
        return match &single.trace.minted {
            Some(token) => Selected::One(Value::json(token.expose()).tainted(true)),
            None => Selected::Absent,
        };
    }
    let of_callback = ["code", "state", "iss"].contains(&name);
    if !of_callback && let Some(value) = member(single, name) {
        return Selected::One(value);
    }
    callback_parameter(name, single)
}

/// A parameter of the callback.
pub(super) fn callback_parameter(name: &str, single: &Single) -> Selected {
    let found = callback(single);
    match found.as_ref().and_then(|back| back.get(name)) {
        Some(value) => Selected::One(Value::json(value).tainted(name == "code")),
        None => Selected::Absent,
    }
}

fn member(single: &Single, name: &str) -> Option<Value> {
    let response = single.exchange.as_ref()?.response.as_ref().ok()?;
    let body: Json = serde_json::from_slice(&response.body).ok()?;
    let secret = ["access_token", "refresh_token", "id_token", "client_secret"].contains(&name);
    Some(Value::json(body.get(name)?.clone()).tainted(secret))
}

/// The callback as an object: its parameters, `to`, `exact` and `place`.
pub(super) fn callback_object(single: &Single) -> Selected {
    let Some(back) = callback(single) else {
        return Selected::Absent;
    };
    let mut object = Map::new();
    for (name, value) in &back.params {
        object.entry(name.clone()).or_insert_with(|| value.clone().into());
    }
    object.insert("to".to_owned(), back.to.clone().into());
    object.insert("exact".to_owned(), back.exact.into());
    object.insert("place".to_owned(), back.place.as_str().into());
    Selected::One(Value::json(Json::Object(object)))
}

/// The redirect URI was called: the last redirect that goes there.
fn callback(single: &Single) -> Option<Callback> {
    if let Some(back) = &single.trace.callback {
        return Some(back.clone());
    }
    let exchanges = single.before.iter().chain(&single.exchange);
    let mut asked: Vec<String> = single.trace.redirect_uris.clone();
    let mut found = None;
    for exchange in exchanges {
        asked.extend(written(exchange));
        let sent: Vec<&str> = asked.iter().map(String::as_str).collect();
        if let Some(back) = read(exchange, &sent) {
            found = Some(back);
        }
    }
    found
}

/// The callback that an exchange shows.
fn read(exchange: &Exchange, sent: &[&str]) -> Option<Callback> {
    let response = exchange.response.as_ref().ok()?;
    if !(300..400).contains(&response.status) {
        return None;
    }
    let location = response.header("location")?;
    Callback::read_any(&location, &Url::parse(&exchange.request.url).ok()?, sent)
}

/// Redirect URIs in the query of a plain request to an authorization endpoint.
fn written(exchange: &Exchange) -> Vec<String> {
    let Ok(url) = Url::parse(&exchange.request.url) else {
        return Vec::new();
    };
    url.query_pairs()
        .filter(|(name, _)| name == "redirect_uri")
        .map(|(_, value)| value.into_owned())
        .collect()
}

/// Header and claims of a token, as `{ header, claims }`.
pub(super) fn jwt(of: &str, at: Option<&str>, single: &Single) -> Selected {
    let token = match parameter(of, single) {
        Selected::One(value) => value.text(),
        _ => None,
    };
    let Some(token) = token.as_deref().and_then(Compact::read) else {
        return Selected::Absent;
    };
    let whole = json!({ "header": token.header(), "claims": token.claims() });
    match at {
        None => Selected::One(Value::json(whole)),
        Some(at) => Selected::of(path::query(&whole, at)),
    }
}

/// The answers to the forms of a flow.
pub(super) fn forms(single: &Single) -> Evidence {
    let all: Vec<&Exchange> = single.before.iter().chain(&single.exchange).collect();
    let answers = single.trace.forms.iter().filter_map(|at| all.get(*at));
    Evidence::Series(
        answers
            .map(|exchange| {
                let mut one = single.clone();
                one.before = Vec::new();
                one.trace = Trace::default();
                one.outcome = super::Outcome::of(exchange, None);
                one.span = (exchange.timing.start, exchange.timing.end);
                one.exchange = Some((*exchange).clone());
                Evidence::One(Arc::new(one))
            })
            .collect(),
    )
}

/// A parameter of the first challenge that has it.
pub(super) fn challenge_parameter(name: &str, response: &Response) -> Selected {
    let lines: Vec<&[u8]> = response.header_values("www-authenticate").collect();
    let challenges = crate::oauth::challenge::parse(&lines).challenges;
    let found = challenges.iter().find_map(|challenge| challenge.param(name));
    found.map_or(Selected::Absent, |value| Selected::One(Value::json(value)))
}
