//! What a run covered, by rule family.

use std::collections::{BTreeMap, BTreeSet};

use hallmark_reports::record::{Check, FamilyCoverage, Verdict};

use crate::rules::{Catalogue, Status};

/// Counts rules by the worst verdict of their checks. A rule is judged when one of its checks was.
pub fn coverage(rules: &Catalogue, checks: &[Check]) -> Vec<FamilyCoverage> {
    let mut by_rule: BTreeMap<&str, Vec<Verdict>> = BTreeMap::new();
    for check in checks {
        by_rule
            .entry(check.rule.as_str())
            .or_default()
            .push(check.verdict);
    }
    let touched: BTreeSet<&str> = by_rule
        .keys()
        .filter_map(|id| rules.get(id))
        .map(|rule| rule.family.as_str())
        .collect();
    let mut families: BTreeMap<String, FamilyCoverage> = BTreeMap::new();
    for rule in rules.live().filter(|rule| touched.contains(rule.family.as_str())) {
        let family = families
            .entry(rule.family.clone())
            .or_insert_with(|| FamilyCoverage {
                family: rule.family.clone(),
                ..FamilyCoverage::default()
            });
        family.live += 1;
        if let Some(verdicts) = by_rule.get(rule.id.as_str()) {
            count(family, Verdict::worst(verdicts.iter().copied()));
        }
    }
    for family in families.values_mut() {
        family.planned = planned(rules, &family.family);
    }
    families.into_values().collect()
}

/// Ids are enough: planned records need not be read.
fn planned(rules: &Catalogue, family: &str) -> u32 {
    let of_family = |id: &str| id.rsplit_once('-').is_some_and(|(own, _)| own == family);
    let planned = rules
        .ids()
        .filter(|(id, _, status)| *status == Status::Planned && of_family(id))
        .count();
    u32::try_from(planned).unwrap_or(u32::MAX)
}

fn count(family: &mut FamilyCoverage, worst: Verdict) {
    match worst {
        Verdict::Passed | Verdict::Info => family.passed += 1,
        Verdict::Failed => family.failed += 1,
        Verdict::Warned => family.warned += 1,
        Verdict::NotTestable | Verdict::Errored => family.not_testable += 1,
        Verdict::Skipped => family.skipped += 1,
    }
    family.judged += u32::from(!matches!(
        worst,
        Verdict::Skipped | Verdict::NotTestable | Verdict::Errored
    ));
}
