//! What `hallmark rules --format json` prints: a stable interface for other programs.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::rule::{LevelBy, Rule, level_word};
use super::{Catalogue, Filter, Wording};

/// An array of `{id, aliases, title, subject, level, basis, judge, tier, status, sources, statement, why, tested,
/// fix, example, params, scenarios, defects}`, in the order of the catalogue.
///
/// `level` is a keyword, or a map from MCP revision to keyword, and `statement` a text, or a map from the revision in
/// which a wording came in; with a revision in the filter both are what holds there. `subject`, `aliases`, `sources`, `scenarios` and
/// `defects` are arrays of texts; what a planned rule does not have yet is `null`. `scenarios`: rule id → ids of the
/// scenarios that judge it.
pub fn as_json(catalogue: &Catalogue, filter: &Filter, scenarios: &BTreeMap<String, Vec<String>>) -> Value {
    let rules = catalogue.all().filter(|rule| filter.admits(rule));
    rules
        .map(|rule| {
            let scenarios = scenarios.get(&rule.id).map_or(&[][..], Vec::as_slice);
            record(rule, scenarios, filter.revision.as_deref())
        })
        .collect()
}

fn record(rule: &Rule, scenarios: &[String], revision: Option<&str>) -> Value {
    let subjects: Vec<&str> = rule.subjects.iter().map(|subject| subject.as_str()).collect();
    let defects: Vec<&str> = rule.defects.iter().map(|defect| defect.id.as_str()).collect();
    json!({
        "id": rule.id,
        "aliases": rule.aliases,
        "title": rule.title,
        "subject": subjects,
        "level": level(rule, revision),
        "basis": rule.basis.as_str(),
        "judge": rule.judge.as_str(),
        "tier": rule.tier,
        "status": rule.status.as_str(),
        "sources": rule.sources.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "statement": rule.statement.as_ref().map(|wording| statement(wording, revision)),
        "why": rule.why,
        "tested": rule.tested,
        "fix": rule.fix,
        "example": rule.example.as_ref().map(|example| json!({ "broken": example.broken, "right": example.right })),
        "params": rule.params,
        "scenarios": scenarios,
        "defects": defects,
    })
}

fn statement(wording: &Wording, revision: Option<&str>) -> Value {
    match (wording, revision) {
        (Wording::Since(texts), None) => json!(texts),
        (Wording::All(text), None) => text.as_str().into(),
        (wording, Some(revision)) => wording.in_revision(revision).into(),
    }
}

fn level(rule: &Rule, revision: Option<&str>) -> Value {
    if let Some(level) = revision.and_then(|revision| rule.level_in(revision)) {
        return level_word(level).into();
    }
    match &rule.level {
        LevelBy::All(level) => level_word(*level).into(),
        LevelBy::Revision(levels) => {
            let levels = levels
                .iter()
                .map(|(revision, level)| (revision.clone(), level_word(*level).into()));
            Value::Object(levels.collect::<Map<_, _>>())
        }
    }
}
