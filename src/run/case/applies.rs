//! Cases that are not run at all, and why.

use std::time::Instant;

use hallmark_reports::record::{Check, Verdict};

use crate::run::draft::{self, Block, Draft, all_checks};
use crate::run::plan::Instance;
use crate::run::schedule::Context;
use crate::secret::Scrubber;
use crate::target::Target;

/// Checks of a case that cannot run at all.
pub(in crate::run) fn without_running(
    instance: &Instance,
    context: &Context,
    scrubber: &Scrubber,
    verdict: Verdict,
    message: &str,
    unlock: Option<&str>,
) -> Vec<Check> {
    let block = Block {
        verdict,
        message: message.to_owned(),
        unlock: unlock.map(str::to_owned),
        singles: Vec::new(),
        afterwards: false,
    };
    all_checks(instance)
        .into_iter()
        .map(|step| {
            Draft {
                step,
                instance,
                context,
                scrubber,
                started: Instant::now(),
            }
            .blocked(&block, None)
        })
        .collect()
}

/// Why the case does not apply, before a world is made for it.
pub(in crate::run) fn inapplicable(
    instance: &Instance,
    context: &Context,
    target: &Target,
    has_clock: bool,
) -> Option<(String, Option<String>)> {
    if let Some(skip) = &instance.skip {
        return Some((skip.why.clone(), skip.unlock.clone()));
    }
    let scenario = &instance.scenario;
    if !draft::any_applies(instance, context) {
        return Some((draft::not_in(instance.revision), None));
    }
    let needs = scenario
        .needs
        .iter()
        .map(|need| &need.value)
        .chain(&instance.row.needs);
    if let Some(kind) = target.alone()
        && !scenario.subject.iter().any(|subject| target.is_a(&subject.value))
    {
        return Some((
            format!("the target is {kind} alone"),
            Some("mcp: https://…".to_owned()),
        ));
    }
    for need in needs {
        if !target.has(need) {
            return Some((
                format!("the target does not declare `{need}`"),
                Some(Target::line_for(need)),
            ));
        }
    }
    if scenario.slow && !context.slow && !has_clock {
        return Some((
            "takes long without a test clock".to_owned(),
            Some("run with --slow".to_owned()),
        ));
    }
    None
}
