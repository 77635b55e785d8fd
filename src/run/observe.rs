//! Judges every answer of a run: what scenarios that `observe` look for, whatever request led to it.
//!
//! Each answer is judged where it came in, with the names of its own case, so that nothing piles up; a tally and the
//! worst answer are kept. When all other cases have ended, the tallies become checks.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use hallmark_reports::record::{Check, Verdict};

use super::check::{Judged, Weight, decide, worse};
use super::draft::{Block, Draft, all_checks};
use super::plan::{Instance, Plan};
use super::schedule::Context;
use crate::expect::{Evidence, Judgement, Single, Surroundings, judge};
use crate::mcp::Revision;
use crate::scenario::model::{Kind, Step};
use crate::secret::Scrubber;

/// The observing scenarios of a run.
#[derive(Default)]
pub(super) struct Observers(Vec<Observer>);

struct Observer {
    instance: Instance,
    /// By the slug of the check.
    tallies: Mutex<BTreeMap<String, Tally>>,
}

/// What one check has come to so far.
#[derive(Default)]
struct Tally {
    seen: u64,
    missed: u64,
    /// The worst judgement and the case it was made in.
    worst: Option<(Judged, String)>,
}

impl Observers {
    /// Those of a plan.
    pub(super) fn of(plan: &Plan) -> Self {
        let observing = plan
            .instances
            .iter()
            .filter(|instance| instance.scenario.observes());
        Self(
            observing
                .map(|instance| Observer {
                    instance: instance.clone(),
                    tallies: Mutex::default(),
                })
                .collect(),
        )
    }

    /// Shows them what came in: the answer of a step and those that led to it.
    pub(super) fn see(
        &self,
        (case, revision): (&str, Revision),
        single: &Arc<Single>,
        around: &dyn Surroundings,
        context: &Context,
        scrubber: &Scrubber,
    ) {
        if self.0.is_empty() || single.exchange.is_none() {
            return;
        }
        let earlier = single.before.iter().map(|exchange| {
            Arc::new(Single {
                exchange: Some(exchange.clone()),
                before: Vec::new(),
                answer: None,
                outcome: crate::expect::Outcome::of(exchange, None),
                span: (exchange.timing.start, exchange.timing.end),
                ..Single::clone(single)
            })
        });
        for single in earlier.chain([single.clone()]) {
            for observer in self.0.iter().filter(|one| one.looks_at(revision)) {
                observer.see(case, &single, around, context, scrubber);
            }
        }
    }

    /// The checks of an observing instance, once everything else has run.
    pub(super) fn checks(&self, instance: &Instance, context: &Context, scrubber: &Scrubber) -> Vec<Check> {
        let observer = self.0.iter().find(|one| one.instance.name() == instance.name());
        let tallies = observer.map(|one| std::mem::take(&mut *lock(&one.tallies)));
        let mut tallies = tallies.unwrap_or_default();
        all_checks(instance)
            .into_iter()
            .map(|step| {
                let draft = draft(step, instance, context, scrubber);
                let slug = step.check.as_ref().map_or("", |slug| slug.value.as_str());
                match tallies.remove(slug) {
                    Some(tally) => tally.told(&draft, &format!("{}:{slug}", instance.name())),
                    None => draft.blocked(&nothing_seen(), None),
                }
            })
            .collect()
    }
}

impl Observer {
    /// One that depends on the revision looks at its own, any other at the whole run.
    fn looks_at(&self, revision: Revision) -> bool {
        !self.instance.by_revision || self.instance.revision == revision
    }

    fn see(
        &self,
        case: &str,
        single: &Arc<Single>,
        around: &dyn Surroundings,
        context: &Context,
        scrubber: &Scrubber,
    ) {
        let evidence = Evidence::One(single.clone());
        for step in &self.instance.scenario.steps {
            let (Kind::Observe(wanted), Some(slug), Some(expect)) = (&step.kind, &step.check, &step.expect)
            else {
                continue;
            };
            let found = judge(wanted, &evidence, around);
            if !found.holds() || found.held == 0 {
                continue;
            }
            let wished = judge(expect, &evidence, around);
            let alternatives: Vec<(usize, Judgement)> = if wished.holds() {
                Vec::new()
            } else {
                let judged = |alternative: &crate::scenario::model::Alternative| {
                    judge(&alternative.expect, &evidence, around)
                };
                step.or.iter().map(judged).enumerate().collect()
            };
            let weight = Weight {
                // A limit is what came, and may be what is looked for.
                limits: true,
                ..draft(step, &self.instance, context, scrubber).weight()
            };
            let judged = decide(step, wished, &alternatives, &evidence, weight);
            lock(&self.tallies)
                .entry(slug.value.clone())
                .or_default()
                .add(judged, case);
        }
    }
}

impl Tally {
    fn add(&mut self, judged: Judged, case: &str) {
        self.seen += 1;
        self.missed += u64::from(judged.verdict != Verdict::Passed);
        // Cases end in no order; of two equally bad ones the first by name is shown.
        let replaced = self.worst.as_ref().is_none_or(|(old, of)| {
            // A miss that weighs a remark still tells more than an answer that was as it should be.
            let tells = |verdict| !matches!(verdict, Verdict::Passed | Verdict::Skipped);
            match (tells(judged.verdict), tells(old.verdict)) {
                (true, false) => true,
                (false, true) => false,
                _ => worse(&judged, old) || (judged.verdict == old.verdict && case < of.as_str()),
            }
        });
        if replaced {
            self.worst = Some((judged, case.to_owned()));
        }
    }

    fn told(self, draft: &Draft<'_>, name: &str) -> Check {
        let Some((mut judged, case)) = self.worst else {
            return draft.blocked(&nothing_seen(), None);
        };
        judged.message = if judged.verdict == Verdict::Passed {
            format!("{} answers looked at", self.seen)
        } else {
            format!(
                "{} of {} answers, one of them in {case}: {}",
                self.missed, self.seen, judged.message
            )
        };
        let mut check = draft.judged(&judged, 0, (1, 0));
        // Alone it would see nothing: the case that brought it to light comes along.
        let repeat = draft.context.repeat(name);
        check.repeat = draft.scrubber.clean(&format!("{repeat} --only '{case}'"));
        check
    }
}

fn draft<'a>(
    step: &'a Step,
    instance: &'a Instance,
    context: &'a Context,
    scrubber: &'a Scrubber,
) -> Draft<'a> {
    Draft {
        step,
        instance,
        context,
        scrubber,
        started: Instant::now().min(context.started),
    }
}

fn nothing_seen() -> Block {
    Block {
        verdict: Verdict::Skipped,
        message: "no such answer came in this run".to_owned(),
        unlock: None,
        singles: Vec::new(),
        afterwards: false,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
