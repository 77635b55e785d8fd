//! Load: calls made at the moment they are due, measured and judged while it runs.
//!
//! A [`schedule`] says when each arrival is due, an [`engine`] makes it, a [`transport`] carries it and verifies what
//! comes back, and a [`meter`] keeps what was seen. May use every room below `run`'s roof. Must never decide what is
//! sent without a schedule or a user, print, or leave a failed call out of the account.

mod abort;
mod acts;
pub mod callers;
mod drive;
mod during;
pub mod engine;
mod figures;
mod fleet;
mod goose;
pub mod meter;
pub mod outcome;
pub mod rehearse;
mod renew;
pub mod schedule;
pub mod transport;
mod watch;

pub use drive::{How, NotBegun, run};
