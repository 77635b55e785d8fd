//! Takes a value out of evidence.

use std::time::Duration;

use regex::Regex;
use serde_json::{Map, Value as Json};

use super::evidence::Single;
use super::{Canaries, Evidence, Surroundings, Value, oauth, path, rate, request};
use crate::mcp::{Rpc, tool_said};
use crate::oauth::challenge;
use crate::scenario::model::{Data, Selector, Template};
use crate::wire::{End, Exchange, Response};

/// What a selector found.
#[derive(Debug, Clone, PartialEq)]
pub enum Selected {
    /// Nothing there.
    Absent,
    /// One value.
    One(Value),
    /// Several (header lines, challenges, a path with many hits).
    Many(Vec<Value>),
    /// No readable answer came: the reason.
    Unreadable(String),
    /// The target does not say enough to judge this: what is missing.
    Undeclared(String),
}

impl Selected {
    fn text(text: impl Into<String>) -> Self {
        Selected::One(Value::json(text.into()))
    }

    pub(super) fn of(values: Vec<Json>) -> Self {
        match values.len() {
            0 => Selected::Absent,
            1 => Selected::One(Value::json(values.into_iter().next().unwrap_or_default())),
            _ => Selected::Many(values.into_iter().map(Value::json).collect()),
        }
    }

    /// As one value; several become a JSON list.
    pub fn value(&self) -> Option<Value> {
        match self {
            Selected::One(value) => Some(value.clone()),
            Selected::Many(values) => {
                Some(Value::json(values.iter().map(Value::to_json).collect::<Vec<_>>()))
            }
            Selected::Absent | Selected::Unreadable(_) | Selected::Undeclared(_) => None,
        }
    }
}

/// Applies a selector to one piece of evidence.
pub fn select(selector: &Selector, single: &Single, around: &dyn Surroundings) -> Selected {
    match selector {
        Selector::JsonWith(path) => filled(path, around).map_or(Selected::Absent, |path| {
            select(&Selector::Json(path), single, around)
        }),
        Selector::Outcome => Selected::text(single.outcome.as_str()),
        Selector::Sees => sees(single, around.canaries()),
        Selector::Strangers => strangers(single),
        Selector::Duration => duration(single),
        Selector::Since(handle) => since(
            single,
            around.evidence(handle).as_ref(),
            around.passed_since(handle),
        ),
        Selector::Exit => single
            .executed
            .as_ref()
            .and_then(|e| e.code)
            .map_or(Selected::Absent, |code| Selected::One(Value::json(code))),
        Selector::Output => single
            .executed
            .as_ref()
            .map_or(Selected::Absent, |e| Selected::text(&e.output)),
        Selector::End => single
            .executed
            .as_ref()
            .map_or(Selected::Absent, |e| Selected::text(e.end)),
        Selector::Files => {
            let files = single.executed.iter().flat_map(|e| e.files.iter().cloned());
            Selected::Many(files.map(Value::json).collect())
        }
        Selector::Method | Selector::Form(_) | Selector::Query(_) => request::select(selector, single),
        Selector::Connection => connection(single),
        Selector::Close => close(single),
        Selector::OAuth(name) => oauth::parameter(name, single),
        Selector::Callback => oauth::callback_object(single),
        Selector::CallbackParam(name) => oauth::callback_parameter(name, single),
        Selector::Jwt { of, path } => oauth::jwt(of, path.as_deref(), single),
        Selector::Signature => single
            .trace
            .signature
            .clone()
            .map_or(Selected::Absent, |found| Selected::One(Value::json(found))),
        Selector::Path => single
            .trace
            .path
            .as_ref()
            .map_or(Selected::Absent, Selected::text),
        other => match &single.exchange {
            None => Selected::Absent,
            Some(exchange @ Exchange { response: Err(_), .. })
                if single.trace.path.is_some() && *other != Selector::Status =>
            {
                from_response(other, single, &as_came(exchange, &Response::default()))
            }
            Some(Exchange {
                response: Err(error), ..
            }) => Selected::Unreadable(error.to_string()),
            // What came to a listener of ours: the request is what there is to see.
            Some(
                exchange @ Exchange {
                    response: Ok(response),
                    ..
                },
            ) if single.trace.path.is_some() => from_response(other, single, &as_came(exchange, response)),
            Some(Exchange {
                response: Ok(response),
                ..
            }) => from_response(other, single, response),
        },
    }
}

