//! Where one core, or one group of users, records. The collector takes what is in it each second.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Stop;
use crate::load::meter::{Call, Class, Interval, Measure};
use crate::load::transport::Trouble;

/// An interval behind a lock that nobody else wants but for a moment each second.
#[derive(Debug)]
pub struct Recorder {
    interval: Mutex<Interval>,
    offered: AtomicU64,
    /// Processor time used so far, and up to where it was taken; nanoseconds.
    busy: AtomicU64,
    taken: AtomicU64,
    /// Calls due before are not measured.
    measured_from: Instant,
    stop: Stop,
}

impl Recorder {
    pub(super) fn new(operations: usize, measured_from: Instant, stop: Stop) -> Self {
        Self {
            interval: Mutex::new(Interval::new(operations)),
            offered: AtomicU64::new(0),
            busy: AtomicU64::new(0),
            taken: AtomicU64::new(0),
            measured_from,
            stop,
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Interval) -> T) -> T {
        work(&mut self.interval.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes a call into the account.
    pub fn record(&self, call: &Call, trouble: Option<&Trouble>) {
        let measured = call.due >= self.measured_from;
        self.with(|interval| {
            if measured {
                interval.record(call);
            } else {
                interval.warm.note(call.class);
            }
            if let Some(trouble) = trouble {
                interval
                    .troubles
                    .entry(trouble.class)
                    .or_insert_with(|| trouble.why.to_string());
            }
        });
    }

    /// What a call is that ends without an answer: unfinished where the run was stopped, else given up.
    pub(super) fn cut(&self) -> Class {
        if self.stop.is_told() {
            Class::Unfinished
        } else {
            Class::Timeout
        }
    }

    /// A connection was opened.
    pub fn opened(&self, connect: Duration, tls: Option<Duration>) {
        self.with(|interval| {
            interval.opened += 1;
            interval.connections.record(Measure::Connect, connect);
            if let Some(tls) = tls {
                interval.connections.record(Measure::Tls, tls);
            }
        });
    }

    /// An arrival that was due at `due` was handed over, or dropped as the plan allows.
    pub(super) fn offered(&self, due: Instant) {
        if due >= self.measured_from {
            self.offered.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What the core's thread has used so far.
    pub(super) fn busy(&self, used: Duration) {
        let nanos = u64::try_from(used.as_nanos()).unwrap_or(u64::MAX);
        self.busy.store(nanos, Ordering::Relaxed);
    }

    /// Takes what was recorded, leaving `spare` in its place.
    pub(super) fn take(&self, spare: Interval, length: Duration) -> Interval {
        let mut taken = self.with(|interval| std::mem::replace(interval, spare));
        taken.offered = self.offered.swap(0, Ordering::Relaxed);
        let busy = self.busy.load(Ordering::Relaxed);
        let before = self.taken.swap(busy, Ordering::Relaxed);
        taken.busy = Duration::from_nanos(busy.saturating_sub(before));
        taken.length = length;
        taken
    }
}
