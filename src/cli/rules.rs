//! `hallmark rules`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Exit;
use super::args::{RulesArgs, TextOrJson};
use super::{library, term};
use crate::mcp::Revision;
use crate::rules::{Catalogue, Filter, JudgedBy, Status, as_json, coverage, explain, list};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::model::{Kind, Scenario, Step};

pub(super) fn rules(args: &RulesArgs) -> Exit {
    let mut diagnostics = Diagnostics::new();
    let catalogue = library::whole_catalogue(&mut diagnostics);
    let mut scenarios = library::shipped(&mut diagnostics);
    scenarios.extend(library::shipped_for_agents(&mut diagnostics));
    if let Some(asked) = &args.revision
        && Revision::parse(asked).is_none()
    {
        term::complain_with_help(
            &format!("`{asked}` is no MCP revision this version knows"),
            &revisions(),
        );
        return Exit::Usage;
    }
    match &args.id {
        Some(id) => one(id, args, &catalogue, &scenarios),
        None => all(args, &catalogue, &scenarios),
    }
}

/// The revisions as one line of help.
pub(super) fn revisions() -> String {
    Revision::ALL
        .iter()
        .map(|revision| revision.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

fn one(id: &str, args: &RulesArgs, catalogue: &Catalogue, scenarios: &[Arc<Scenario>]) -> Exit {
    let Some(rule) = catalogue.get(id) else {
        let meant = catalogue.suggestions(id);
        let help = if meant.is_empty() {
            "`hallmark rules` lists them".to_owned()
        } else {
            format!("did you mean {}?", meant.join(" or "))
        };
        term::complain_with_help(&format!("there is no rule `{id}`"), &help);
        return Exit::Usage;
    };
    let judged: Vec<JudgedBy> = scenarios
        .iter()
        .filter(|scenario| judges(scenario, catalogue).contains(&rule.id))
        .map(|scenario| JudgedBy {
            id: scenario.id.clone(),
            title: scenario.title.value.clone(),
        })
        .collect();
    match args.format {
        TextOrJson::Text => term::out(&explain(
            rule,
            &judged,
            term::width().min(80),
            args.revision.as_deref(),
        )),
        TextOrJson::Json => {
            let asked = args
                .revision
                .clone()
                .filter(|revision| rule.level_in(revision).is_some());
            let filter = Filter {
                revision: asked,
                ..Filter::default()
            };
            let all = as_json(catalogue, &filter, &by_rule(scenarios, catalogue));
            let found = all
                .as_array()
                .and_then(|rules| rules.iter().find(|one| one["id"] == rule.id.as_str()));
            term::out(&pretty(found.unwrap_or(&serde_json::Value::Null)));
        }
    }
    Exit::Good
}

fn all(args: &RulesArgs, catalogue: &Catalogue, scenarios: &[Arc<Scenario>]) -> Exit {
    let filter = Filter {
        family: args.family.clone(),
        status: args.live.then_some(Status::Live),
        revision: args.revision.clone(),
        ..Filter::default()
    };
    let by_rule = by_rule(scenarios, catalogue);
    term::out(&match (args.coverage, args.format) {
        (true, _) => coverage(catalogue, &by_rule, term::width().min(80)),
        (false, TextOrJson::Json) => pretty(&as_json(catalogue, &filter, &by_rule)),
        (false, TextOrJson::Text) => list(catalogue, &filter, term::width()),
    });
    Exit::Good
}

fn pretty(json: &serde_json::Value) -> String {
    serde_json::to_string_pretty(json).unwrap_or_default() + "\n"
}

/// Rule id → ids of the scenarios that judge it.
pub(super) fn by_rule(scenarios: &[Arc<Scenario>], catalogue: &Catalogue) -> BTreeMap<String, Vec<String>> {
    let mut map: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for scenario in scenarios {
        for rule in judges(scenario, catalogue) {
            map.entry(rule).or_default().push(scenario.id.clone());
        }
    }
    map
}

/// Rules a scenario judges, by their own ids.
fn judges(scenario: &Scenario, catalogue: &Catalogue) -> Vec<String> {
    let mut names: Vec<&str> = scenario.rules.iter().map(|rule| rule.value.as_str()).collect();
    names.extend(
        scenario
            .cases
            .iter()
            .filter_map(|case| case.rule.as_ref())
            .map(|rule| rule.value.as_str()),
    );
    collect(&scenario.steps, &mut names);
    let mut ids: Vec<String> = names
        .into_iter()
        .filter_map(|name| catalogue.canonical(name))
        .map(str::to_owned)
        .collect();
    ids.sort();
    ids.dedup();
    ids
}

fn collect<'s>(steps: &'s [Step], names: &mut Vec<&'s str>) {
    for step in steps {
        names.extend(step.rule.as_ref().map(|rule| rule.value.as_str()));
        if let Kind::Steps(inner) | Kind::Together(inner) = &step.kind {
            collect(inner, names);
        }
    }
}
