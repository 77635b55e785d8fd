//! Locks of files, which belong to `storage` and `storage_manage`.

use serde_json::json;

use super::storage::place;
use super::{Answer, Turn, Working, on, profile_read, profile_write};
use crate::platform::LockWish;

pub(super) const WORKING: &[Working] = &[
    on("storage", "lock-status", profile_read, status),
    on("storage_manage", "lock-acquire", profile_write, acquire),
    on("storage_manage", "lock-heartbeat", profile_write, heartbeat),
    on("storage_manage", "lock-release", profile_write, release),
];

fn status(turn: &mut Turn<'_>) -> Answer {
    let place = place(turn)?;
    let info = turn.platform.lock_status(turn.caller, turn.now, place)?;
    Ok(json!({ "locked": info.is_some(), "lock_info": info }))
}

/// The token of the lock is told here and to nobody else.
fn acquire(turn: &mut Turn<'_>) -> Answer {
    let place = place(turn)?;
    let seconds = turn.given.number("duration")?;
    let wish = LockWish {
        // Whatever does not fit is out of bounds all the same.
        duration: seconds.map(|seconds| i64::try_from(seconds).unwrap_or(i64::MAX)),
        client_info: turn.given.owned("client_info")?,
    };
    let grant = turn.platform.acquire_lock(turn.caller, turn.now, place, wish)?;
    Ok(json!(grant))
}

fn heartbeat(turn: &mut Turn<'_>) -> Answer {
    let (place, token) = (place(turn)?, turn.given.optional("lock_token")?);
    let grant = turn
        .platform
        .renew_lock(turn.caller, turn.now, place, token.unwrap_or_default())?;
    Ok(json!(grant))
}

fn release(turn: &mut Turn<'_>) -> Answer {
    let (place, token) = (place(turn)?, turn.given.optional("lock_token")?);
    turn.platform
        .release_lock(turn.caller, turn.now, place, token.unwrap_or_default())?;
    Ok(json!({ "released": true }))
}
