//! How many calls came to what.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The classes a call can be counted under, in the order of reports. A class that is not among them is shown behind
/// them and counts as an error.
pub const CLASSES: [&str; 23] = [
    "ok",
    "401",
    "403",
    "429",
    "4xx",
    "5xx",
    "status",
    "rpc-error",
    "tool-error",
    "journey",
    "foreign",
    "leaked",
    "wrongly-done",
    "rightly-refused",
    "refused",
    "tls",
    "reset",
    "timeout",
    "cut-short",
    "malformed",
    "wrong-id",
    "dropped",
    "unfinished",
];

/// Those of them that are an answer of the target, as asked or not.
const ANSWERED: [&str; 13] = [
    "ok",
    "401",
    "403",
    "429",
    "4xx",
    "5xx",
    "status",
    "rpc-error",
    "tool-error",
    "foreign",
    "leaked",
    "wrongly-done",
    "rightly-refused",
];

/// Calls by class: each call is counted under exactly one. JSON: an object from class to number, without the classes
/// that did not occur.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Counts(BTreeMap<String, u64>);

impl Counts {
    /// So many more of a class.
    pub fn note(&mut self, class: &str, n: u64) {
        if n > 0 {
            let known = self.0.entry(class.to_owned()).or_default();
            *known = known.saturating_add(n);
        }
    }

    /// How many of a class.
    pub fn of(&self, class: &str) -> u64 {
        self.0.get(class).copied().unwrap_or_default()
    }

    /// How many in all.
    pub fn total(&self) -> u64 {
        self.sum(|_| true)
    }

    /// How many were neither answered as asked, nor refused as they should be, nor merely still open when the run
    /// ended.
    pub fn errors(&self) -> u64 {
        self.sum(|class| !matches!(class, "ok" | "rightly-refused" | "unfinished"))
    }

    /// How many were answered, as asked or with a refusal.
    pub fn answered(&self) -> u64 {
        self.sum(|class| ANSWERED.contains(&class))
    }

    /// Whether there is none at all.
    pub fn is_empty(&self) -> bool {
        self.total() == 0
    }

    /// Adds others.
    pub fn add(&mut self, more: &Counts) {
        for (class, n) in &more.0 {
            self.note(class, *n);
        }
    }

    /// Those that occurred, in the order of reports.
    pub fn each(&self) -> impl Iterator<Item = (&str, u64)> {
        let known = CLASSES.iter().copied();
        let other = self.0.keys().map(String::as_str);
        known
            .chain(other.filter(|class| !CLASSES.contains(class)))
            .map(|class| (class, self.of(class)))
            .filter(|(_, n)| *n > 0)
    }

    fn sum(&self, wanted: impl Fn(&str) -> bool) -> u64 {
        let of = self.0.iter().filter(|(class, _)| wanted(class)).map(|(_, n)| *n);
        of.fold(0, u64::saturating_add)
    }
}

impl<'c> FromIterator<(&'c str, u64)> for Counts {
    fn from_iter<I: IntoIterator<Item = (&'c str, u64)>>(pairs: I) -> Counts {
        let mut counts = Counts::default();
        for (class, n) in pairs {
            counts.note(class, n);
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_call_is_in_the_sums_it_belongs_to() {
        let counts: Counts = CLASSES
            .into_iter()
            .chain(["of-tomorrow"])
            .map(|class| (class, 1))
            .collect();
        assert_eq!((counts.total(), counts.errors(), counts.answered()), (24, 21, 13));
        let order: Vec<&str> = counts.each().map(|(class, _)| class).collect();
        assert_eq!(order[..23], CLASSES);
        assert_eq!(order[23], "of-tomorrow");
    }

    #[test]
    fn what_did_not_occur_is_not_there() {
        let mut counts: Counts = [("ok", 3), ("401", 0)].into_iter().collect();
        counts.add(&[("ok", 1), ("5xx", u64::MAX)].into_iter().collect());
        assert_eq!(
            serde_json::to_string(&counts).unwrap(),
            format!(r#"{{"5xx":{},"ok":4}}"#, u64::MAX)
        );
        assert_eq!(counts.total(), u64::MAX);
    }
}
