//! A load run from a plan to its last event: rehearsal, the choice of a transport, the engine, and what is judged.

mod carrier;
mod ready;
mod work;

use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use hallmark_reports::record::{Check, Event, Load, Verdict};
use tokio::sync::mpsc::{self, UnboundedSender};
use url::Url;

use crate::load::abort::Abort;
use crate::load::acts::Acts;
use crate::load::callers::Callers;
use crate::load::during::{self, Happened};
use crate::load::fleet::Streams;
use crate::load::engine::{
    Calls, Ended, Identities, Live, Mix, NotReady, Settings, StartError, Stop, room_for,
};
use crate::load::meter::{Hlog, Measure, Second, Series};
use crate::load::outcome::{self, Facts};
use crate::load::rehearse::{NotRehearsed, rehearse};
use crate::load::renew::{Presented, Renewal, Renewer};
use crate::load::schedule::{ScheduleError, Share};
use crate::load::transport::Mixed;
use crate::load::watch::Watcher;
use crate::run::{Journey, Setup, coverage};
use crate::scenario::model::{LoadModel, LoadPlan};
use crate::secret::Scrubber;
use crate::wire::Wire;
use carrier::{Carrier, carrier};
use ready::{opening, watcher, world};
use work::Work;

/// Connections of the open model where a plan says nothing.
const IN_FLIGHT: u64 = 256;

/// How long a call may take where a plan says nothing.
const TIMEOUT: Duration = Duration::from_secs(10);

/// From here to the first arrival, so that all cores are there.
const AHEAD: Duration = Duration::from_millis(20);

/// What a run is asked for besides its plan.
pub struct How {
    /// Principals that call.
    pub callers: Vec<String>,
    /// Threads that make calls.
    pub cores: u32,
    /// `k` of `n` machines, from 1.
    pub shard: Option<(u64, u64)>,
    /// When all of them begin.
    pub start_at: Option<SystemTime>,
    /// The fast transport is not tried, and why.
    pub full: Option<String>,
    /// Where goose's own report of virtual users goes.
    pub goose_report: Option<PathBuf>,
    /// Where the log of histograms goes.
    pub log: Option<Box<dyn Write + Send>>,
    /// Ends the run.
    pub stop: Stop,
    /// What thresholds are compared with.
    pub baseline: Option<Load>,
}

