//! Each second, takes what every core recorded and adds it to the account. A thread of its own: the cores swap one
//! interval for another and go on.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::Recorder;
use crate::load::meter::{Account, Interval, Second};

/// Hears of each second, on the collector's thread.
pub type Live = Box<dyn FnMut(&Second) + Send>;

pub(super) struct Collector {
    pub(super) recorders: Vec<Arc<Recorder>>,
    pub(super) account: Account,
    pub(super) start: Instant,
    pub(super) live: Option<Live>,
}

const SECOND: Duration = Duration::from_secs(1);

impl Collector {
    /// Collects until the other end of `over` is gone.
    pub(super) fn run(mut self, over: &Receiver<()>) -> Account {
        let operations = self.account.total.operations.len();
        let mut spare = Interval::new(operations);
        let mut merged = Interval::new(operations);
        let mut from = Duration::ZERO;
        let mut until = self.start;
        loop {
            until += SECOND;
            let left = until.saturating_duration_since(Instant::now());
            let ended = !matches!(over.recv_timeout(left), Err(RecvTimeoutError::Timeout));
            let length = Instant::now().saturating_duration_since(self.start + from);
            merged.clear();
            for recorder in &self.recorders {
                let mut taken = recorder.take(spare, length);
                merged.add(&taken);
                taken.clear();
                spare = taken;
            }
            let second = self.account.take(from, length, &merged);
            if let Some(live) = &mut self.live {
                live(second);
            }
            if ended {
                return self.account;
            }
            from += length;
        }
    }
}
