//! A run: the cores, the collector, and what is known at the end. Blocks; whoever has a runtime calls it from a thread.

use std::io;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use super::collector::Collector;
use super::{Arrivals, Calls, Live, Recorder, Stop, Users, arrivals, users};
use crate::load::meter::{Account, Hlog};
use crate::load::schedule::{Schedule, Share};
use crate::load::transport::Transport;

/// What holds for a run of either model.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Threads that make calls.
    pub cores: u32,
    /// When it begins; shards on several machines agree on it.
    pub start: Instant,
    /// Which part of the whole this machine makes.
    pub shard: Share,
    /// Calls due in the first part of the run are made and not measured.
    pub warm: Duration,
    /// Of think times; arrivals have the seed of their schedule.
    pub seed: u64,
    /// Ends it early.
    pub stop: Stop,
}

/// A run that ended.
#[derive(Debug)]
pub struct Ended {
    /// All that was seen.
    pub account: Account,
    /// Arrivals that were due in the measured part, until it was stopped; those offered in the closed model.
    pub asked: u64,
    /// It was ended early.
    pub stopped: bool,
    /// What went wrong with the log.
    pub log: io::Result<()>,
}

/// A run that could not begin, or broke down for a reason of this machine's.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No cores.
    #[error("a run needs at least one core")]
    Cores,
    /// Threads, timers or event loops.
    #[error("the generator could not run: {0}")]
    System(#[from] io::Error),
    /// A defect of ours.
    #[error("a thread of the generator panicked")]
    Panicked,
}

/// Makes the arrivals of `schedule`.
pub fn run_arrivals<T: Transport>(
    transport: &T,
    calls: &Arc<Calls>,
    schedule: &Schedule,
    arrivals: Arrivals,
    settings: &Settings,
    log: Option<Hlog>,
    live: Option<Live>,
) -> Result<Ended, StartError> {
    let cores = usize::try_from(settings.cores).unwrap_or(1).max(1);
    let each = Arrivals {
        in_flight: arrivals.in_flight.div_ceil(cores).max(1),
        ..arrivals
    };
    let ended = run(calls, settings, log, live, |part, recorder| {
        let given = arrivals::Given {
            transport: transport.clone(),
            calls: Arc::clone(calls),
            recorder,
            dues: schedule.dues(part),
            start: settings.start,
            arrivals: each,
            stop: settings.stop.clone(),
        };
        move || arrivals::run(given)
    })?;
    let until = settings.stop.when().map_or(Duration::MAX, |told| {
        told.saturating_duration_since(settings.start)
    });
    let measured = schedule
        .dues(settings.shard)
        .take_while(|(_, due)| *due < until)
        .filter(|(_, due)| *due >= settings.warm);
    Ok(Ended {
        asked: u64::try_from(measured.count()).unwrap_or(u64::MAX),
        ..ended
    })
}

/// Hosts `users`.
pub fn run_users<T: Transport>(
    transport: &T,
    calls: &Arc<Calls>,
    users: Users,
    settings: &Settings,
    log: Option<Hlog>,
    live: Option<Live>,
) -> Result<Ended, StartError> {
    let cores = u64::from(settings.cores);
    let mut core = 0;
    run(calls, settings, log, live, |_, recorder| {
        let given = users::Given {
            transport: transport.clone(),
            calls: Arc::clone(calls),
            recorder,
            users,
            share: Share::WHOLE.part(core, cores).unwrap_or(Share::WHOLE),
            shard: settings.shard,
            start: settings.start,
            seed: settings.seed,
            stop: settings.stop.clone(),
        };
        core += 1;
        move || users::run(given)
    })
}

/// Has another host of users make the calls: `host` makes a [`super::User`] for each of them with the recorder it is
/// given, and returns when they are done or [`Stop`] was told. `settings.cores` means nothing here.
pub fn run_hosted<H>(
    calls: &Arc<Calls>,
    settings: &Settings,
    log: Option<Hlog>,
    live: Option<Live>,
    host: H,
) -> Result<Ended, StartError>
where
    H: FnOnce(Arc<Recorder>) -> io::Result<()> + Send,
{
    let one = Settings {
        cores: 1,
        ..settings.clone()
    };
    let mut host = Some(host);
    run(calls, &one, log, live, |_, recorder| {
        let host = host.take();
        move || host.map_or(Ok(()), |host| host(recorder))
    })
}

/// Starts a thread for each core and one for the collector, and waits for all.
fn run<F, C>(
    calls: &Calls,
    settings: &Settings,
    log: Option<Hlog>,
    live: Option<Live>,
    mut core: F,
) -> Result<Ended, StartError>
where
    F: FnMut(Share, Arc<Recorder>) -> C,
    C: FnOnce() -> io::Result<()> + Send,
{
    let operations = calls.templates.len();
    let measured_from = settings.start + settings.warm;
    let parts =
        (0..u64::from(settings.cores)).filter_map(|k| settings.shard.part(k, u64::from(settings.cores)));
    let cores: Vec<(Arc<Recorder>, C)> = parts
        .map(|part| {
            let recorder = Arc::new(Recorder::new(operations, measured_from, settings.stop.clone()));
            (Arc::clone(&recorder), core(part, recorder))
        })
        .collect();
    if cores.is_empty() {
        return Err(StartError::Cores);
    }
    let collector = Collector {
        recorders: cores.iter().map(|(recorder, _)| Arc::clone(recorder)).collect(),
        account: Account::new(operations, log),
        start: settings.start,
        live,
    };
    let mut account = make_all(cores.into_iter().map(|(_, core)| core), collector)?;
    let log = account.end();
    Ok(Ended {
        asked: account.total.offered,
        stopped: settings.stop.is_told(),
        account,
        log,
    })
}

fn make_all<C>(cores: impl Iterator<Item = C>, collector: Collector) -> Result<Account, StartError>
where
    C: FnOnce() -> io::Result<()> + Send,
{
    let (over, is_over) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let name = |name: String| std::thread::Builder::new().name(name);
        let collecting =
            name("load-meter".to_owned()).spawn_scoped(scope, move || collector.run(&is_over))?;
        let mut making = Vec::new();
        for (index, core) in cores.enumerate() {
            making.push(name(format!("load-core-{index}")).spawn_scoped(scope, core)?);
        }
        let mut made = Ok(());
        for core in making {
            let ended = core.join().map_err(|_| StartError::Panicked);
            made = made.and(ended.and_then(|done| done.map_err(StartError::from)));
        }
        drop(over);
        let account = collecting.join().map_err(|_| StartError::Panicked)?;
        made.map(|()| account)
    })
}
