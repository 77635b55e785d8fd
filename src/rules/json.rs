//! What `hallmark rules --format json` prints: a stable interface for other programs.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::rule::{LevelBy, Rule, level_word};
use super::{Catalogue, Filter};

/// An array of `{id, aliases, title, subject, level, basis, judge, tier, status, sources, statement, why, tested,
/// example, params, scenarios, defects}`, in the order of the catalogue.
///
/// `level` is a keyword, or a map from MCP revision to keyword; `subject`, `aliases`, `sources`, `scenarios` and
/// `defects` are arrays of texts; what a planned rule does not have yet is `null`. `scenarios`: rule id → ids of the
/// scenarios that judge it.
pub fn as_json(catalogue: &Catalogue, filter: &Filter, scenarios: &BTreeMap<String, Vec<String>>) -> Value {
    let rules = catalogue.all().filter(|rule| filter.admits(rule));
    rules
        .map(|rule| record(rule, scenarios.get(&rule.id).map_or(&[][..], Vec::as_slice)))
        .collect()
}

fn record(rule: &Rule, scenarios: &[String]) -> Value {
    let subjects: Vec<&str> = rule.subjects.iter().map(|subject| subject.as_str()).collect();
    let defects: Vec<&str> = rule.defects.iter().map(|defect| defect.id.as_str()).collect();
    json!({
        "id": rule.id,
        "aliases": rule.aliases,
        "title": rule.title,
        "subject": subjects,
        "level": level(&rule.level),
        "basis": rule.basis.as_str(),
        "judge": rule.judge.as_str(),
        "tier": rule.tier,
        "status": rule.status.as_str(),
        "sources": rule.sources.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "statement": rule.statement,
        "why": rule.why,
        "tested": rule.tested,
        "example": rule.example.as_ref().map(|example| json!({ "broken": example.broken, "right": example.right })),
        "params": rule.params,
        "scenarios": scenarios,
        "defects": defects,
    })
}

fn level(level: &LevelBy) -> Value {
    match level {
        LevelBy::All(level) => level_word(*level).into(),
        LevelBy::Revision(levels) => {
            let levels = levels
                .iter()
                .map(|(revision, level)| (revision.clone(), level_word(*level).into()));
            Value::Object(levels.collect::<Map<_, _>>())
        }
    }
}
