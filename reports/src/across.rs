//! The same finding in several MCP revisions, told once.

use crate::record::Check;
use std::collections::BTreeMap;

/// One check that came to the same in one or more revisions.
#[derive(Clone, Debug, PartialEq)]
pub struct Across<'r> {
    /// The first of them.
    pub check: &'r Check,
    /// The revisions, in the order of the checks; empty when the check depends on none.
    pub revisions: Vec<&'r str>,
}

impl Across<'_> {
    /// `in 2025-11-25, 2026-07-28`; empty when the check depends on no revision.
    pub fn words(&self) -> String {
        if self.revisions.is_empty() {
            String::new()
        } else {
            format!("in {}", self.revisions.join(", "))
        }
    }
}

/// Gathers checks of the same scenario, row and name with the same verdict and the same words. Keeps the order in which
/// they first come.
pub fn across_revisions<'r>(checks: impl IntoIterator<Item = &'r Check>) -> Vec<Across<'r>> {
    let mut places: BTreeMap<[&str; 5], usize> = BTreeMap::new();
    let mut found: Vec<Across<'r>> = Vec::new();
    for check in checks {
        let key = [
            check.rule.as_str(),
            check.scenario.as_str(),
            check.case.as_str(),
            check.id.as_str(),
            check.message.as_str(),
        ];
        let known = places
            .get(&key)
            .copied()
            .filter(|index| found[*index].check.verdict == check.verdict && !check.revision.is_empty());
        if let Some(index) = known {
            found[index].revisions.push(&check.revision);
            continue;
        }
        places.insert(key, found.len());
        found.push(Across {
            check,
            revisions: Some(check.revision.as_str())
                .into_iter()
                .filter(|revision| !revision.is_empty())
                .collect(),
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Verdict;
    use crate::testing;

    #[test]
    fn the_same_words_are_told_once() {
        let record = testing::record();
        let failed = record
            .checks
            .iter()
            .find(|check| check.verdict == Verdict::Failed)
            .unwrap();
        let in_revision = |revision: &str, message: &str| {
            let mut check = failed.clone();
            check.revision = revision.to_owned();
            check.message = testing::clean(message);
            check
        };
        let checks = [
            in_revision("2025-06-18", "one"),
            in_revision("2025-11-25", "one"),
            in_revision("2026-07-28", "another"),
            in_revision("", "one"),
        ];
        let told: Vec<String> = across_revisions(&checks).iter().map(Across::words).collect();
        assert_eq!(told, ["in 2025-06-18, 2025-11-25", "in 2026-07-28", ""]);
    }
}
