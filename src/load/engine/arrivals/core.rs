//! What the tasks of one core share.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Instant;

use super::super::identities::View;
use super::super::pending::Pending;
use super::Given;
use super::connection;
use super::seat::{Job, Seat};
use crate::load::schedule::Dues;
use crate::load::transport::{Lines, Transport};

pub(super) struct Core<T> {
    pub(super) given: Given<T>,
    identities: usize,
    view: RefCell<View>,
    dues: RefCell<Dues>,
    /// The next arrival.
    next: Cell<Option<(u64, Instant)>>,
    idle: RefCell<Vec<Rc<Seat>>>,
    backlog: RefCell<VecDeque<Job>>,
    /// Connections that are open or opening.
    open: Cell<usize>,
    /// Arrivals handed over and not ended.
    in_hand: Cell<usize>,
}

impl<T: Transport> Core<T> {
    pub(super) fn new(given: Given<T>) -> Self {
        let core = Self {
            identities: given.calls.identities.count(),
            view: RefCell::new(given.calls.identities.view()),
            dues: RefCell::new(given.dues.clone()),
            next: Cell::new(None),
            idle: RefCell::default(),
            backlog: RefCell::default(),
            open: Cell::new(0),
            in_hand: Cell::new(0),
            given,
        };
        core.advance();
        core
    }

    fn advance(&self) {
        let start = self.given.start;
        let next = self.dues.borrow_mut().next();
        self.next.set(next.map(|(number, due)| (number, start + due)));
    }

    /// Hands over all arrivals that are due; when the next one is. Every task that has looked at the clock may call
    /// this, so that a burst of answers does not make arrivals late.
    pub(super) fn pump(self: &Rc<Self>, now: Instant) -> Option<Instant> {
        loop {
            let (number, due) = self.next.get()?;
            if due > now || self.given.stop.is_told() {
                return Some(due);
            }
            self.advance();
            self.given.recorder.offered(due);
            self.offer(Job {
                number,
                due,
                handed: None,
            });
        }
    }

    fn offer(self: &Rc<Self>, job: Job) {
        self.in_hand.set(self.in_hand.get() + 1);
        let seat = self.idle.borrow_mut().pop();
        if let Some(seat) = seat {
            seat.give(job);
        } else if self.open.get() < self.given.arrivals.in_flight {
            self.open.set(self.open.get() + 1);
            tokio::task::spawn_local(connection::serve(Rc::clone(self), job));
        } else if self.given.arrivals.may_drop {
            self.pending(&job).dropped();
            self.ended();
        } else {
            let handed = Some(Instant::now());
            self.backlog.borrow_mut().push_back(Job { handed, ..job });
        }
    }

    /// Takes the account of a call in hand.
    pub(super) fn pending(&self, job: &Job) -> Pending {
        let about = self.given.calls.about(job.number, self.identities);
        let handed = job.handed.unwrap_or_else(Instant::now);
        Pending::new(&self.given.recorder, about, job.due, handed)
    }

    pub(super) fn lines(&self, identity: usize) -> Lines {
        self.view.borrow_mut().of(identity)
    }

    pub(super) fn waiting(&self) -> Option<Job> {
        self.backlog.borrow_mut().pop_front()
    }

    /// Takes a place among the idle. The last to come is the first to go: connections that are not needed stay idle.
    pub(super) fn sit(&self, seat: &Rc<Seat>) {
        self.idle.borrow_mut().push(Rc::clone(seat));
    }

    pub(super) fn stand(&self, seat: &Rc<Seat>) {
        self.idle.borrow_mut().retain(|other| !Rc::ptr_eq(other, seat));
    }

    pub(super) fn ended(&self) {
        self.in_hand.set(self.in_hand.get() - 1);
    }

    pub(super) fn closed(&self) {
        self.open.set(self.open.get() - 1);
    }

    /// Nothing is in flight, and nothing waits.
    pub(super) fn is_idle(&self) -> bool {
        self.in_hand.get() == 0
    }

    /// What still waits will not be sent. Its account says so when it is dropped.
    pub(super) fn give_up(&self) {
        while let Some(job) = self.waiting() {
            drop(self.pending(&job));
        }
    }
}