/// A request in the place of an answer; the status is what it got.
fn as_came(exchange: &Exchange, response: &Response) -> Response {
    Response {
        status: response.status,
        headers: exchange.request.headers.clone(),
        body: exchange.request.body.clone(),
        ..Response::default()
    }
}

fn from_response(selector: &Selector, single: &Single, response: &Response) -> Selected {
    match selector {
        Selector::Status => Selected::One(Value::json(response.status)),
        Selector::Header(name) => {
            let lines: Vec<Json> = response
                .header_values(name)
                .map(|line| String::from_utf8_lossy(line).into_owned().into())
                .collect();
            Selected::of(lines)
        }
        Selector::Challenge | Selector::Challenges => {
            Selected::Many(challenges(response).into_iter().map(Value::json).collect())
        }
        Selector::ChallengeParam(name) => oauth::challenge_parameter(name, response),
        Selector::Json(path) => match serde_json::from_slice::<Json>(&response.body) {
            Ok(json) => Selected::of(path::query(&json, path)),
            Err(_) => {
                rpc_envelope(single).map_or(Selected::Absent, |json| Selected::of(path::query(&json, path)))
            }
        },
        Selector::Result(name) => result(single, name),
        Selector::ResultWhole => {
            said(single).map_or(Selected::Absent, |json| Selected::One(Value::json(json)))
        }
        Selector::RpcError => match single.answer.as_ref().map(|answer| &answer.rpc) {
            Some(Rpc::Error { code, .. }) => Selected::One(Value::json(*code)),
            _ => body_json(response)
                .and_then(|json| json.pointer("/error/code").cloned())
                .map_or(Selected::Absent, |code| Selected::One(Value::json(code))),
        },
        Selector::Body => Selected::text(String::from_utf8_lossy(&response.body)),
        Selector::InBody(pattern) => in_body(pattern, response),
        Selector::RetryAfter => response
            .retry_after()
            .map_or(Selected::Absent, |d| Selected::One(Value::duration(d))),
        Selector::Pause => {
            rate::pause(response).map_or(Selected::Absent, |d| Selected::One(Value::duration(d)))
        }
        Selector::Rate | Selector::Rates => {
            Selected::Many(rate::statements(response).into_iter().map(Value::json).collect())
        }
        Selector::Answer => Selected::text(format!("status {}", response.status)),
        Selector::Outcome
        | Selector::JsonWith(_)
        | Selector::Sees
        | Selector::Strangers
        | Selector::Duration
        | Selector::Since(_)
        | Selector::Exit
        | Selector::Output
        | Selector::End
        | Selector::Files
        | Selector::Method
        | Selector::Form(_)
        | Selector::Query(_)
        | Selector::OAuth(_)
        | Selector::Callback
        | Selector::CallbackParam(_)
        | Selector::Jwt { .. }
        | Selector::Path
        | Selector::Signature
        | Selector::Close
        | Selector::Connection => Selected::Absent,
    }
}

/// A path with its references filled in.
fn filled(path: &Template, around: &dyn Surroundings) -> Option<String> {
    around.resolve(&Data::Text(path.clone())).ok()?.text()
}

/// The first group of the first place where the pattern matches.
fn in_body(pattern: &str, response: &Response) -> Selected {
    let text = String::from_utf8_lossy(&response.body);
    let found = Regex::new(pattern)
        .ok()
        .and_then(|pattern| Some(pattern.captures(&text)?.get(1)?.as_str().to_owned()));
    found.map_or(Selected::Absent, Selected::text)
}

fn body_json(response: &Response) -> Option<Json> {
    serde_json::from_slice(&response.body).ok()
}

/// The JSON-RPC message of an answer that came as an event stream.
fn rpc_envelope(single: &Single) -> Option<Json> {
    let answer = single.answer.as_ref()?;
    match &answer.rpc {
        Rpc::Result(result) => Some(serde_json::json!({ "result": result })),
        Rpc::Error { code, message, data } => {
            Some(serde_json::json!({ "error": { "code": code, "message": message, "data": data } }))
        }
        Rpc::None(_) => {
            let mut beside = answer.others.iter().rev();
            beside.find(|message| message.get("result").is_some()).cloned()
        }
    }
}

