//! Which of the planned cases run.

use std::collections::BTreeSet;

use hallmark_reports::record::{Record, Verdict};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use super::{Instance, Plan, case_name};
use crate::rules::Catalogue;
use crate::scenario::model::{Kind, Step};

/// `file:line`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceFilter {
    /// Path as typed.
    pub path: String,
    /// 1-based.
    pub line: u32,
}

/// Scenario, row and revision; without a revision: in every one.
pub type CaseName = (String, String, String);

/// What was asked for. Empty parts do not filter.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Rule ids, scenario ids or prefixes, `scenario#row@revision:check` and its parts.
    pub only: Vec<String>,
    /// At least one of these tags.
    pub tags: Vec<String>,
    /// None of these tags.
    pub not_tags: Vec<String>,
    /// The scenario or row at this place.
    pub places: Vec<PlaceFilter>,
    /// Only cases that judge one of these rules.
    pub rules: Option<BTreeSet<String>>,
    /// Only what failed in that record.
    pub failed: Option<BTreeSet<CaseName>>,
    /// `k` of `n`, 1-based.
    pub shard: Option<(usize, usize)>,
    /// Other order.
    pub shuffle: Option<u64>,
}

/// A selection that names something unknown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{asked}` names no rule and no scenario")]
pub struct SelectionProblem {
    /// As typed.
    pub asked: String,
    /// Near misses.
    pub meant: Vec<String>,
}

impl Selection {
    /// The cases of a record that did not pass.
    pub fn failed_in(record: &Record) -> BTreeSet<CaseName> {
        record
            .checks
            .iter()
            .filter(|check| {
                matches!(
                    check.verdict,
                    Verdict::Failed | Verdict::Errored | Verdict::NotTestable | Verdict::Warned
                )
            })
            .map(|check| (check.scenario.clone(), check.case.clone(), check.revision.clone()))
            .collect()
    }

    /// Keeps what was asked for.
    pub fn apply(&self, plan: Plan, rules: &Catalogue) -> Result<Plan, SelectionProblem> {
        for asked in &self.only {
            if !plan
                .instances
                .iter()
                .any(|instance| matches_only(asked, instance, rules))
                && rules.get(asked).is_none()
            {
                return Err(SelectionProblem {
                    asked: asked.clone(),
                    meant: near(asked, &plan, rules),
                });
            }
        }
        let mut kept: Vec<Instance> = plan
            .instances
            .into_iter()
            .filter(|instance| self.keeps(instance, rules))
            .collect();
        if let Some((k, n)) = self.shard {
            kept = kept
                .into_iter()
                .enumerate()
                .filter(|(i, _)| i % n == k - 1)
                .map(|(_, instance)| instance)
                .collect();
        }
        if let Some(seed) = self.shuffle {
            kept.shuffle(&mut StdRng::seed_from_u64(seed));
        }
        Ok(Plan { instances: kept })
    }

    fn keeps(&self, instance: &Instance, rules: &Catalogue) -> bool {
        let tagged = |tags: &[String]| instance.scenario.tags.iter().any(|tag| tags.contains(&tag.value));
        (self.only.is_empty() || self.only.iter().any(|asked| matches_only(asked, instance, rules)))
            && (self.tags.is_empty() || tagged(&self.tags))
            && !tagged(&self.not_tags)
            && (self.places.is_empty() || self.places.iter().any(|place| at_place(place, instance)))
            && self
                .rules
                .as_ref()
                .is_none_or(|wanted| wanted.iter().any(|rule| judges(instance, rule, rules)))
            && self.failed.as_ref().is_none_or(|failed| {
                let named = |revision: &str| {
                    failed.contains(&(
                        instance.scenario.id.clone(),
                        instance.row.id.clone(),
                        revision.to_owned(),
                    ))
                };
                named("") || named(instance.revision_name())
            })
    }
}

fn matches_only(asked: &str, instance: &Instance, rules: &Catalogue) -> bool {
    // The path of a shipped scenario as reports print it, for who copies it from there.
    let asked = asked.trim_end_matches(".yaml");
    let (name, _check) = asked.split_once(':').unwrap_or((asked, ""));
    let (name, revision) = name.split_once('@').unwrap_or((name, ""));
    if !revision.is_empty() && revision != instance.revision_name() {
        return false;
    }
    let id = &instance.scenario.id;
    instance.scenario.file.path.strip_suffix(".yaml") == Some(asked)
        || name == case_name(id, &instance.row.id, "")
        || name == *id
        || id
            .strip_prefix(name.trim_end_matches('/'))
            .is_some_and(|rest| rest.starts_with('/'))
        || judges(instance, name, rules)
}

/// Whether the case judges that rule (by id, alias or family).
fn judges(instance: &Instance, asked: &str, rules: &Catalogue) -> bool {
    let wanted = rules.get(asked).map(|rule| rule.id.clone());
    let family = asked.to_ascii_uppercase();
    let hit = |name: &str| {
        let id = rules.get(name).map_or(name, |rule| rule.id.as_str());
        wanted.as_deref() == Some(id) || id.rsplit_once('-').is_some_and(|(own, _)| own == family)
    };
    if let Some(rule) = &instance.row.rule {
        return hit(&rule.value) || step_rules(&instance.scenario.steps).iter().any(|rule| hit(rule));
    }
    instance.scenario.rules.iter().any(|rule| hit(&rule.value))
}

fn step_rules(steps: &[Step]) -> Vec<String> {
    let mut found = Vec::new();
    for step in steps {
        found.extend(step.rule.iter().map(|rule| rule.value.clone()));
        if let Kind::Steps(inner) | Kind::Together(inner) = &step.kind {
            found.extend(step_rules(inner));
        }
    }
    found
}

/// A line inside a row selects the row; any other line of the file selects all its rows.
fn at_place(place: &PlaceFilter, instance: &Instance) -> bool {
    let path = &instance.scenario.file.path;
    if !(path == &place.path
        || path.ends_with(&format!("/{}", place.path))
        || place.path.ends_with(path.as_str()))
    {
        return false;
    }
    let rows: Vec<u32> = instance
        .scenario
        .cases
        .iter()
        .map(|case| case.id.at.line)
        .collect();
    let end = instance
        .scenario
        .steps
        .first()
        .map_or(u32::MAX, |step| step.at.line);
    let inside = rows.first().is_some_and(|first| place.line >= *first) && place.line < end;
    if !inside {
        return true;
    }
    let chosen = rows.iter().rev().find(|line| **line <= place.line);
    instance.row.line == chosen.copied()
}

fn near(asked: &str, plan: &Plan, rules: &Catalogue) -> Vec<String> {
    let mut meant: Vec<String> = rules.suggestions(asked);
    let ids: BTreeSet<&str> = plan
        .instances
        .iter()
        .map(|instance| instance.scenario.id.as_str())
        .collect();
    let mut close: Vec<(usize, &str)> = ids
        .into_iter()
        .map(|id| (strsim::damerau_levenshtein(asked, id), id))
        .collect();
    close.sort_unstable();
    meant.extend(
        close
            .into_iter()
            .filter(|(distance, _)| *distance <= 4)
            .take(2)
            .map(|(_, id)| id.to_owned()),
    );
    meant
}
