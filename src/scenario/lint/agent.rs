//! Checks of agents: plans that can never fire, names of the mock, kinds that belong to one kind of file.

use super::{Known, all_steps};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::model::{AgentStep, Kind, PlanEntry, Scenario, Spanned, Traits};
use crate::scenario::suggest;

pub(super) fn check(scenario: &Scenario, known: &Known, d: &mut Diagnostics) {
    let agent = scenario.agent();
    for step in all_steps(&scenario.steps) {
        let looks = matches!(step.kind, Kind::Requests(_) | Kind::Ended(_));
        if looks && agent.is_none() {
            d.error(
                "no-agent-here",
                &step.at,
                "no command runs here, so there is nothing of it to look at",
            )
            .help("`requests` and `ended` stand under `judge` of a file that starts with `agent: …`");
        }
        let judges = looks || matches!(step.kind, Kind::Agent(_) | Kind::Judge(_));
        if agent.is_some() && !judges {
            d.error(
                "agent-judges-only",
                &step.at,
                "`judge` looks at what the command did; it sends nothing",
            )
            .help("what happens while it runs is the `plan` of its `world`");
        }
        if let Kind::Requests(selection) = &step.kind {
            at_odds(&selection.traits, d);
        }
    }
    if let Some(agent) = agent {
        names(agent, known, d);
        for entry in &agent.world.plan {
            self::entry(entry, agent, d);
        }
    }
}

/// Misbehaviours and peculiarities of the mock.
fn names(agent: &AgentStep, known: &Known, d: &mut Diagnostics) {
    let world = &agent.world;
    let lists = [
        ("defect", &world.defects, &known.defects),
        ("variant", &world.variants, &known.variants),
    ];
    for (what, ids, known) in lists {
        let Some(known) = known else { continue };
        for id in ids.iter().filter(|id| !known.contains(&id.value)) {
            let near = suggest::nearest(&id.value, known.iter().map(String::as_str));
            d.error(
                "unknown-word",
                &id.at,
                format!("the mock has no {what} `{}`", id.value),
            )
            .help(format!("`hallmark mock --list-{what}s` lists them"))
            .meant(near);
        }
    }
}

fn entry(entry: &PlanEntry, agent: &AgentStep, d: &mut Diagnostics) {
    at_odds(&entry.when.traits, d);
    if let (Some(id), Some(after)) = (&entry.id, &entry.when.after)
        && id.value == after.value
    {
        d.error("plan-never-fires", &after.at, "this entry waits for itself");
    }
    let start = agent
        .world
        .start
        .as_ref()
        .map_or("key", |start| start.value.as_str());
    let of_login =
        |place: &&Spanned<String>| ["token", "authorize", "registration"].contains(&place.value.as_str());
    if start == "key"
        && agent.world.consent.is_none()
        && let Some(place) = entry.when.traits.to.iter().find(of_login)
    {
        d.warning(
            "plan-never-fires",
            &place.at,
            format!("a command that is given a key does not go to `{}`", place.value),
        )
        .help("`start: login`, `start: refresh-token` or `start: client`");
    }
}

/// What a request cannot be at once.
fn at_odds(traits: &Traits, d: &mut Diagnostics) {
    let elsewhere = |wanted: &str| {
        traits
            .to
            .iter()
            .find(|_| traits.to.iter().all(|place| place.value != wanted))
    };
    let calls = traits.tool.as_ref().or(traits.rpc.as_ref());
    for (template, place) in [(calls, "resource"), (traits.grant.as_ref(), "token")] {
        if let (Some(template), Some(to)) = (template, elsewhere(place)) {
            d.error(
                "plan-never-fires",
                &template.at,
                format!("no request to `{}` is so: this is one to `{place}`", to.value),
            )
            .help(format!("`to: {place}`, or leave `to` out"));
        }
    }
}
