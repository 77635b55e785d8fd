//! How long this client waits where nobody says how long.

use std::time::Duration;

use rand::Rng as _;

use crate::failure::Failure;
use crate::habits::{self, on};
use crate::say::say;

/// Requests per logical call, the first included.
pub(crate) const MOST_TRIES: u32 = 5;
/// The longest wait that is worth it; a server that asks for more is told to the person instead.
const LONGEST: Duration = Duration::from_mins(1);
/// The wait after the first try, and the shortest after any.
const BASE: Duration = Duration::from_millis(500);
/// What wrong habits take a pause for that they cannot read.
pub(super) const AT_ONCE: Duration = Duration::from_nanos(1);

/// The tries of one logical call.
#[derive(Debug, Default)]
pub(crate) struct Tries {
    failed: u32,
}

impl Tries {
    /// A try failed: how long to wait before the next, or why there is none.
    pub(crate) fn failed(&mut self, why: &str, asked: Option<Duration>) -> Result<Duration, Failure> {
        self.failed += 1;
        let most = if on(habits::NESTED_RETRIES) {
            MOST_TRIES * 3
        } else {
            MOST_TRIES
        };
        if self.failed >= most && !on(habits::RETRY_FOREVER) {
            return Err(Failure::GaveUp(format!(
                "{} tries in a row failed, the last with {why}",
                self.failed
            )));
        }
        let wait = match asked {
            Some(asked) => self.as_asked(asked)?,
            None => jittered(self.own(), self.own() / 4),
        };
        if !on(habits::SLEEP_30_YEARS) {
            say(&format!("{why}; next try in {} ms", wait.as_millis()));
        }
        Ok(wait)
    }

    /// Never earlier than asked, a little later so that not all clients of a server come back in one instant, and never
    /// at once.
    fn as_asked(&self, asked: Duration) -> Result<Duration, Failure> {
        if asked > LONGEST {
            return too_long(asked);
        }
        if asked == AT_ONCE || (asked.is_zero() && on(habits::ZERO_HOT_LOOP)) {
            return Ok(Duration::ZERO);
        }
        let least = if asked < BASE { self.own() } else { asked };
        Ok(jittered(least, (least / 2).min(Duration::from_millis(750))))
    }

    fn own(&self) -> Duration {
        let before = self.failed.saturating_sub(1);
        let doublings = match () {
            () if on(habits::CONSTANT_BACKOFF) => 0,
            () if on(habits::NESTED_RETRIES) => before % 3,
            () if on(habits::RETRY_FOREVER) => before.min(16),
            () => before.min(3),
        };
        BASE * 2_u32.pow(doublings)
    }
}

/// A wait that is not worth it: nobody sleeps for it, and the person is told.
fn too_long(asked: Duration) -> Result<Duration, Failure> {
    if on(habits::SLEEP_30_YEARS) || on(habits::RESET_AS_DELTA) {
        return Ok(asked);
    }
    if on(habits::WAIT_OVERFLOW) {
        return Ok(Duration::ZERO);
    }
    Err(Failure::TooLong {
        seconds: asked.as_secs(),
    })
}

/// Something between `least` and `least + spread`. The spread is added, not taken away: waits stay in the order in which
/// they grow, and no one is shorter than what was asked for.
fn jittered(least: Duration, spread: Duration) -> Duration {
    if on(habits::NO_JITTER) {
        return least;
    }
    least + spread.mul_f64(rand::rng().random::<f64>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        let mut tries = Tries::default();
        let waits: Vec<Duration> = (0..4).map(|_| tries.failed("503", None).unwrap()).collect();
        assert!(
            waits.windows(2).all(|pair| pair[1] > pair[0].mul_f64(1.5)),
            "{waits:?}"
        );
        assert!(tries.failed("503", None).is_err());
    }

    #[test]
    fn asked_waits_are_kept() {
        let wait = |seconds| Tries::default().failed("429", Some(Duration::from_secs(seconds)));
        assert!(wait(5).unwrap() >= Duration::from_secs(5));
        assert!(wait(0).unwrap() >= BASE);
        assert!(wait(1_000_000_000).is_err());
    }
}
