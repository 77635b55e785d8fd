//! Two records side by side: what is new, what is fixed, what stays, what went away. Compares recorded verdicts,
//! judges nothing.

use crate::circumstances::differing;
use crate::evidence;
use crate::load::{self, compare::LoadComparison};
use crate::markdown::prose;
use crate::record::{Check, Clean, Record, Verdict};
use crate::standing::{Standing, case_of, rule_of};
use crate::text::{count, one_line};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What changed between two records. Every list is in the order of scenario, case and check.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// Broken now, and not before.
    pub new: Vec<Change>,
    /// Broken before, by the baseline's leave or not, and held now.
    pub fixed: Vec<Change>,
    /// Broken in both, and excused by the baseline only now.
    pub excused: Vec<Change>,
    /// Broken in both.
    pub still: Vec<Change>,
    /// Judged before, and no longer: errored, not testable or skipped now.
    pub unjudged: Vec<Change>,
    /// In the first record only.
    pub disappeared: Vec<Change>,
    /// In the second record only, and not broken.
    pub appeared: Vec<Change>,
    /// Circumstances in which the runs differ, each with both values: what changed may be due to them.
    pub differs: Vec<(&'static str, String, String)>,
    /// The figures, where both runs have load in them.
    pub load: Option<LoadComparison>,
    /// Whether the second run was cut short, so that what disappeared may just not have been reached.
    pub cut_short: bool,
}

/// One check in both records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Scenario path.
    pub scenario: String,
    /// Row id, or empty.
    pub case: String,
    /// MCP revision, or empty.
    pub revision: String,
    /// Check id.
    pub check: String,
    /// Rule id, or the scenario when it belongs to none.
    pub rule: String,
    /// Its verdict in the first record.
    pub before: Option<Verdict>,
    /// Its verdict in the second record.
    pub after: Option<Verdict>,
    /// The message of the later one of the two.
    pub message: Clean,
    /// `file:line` of the later one.
    pub place: String,
}

type Key<'r> = (&'r str, &'r str, &'r str, &'r str, usize);

/// Compares `before` with `after`. A missed SHOULD counts as broken when `after` ran strict; what a baseline entry
/// foretold is not broken.
pub fn compare(before: &Record, after: &Record) -> Comparison {
    let strict = after.run.strict;
    let (old, new) = (keyed(before), keyed(after));
    let mut comparison = Comparison {
        cut_short: !after.complete,
        load: before
            .load
            .as_ref()
            .zip(after.load.as_ref())
            .map(|(was, is)| load::compare::compare(was, is)),
        differs: differing(before, after)
            .into_iter()
            .filter(|(what, ..)| *what != "pipeline")
            .collect(),
        ..Comparison::default()
    };
    let mut keys: Vec<Key<'_>> = old.keys().chain(new.keys()).copied().collect();
    keys.sort_unstable();
    keys.dedup();
    for key in keys {
        let (was, is) = (old.get(&key).copied(), new.get(&key).copied());
        let Some(list) = comparison.list_for(was, is, strict) else {
            continue;
        };
        if let Some(shown) = is.or(was) {
            list.push(change(shown, was, is));
        }
    }
    comparison
}

/// By scenario, case, revision and check id; equal ones by their order.
fn keyed(record: &Record) -> BTreeMap<Key<'_>, &Check> {
    let mut map = BTreeMap::new();
    for check in &record.checks {
        let mut key = (
            check.scenario.as_str(),
            check.case.as_str(),
            check.revision.as_str(),
            check.id.as_str(),
            0,
        );
        while map.contains_key(&key) {
            key.4 += 1;
        }
        map.insert(key, check);
    }
    map
}

fn change(shown: &Check, was: Option<&Check>, is: Option<&Check>) -> Change {
    Change {
        scenario: shown.scenario.clone(),
        case: shown.case.clone(),
        revision: shown.revision.clone(),
        check: shown.id.clone(),
        rule: rule_of(shown).to_owned(),
        before: was.map(|check| check.verdict),
        after: is.map(|check| check.verdict),
        message: shown.message.clone(),
        place: evidence::place(&shown.at),
    }
}

