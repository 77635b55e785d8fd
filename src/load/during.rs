//! What happens while calls are made, at its time, and what it means for the callers it is about.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::load::callers::Callers;
use crate::scenario::model::{Data, DoStep, During, Kind, LoadPlan, Step, Template};
use crate::step::{Fill, Scope, perform, ready};

/// Verbs after which a credential is dead.
const KILLS: &[&str] = &["revoke", "sign-out", "disable", "remove-member"];

/// What does not apply here.
pub(super) const SKIPPED: &str = "skipped";

/// Something that was done.
#[derive(Debug, Clone)]
pub(super) struct Happened {
    /// When it was asked for, counted from the start.
    pub(super) at: Duration,
    /// Verb and object.
    pub(super) text: String,
    /// `done`, or why not.
    pub(super) outcome: String,
}

/// Does everything in its time.
pub(super) async fn run(plan: Arc<LoadPlan>, callers: Arc<Callers>, start: Instant) -> Vec<Happened> {
    let mut events: Vec<&During> = plan.during.iter().collect();
    events.sort_by_key(|event| event.at.value);
    let mut happened = Vec::new();
    for event in events {
        tokio::time::sleep_until((start + event.at.value).into()).await;
        happened.push(carry_out(event, &callers, start).await);
    }
    happened
}

async fn carry_out(event: &During, callers: &Callers, start: Instant) -> Happened {
    let scope = Scope::default();
    let act = named(&event.act, callers);
    let object = Fill::new(&callers.world, &scope).data(&act.object);
    let object = object
        .ok()
        .map(|value| value.text().unwrap_or_else(|| value.to_json().to_string()));
    let object = object.unwrap_or_default();
    let verb = act.verb.value.as_str();
    let concerned = concerned(callers, verb, &object);
    let asked = Instant::now();
    for caller in &concerned {
        begins(callers, verb, *caller, asked);
    }
    let step = Step::bare(event.at.at.clone(), Kind::Do(act.clone()));
    let done = match ready(&step, &callers.world, &scope).await {
        Ok(()) => perform(&step, &callers.world, &scope).await.map(drop),
        Err(problem) => Err(problem),
    };
    if done.is_ok() {
        for caller in concerned {
            ends(callers, verb, caller);
        }
    }
    Happened {
        at: asked.saturating_duration_since(start),
        text: format!("{verb} {object}"),
        outcome: done.map_or_else(|problem| problem.to_string(), |()| "done".to_owned()),
    }
}

/// With `caller-3` for the third caller, whatever the target calls it.
fn named(act: &DoStep, callers: &Callers) -> DoStep {
    DoStep {
        verb: act.verb.clone(),
        object: named_in(&act.object, callers),
    }
}

fn named_in(data: &Data, callers: &Callers) -> Data {
    match data {
        Data::Text(text) => {
            let number = text
                .as_literal()
                .and_then(|text| text.strip_prefix("caller-")?.parse::<usize>().ok());
            let name = number.and_then(|number| callers.names.get(number.checked_sub(1)?));
            name.map_or_else(
                || data.clone(),
                |name| Data::Text(Template::literal(name.as_str(), text.at.clone())),
            )
        }
        Data::Map(members, at) => {
            let members = members
                .iter()
                .map(|(key, value)| (key.clone(), named_in(value, callers)));
            Data::Map(members.collect(), at.clone())
        }
        other => other.clone(),
    }
}

/// Callers whose credentials an act is about.
fn concerned(callers: &Callers, verb: &str, object: &str) -> Vec<usize> {
    if verb == "expire" && object == "access-tokens" {
        let target = callers.world.target();
        let has_login = |name: &String| target.principal(name).is_some_and(|one| one.oauth.is_some());
        let all = callers.names.iter().enumerate();
        return all
            .filter(|(_, name)| has_login(name))
            .map(|(place, _)| place)
            .collect();
    }
    // The object may be the name, or hold it: `set-scopes: { of: NAME, … }`.
    let named = |name: &String| *name == object || object.contains(&format!("\"{name}\""));
    let all = callers.names.iter().enumerate();
    all.filter(|(_, name)| named(name))
        .map(|(place, _)| place)
        .collect()
}

fn begins(callers: &Callers, verb: &str, caller: usize, asked: Instant) {
    match verb {
        verb if KILLS.contains(&verb) => callers.ends(caller, asked),
        "expire" | "rotate" => callers.lapses(caller, asked),
        _ => {}
    }
}

fn ends(callers: &Callers, verb: &str, caller: usize) {
    match verb {
        verb if KILLS.contains(&verb) => callers.ended(caller, Instant::now()),
        "set-scopes" => callers.changes(caller, Instant::now()),
        _ => {}
    }
}
