//! What happens while calls are made, at its time, and what it means for the callers it is about.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::load::callers::Callers;
use crate::scenario::model::{During, Kind, LoadPlan, Step};
use crate::step::{Fill, Scope, perform, ready};

/// Verbs after which a credential is dead.
const KILLS: &[&str] = &["revoke", "sign-out", "disable", "remove-member"];

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
    let object = Fill::new(&callers.world, &scope).data(&event.act.object);
    let object = object.ok().map(|value| value.text().unwrap_or_else(|| value.to_json().to_string()));
    let object = object.unwrap_or_default();
    let verb = event.act.verb.value.as_str();
    let concerned = concerned(callers, verb, &object);
    let asked = Instant::now();
    for caller in &concerned {
        begins(callers, verb, *caller, asked);
    }
    let step = Step::bare(event.at.at.clone(), Kind::Do(event.act.clone()));
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

/// Callers whose credentials an act is about.
fn concerned(callers: &Callers, verb: &str, object: &str) -> Vec<usize> {
    if verb == "expire" && object == "access-tokens" {
        let target = callers.world.target();
        let has_login = |name: &String| target.principal(name).is_some_and(|one| one.oauth.is_some());
        let all = callers.names.iter().enumerate();
        return all.filter(|(_, name)| has_login(name)).map(|(place, _)| place).collect();
    }
    // The object may be the name, or hold it: `set-scopes: { of: NAME, … }`.
    let named = |name: &String| *name == object || object.contains(&format!("\"{name}\""));
    let all = callers.names.iter().enumerate();
    all.filter(|(_, name)| named(name)).map(|(place, _)| place).collect()
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
