//! The table of `hallmark rules --coverage`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::Catalogue;
use super::rule::{Rule, Status};
use super::wrap::shorten;

#[derive(Default)]
struct Counts {
    live: usize,
    planned: usize,
    defects: usize,
    scenarios: BTreeSet<String>,
}

impl Counts {
    fn add(&mut self, rule: &Rule, scenarios: &[String]) {
        match rule.status {
            Status::Live => {
                self.live += 1;
                self.defects += rule.defects.len();
            }
            Status::Planned => self.planned += 1,
            Status::Retired => {}
        }
        self.scenarios.extend(scenarios.iter().cloned());
    }

    fn cells(&self) -> String {
        format!(
            "{:>5} {:>8} {:>10} {:>8}",
            self.live,
            self.planned,
            self.scenarios.len(),
            self.defects
        )
    }
}

/// Per family: rules that are live and planned, scenarios that judge them, defects of the live ones. Then the live
/// rules that no scenario names, if there are any. `scenarios`: rule id → ids of the scenarios that judge it.
pub fn coverage(catalogue: &Catalogue, scenarios: &BTreeMap<String, Vec<String>>, width: usize) -> String {
    let mut by_family: BTreeMap<&str, Counts> = BTreeMap::new();
    let mut total = Counts::default();
    let mut unjudged = Vec::new();
    for rule in catalogue.all() {
        let judged_by = scenarios.get(&rule.id).map_or(&[][..], Vec::as_slice);
        if rule.status == Status::Live && judged_by.is_empty() {
            unjudged.push(rule.id.as_str());
        }
        by_family.entry(&rule.family).or_default().add(rule, judged_by);
        total.add(rule, judged_by);
    }
    let mut out = format!(
        "{:<8} {:>5} {:>8} {:>10} {:>8}  title\n",
        "family", "live", "planned", "scenarios", "defects"
    );
    for family in catalogue.families() {
        let Some(counts) = by_family.get(family.id.as_str()) else {
            continue;
        };
        let start = format!("{:<8} {}  ", family.id, counts.cells());
        let title = shorten(&family.title, width.saturating_sub(start.chars().count()));
        let _ = writeln!(out, "{start}{title}");
    }
    let _ = writeln!(out, "{:<8} {}", "all", total.cells());
    if !unjudged.is_empty() {
        let _ = writeln!(out, "\nlive, but judged by no scenario: {}", unjudged.join(", "));
    }
    out
}
