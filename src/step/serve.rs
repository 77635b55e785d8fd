//! The `serve` step: a listener on 127.0.0.1 that lives as long as the case, and what came to it.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::Value as Json;

use super::{Fill, Problem, Scope, World};
use crate::expect::{Outcome, Single, Trace};
use crate::scenario::model::{Route, ServeStep, Spanned, Step};
use crate::wire::{Answer, Exchange, Listener};

/// Opens a listener.
pub(super) async fn perform(step: &Step, serve: &ServeStep, fill: Fill<'_>) -> Result<Single, Problem> {
    let start = Instant::now();
    let ServeStep::Routes { routes, documents } = serve else {
        return Err(Problem::Unusable(
            "a listener is looked at as a series".to_owned(),
        ));
    };
    let listener = Listener::bind().await;
    let listener = listener.map_err(|error| Problem::Failed(format!("no port on 127.0.0.1: {error}")))?;
    let handle = step.handle().map_or_else(String::new, |name| name.value.clone());
    let authority = listener.authority();
    fill.world.oauth.keep_listener(&handle, listener);
    if *documents && let Some(door) = &fill.world.parts.door {
        // A server without such a list takes documents from wherever it takes them.
        let _ = door.act("documents", &Json::from(vec![authority])).await;
    }
    // Only now: the answers may name the address.
    let mut answers = BTreeMap::new();
    for (path, route) in routes {
        answers.insert(path.value.clone(), answer(path, route, fill)?);
    }
    if let Some(listener) = fill.world.oauth.listener(&handle) {
        listener.route(answers);
    }
    let mut single = super::act::silent(start);
    single.passed = fill.world.passed();
    Ok(single)
}

fn answer(path: &Spanned<String>, route: &Route, fill: Fill<'_>) -> Result<Answer, Problem> {
    let status = match &route.status {
        Some(template) => {
            let text = fill.text(template)?;
            status(&text)
                .map_err(|_| Problem::Unusable(format!("`{}`: `{text}` is no status", path.value)))?
        }
        None => 200,
    };
    let mut headers = Vec::new();
    for (name, data) in &route.headers {
        if let Some(text) = fill.data(data)?.text() {
            headers.push((name.value.clone(), text));
        }
    }
    let body = match (&route.json, &route.body) {
        (Some(json), _) => {
            if !headers
                .iter()
                .any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
            {
                headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
            }
            fill.data(json)?.to_json().to_string()
        }
        (None, Some(body)) => fill.text(body)?,
        (None, None) => String::new(),
    };
    Ok(Answer {
        status,
        headers,
        body: body.into(),
        after: std::time::Duration::ZERO,
    })
}

/// A status that is one.
pub(super) fn status(text: &str) -> Result<u16, Problem> {
    let status = text.parse().ok().filter(|status| (100..600).contains(status));
    status.ok_or_else(|| Problem::Unusable(format!("`{text}` is no status")))
}

/// What came to a listener so far, in order.
pub fn heard(from: &str, world: &World, scope: &Scope) -> Result<Vec<Single>, Problem> {
    let _ = scope;
    let listener = world.oauth.listener(from).ok_or_else(|| {
        Problem::Unusable(format!(
            "`serve: {{ from: {from} }}`: that step has opened no listener"
        ))
    })?;
    Ok(listener
        .heard()
        .into_iter()
        .map(|exchange| as_came(exchange, world))
        .collect())
}

/// Evidence of a request that came to a listener.
pub(super) fn as_came(exchange: Exchange, world: &World) -> Single {
    let mut single = super::act::silent(exchange.timing.start);
    let path = exchange.request.line.split(' ').nth(1).unwrap_or("/");
    single.trace = Trace {
        path: Some(path.split('?').next().unwrap_or("/").to_owned()),
        ..Trace::default()
    };
    single.outcome = Outcome::of(&exchange, None);
    single.span = (exchange.timing.start, exchange.timing.end);
    single.passed = world.elapsed.at(exchange.timing.start);
    single.exchange = Some(exchange);
    single
}
