//! What can be known to be wrong before anything is sent. Reads the typed scenario, reports, changes nothing.
//!
//! Names are checked against `Known`; a part of it that is `None` is not known here and is not judged.

mod agent;
pub mod load;
mod names;
mod rules;
pub mod secrets;
mod series;
mod visit;

use std::collections::{BTreeMap, BTreeSet};

use super::diagnostic::Diagnostics;
use super::model::{ClauseKind, Data, Kind, Scenario, Selector, Step, Template};

/// Most requests of one step in flight together.
pub const MOST_COPIES: u32 = 1_000;

/// What a scenario may name.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Every id and alias of the catalogue.
    pub rules: Option<BTreeMap<String, RuleName>>,
    /// Capabilities that exist; a target declares some of them.
    pub capabilities: Option<BTreeSet<String>>,
    /// Principals of the target; `nobody` is built in.
    pub principals: Option<BTreeSet<String>>,
    /// Probes of the target.
    pub probes: Option<BTreeSet<String>>,
    /// Misbehaviours of the embedded mock.
    pub defects: Option<BTreeSet<String>>,
    /// Conforming peculiarities of the embedded mock.
    pub variants: Option<BTreeSet<String>>,
}

/// What is known about a rule's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleName {
    /// An id.
    Id,
    /// Another name of this id.
    AliasOf(String),
    /// An id that is no longer used.
    Retired,
}

/// Checks one scenario.
pub fn check(scenario: &Scenario, known: &Known) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    rules::check(scenario, known, &mut diagnostics);
    names::check(scenario, known, &mut diagnostics);
    agent::check(scenario, known, &mut diagnostics);
    series::check(scenario, &mut diagnostics);
    secrets::scan(&scenario.file, &mut diagnostics);
    diagnostics
}

/// Checks what only shows over all files: two scenarios with one id.
pub fn check_together<'s>(scenarios: impl IntoIterator<Item = &'s Scenario>) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let mut seen: BTreeMap<&str, &Scenario> = BTreeMap::new();
    for scenario in scenarios {
        if let Some(first) = seen.insert(&scenario.id, scenario) {
            diagnostics
                .error(
                    "duplicate-id",
                    &scenario.title.at,
                    format!("the scenario id `{}` is taken", scenario.id),
                )
                .note(format!("first in {}", first.file.path));
        }
    }
    diagnostics
}

/// The moments of a plan that a check refers to: whose requests it looks at, and what it counts time from.
pub fn moments_of(step: &Step) -> Vec<&str> {
    let mut found: Vec<&str> = match &step.kind {
        Kind::Requests(selection) => {
            let ids = selection.after.iter().chain(&selection.before);
            ids.map(|id| id.value.as_str()).collect()
        }
        Kind::Ended(look) => look.after.iter().map(|id| id.value.as_str()).collect(),
        _ => return Vec::new(),
    };
    if let Some(expectation) = &step.expect {
        visit::expect(expectation, false, &mut |part| {
            if let visit::Part::Clause(ClauseKind::Is(Selector::Since(id), _), _) = part {
                found.push(id);
            }
        });
    }
    found
}

/// Every text of a step and of what is expected of it; what is inside a group belongs to its own steps.
pub fn templates_of<'s>(step: &'s Step, see: &mut dyn FnMut(&'s Template)) {
    visit::before(step, see);
    for expectation in visit::expectations(step) {
        visit::expect(expectation, false, &mut |part| {
            if let visit::Part::Template(template, _) = part {
                see(template);
            }
        });
    }
}

/// Every text of written data.
pub fn templates_in<'s>(data: &'s Data, see: &mut dyn FnMut(&'s Template)) {
    visit::data(data, see);
}

/// Every step of a list, groups before their members.
pub(super) fn all_steps(steps: &[Step]) -> Vec<&Step> {
    let mut all = vec![];
    for step in steps {
        all.push(step);
        all.extend(all_steps(visit::members(step)));
    }
    all
}
