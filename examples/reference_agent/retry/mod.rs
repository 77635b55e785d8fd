//! When a request is tried again, and when not: what a server asks for, what this client does without being asked, and
//! the pause that all work under one credential shares.

mod backoff;
mod date;
mod gate;
mod hint;

pub(crate) use backoff::{MOST_TRIES, Tries};
pub(crate) use gate::Gate;
pub(crate) use hint::{asked_pause, rest_of_quota};
