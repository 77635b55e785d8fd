//! Looking first and acting later: how the defects that race let requests that come together all look first.
//!
//! A healthy world decides and acts under one lock of the platform; nothing here runs then.

use std::time::Duration;

use super::exchange::Exchange;
use crate::defect::{lock, xfer};

/// Between the look and the act.
const GAP: Duration = Duration::from_millis(40);

/// Looks, and pauses if what the request wants is free.
pub(super) async fn look(exchange: &mut Exchange<'_>) {
    let defects = &exchange.view.defects;
    let free = (defects.has(lock::LOCK_TOCTOU) && takes_free_lock(exchange))
        || (defects.has(xfer::TRANSFER_RACE) && shows_open_claim(exchange));
    if free {
        exchange.view.looked_free = true;
        tokio::time::sleep(GAP).await;
    }
}

/// Whether the request takes a lock that nobody holds.
fn takes_free_lock(exchange: &Exchange<'_>) -> bool {
    let asked = asked(exchange);
    let takes = asked.contains("lock-acquire") || asked.contains("/lock/");
    let now = exchange.world.clock.now();
    takes
        && !exchange
            .world
            .platform()
            .any_locked(now, |node| asked.contains(node))
}

/// Whether the request shows a claim token that can be used.
fn shows_open_claim(exchange: &Exchange<'_>) -> bool {
    let (asked, now) = (asked(exchange), exchange.world.clock.now());
    exchange
        .world
        .platform()
        .any_claim(now, |value| asked.contains(value))
}

fn asked(exchange: &Exchange<'_>) -> String {
    let body = String::from_utf8_lossy(&exchange.body);
    format!("{} {body}", exchange.head.uri)
}
