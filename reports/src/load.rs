//! What the reports say of a load run, the same in every format: its figures as people read them, what it promised
//! and what came of it. Computes no verdict: whether something held is read from `checks[]`.

pub(crate) mod compare;
pub(crate) mod figures;
pub(crate) mod merge;
pub(crate) mod noise;
pub(crate) mod promises;
pub(crate) mod text;

use crate::record::{Check, Load, Record, Verdict};

/// The word of a run that has no load in it is `None`.
pub(crate) fn of(record: &Record) -> Option<&Load> {
    record.load.as_ref()
}

/// How far the figures can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// The generator did what was asked of it.
    Valid,
    /// It did not, and says why.
    Void,
    /// The run was cut short before that could be told.
    Open,
}

impl Trust {
    pub(crate) fn of(record: &Record, load: &Load) -> Trust {
        if load.valid {
            Trust::Valid
        } else if record.complete || !load.invalid_because.is_empty() {
            Trust::Void
        } else {
            Trust::Open
        }
    }

    /// How it is told beside the other verdicts.
    pub(crate) fn verdict(self) -> Verdict {
        match self {
            Trust::Valid => Verdict::Passed,
            Trust::Void => Verdict::Errored,
            Trust::Open => Verdict::NotTestable,
        }
    }

    /// In a word or two.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Trust::Valid => "valid",
            Trust::Void => "not valid",
            Trust::Open => "not known: cut short",
        }
    }
}

/// The check of a load run with this id.
pub(crate) fn check<'r>(record: &'r Record, load: &Load, id: &str) -> Option<&'r Check> {
    let scenario = scenario(load);
    record
        .checks
        .iter()
        .find(|check| check.id == id && check.scenario == scenario)
}

/// Under what its checks are: the path of the plan, which may begin with that folder already.
pub(crate) fn scenario(load: &Load) -> String {
    if load.profile.starts_with("load/") {
        load.profile.clone()
    } else {
        format!("load/{}", load.profile)
    }
}

/// Whether a check belongs to a load run: it is listed under its own id, because no two thresholds are of one rule.
pub(crate) fn is_of_load(check: &Check) -> bool {
    check.rule.is_empty() && check.scenario.starts_with("load/")
}

/// Id of the check by which a run says that it is not valid.
pub(crate) const VALID: &str = "valid";

/// Why the run is not valid, in one text.
pub(crate) fn why_void(load: &Load) -> String {
    let all: Vec<&str> = load
        .invalid_because
        .iter()
        .map(crate::record::Clean::as_str)
        .collect();
    if all.is_empty() {
        "no reason was recorded".to_owned()
    } else {
        all.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_in_the_folder_of_plans_is_not_in_it_twice() {
        for (profile, named) in [
            ("gate", "load/gate"),
            ("load/gate", "load/gate"),
            ("a/load/b", "load/a/load/b"),
        ] {
            let load = Load {
                profile: profile.to_owned(),
                ..Load::default()
            };
            assert_eq!(scenario(&load), named);
        }
    }
}
