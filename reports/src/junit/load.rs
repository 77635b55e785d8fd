//! A load run: suite `load.PROFILE`, a case for each threshold and invariant, and one that says whether the figures can
//! be believed at all. It is an error when they cannot: the generator failed, not the target.

use super::bounds::{Names, told};
use super::{class_name, unjudged};
use crate::load::promises::promise_of;
use crate::load::{Trust, VALID, check, scenario, why_void};
use crate::record::{Case, Check, Record};
use crate::text::one_line;
use quick_junit::{TestCase, TestCaseStatus, TestSuite};
use std::time::Duration;

/// Whether a case is that of the load run.
pub(super) fn owns(record: &Record, case: &Case) -> bool {
    record
        .load
        .as_ref()
        .is_some_and(|load| scenario(load) == case.scenario)
}

/// The case that says whether the run is valid; none when it was cut short before that was known.
pub(super) fn validity(record: &Record, names: &mut Names) -> Option<TestCase> {
    let load = record.load.as_ref()?;
    // Where the run judged that itself, its check is the case.
    if check(record, load, VALID).is_some() {
        return None;
    }
    let status = match Trust::of(record, load) {
        Trust::Open => return None,
        Trust::Valid => TestCaseStatus::success(),
        Trust::Void => {
            let message = format!("the load run is not valid: {}", why_void(load));
            unjudged("load-not-valid", &message, &crate::load_text(record))
        }
    };
    let class = class_name(&scenario(load));
    let mut case = TestCase::new(names.take(&class, "valid: the generator kept up"), status);
    case.set_classname(class).set_time(Duration::ZERO);
    if load.valid {
        case.set_system_out(told(&crate::load_text(record)));
    }
    Some(case)
}

/// A suite for it where there is no check to stand beside.
pub(super) fn alone(record: &Record, names: &mut Names) -> Option<TestSuite> {
    let load = record.load.as_ref()?;
    let judged = record.checks.iter().any(|check| check.scenario == scenario(load));
    let case = if judged { None } else { validity(record, names) }?;
    let mut suite = TestSuite::new(class_name(&scenario(load)));
    suite.add_test_case(case);
    Some(suite)
}

/// What was measured of a promise, and its bound; of any other check nothing.
pub(super) struct Measured(Option<(String, String)>);

pub(super) fn measured(record: &Record, check: &Check) -> Measured {
    let promise = record
        .load
        .as_ref()
        .filter(|load| scenario(load) == check.scenario)
        .and_then(|load| promise_of(load, &check.id));
    Measured(promise)
}

impl Measured {
    /// `measured 441 ms, promised < 120 ms`.
    pub(super) fn words(&self) -> Option<String> {
        let (found, bound) = self.0.as_ref()?;
        Some(one_line(&format!("measured {found}, promised {bound}"), 300))
    }

    /// A message, with the measured value where it does not say it.
    pub(super) fn beside(&self, message: &str) -> String {
        match (&self.0, self.words()) {
            (Some((found, _)), Some(words)) if !message.contains(found) => format!("{message} ({words})"),
            _ => message.to_owned(),
        }
    }
}