impl Comparison {
    fn list_for(
        &mut self,
        was: Option<&Check>,
        is: Option<&Check>,
        strict: bool,
    ) -> Option<&mut Vec<Change>> {
        let was = was.map(|check| Standing::of(check, strict));
        let is = is.map(|check| Standing::of(check, strict));
        match (was, is) {
            (Some(Standing::Broken), Some(Standing::Broken)) => Some(&mut self.still),
            (_, Some(Standing::Broken)) => Some(&mut self.new),
            (
                Some(Standing::Broken | Standing::Held | Standing::Missed),
                Some(Standing::Unjudged | Standing::Skipped),
            ) => Some(&mut self.unjudged),
            (Some(Standing::Broken), Some(Standing::Expected)) => Some(&mut self.excused),
            (Some(Standing::Broken), Some(_))
            | (Some(Standing::Expected), Some(Standing::Held | Standing::Missed)) => Some(&mut self.fixed),
            (Some(_), None) => Some(&mut self.disappeared),
            (None, Some(_)) => Some(&mut self.appeared),
            (Some(_), Some(_)) | (None, None) => None,
        }
    }

    fn lists(&self) -> [(&'static str, &[Change]); 7] {
        [
            ("new", &self.new),
            ("fixed", &self.fixed),
            ("still broken", &self.still),
            ("excused by the baseline", &self.excused),
            ("no longer judged", &self.unjudged),
            ("disappeared", &self.disappeared),
            ("appeared", &self.appeared),
        ]
    }

    /// Whether anything is worse than before: broken anew, no longer judged, or gone.
    pub fn is_worse(&self) -> bool {
        !(self.new.is_empty() && self.unjudged.is_empty() && self.disappeared.is_empty())
    }

    /// The usual counts always, the rarer ones if they are not 0.
    fn headline(&self) -> String {
        let parts: Vec<String> = self
            .lists()
            .iter()
            .enumerate()
            .filter(|(place, (_, list))| *place < 3 || !list.is_empty())
            .map(|(_, (name, list))| format!("{} {name}", list.len()))
            .collect();
        let cut = if self.cut_short {
            "; the second run was cut short"
        } else {
            ""
        };
        format!("{}{cut}", parts.join(" · "))
    }

    /// `the runs differ in target: staging, then production`, a line each.
    fn differences(&self) -> Vec<String> {
        let shown = |text: &str| {
            if text.is_empty() {
                "none".to_owned()
            } else {
                one_line(text, 100)
            }
        };
        self.differs
            .iter()
            .map(|(what, before, after)| {
                format!(
                    "the runs differ in {what}: {}, then {}",
                    shown(before),
                    shown(after)
                )
            })
            .collect()
    }

    /// For a terminal.
    pub fn to_text(&self) -> String {
        let mut out = format!("{}\n", self.headline());
        for line in self.differences() {
            let _ = writeln!(out, "{line}");
        }
        for (name, list) in self.lists().into_iter().filter(|(_, list)| !list.is_empty()) {
            let _ = writeln!(out, "\n{name} ({})", count(list.len() as u64, "check"));
            for change in list {
                let case = one_line(&case_of(&change.scenario, &change.case, &change.revision), 200);
                let _ = writeln!(
                    out,
                    "  {} {case} {}: {}",
                    change.rule,
                    change.check,
                    verdicts(change)
                );
                if !change.message.is_empty() {
                    let _ = writeln!(out, "      {}", one_line(change.message.as_str(), 300));
                }
            }
        }
        out.extend(self.load.iter().map(LoadComparison::to_text));
        out
    }

    /// For a merge request. What appeared is counted only.
    pub fn to_markdown(&self) -> String {
        let mut out = format!("## Hallmark: compared\n\n{}\n", self.headline());
        for line in self.differences() {
            let _ = writeln!(out, "\n> {}", prose(&line));
        }
        for (name, list) in self
            .lists()
            .into_iter()
            .filter(|(name, list)| !list.is_empty() && *name != "appeared")
        {
            let _ = writeln!(out, "\n### {name} ({})\n", list.len());
            out.push_str("| Rule | Case | Verdict | Message |\n|---|---|---|---|\n");
            for change in list.iter().take(200) {
                let case = format!(
                    "{} {}",
                    case_of(&change.scenario, &change.case, &change.revision),
                    change.check
                );
                let message = prose(&one_line(change.message.as_str(), 300));
                let _ = writeln!(
                    out,
                    "| {} | {} | {} | {message} |",
                    prose(&change.rule),
                    prose(&case),
                    verdicts(change)
                );
            }
            if list.len() > 200 {
                let _ = writeln!(out, "\n… and {} more.", list.len() - 200);
            }
        }
        out.extend(self.load.iter().map(LoadComparison::to_markdown));
        out
    }
}

fn verdicts(change: &Change) -> String {
    let word = |verdict: Option<Verdict>| verdict.map_or("absent", Verdict::words);
    format!("{} → {}", word(change.before), word(change.after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn a_record_compared_with_itself_changes_nothing() {
        let record = testing::record();
        let same = compare(&record, &record);
        assert!(!same.is_worse());
        assert!(same.fixed.is_empty() && same.appeared.is_empty());
        assert!(!same.still.is_empty());
    }

    #[test]
    fn every_kind_of_change_lands_in_its_list() {
        let before = testing::record();
        let mut after = before.clone();
        let find = |record: &Record, verdict| {
            let wanted = |check: &Check| check.verdict == verdict && check.expected_failure.is_none();
            record.checks.iter().position(wanted).unwrap()
        };
        let fixed = find(&after, Verdict::Failed);
        after.checks[fixed].verdict = Verdict::Passed;
        let still = after
            .checks
            .iter()
            .position(|check| check.verdict == Verdict::Failed)
            .unwrap();
        assert!(still > fixed);
        let new = find(&before, Verdict::Passed);
        after.checks[new].verdict = Verdict::Failed;
        let lost = before
            .checks
            .iter()
            .rposition(|check| check.verdict == Verdict::Passed)
            .unwrap();
        assert_ne!(lost, new);
        after.checks[lost].verdict = Verdict::NotTestable;
        let gone = find(&before, Verdict::Skipped);
        after.checks.remove(gone);
        let comparison = compare(&before, &after);
        let ids = |list: &[Change]| list.iter().map(|change| change.check.clone()).collect::<Vec<_>>();
        assert_eq!(ids(&comparison.new), [before.checks[new].id.clone()]);
        assert_eq!(ids(&comparison.fixed), [before.checks[fixed].id.clone()]);
        assert_eq!(ids(&comparison.unjudged), [before.checks[lost].id.clone()]);
        assert_eq!(ids(&comparison.disappeared), [before.checks[gone].id.clone()]);
        assert!(comparison.is_worse());
        insta::with_settings!({snapshot_path => "../golden", prepend_module_to_snapshot => false}, {
            insta::assert_snapshot!("compare-text", comparison.to_text());
            insta::assert_snapshot!("compare-markdown", comparison.to_markdown());
        });
    }

    #[test]
    fn the_baseline_fixes_nothing() {
        let mut before = testing::record();
        let mut after = before.clone();
        let find = |record: &Record, expected: bool| {
            let wanted = |check: &Check| {
                check.verdict == Verdict::Failed && check.expected_failure.is_some() == expected
            };
            record.checks.iter().position(wanted).unwrap()
        };
        let (excused, fixed) = (find(&before, false), find(&before, true));
        after.checks[excused].expected_failure = Some("ticket 12".to_owned());
        after.checks[fixed].verdict = Verdict::Passed;
        after.checks[fixed].expected_failure = None;
        let comparison = compare(&before, &after);
        assert_eq!((comparison.excused.len(), comparison.fixed.len()), (1, 1));
        assert!(!comparison.is_worse());
        // The entry is gone again, and the failure is still there.
        std::mem::swap(&mut before, &mut after);
        assert_eq!(compare(&before, &after).new.len(), 1);
    }

    #[test]
    fn records_of_two_targets_say_so() {
        let before = testing::record();
        let mut after = before.clone();
        after.target.name = testing::clean("production");
        after.run.strict = true;
        let text = compare(&before, &after).to_text();
        assert!(
            text.contains("the runs differ in target: staging, then production\n"),
            "{text}"
        );
        assert!(
            text.contains("the runs differ in strictness: false, then true\n"),
            "{text}"
        );
    }
}
