//! When an access token is renewed before it ends.

use rand::Rng as _;

use crate::habits::{self, on};
use crate::oauth::{Login, now};

/// The Unix milliseconds from which on it is due; `None` where its end is not known, and a refusal has to say it.
///
/// A tenth of the lifetime before the end, at least five seconds where there are so many, and up to half as much again:
/// clients that were started together do not come back together.
pub(super) fn from(login: &Login) -> Option<u64> {
    if on(habits::NO_PROACTIVE_REFRESH) {
        return None;
    }
    let (ends, lifetime) = (login.ends?, login.lifetime? * 1000);
    let margin = (lifetime / 10).clamp(5_000, 60_000).min(lifetime / 3);
    let margin = margin + rand::rng().random_range(0..=margin / 2);
    Some(ends.saturating_sub(margin))
}

/// Whether it has ended already.
pub(super) fn ended(login: &Login) -> bool {
    login.ends.is_some_and(|ends| ends <= now())
}
