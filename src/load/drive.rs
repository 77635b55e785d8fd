//! A load run from a plan to its last event: rehearsal, the choice of a transport, the engine, and what is judged.

use std::io::Write;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use hallmark_reports::record::{CaseRef, Check, Event, Load, RunKind, Verdict};
use rustls::pki_types::ServerName;
use tokio::sync::mpsc::{self, UnboundedSender};
use url::Url;

use super::abort::Abort;
use super::acts::Acts;
use super::callers::Callers;
use super::during::{self, Happened};
use super::engine::{
    Arrivals, Calls, Ended, Identities, Live, Mix, NotReady, Pacing, Settings, StartError, Stop, Think, Users, preflight,
    room_for, run_arrivals, run_hosted,
};
use super::goose::{self, Hosting};
use super::meter::{Hlog, Measure, Second, Series};
use super::outcome::{self, Facts};
use super::rehearse::{NotRehearsed, Rehearsed, rehearse};
use super::renew::{Presented, Renewal, Renewer};
use super::schedule::{Phase, Schedule, ScheduleError, Share, Spacing};
use super::transport::{Fast, Full, Limits, Mixed, Secured, Transport};
use super::watch::{Data, Operation, Tallies, Tokens, Watcher};
use crate::expect::Canaries;
use crate::run::{Journey, Setup, Subject, coverage, started};
use crate::scenario::model::{LoadModel, LoadPlan, MixEntry, VirtualUsers};
use crate::secret::Scrubber;
use crate::step::{Fill, Scope, World, WorldParts};
use crate::wire::Wire;

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
    let (checks, requests) = run.go(setup, &events).await?;
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
        let journeys = Acts::journeys(&plan, &callers.world, setup).await.map_err(NotBegun::Other)?;
        let callers = Arc::new(callers);
        let presented: Vec<Presented> = rehearsed.lines.iter().map(Presented::of).collect();
        let (sender, renewals) = mpsc::unbounded_channel();
        let watcher = Arc::new(watcher(&plan, &callers, &rehearsed, &presented, sender));
        let renewer = Renewer::new(Arc::clone(&callers), Arc::clone(&watcher), Arc::clone(&plan), presented);
        let seed = plan.seed.unwrap_or(setup.settings.seed);
        let weights: Vec<u32> = plan.mix.iter().map(|one| u32::try_from(one.weight.value).unwrap_or(u32::MAX)).collect();
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
    async fn go(mut self, setup: &Setup, events: &UnboundedSender<Event>) -> Result<(Vec<Check>, u64), NotBegun> {
        let (transport, spoken) = self.transport().await?;
        room_for(self.connections()).map_err(NotBegun::Preflight)?;
        let (start, started_at) = self.start();
        // Standing is counted from here on.
        let log = self.how.log.take().map(|into| {
            let names: Vec<String> = self.plan.mix.iter().map(|one| one.called().unwrap_or("a call").to_owned()).collect();
            Hlog::begin(into, &names, started_at)
        });
        let stamp = jiff::Timestamp::try_from(started_at).map_or_else(|_| String::new(), |at| at.to_string());
        let facts = Facts {
            plan: &self.plan,
            scrubber: &setup.scrubber,
            started_at: stamp,
            transport: spoken,
            identities: self.callers.names.len(),
            seed: self.seed,
            shard: self.how.shard,
        };
        let mut first = outcome::begun(&facts);
        first.thresholds = outcome::thresholds(&self.plan, &setup.scrubber);
        let abort = Abort::new(&self.plan, &first.thresholds, self.how.stop.clone());
        let _ = events.send(Event::Load(Box::new(first)));
        let renewing = tokio::spawn(Arc::clone(&self.renewer).run(std::mem::replace(&mut self.renewals, mpsc::unbounded_channel().1)));
        let happening = tokio::spawn(during::run(Arc::clone(&self.plan), Arc::clone(&self.callers), start));
        let watching = self.watch_interrupt(setup);
        let ended = self.engine(transport, start, (log, live(events, abort)), setup).await;
        watching.abort();
        let happened = ended_events(happening, &self.how.stop).await;
        renewing.abort();
        let ended = ended?;
        let mut load = outcome::load(&facts, &ended, &happened);
        self.add_series(&mut load);
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
        let checks = outcome::judge(&mut load, &about);
        for check in &checks {
            let _ = events.send(Event::CheckFinished(check.clone()));
        }
        let requests = load.sent;
        let _ = events.send(Event::Load(Box::new(load)));
        self.callers.world.close().await;
        Ok((checks, requests))
    }

    /// Histograms that are not the engine's.
    fn add_series(&self, load: &mut Load) {
        let some = |series: &Series| {
            let histogram = series.of(Measure::Response);
            (!histogram.is_empty()).then(|| outcome::distribution(histogram))
        };
        load.revocation = some(&self.watcher.revocation.lock().unwrap_or_else(PoisonError::into_inner));
        let refreshes = self.renewer.refreshes.lock().unwrap_or_else(PoisonError::into_inner);
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

    /// The fast one where it can be, else the full one; and the words that say which one measured.
    async fn transport(&self) -> Result<(Carrier, String), NotBegun> {
        let why = match &self.how.full {
            Some(why) => why.clone(),
            None => match fast(&self.url, &self.wire) {
                Ok(fast) => {
                    let (trial, calls) = (fast.clone(), Arc::clone(&self.calls));
                    match blocking(move || preflight(&trial, &calls)).await? {
                        Ok(()) => {
                            let over = if self.url.scheme() == "https" { "TLS" } else { "TCP" };
                            return Ok((Carrier::Fast(fast), format!("fast: own HTTP/1.1 over {over}")));
                        }
                        Err(not) => not.to_string(),
                    }
                }
                Err(why) => why,
            },
        };
        let full = Full::new(self.wire.clone(), self.url.clone());
        let (trial, calls) = (full.clone(), Arc::clone(&self.calls));
        blocking(move || preflight(&trial, &calls)).await??;
        Ok((Carrier::Full(full), format!("full: reqwest, because {why}")))
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
        Share::WHOLE.part(k.checked_sub(1).ok_or_else(none)?, n).ok_or_else(none)
    }
}