/// Why a run was not begun, or did not go on.
#[derive(Debug, thiserror::Error)]
pub enum NotBegun {
    /// The rehearsal.
    #[error(transparent)]
    Rehearsal(#[from] NotRehearsed),
    /// The pre-flight.
    #[error(transparent)]
    Preflight(#[from] NotReady),
    /// The engine.
    #[error(transparent)]
    Engine(#[from] StartError),
    /// The plan's arrivals.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    /// Anything else, in words.
    #[error("{0}")]
    Other(String),
}

/// Runs a plan. Every event goes to `events` as it happens.
pub async fn run(
    plan: Arc<LoadPlan>,
    setup: &Setup,
    how: How,
    events: UnboundedSender<Event>,
) -> Result<(), NotBegun> {
    let begun = Instant::now();
    let (scenario, title) = (plan.id.clone(), Scrubber::own_words(&plan.title.value));
    let (case, revision) = (String::new(), String::new());
    let run = Run::prepare(plan, setup, how, &events).await?;
    let _ = events.send(Event::CaseStarted {
        scenario: scenario.clone(),
        case: case.clone(),
        revision: revision.clone(),
        title,
    });
    let (checks, requests) = Box::pin(run.go(setup, &events)).await?;
    let _ = events.send(Event::CaseFinished {
        scenario,
        case,
        revision,
        verdict: Verdict::worst(checks.iter().map(|check| check.verdict)),
        duration_us: u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX),
        requests,
    });
    let _ = events.send(Event::RunFinished {
        duration_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        complete: !setup.interrupt.load(Ordering::Relaxed),
        coverage: coverage(&setup.rules, &checks),
        baseline: None,
    });
    Ok(())
}

/// Everything there is before the first call.
struct Run {
    plan: Arc<LoadPlan>,
    callers: Arc<Callers>,
    watcher: Arc<Watcher>,
    renewer: Arc<Renewer>,
    renewals: mpsc::UnboundedReceiver<Renewal>,
    calls: Arc<Calls>,
    url: Url,
    seed: u64,
    how: How,
    wire: Wire,
    journeys: Vec<Option<Arc<Journey>>>,
}

impl Run {
    async fn prepare(
        plan: Arc<LoadPlan>,
        setup: &Setup,
        how: How,
        events: &UnboundedSender<Event>,
    ) -> Result<Self, NotBegun> {
        let world = world(setup)?;
        let mut callers = Callers::new(world, how.callers.clone());
        // The first thing a record says is which run it is of, so that a rehearsal that fails has one too.
        let _ = events.send(opening(&plan, setup));
        let rehearsed = rehearse(&plan, &callers).await?;
        callers.identities = Identities::new(rehearsed.lines.clone());
        let journeys = Acts::journeys(&plan, &callers.world, setup)
            .await
            .map_err(NotBegun::Other)?;
        let callers = Arc::new(callers);
        let presented: Vec<Presented> = rehearsed.lines.iter().map(Presented::of).collect();
        let (sender, renewals) = mpsc::unbounded_channel();
        let watcher = Arc::new(watcher(&plan, &callers, &rehearsed, &presented, sender));
        let renewer = Renewer::new(
            Arc::clone(&callers),
            Arc::clone(&watcher),
            Arc::clone(&plan),
            presented,
        );
        let seed = plan.seed.unwrap_or(setup.settings.seed);
        let weights: Vec<u32> = plan
            .mix
            .iter()
            .map(|one| u32::try_from(one.weight.value).unwrap_or(u32::MAX))
            .collect();
        let calls = Calls {
            templates: rehearsed.templates,
            mix: Mix::new(&weights, seed).ok_or_else(|| NotBegun::Other("the mix is empty".to_owned()))?,
            identities: callers.identities.clone(),
            judge: Some(watcher.clone()),
            timeout: plan.timeout.unwrap_or(TIMEOUT),
        };
        Ok(Self {
            callers,
            watcher,
            renewer: Arc::new(renewer),
            renewals,
            calls: Arc::new(calls),
            url: rehearsed.url,
            seed,
            how,
            wire: setup.wire.clone(),
            journeys,
            plan,
        })
    }

    /// Makes the calls, judges, and tells.
    async fn go(
        mut self,
        setup: &Setup,
        events: &UnboundedSender<Event>,
    ) -> Result<(Vec<Check>, u64), NotBegun> {
        let carried = carrier(&self.url, &self.wire, &self.calls, self.how.full.as_deref()).await?;
        let (transport, spoken) = carried;
        let streams: u64 = self.plan.streams.iter().map(|fleet| fleet.count.value).sum();
        room_for(self.connections() + streams).map_err(NotBegun::Preflight)?;
        let streams = Streams::open(&self.plan, &self.callers).await.map_err(NotBegun::Other)?;
        let (start, started_at) = self.start();
        let plan = Arc::clone(&self.plan);
        let facts = self.facts(&plan, setup, spoken, started_at);
        let abort = self.begin(&facts, setup, events);
        let log = self.log(started_at);
        let (ended, happened) = self
            .meanwhile(start, streams, transport, (log, live(events, abort)), setup)
            .await?;
        let mut load = outcome::load(&facts, &ended, &happened);
        self.add_series(&mut load);
        let checks = self.judged(&mut load, setup);
        for check in &checks {
            let _ = events.send(Event::CheckFinished(check.clone()));
        }
        let requests = load.sent;
        let _ = events.send(Event::Load(Box::new(load)));
        self.callers.world.close().await;
        Ok((checks, requests))
    }

    fn facts<'a>(
        &self,
        plan: &'a LoadPlan,
        setup: &'a Setup,
        spoken: String,
        started_at: SystemTime,
    ) -> Facts<'a> {
        let stamp = jiff::Timestamp::try_from(started_at).map_or_else(|_| String::new(), |at| at.to_string());
        Facts {
            plan,
            scrubber: &setup.scrubber,
            started_at: stamp,
            transport: spoken,
            identities: self.callers.names.len(),
            seed: self.seed,
            shard: self.how.shard,
        }
    }

    /// Tells what is about to be measured.
    fn begin(&self, facts: &Facts<'_>, setup: &Setup, events: &UnboundedSender<Event>) -> Abort {
        let mut first = outcome::begun(facts);
        first.thresholds = outcome::thresholds(&self.plan, &setup.scrubber);
        let abort = Abort::new(&self.plan, &first.thresholds, self.how.stop.clone());
        let _ = events.send(Event::Load(Box::new(first)));
        abort
    }

    fn log(&mut self, started_at: SystemTime) -> Option<Hlog> {
        let into = self.how.log.take()?;
        let names = self.plan.mix.iter().map(|one| one.called().unwrap_or("a call").to_owned());
        Some(Hlog::begin(into, &names.collect::<Vec<_>>(), started_at))
    }

    /// The calls, and what happens beside them.
    async fn meanwhile(
        &mut self,
        start: Instant,
        mut streams: Streams,
        transport: Carrier,
        told: (Option<Hlog>, Live),
        setup: &Setup,
    ) -> Result<(Ended, Vec<Happened>), NotBegun> {
        let renewals = std::mem::replace(&mut self.renewals, mpsc::unbounded_channel().1);
        let renewing = tokio::spawn(Arc::clone(&self.renewer).run(renewals));
        let (plan, callers) = (Arc::clone(&self.plan), Arc::clone(&self.callers));
        let happening = tokio::spawn(during::run(plan, callers, start));
        let mut happened = streams.opened();
        let over = Arc::new(AtomicBool::new(false));
        let holding = tokio::spawn(streams.watch(Arc::clone(&self.watcher), Arc::clone(&over)));
        let watching = self.watch_interrupt(setup);
        let ended = self.engine(transport, start, told, setup).await;
        watching.abort();
        over.store(true, Ordering::Relaxed);
        let _ = holding.await;
        happened.extend(ended_events(happening, &self.how.stop).await);
        renewing.abort();
        Ok((ended?, happened))
    }