/// What the tool said, or the whole result of another method, or the body of a plain HTTP answer.
fn said(single: &Single) -> Option<Json> {
    match single.answer.as_ref().map(|answer| &answer.rpc) {
        Some(Rpc::Result(result)) => match tool_said(result) {
            Some(said) => said.value.or(Some(Json::String(said.text))),
            None => Some(result.clone()),
        },
        Some(_) => None,
        None => single
            .exchange
            .as_ref()?
            .response
            .as_ref()
            .ok()
            .and_then(body_json),
    }
}

fn result(single: &Single, name: &str) -> Selected {
    let path = if name.starts_with('$') {
        name
    } else {
        match single.gives.get(name) {
            Some(path) => path,
            None => {
                return Selected::Undeclared(format!(
                    "output `{name}` of the probe (`gives: {{ {name}: $.… }}`)"
                ));
            }
        }
    };
    said(single).map_or(Selected::Absent, |json| Selected::of(path::query(&json, path)))
}

/// Every challenge as an object: `scheme` in lower case, `token68`, and its parameters by lower-case name.
fn challenges(response: &Response) -> Vec<Json> {
    let lines: Vec<&[u8]> = response.header_values("www-authenticate").collect();
    challenge::parse(&lines)
        .challenges
        .iter()
        .map(as_object)
        .collect()
}

fn as_object(challenge: &challenge::Challenge) -> Json {
    let mut object = Map::new();
    object.insert("scheme".to_owned(), challenge.scheme.to_ascii_lowercase().into());
    if let Some(token) = &challenge.token68 {
        object.insert("token68".to_owned(), token.clone().into());
    }
    for param in &challenge.params {
        object
            .entry(param.name.to_ascii_lowercase())
            .or_insert_with(|| param.value.clone().into());
    }
    Json::Object(object)
}

fn sees(single: &Single, canaries: &Canaries) -> Selected {
    if !canaries.any() {
        return Selected::Undeclared("a canary of any principal (`principals.NAME.canary`)".to_owned());
    }
    let owners = canaries.owners(&single.canaries);
    if owners.is_empty() {
        return Selected::text("nobody");
    }
    Selected::text(owners.join(" or "))
}

/// Nothing where it is not known of which tenant the caller is.
fn strangers(single: &Single) -> Selected {
    match &single.strangers {
        None => Selected::Absent,
        Some(names) if names.is_empty() => Selected::text("nobody"),
        Some(names) => Selected::text(names.join(" or ")),
    }
}

fn duration(single: &Single) -> Selected {
    let span = match &single.exchange {
        Some(exchange) => exchange
            .timing
            .end
            .saturating_duration_since(exchange.timing.start),
        None => single.span.1.saturating_duration_since(single.span.0),
    };
    Selected::One(Value::duration(span))
}

/// Of several ends the last that lay before it: what counts from a pause counts from the one it came after.
fn since(single: &Single, other: Option<&Evidence>, virtually: Duration) -> Selected {
    let ends = || {
        other
            .into_iter()
            .flat_map(Evidence::singles)
            .map(|one| one.span.1)
    };
    let before = ends().filter(|end| *end <= single.span.1).max();
    match before.or_else(|| ends().max()) {
        Some(moment) => Selected::One(Value::duration(
            single.span.1.saturating_duration_since(moment) + virtually,
        )),
        None => Selected::Absent,
    }
}

/// Nothing while it is open. Where we stopped reading, nobody knows.
fn close(single: &Single) -> Selected {
    if let Some(Err(error)) = single.exchange.as_ref().map(|exchange| &exchange.response) {
        return Selected::Unreadable(error.to_string());
    }
    match single.ended().map(|ended| &ended.how) {
        None => Selected::Absent,
        Some(End::Closed { code, .. }) => Selected::One(Value::json(*code)),
        Some(End::Ended) => Selected::text("ended"),
        Some(End::Broken) => Selected::text("broken"),
        Some(End::Left { .. }) => Selected::text("left"),
        Some(End::Unread(why)) => Selected::Unreadable(why.clone()),
    }
}

fn connection(single: &Single) -> Selected {
    match single.exchange.as_ref().and_then(|exchange| exchange.connection) {
        Some(used) => Selected::text(if used.reused { "reused" } else { "new" }),
        None => Selected::Absent,
    }
}