/// What carries the calls.
enum Carrier {
    Fast(Fast),
    Full(Full),
}

/// What the engine is given, on its way to a thread of its own.
struct Work {
    calls: Arc<Calls>,
    plan: Arc<LoadPlan>,
    in_flight: usize,
    seed: u64,
    settings: Settings,
    log: Option<Hlog>,
    live: Live,
    interrupt: Arc<AtomicBool>,
    origin: String,
    goose_report: Option<PathBuf>,
}

/// As goose has it.
fn weight(entry: &MixEntry) -> usize {
    usize::try_from(entry.weight.value).unwrap_or(1)
}

impl Work {
    fn make<T: Transport>(self, transport: &T) -> Result<Ended, NotBegun> {
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
                let spacing = if *poisson { Spacing::Poisson { seed: self.seed } } else { Spacing::Even };
                let schedule = Schedule::new(&phases, spacing)?;
                let arrivals = Arrivals {
                    in_flight: self.in_flight,
                    pacing: if self.plan.exact { Pacing::Exact } else { Pacing::Fine },
                    may_drop: self.plan.may_drop,
                    drain: self.calls.timeout,
                };
                let live = Some(self.live);
                run_arrivals(transport, &self.calls, &schedule, arrivals, &self.settings, self.log, live)?
            }
            None => return Err(NotBegun::Other("the plan says neither `arrivals` nor `users`".to_owned())),
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
    let patience = if stop.is_told() { Duration::from_millis(50) } else { Duration::from_secs(5) };
    match tokio::time::timeout(patience, &mut happening).await {
        Ok(done) => done.unwrap_or_default(),
        Err(_) => {
            happening.abort();
            Vec::new()
        }
    }
}

