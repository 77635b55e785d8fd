//! What the engine is given: arrivals by the schedule, or users whom goose hosts.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::NotBegun;
use crate::load::engine::{
    Arrivals, Calls, Ended, Live, Pacing, Settings, Think, Users, run_arrivals, run_hosted,
};
use crate::load::goose::{self, Hosting};
use crate::load::meter::Hlog;
use crate::load::schedule::{Phase, Schedule, Spacing};
use crate::load::transport::Transport;
use crate::scenario::model::{LoadModel, LoadPlan, MixEntry, VirtualUsers};

/// What the engine is given, on its way to a thread of its own.
pub(super) struct Work {
    pub(super) calls: Arc<Calls>,
    pub(super) plan: Arc<LoadPlan>,
    pub(super) in_flight: usize,
    pub(super) seed: u64,
    pub(super) settings: Settings,
    pub(super) log: Option<Hlog>,
    pub(super) live: Live,
    pub(super) interrupt: Arc<AtomicBool>,
    pub(super) origin: String,
    pub(super) goose_report: Option<PathBuf>,
}

/// As goose has it.
fn weight(entry: &MixEntry) -> usize {
    usize::try_from(entry.weight.value).unwrap_or(1)
}

impl Work {
    pub(super) fn make<T: Transport>(self, transport: &T) -> Result<Ended, NotBegun> {
        let ended = match &self.plan.model {
            Some(LoadModel::Users(users)) => {
                let hosting = Hosting {
                    transport: transport.clone(),
                    calls: Arc::clone(&self.calls),
                    operations: self
                        .plan
                        .mix
                        .iter()
                        .map(|one| (one.called().unwrap_or("a call").to_owned(), weight(one)))
                        .collect(),
                    users: of_plan(users),
                    shard: self.settings.shard,
                    start: self.settings.start,
                    stop: self.settings.stop.clone(),
                    interrupt: self.interrupt,
                    origin: self.origin,
                    report: self.goose_report,
                    cores: self.settings.cores,
                };
                let host = |recorder| goose::host(hosting, &recorder);
                run_hosted(&self.calls, &self.settings, self.log, Some(self.live), host)?
            }
            Some(LoadModel::Arrivals { phases, poisson }) => {
                let phases: Vec<Phase> = phases
                    .iter()
                    .map(|phase| match (phase.ramps, phase.rate, phase.length) {
                        (true, rate, length) => Phase::To { rate, length },
                        (false, rate, length) => Phase::At { rate, length },
                    })
                    .collect();
                let spacing = if *poisson {
                    Spacing::Poisson { seed: self.seed }
                } else {
                    Spacing::Even
                };
                let schedule = Schedule::new(&phases, spacing)?;
                let arrivals = Arrivals {
                    in_flight: self.in_flight,
                    pacing: if self.plan.exact {
                        Pacing::Exact
                    } else {
                        Pacing::Fine
                    },
                    may_drop: self.plan.may_drop,
                    drain: self.calls.timeout,
                };
                let live = Some(self.live);
                run_arrivals(
                    transport,
                    &self.calls,
                    &schedule,
                    arrivals,
                    &self.settings,
                    self.log,
                    live,
                )?
            }
            None => {
                return Err(NotBegun::Other(
                    "the plan says neither `arrivals` nor `users`".to_owned(),
                ));
            }
        };
        Ok(ended)
    }
}

fn of_plan(users: &VirtualUsers) -> Users {
    Users {
        count: u32::try_from(users.count).unwrap_or(u32::MAX),
        think: Think {
            least: users.think.0,
            most: users.think.1,
        },
        ramp: users.ramp,
        length: users.length,
    }
}
