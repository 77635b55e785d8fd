//! Ends a run early where a threshold with `abort` has been missed for so long.

use std::time::Duration;

use hallmark_reports::record::{Bound, BoundKind, Comparison, Load, Operation, Threshold};

use super::engine::Stop;
use super::meter::Second;
use super::outcome::{measured, second as recorded};
use crate::scenario::model::LoadPlan;

/// Looks at every second.
pub(super) struct Abort {
    watched: Vec<Watched>,
    warm: Duration,
    stop: Stop,
}

struct Watched {
    threshold: Threshold,
    patience: Duration,
    /// When it began to be missed.
    since: Option<Duration>,
}

impl Abort {
    /// `thresholds`: those of the plan, in its order.
    pub(super) fn new(plan: &LoadPlan, thresholds: &[Threshold], stop: Stop) -> Self {
        let both = plan.thresholds.iter().zip(thresholds);
        let watched = both.filter_map(|(written, threshold)| {
            Some(Watched {
                threshold: threshold.clone(),
                patience: written.abort_after?,
                since: None,
            })
        });
        Self {
            watched: watched.collect(),
            warm: plan.warm_up,
            stop,
        }
    }

    /// One more second.
    pub(super) fn look(&mut self, second: &Second) {
        if self.watched.is_empty() || second.from < self.warm || second.length < Duration::from_millis(200) {
            return;
        }
        let alone = alone(second);
        for watched in &mut self.watched {
            if !watched.is_missed(&alone) {
                watched.since = None;
                continue;
            }
            let since = *watched.since.get_or_insert(second.from);
            if (second.from + second.length).saturating_sub(since) >= watched.patience {
                self.stop.stop();
            }
        }
    }
}

impl Watched {
    fn is_missed(&self, second: &Load) -> bool {
        let of = &self.threshold.of;
        let found = measured(
            second,
            &self.threshold.metric,
            of.as_ref().map(hallmark_reports::record::Clean::as_str),
        );
        let Some(value) = found else { return false };
        let missed = |bound: &Bound| match (bound.kind, bound.comparison) {
            // What the baseline had is not known of a single second.
            (BoundKind::Baseline, _) => false,
            (_, Comparison::Lt) => value >= bound.value,
            (_, Comparison::Lte) => value > bound.value,
            (_, Comparison::Gt) => value <= bound.value,
            (_, Comparison::Gte) => value < bound.value,
        };
        self.threshold.bounds.iter().any(missed)
    }
}

/// A second as if it were a run.
fn alone(second: &Second) -> Load {
    let recorded = recorded(second);
    let ok = recorded.counts.of("ok");
    Load {
        asked: recorded.offered,
        achieved: recorded.counts.answered(),
        rate: super::figures::fraction(ok) / second.length.as_secs_f64(),
        overall: Operation {
            counts: recorded.counts,
            response: recorded.response,
            ..Operation::default()
        },
        ..Load::default()
    }
}
