//! Where an idle connection waits for its next call.

use std::cell::{Cell, RefCell};
use std::task::{Context, Waker};
use std::time::Instant;

/// An arrival on its way to a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Job {
    pub(super) number: u64,
    pub(super) due: Instant,
    /// When it went into the backlog; `None`: a connection takes it at once.
    pub(super) handed: Option<Instant>,
}

#[derive(Debug, Default)]
pub(super) struct Seat {
    job: Cell<Option<Job>>,
    waker: RefCell<Option<Waker>>,
}

impl Seat {
    /// Hands a call to whoever sits here.
    pub(super) fn give(&self, job: Job) {
        self.job.set(Some(job));
        if let Some(waker) = &*self.waker.borrow() {
            waker.wake_by_ref();
        }
    }

    pub(super) fn take(&self) -> Option<Job> {
        self.job.take()
    }

    /// Who is to be woken.
    pub(super) fn wait(&self, cx: &Context<'_>) {
        let mut waker = self.waker.borrow_mut();
        if !waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            *waker = Some(cx.waker().clone());
        }
    }
}
