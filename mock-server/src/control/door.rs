//! The control door over HTTP: the functions of [`Control`] for other processes.
//!
//! Every request needs the world's secret in `X-Hallmark-Control`; without it, 403 and nothing else.

use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{ConsentDecision, ConsentProblem, Control};
use crate::authority::outage::Outage;
use crate::defect::{Defect, DefectSet};
use crate::delivery;
use crate::serve::answer::{self, Answer};
use crate::serve::listener::{Connection, Hangup, Service};
use crate::state::State;
use crate::world::Limits;

/// Header that carries the world's secret.
pub(crate) const SECRET: &str = "x-hallmark-control";
const LONGEST_BODY: usize = 64 << 10;

#[derive(Clone)]
pub(crate) struct ControlDoor(pub(crate) Arc<State>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    /// Seconds.
    advance: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Removal {
    /// Id of an organisation or a workspace; all of them when absent.
    from: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Consent {
    /// Name or id of the person.
    user: String,
    decision: ConsentDecision,
    /// What is granted of what was asked for; all of it when absent.
    scopes: Option<Vec<String>>,
}

impl Service for ControlDoor {
    async fn answer(&self, _: Arc<Connection>, request: Request<Incoming>) -> Result<Answer, Hangup> {
        let given = request
            .headers()
            .get(SECRET)
            .is_some_and(|value| value.as_bytes() == self.0.secret.as_bytes());
        if !given {
            return Ok(told(403, "the control secret is missing or wrong"));
        }
        let (head, body) = request.into_parts();
        let Ok(body) = Limited::new(body, LONGEST_BODY).collect().await else {
            return Ok(told(413, "the body is too long or broken"));
        };
        let answer = route(&self.0, &head.method, head.uri.path(), &body.to_bytes());
        delivery::settle(&self.0).await;
        Ok(answer)
    }

    fn front(&self) -> Arc<DefectSet> {
        Arc::default()
    }
}

fn route(state: &Arc<State>, method: &Method, path: &str, body: &[u8]) -> Answer {
    let control = Control::new(Arc::clone(state));
    let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
    match (method.as_str(), segments.as_slice()) {
        ("GET", ["state"]) => answer::json(200, &control.export()),
        ("GET", ["fixtures"]) => answer::json(200, &json!(state.fixtures)),
        ("GET", ["journal"]) => answer::json(
            200,
            &json!({ "evicted": control.journal_evicted(), "entries": control.journal() }),
        ),
        ("GET", ["clock"]) => clock(&control),
        ("POST", ["clock"]) => read(body, |asked: Advance| {
            let Ok(by) = Duration::try_from_secs_f64(asked.advance) else {
                return told(400, "advance is not a number of seconds");
            };
            control.advance(by);
            clock(&control)
        }),
        ("POST", ["reset"]) => {
            control.reset();
            done()
        }
        ("POST", ["credentials", credential, "revoke"]) => ended(control.revoke(credential)),
        ("POST", ["credentials", credential, "expire"]) => ended(control.expire(credential)),
        ("POST", ["credentials", credential, "remove-member"]) => read(body, |asked: Removal| {
            ended(control.remove_member(credential, asked.from.as_deref()))
        }),
        ("POST", ["credentials", credential, "disable"]) => ended(control.disable(credential)),
        ("PUT", ["credentials", credential, "scopes"]) => read(body, |scopes: Vec<String>| {
            match control.set_scopes(credential, &scopes) {
                Ok(()) => done(),
                Err(super::NotChanged::Unknown(unknown)) => ended(Err(unknown)),
                Err(super::NotChanged::Scope(_)) => told(400, "a scope is not entity:id:mode"),
            }
        }),
        ("POST", ["consent", request]) => read(body, |asked: Consent| consent(&control, request, &asked)),
        ("POST", ["clients", client, "expire"]) => ended(control.expire_client(client)),
        ("POST", ["rotate", what]) => match control.rotate(what) {
            Ok(Some(key)) => answer::json(200, &json!({ "done": true, "key": key })),
            rotated => ended(rotated.map(|_| ())),
        },
        ("POST", ["credentials", credential, "sign-out"]) => ended(control.sign_out(credential)),
        ("PUT", ["token-check"]) => read(body, |outage: Option<Outage>| {
            control.set_outage(outage);
            done()
        }),
        ("PUT", ["documents"]) => read(body, |hosts: Vec<String>| {
            control.documents(&hosts);
            done()
        }),
        ("POST", ["webhook-hosts"]) => read(body, |hosts: Vec<String>| {
            control.webhook_hosts(&hosts);
            done()
        }),
        ("POST", ["repoint"]) => read(body, |host: String| {
            control.repoint(&host);
            done()
        }),
        ("POST", ["restart"]) => {
            control.restart();
            done()
        }
        ("POST", ["extend-events"]) => {
            control.extend_events();
            done()
        }
        ("POST", ["lose-next-response", endpoint]) => {
            control.lose_next_response(endpoint);
            done()
        }
        ("GET", ["defects"]) => answer::json(200, &json!(control.defects())),
        ("PUT", ["defects"]) => read(body, |ids: Vec<String>| set_defects(&control, &ids)),
        ("PUT", ["limits"]) => read(body, |limits: Option<Limits>| {
            control.set_limits(limits);
            done()
        }),
        _ => told(404, "the control door has no such function"),
    }
}

fn consent(control: &Control, request: &str, asked: &Consent) -> Answer {
    let scopes = asked.scopes.as_deref();
    match control.consent(request, &asked.user, asked.decision, scopes) {
        Ok(location) => answer::json(200, &json!({ "location": location })),
        Err(ConsentProblem::Scope(_)) => told(400, "a scope is no scope"),
        Err(ConsentProblem::Nobody(_)) => told(404, "nobody who can sign in is called that"),
        Err(ConsentProblem::Over) => told(404, "the authorization request is unknown, answered or over"),
    }
}

fn set_defects(control: &Control, ids: &[String]) -> Answer {
    let mut defects = Vec::new();
    for id in ids {
        match Defect::from_id(id) {
            Some(defect) => defects.push(defect),
            None => return told(400, "a defect of this list is unknown"),
        }
    }
    control.set_defects(&defects);
    answer::json(200, &json!(control.defects()))
}

fn clock(control: &Control) -> Answer {
    answer::json(200, &json!({ "now": control.now() }))
}

fn ended(outcome: Result<(), super::NoSuchCredential>) -> Answer {
    outcome.map_or_else(|_| told(404, "no credential is called that"), |()| done())
}

fn done() -> Answer {
    answer::json(200, &json!({ "done": true }))
}

fn told(status: u16, text: &str) -> Answer {
    answer::json(status, &json!({ "error": text }))
}

fn read<T: DeserializeOwned>(body: &[u8], then: impl FnOnce(T) -> Answer) -> Answer {
    match serde_json::from_slice::<Value>(body).and_then(serde_json::from_value) {
        Ok(value) => then(value),
        Err(_) => told(400, "the body is not what this function takes"),
    }
}
