//! Counts over the checks of a record, and the coverage of a family.

use super::{Case, Check, FamilyCoverage, Verdict};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Counts over the checks of a record. The seven verdict counts add up to `total`. JSON keys are `snake_case`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Summary {
    /// Rules that held.
    pub passed: u64,
    /// MUSTs broken.
    pub failed: u64,
    /// SHOULDs missed.
    pub warned: u64,
    /// Measurements and MAYs.
    pub info: u64,
    /// Declared, but not exercised.
    pub not_testable: u64,
    /// Does not apply, or not declared.
    pub skipped: u64,
    /// Could not be judged.
    pub errored: u64,
    /// All checks.
    pub total: u64,
    /// How many of them a baseline entry foretold. They stay counted under what was found.
    #[serde(default)]
    pub expected: u64,
    /// The worst verdict among the checks that no baseline entry foretold; `skipped` when there is none.
    pub verdict: Verdict,
    /// Cases that finished.
    pub cases: u64,
    /// Requests sent.
    pub requests: u64,
}

impl Summary {
    /// Counts.
    pub fn of(checks: &[Check], cases: &[Case]) -> Summary {
        let count = |verdict| checks.iter().filter(|check| check.verdict == verdict).count() as u64;
        let unexpected = checks.iter().filter(|check| check.expected_failure.is_none());
        Summary {
            passed: count(Verdict::Passed),
            failed: count(Verdict::Failed),
            warned: count(Verdict::Warned),
            info: count(Verdict::Info),
            not_testable: count(Verdict::NotTestable),
            skipped: count(Verdict::Skipped),
            errored: count(Verdict::Errored),
            total: checks.len() as u64,
            expected: checks
                .iter()
                .filter(|check| check.expected_failure.is_some())
                .count() as u64,
            verdict: Verdict::worst(unexpected.map(|check| check.verdict)),
            cases: cases.iter().filter(|case| case.verdict.is_some()).count() as u64,
            requests: cases.iter().map(|case| case.requests).sum(),
        }
    }

    /// The count of one verdict.
    pub fn count(&self, verdict: Verdict) -> u64 {
        match verdict {
            Verdict::Passed => self.passed,
            Verdict::Failed => self.failed,
            Verdict::Warned => self.warned,
            Verdict::Info => self.info,
            Verdict::NotTestable => self.not_testable,
            Verdict::Skipped => self.skipped,
            Verdict::Errored => self.errored,
        }
    }
}

impl FamilyCoverage {
    /// Counts the rules of one family as the checks found them. `live` and `planned` come from the catalogue.
    pub fn of<'c>(
        family: &str,
        live: u32,
        planned: u32,
        checks: impl IntoIterator<Item = &'c Check>,
    ) -> FamilyCoverage {
        let mut worst: BTreeMap<&str, Verdict> = BTreeMap::new();
        for check in checks
            .into_iter()
            .filter(|check| family_of(&check.rule) == family)
        {
            worst
                .entry(&check.rule)
                .and_modify(|verdict| *verdict = check.verdict.max(*verdict))
                .or_insert(check.verdict);
        }
        let mut coverage = FamilyCoverage {
            family: family.to_owned(),
            live,
            planned,
            ..FamilyCoverage::default()
        };
        for verdict in worst.into_values() {
            let slot = match verdict {
                Verdict::Passed | Verdict::Info => &mut coverage.passed,
                Verdict::Failed => &mut coverage.failed,
                Verdict::Warned => &mut coverage.warned,
                Verdict::NotTestable | Verdict::Errored => &mut coverage.not_testable,
                Verdict::Skipped => &mut coverage.skipped,
            };
            *slot += 1;
        }
        coverage.judged = coverage.passed + coverage.failed + coverage.warned;
        coverage
    }
}

/// `BEARER` of `BEARER-08`; the whole id when it has no number.
pub(crate) fn family_of(rule: &str) -> &str {
    rule.rsplit_once('-').map_or(rule, |(family, _)| family)
}
