//! What is to be delivered, and when next.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Notify;

use super::letterbox::Letterbox;
use crate::defect::{Defect, DefectSet};

/// Deliveries that are kept; the oldest go first.
const KEPT: usize = 1_000;

/// Due when somebody releases it.
pub(super) const PARKED: i64 = i64::MAX;

/// What a delivery is for.
#[derive(Debug, Clone)]
pub(super) enum For {
    /// A webhook of the platform, by the id of its subscription.
    Webhook(String),
    /// A subscription of MCP Events: its id, its life, and the event's place in the trail.
    Event {
        subscription: String,
        serial: u64,
        position: u64,
    },
    /// The last that a subscription which is over hears: it goes where that did.
    Farewell(Box<Letterbox>),
}

impl For {
    /// The subscription, while there is one.
    pub(super) fn subscription(&self) -> &str {
        match self {
            Self::Webhook(subscription) | Self::Event { subscription, .. } => subscription,
            Self::Farewell(_) => "",
        }
    }

    /// Whether a defect is on that has another name for each kind of delivery.
    pub(super) fn bent(&self, defects: &DefectSet, webhook: Defect, event: Defect) -> bool {
        defects.has(if matches!(self, Self::Webhook(_)) {
            webhook
        } else {
            event
        })
    }
}

/// One delivery on its way.
#[derive(Debug, Clone)]
pub(super) struct Job {
    /// What it is for.
    pub(super) to: For,
    /// Id of the message.
    pub(super) message: String,
    /// The bytes that are sent, the same every time.
    pub(super) body: Bytes,
    /// When the first attempt began, in Unix seconds.
    pub(super) first: Option<i64>,
    /// Attempts that failed.
    pub(super) failed: usize,
    /// When it is due, in Unix milliseconds.
    pub(super) due: i64,
}

/// The deliveries of a world.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    inner: Mutex<Inner>,
    news: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    /// By number, in the order they came.
    waiting: BTreeMap<u64, Job>,
    numbers: u64,
    running: usize,
    /// Attempts by subscription, within the hour that began then (Unix seconds).
    hours: BTreeMap<String, (i64, usize)>,
}

impl Queue {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a delivery in, new or for another try.
    pub(super) fn put(&self, job: Job) {
        let mut inner = self.inner();
        inner.numbers += 1;
        let number = inner.numbers;
        inner.waiting.insert(number, job);
        while inner.waiting.len() > KEPT {
            inner.waiting.pop_first();
        }
        drop(inner);
        self.news.notify_one();
    }

    /// A delivery that is due, which then runs until [`ended`](Self::ended).
    pub(super) fn take_due(&self, now: i64) -> Option<Job> {
        let mut inner = self.inner();
        let number = *inner.waiting.iter().find(|(_, job)| job.due <= now)?.0;
        inner.running += 1;
        inner.waiting.remove(&number)
    }

    /// One that ran does so no more.
    pub(super) fn ended(&self) {
        let mut inner = self.inner();
        inner.running = inner.running.saturating_sub(1);
    }

    /// Whether nothing is due and nothing runs.
    pub(super) fn is_quiet(&self, now: i64) -> bool {
        let inner = self.inner();
        inner.running == 0 && inner.waiting.values().all(|job| job.due > now)
    }

    /// When the next one is due, in Unix milliseconds.
    pub(super) fn next_due(&self) -> Option<i64> {
        self.inner().waiting.values().map(|job| job.due).min()
    }

    /// Counts an attempt against the cap of its subscription; when the next hour begins (Unix seconds), if it is used up.
    pub(super) fn over_cap(&self, subscription: &str, cap: usize, now: i64) -> Option<i64> {
        let mut inner = self.inner();
        let hour = inner.hours.entry(subscription.to_owned()).or_insert((now, 0));
        if now >= hour.0 + 3_600 {
            *hour = (now, 0);
        }
        if hour.1 >= cap {
            return Some(hour.0 + 3_600);
        }
        hour.1 += 1;
        None
    }

    /// What waits for a subscription begins anew.
    pub(crate) fn release(&self, subscription: &str, now: i64) {
        let mut inner = self.inner();
        let waiting = inner.waiting.values_mut();
        for job in waiting.filter(|job| job.to.subscription() == subscription && job.due == PARKED) {
            (job.due, job.failed, job.first) = (now, 0, None);
        }
        drop(inner);
        self.news.notify_one();
    }

    /// What waits for a subscription is not sent.
    pub(crate) fn forget(&self, subscription: &str) {
        self.inner()
            .waiting
            .retain(|_, job| job.to.subscription() != subscription);
    }

    /// The clock moved, or something came.
    pub(crate) fn wake(&self) {
        self.news.notify_one();
    }

    /// Until that.
    pub(super) async fn news(&self) {
        self.news.notified().await;
    }

    /// Nothing is to be delivered any more.
    pub(crate) fn clear(&self) {
        let mut inner = self.inner();
        inner.waiting.clear();
        inner.hours.clear();
    }
}
