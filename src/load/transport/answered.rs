//! What became of a call.

use std::borrow::Cow;
use std::time::Instant;

use crate::load::meter::Class;

/// Why a call did not end well, in words of ours or of the system: nothing of what a peer sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Where it is counted.
    pub class: Class,
    /// For the first of its class in a report.
    pub why: Cow<'static, str>,
    /// The transport cannot read such answers; another one could.
    pub unfit: bool,
}

impl Trouble {
    /// Of that class.
    pub fn new(class: Class, why: impl Into<Cow<'static, str>>) -> Self {
        Self {
            class,
            why: why.into(),
            unfit: false,
        }
    }

    /// What only another transport could read.
    pub fn unfit(why: impl Into<Cow<'static, str>>) -> Self {
        Self {
            unfit: true,
            ..Self::new(Class::Malformed, why)
        }
    }
}

/// A call that ended, one way or another.
#[derive(Debug)]
pub struct Answered {
    /// Where it is counted.
    pub class: Class,
    /// HTTP status; zero where none came.
    pub status: u16,
    /// When its first byte was written.
    pub sent: Instant,
    /// When the first event of a stream was complete.
    pub first_event: Option<Instant>,
    /// When the last byte, or the event that answers, had come.
    pub ended: Instant,
    /// Bytes of the answer.
    pub bytes: u64,
    /// The connection can carry another call.
    pub reusable: bool,
    /// What went wrong, where the class alone does not say it.
    pub trouble: Option<Trouble>,
}

/// An answer, or one event of it.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// HTTP status.
    pub status: u16,
    /// Status line and header fields, as they came.
    pub head: &'a [u8],
    /// Body, or data of an event; without transfer coding.
    pub body: &'a [u8],
    /// What it would be counted as.
    pub class: Class,
}

/// Sees every answer to a call, refusals included.
pub trait Watch: Sync {
    /// A class to count it under instead, where an invariant does not hold.
    fn see(&self, seen: &Seen<'_>) -> Option<Class>;
}

/// Looks at nothing.
#[derive(Debug, Clone, Copy)]
pub struct Watchless;

impl Watch for Watchless {
    fn see(&self, _: &Seen<'_>) -> Option<Class> {
        None
    }
}

impl<F: Fn(&Seen<'_>) -> Option<Class> + Sync> Watch for F {
    fn see(&self, seen: &Seen<'_>) -> Option<Class> {
        self(seen)
    }
}
