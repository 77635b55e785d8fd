//! Guessing at secrets is slowed down (RFC 6749 §2.3.1, OAuth 2.1 §7.7), and nobody is locked out for long.

use super::error::OAuthError;
use crate::authority::bucket::{Counting, Standing};
use crate::defect::tok;
use crate::serve::exchange::Exchange;
use crate::world::{Limits, Window};

/// Failures of one client before its next attempt has to wait. All clients of a world are on loopback, so a client
/// stands for its address, too.
const FAILURES: u32 = 10;
/// Seconds until a failure is forgotten; what a genuine client waits at most.
const FORGOTTEN: u32 = 3;
/// What the defect `lockout-dos` makes of it.
const LOCKOUT: u32 = 3600;

fn limits(exchange: &Exchange<'_>) -> Limits {
    let seconds = if exchange.view.defects.has(tok::LOCKOUT_DOS) {
        LOCKOUT
    } else {
        FORGOTTEN
    };
    Limits {
        windows: vec![Window {
            max: FAILURES,
            seconds,
        }],
    }
}

/// Whether an attempt has to wait, whatever it says: whoever guesses must not learn when they are right.
pub(super) fn blocked(exchange: &Exchange<'_>, bucket: &str) -> Option<OAuthError> {
    let world = exchange.world;
    if world.unlimited_guesses || exchange.view.defects.has(tok::NO_THROTTLE) {
        return None;
    }
    let now = world.clock.millis();
    let standing: Standing = world
        .guesses()
        .look(bucket, &limits(exchange), 1, Counting::default(), now)?;
    let seconds = (standing.resets_at - now + 999) / 1000;
    standing.limited.then(|| OAuthError::slow_down(seconds.max(1)))
}

/// Notes a failure.
pub(super) fn failed(exchange: &Exchange<'_>, bucket: &str) {
    let now = exchange.world.clock.millis();
    exchange
        .world
        .guesses()
        .take(bucket, &limits(exchange), 1, Counting::default(), now);
}
