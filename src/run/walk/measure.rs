//! How long things took: from a moment to an end, for each measure of a step.

use std::time::{Duration, Instant};

use super::CaseRun;
use crate::expect::{Evidence, Surroundings, judge};
use crate::scenario::model::{MeasureEnd, Step};
use crate::step::{Fill, Scope};

pub(super) fn measure(step: &Step, case: &CaseRun, scope: &Scope, evidence: &Evidence, started: Instant) {
    for measure in &step.measure {
        let from = measure.since.as_ref().and_then(|handle| scope.end(&handle.value));
        let fill = Fill::new(&case.world, scope);
        let ends: Vec<Duration> = match &measure.to {
            MeasureEnd::End => evidence
                .singles()
                .iter()
                .map(|single| span(single.span.1, from, single.span.0))
                .collect(),
            MeasureEnd::FirstByte => evidence
                .singles()
                .iter()
                .filter_map(|single| {
                    single
                        .exchange
                        .as_ref()?
                        .timing
                        .first_byte
                        .map(|byte| span(byte, from, single.span.0))
                })
                .collect(),
            MeasureEnd::Close => evidence
                .singles()
                .iter()
                .filter_map(|single| Some(span(single.ended()?.at, from, single.span.0)))
                .collect(),
            MeasureEnd::First(expect) => hits(evidence, expect, &fill)
                .first()
                .map(|end| span(*end, from, started))
                .into_iter()
                .collect(),
            MeasureEnd::Last(expect) => hits(evidence, expect, &fill)
                .last()
                .map(|end| span(*end, from, started))
                .into_iter()
                .collect(),
        };
        // What is still open took longer than was looked.
        let open = match &measure.to {
            MeasureEnd::Close => evidence.singles().len() - ends.len(),
            _ => 0,
        };
        case.measured(step, measure, (&ends, open), &fill);
    }
}

fn span(end: Instant, from: Option<Instant>, start: Instant) -> Duration {
    end.saturating_duration_since(from.unwrap_or(start))
}

fn hits(
    evidence: &Evidence,
    expect: &crate::scenario::model::Expect,
    around: &dyn Surroundings,
) -> Vec<Instant> {
    evidence
        .elements()
        .into_iter()
        .filter(|element| judge(expect, element, around).holds())
        .filter_map(Evidence::end)
        .collect()
}