fn opening(plan: &LoadPlan, setup: &Setup) -> Event {
    let planned = CaseRef {
        scenario: plan.id.clone(),
        case: String::new(),
        revision: String::new(),
        title: Scrubber::own_words(&plan.title.value),
    };
    started(RunKind::Load, vec![planned], setup)
}

/// The world of all callers.
fn world(setup: &Setup) -> Result<Arc<World>, NotBegun> {
    let Subject::Real { target, door } = &setup.subject else {
        return Err(NotBegun::Other("load needs a server that is there".to_owned()));
    };
    let (by_principal, ids) = target.canaries();
    let revision = setup.settings.revisions.iter().rev().find(|revision| !revision.is_http_sse());
    let revision = revision.copied().ok_or_else(|| {
        NotBegun::Other("the target speaks HTTP+SSE of 2024-11-05 alone, which is not driven under load".to_owned())
    })?;
    Ok(Arc::new(World::new(WorldParts {
        target: Arc::clone(target),
        canaries: Arc::new(Canaries::new(by_principal, ids)),
        wire: setup.wire.clone(),
        scrubber: setup.scrubber.clone(),
        accounts: Arc::clone(&setup.accounts),
        door: door.clone(),
        revision,
        mirrored: Arc::clone(&setup.mirrored),
        seed: setup.settings.seed,
        run_id: setup.settings.run_id.clone(),
        case: "load".to_owned(),
        // A run is bounded by its plan.
        deadline: Instant::now() + Duration::from_hours(48),
        params: std::collections::BTreeMap::new(),
        stage: None,
    })))
}

fn watcher(
    plan: &LoadPlan,
    callers: &Arc<Callers>,
    rehearsed: &Rehearsed,
    presented: &[Presented],
    renewals: UnboundedSender<Renewal>,
) -> Watcher {
    let operations = plan.mix.iter().zip(&rehearsed.own).map(|(entry, own)| Operation {
        refused: entry.refused,
        alone: entry.who.is_some(),
        own: *own,
    });
    let tokens = Tokens::default();
    for (name, one) in callers.names.iter().zip(presented) {
        if let Some(token) = one.token() {
            tokens.learn(name, token.clone());
        }
    }
    tokens.settle();
    Watcher {
        operations: operations.collect(),
        data: Data::new(callers, &rehearsed.templates),
        tokens,
        promise: promised(&callers.world),
        tallies: Tallies::default(),
        revocation: std::sync::Mutex::default(),
        renewals,
        callers: Arc::clone(callers),
    }
}

/// How long a credential that was ended may still be taken, where the target promises nothing: as REVK-04 has it.
const REVOKED: Duration = Duration::from_secs(5);

fn promised(world: &World) -> Duration {
    let scope = Scope::default();
    let written = world.target().target.promises.get("revocation");
    let value = written.and_then(|data| Fill::new(world, &scope).data(data).ok());
    value.and_then(|value| value.as_duration()).unwrap_or(REVOKED)
}

/// The fast transport to a URL, where it can speak to it at all.
fn fast(url: &Url, wire: &Wire) -> Result<Fast, String> {
    let host = url.host_str().ok_or("the URL has no host")?;
    let port = url.port_or_known_default().ok_or("the URL has no port")?;
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let addresses: Vec<SocketAddr> =
        (bare, port).to_socket_addrs().map_err(|error| format!("{host} has no address: {error}"))?.collect();
    let secured = match url.scheme() {
        "http" => None,
        "https" => Some(Secured {
            config: Arc::new(wire.http1_tls()),
            name: ServerName::try_from(bare.to_owned()).map_err(|error| error.to_string())?,
        }),
        other => return Err(format!("it speaks no {other}")),
    };
    Ok(Fast::new(addresses, secured, Limits::default()))
}
