//! Everything the world saw of a command.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::Nature;
use crate::expect::{Executed, Outcome, Single, Trace};
use crate::step::act::silent;
use crate::wire::Exchange;

/// A request, and what became of it.
#[derive(Debug, Clone)]
pub struct Heard {
    /// The exchange as evidence: it came at the begin and the end of its span, and its selectors look at the request.
    pub single: Arc<Single>,
    /// What it is.
    pub nature: Nature,
    /// The life of the command in which it came, counted from 1.
    pub life: u64,
}

/// Everything the world saw of a command.
#[derive(Debug, Default)]
pub struct Transcript {
    /// In the order of arrival.
    pub requests: Vec<Heard>,
    /// Entries of the plan that have fired, by name: the exchanges they fired in.
    pub fired: BTreeMap<String, Vec<Arc<Single>>>,
    /// How each life of the command ended.
    pub lives: Vec<Arc<Single>>,
    /// More requests than are kept came: so many.
    pub beyond: u64,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Heard {
    /// A request that came. Whoever judges it looks at the request; it lies in time where it came in.
    pub fn of(exchange: Exchange, nature: Nature, life: u64) -> Self {
        let mut single = Self::moment(exchange);
        single.span.1 = single.span.0;
        single.trace = Trace {
            path: Some(nature.path.clone()),
            ..Trace::default()
        };
        Self {
            single: Arc::new(single),
            nature,
            life,
        }
    }

    /// The moment that an entry of a plan is: the exchange in which it fired, up to the end of its reply.
    pub fn moment(exchange: Exchange) -> Single {
        let mut single = silent(exchange.timing.start);
        single.span = (exchange.timing.start, exchange.timing.end);
        single.outcome = Outcome::of(&exchange, None);
        "the agent".clone_into(&mut single.sender);
        single.exchange = Some(exchange);
        single
    }
}

impl Transcript {
    /// How a life of the command ended, as evidence.
    pub fn end((begin, end): (Instant, Instant), executed: Executed) -> Arc<Single> {
        let mut single = silent(begin);
        single.span = (begin, end);
        single.outcome = if executed.code == Some(0) {
            Outcome::Done
        } else {
            Outcome::Broken
        };
        single.executed = Some(executed);
        Arc::new(single)
    }
}
