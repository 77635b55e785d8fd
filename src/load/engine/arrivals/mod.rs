//! The open model: calls are made when they are due, and time counts from then. A slow server never slows the schedule;
//! connections grow to a limit, and what finds none free waits in a backlog with the moment it was due. Nothing is
//! dropped unless the plan asks for it.

mod connection;
mod core;
mod seat;

#[cfg(test)]
mod tests;

use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::LocalSet;

use super::pacer::Pacer;
use super::{Calls, Pacing, Recorder, Stop, cpu};
use crate::load::schedule::Dues;
use crate::load::transport::Transport;
use core::Core;

/// How the calls of a core are made.
#[derive(Debug, Clone, Copy)]
pub struct Arrivals {
    /// Connections at most, and so calls in flight.
    pub in_flight: usize,
    /// How exactly.
    pub pacing: Pacing,
    /// An arrival that finds no connection is dropped, and counted as such.
    pub may_drop: bool,
    /// After the last arrival, how long the backlog and the calls in flight are waited for.
    pub drain: Duration,
}

/// What one core is given.
pub(super) struct Given<T> {
    pub(super) transport: T,
    pub(super) calls: Arc<Calls>,
    pub(super) recorder: Arc<Recorder>,
    pub(super) dues: Dues,
    pub(super) start: Instant,
    pub(super) arrivals: Arrivals,
    pub(super) stop: Stop,
}

/// Told to stop, calls in flight have this long to end.
pub(super) const GRACE: Duration = Duration::from_millis(250);

/// How often a core says how busy it was, and looks whether all is done.
const GLANCE: Duration = Duration::from_millis(5);

/// Makes the arrivals of one core, on its own thread and runtime.
pub(super) fn run<T: Transport>(given: Given<T>) -> io::Result<()> {
    cpu::hurry();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        // Under load the runtime looks at its sockets and timers between so many tasks.
        .event_interval(16)
        .build()?;
    let local = LocalSet::new();
    let recorder = Arc::clone(&given.recorder);
    let done = runtime.block_on(local.run_until(drive(given)));
    // Calls that are still in flight end here, and say so.
    drop(local);
    recorder.busy(cpu::thread_time());
    done
}

async fn drive<T: Transport>(given: Given<T>) -> io::Result<()> {
    let (start, stop, drain) = (given.start, given.stop.clone(), given.arrivals.drain);
    let recorder = Arc::clone(&given.recorder);
    let mut pacer = Pacer::new(given.arrivals.pacing)?;
    let core = Rc::new(Core::new(given));
    let mut glance = start;
    while let Some(due) = core.pump(Instant::now()) {
        tokio::select! {
            biased;
            () = stop.told() => break,
            woken = pacer.until(due) => woken?,
        }
        if due >= glance {
            recorder.busy(cpu::thread_time().saturating_sub(pacer.spun));
            glance = due + GLANCE * 20;
        }
    }
    let patience = if stop.is_told() { GRACE } else { drain };
    let end = Instant::now() + patience;
    let mut told = stop.is_told();
    let mut until = end;
    while !core.is_idle() && Instant::now() < until {
        tokio::time::sleep(GLANCE).await;
        recorder.busy(cpu::thread_time().saturating_sub(pacer.spun));
        if stop.is_told() && !std::mem::replace(&mut told, true) {
            until = until.min(Instant::now() + GRACE);
        }
    }
    core.give_up();
    Ok(())
}