    /// Every promise of the plan, judged by what the record holds.
    fn judged(&self, load: &mut Load, setup: &Setup) -> Vec<Check> {
        load.thresholds = outcome::thresholds(&self.plan, &setup.scrubber);
        load.invariants = outcome::invariants(&self.plan, &self.watcher.tallies, &setup.scrubber);
        let revision = self.callers.world.revision().to_string();
        let about = outcome::About {
            plan: Some(&self.plan),
            rules: &setup.rules,
            revision: &revision,
            repeat: &setup.settings.repeat,
            scrubber: &setup.scrubber,
            baseline: self.how.baseline.as_ref(),
            ruled: std::collections::BTreeMap::new(),
        };
        outcome::judge(load, &about)
    }

    /// Histograms that are not the engine's.
    fn add_series(&self, load: &mut Load) {
        let some = |series: &Series| {
            let histogram = series.of(Measure::Response);
            (!histogram.is_empty()).then(|| outcome::distribution(histogram))
        };
        load.revocation = some(
            &self
                .watcher
                .revocation
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        let refreshes = self
            .renewer
            .refreshes
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        load.refresh = some(&refreshes);
        load.refresh_failures = refreshes.counts.errors();
    }

    /// The moment of the first arrival, on both clocks.
    fn start(&self) -> (Instant, SystemTime) {
        let (now, wall) = (Instant::now() + AHEAD, SystemTime::now() + AHEAD);
        let Some(at) = self.how.start_at else {
            return (now, wall);
        };
        match at.duration_since(wall) {
            Ok(wait) => (now + wait, at),
            // Late: the others have begun. Arrivals keep their moments, what is past is made at once, and the lag of it
            // says that this part is not to be trusted.
            Err(late) => (now.checked_sub(late.duration()).unwrap_or(now), at),
        }
    }

    fn connections(&self) -> u64 {
        match &self.plan.model {
            Some(LoadModel::Users(users)) => users.count,
            _ => self.plan.in_flight.as_ref().map_or(IN_FLIGHT, |cap| cap.value),
        }
    }

    fn watch_interrupt(&self, setup: &Setup) -> tokio::task::JoinHandle<()> {
        let (interrupt, stop) = (Arc::clone(&setup.interrupt), self.how.stop.clone());
        tokio::spawn(async move {
            while !interrupt.load(Ordering::Relaxed) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            stop.stop();
        })
    }

    async fn engine(
        &self,
        transport: Carrier,
        start: Instant,
        (log, live): (Option<Hlog>, Live),
        setup: &Setup,
    ) -> Result<Ended, NotBegun> {
        let acts = Arc::new(Acts {
            plan: Arc::clone(&self.plan),
            renewer: Arc::clone(&self.renewer),
            journeys: self.journeys.clone(),
            home: tokio::runtime::Handle::current(),
        });
        let settings = Settings {
            cores: self.how.cores,
            start,
            shard: self.share()?,
            warm: self.plan.warm_up,
            seed: self.seed,
            stop: self.how.stop.clone(),
        };
        let work = Work {
            calls: Arc::clone(&self.calls),
            plan: Arc::clone(&self.plan),
            in_flight: usize::try_from(self.connections()).unwrap_or(usize::MAX),
            seed: self.seed,
            settings,
            log,
            live,
            interrupt: Arc::clone(&setup.interrupt),
            origin: self.url.origin().ascii_serialization(),
            goose_report: self.how.goose_report.clone(),
        };
        match transport {
            Carrier::Fast(fast) => blocking(move || work.make(&Mixed::new(fast, acts))).await?,
            Carrier::Full(full) => blocking(move || work.make(&Mixed::new(full, acts))).await?,
        }
    }

    fn share(&self) -> Result<Share, NotBegun> {
        let Some((k, n)) = self.how.shard else {
            return Ok(Share::WHOLE);
        };
        let none = || NotBegun::Other(format!("there is no part {k} of {n}"));
        Share::WHOLE
            .part(k.checked_sub(1).ok_or_else(none)?, n)
            .ok_or_else(none)
    }
}

/// Runs what blocks beside the runtime.
async fn blocking<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> Result<R, NotBegun> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| NotBegun::Other(format!("the generator broke down: {error}")))
}

/// Seconds as events.
fn live(events: &UnboundedSender<Event>, mut abort: Abort) -> Live {
    let events = events.clone();
    Box::new(move |second: &Second| {
        abort.look(second);
        let _ = events.send(Event::LoadSecond(outcome::second(second)));
    })
}

/// What happened; what has not by the end of the calls does not happen.
async fn ended_events(mut happening: tokio::task::JoinHandle<Vec<Happened>>, stop: &Stop) -> Vec<Happened> {
    let patience = if stop.is_told() {
        Duration::from_millis(50)
    } else {
        Duration::from_secs(5)
    };
    if let Ok(done) = tokio::time::timeout(patience, &mut happening).await {
        return done.unwrap_or_default();
    }
    happening.abort();
    Vec::new()
}
