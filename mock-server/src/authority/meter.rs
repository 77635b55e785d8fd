//! Who is counted where, and what a full bucket means for a request.
//!
//! Credentials with limits of their own (`limited` and its twin share one, `metered` has another) are counted under their
//! grant, others under themselves when the world has limits. Bad tokens are counted by address, and only they are
//! refused for it.

use std::sync::Arc;

use http::Method;
use serde_json::Value;

use super::bucket::{Counting, Standing};
use super::dialect;
use crate::authority::gate::{self, Denial};
use crate::defect::{DefectSet, rate as defect};
use crate::platform::Caller;
use crate::serve::answer::Answer;
use crate::serve::exchange::Exchange;
use crate::world::{Limits, Window};

/// Bad tokens from one address before they are refused with 429.
const BAD_TOKENS: Window = Window {
    max: 150,
    seconds: 10,
};
/// Every client of a world is on loopback.
const ADDRESS: &str = "address";
const SESSION: &str = "mcp-session-id";

/// Where a request counts.
struct Meter {
    bucket: String,
    limits: Arc<Limits>,
    cost: u32,
}

/// A limit of a fixture credential.
#[derive(Debug, Clone)]
pub(crate) struct OwnLimit {
    /// Credentials of one grant share it.
    pub(crate) grant: &'static str,
    pub(crate) limits: Arc<Limits>,
}

fn meter(exchange: &Exchange<'_>, credential: &str) -> Option<Meter> {
    let defects = &exchange.view.defects;
    let Some(own) = exchange.world.own_limits.get(credential) else {
        return exchange.world.limits().map(|limits| Meter {
            bucket: credential.to_owned(),
            limits,
            cost: cost(exchange, defects),
        });
    };
    let stream = exchange.head.method == Method::GET;
    let call = exchange.head.method == Method::POST && is_tool_call(&exchange.body);
    let sessionless = !exchange.head.headers.contains_key(SESSION);
    if sessionless && defects.has(defect::LIMIT_BY_SESSION) {
        return None;
    }
    if (stream && defects.has(defect::STREAMS_UNLIMITED))
        || (call && defects.has(defect::TOOL_CALLS_UNLIMITED))
    {
        return None;
    }
    let everybody = defects.any(&[defect::LIMIT_GLOBAL, defect::LIMIT_PER_IP]);
    let tightest = exchange
        .world
        .own_limits
        .values()
        .min_by_key(|own| own.limits.windows[0].max);
    let limits = tightest
        .filter(|_| everybody)
        .map_or(&own.limits, |own| &own.limits);
    Some(Meter {
        bucket: bucket(exchange, credential, own.grant),
        limits: Arc::clone(limits),
        cost: cost(exchange, defects),
    })
}

fn bucket(exchange: &Exchange<'_>, credential: &str, grant: &str) -> String {
    let defects = &exchange.view.defects;
    let header = |name: &str| {
        let value = exchange.head.headers.get(name);
        value.map_or_else(String::new, |value| {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        })
    };
    match () {
        () if defects.has(defect::LIMIT_GLOBAL) => "everybody".to_owned(),
        () if defects.has(defect::LIMIT_PER_IP) => ADDRESS.to_owned(),
        () if defects.has(defect::LIMIT_BY_XFF) => format!("{grant} {}", header("x-forwarded-for")),
        () if defects.has(defect::LIMIT_BY_SESSION) => format!("{grant} {}", header(SESSION)),
        () if defects.has(defect::LIMIT_BY_CONNECTION) => format!("{grant} {}", exchange.connection.number),
        () if defects.has(defect::LIMIT_BY_URL) => format!("{grant} {}", exchange.head.uri),
        () if defects.has(defect::LIMIT_BY_KEY) => credential.to_owned(),
        () => grant.to_owned(),
    }
}

/// A batch costs what its messages cost.
fn cost(exchange: &Exchange<'_>, defects: &DefectSet) -> u32 {
    if exchange.body.trim_ascii_start().first() != Some(&b'[') || defects.has(defect::BATCH_COUNTS_ONE) {
        return 1;
    }
    let messages = serde_json::from_slice::<Vec<Value>>(&exchange.body).map_or(1, |all| all.len().max(1));
    u32::try_from(messages).unwrap_or(u32::MAX)
}

fn is_tool_call(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body).is_ok_and(|value| value["method"] == "tools/call")
}

fn counting(defects: &DefectSet) -> Counting {
    Counting {
        fixed: defects.has(defect::WINDOW_EDGE_2X),
        slides: defects.has(defect::RESET_SLIDES_ON_PROBE),
    }
}

/// Counts an admitted request, then goes on or refuses.
pub(crate) fn counted(
    exchange: &mut Exchange<'_>,
    caller: &Caller,
    go_on: impl FnOnce(&mut Exchange<'_>) -> Answer,
) -> Answer {
    let defects = Arc::clone(&exchange.view.defects);
    if defects.has(defect::IP_LOCKOUT)
        && let Some(standing @ Standing { limited: true, .. }) = bad_tokens(exchange, 0)
    {
        exchange.stop("bucket", "address locked out");
        return dialect::refuse(&standing, exchange);
    }
    let Some(meter) = meter(exchange, &caller.credential) else {
        return go_on(exchange);
    };
    let now = exchange.world.clock.millis();
    let taken = {
        let mut buckets = exchange.world.buckets();
        match exchange.looked {
            // What it looked at may have changed since; it counts all the same.
            Some(Standing { limited: false, .. }) => {
                buckets.add(&meter.bucket, &meter.limits, meter.cost, now)
            }
            Some(standing) => Some(standing),
            None => buckets.take(&meter.bucket, &meter.limits, meter.cost, counting(&defects), now),
        }
    };
    match taken {
        None => go_on(exchange),
        Some(standing @ Standing { limited: false, .. }) => {
            let answer = go_on(exchange);
            dialect::mark(&standing, exchange, answer)
        }
        Some(standing) => {
            if defects.has(defect::AFTER_EFFECT) {
                // Its answer is thrown away; what it did stays.
                drop(go_on(exchange));
            }
            exchange.stop("bucket", "rate limited");
            dialect::refuse(&standing, exchange)
        }
    }
}

/// A look at the bucket ahead of the count; only the defect `counter-race` counts by it.
pub(crate) fn look(exchange: &mut Exchange<'_>) -> Option<Standing> {
    let caller = gate::admit(exchange).ok()?;
    if !exchange.world.is_for_load() {
        exchange.world.own_limits.get(&caller.credential)?;
    }
    let meter = meter(exchange, &caller.credential)?;
    let now = exchange.world.clock.millis();
    let defects = Arc::clone(&exchange.view.defects);
    let mut buckets = exchange.world.buckets();
    buckets.look(&meter.bucket, &meter.limits, meter.cost, counting(&defects), now)
}

/// Counts a request that nobody was admitted for; `Some` is the refusal that guessing earns.
pub(crate) fn guessed(exchange: &mut Exchange<'_>, denial: Denial) -> Option<Answer> {
    let unlimited = exchange.world.unlimited_guesses || exchange.view.defects.has(defect::NO_PREAUTH_LIMIT);
    if unlimited || !denial.is_invalid_token() {
        return None;
    }
    let standing = bad_tokens(exchange, 1)?;
    standing.limited.then(|| {
        exchange.stop("bucket", "too many bad tokens");
        dialect::refuse(&standing, exchange)
    })
}

/// Where the address stands after so many more bad tokens.
fn bad_tokens(exchange: &Exchange<'_>, more: u32) -> Option<Standing> {
    let limits = Limits {
        windows: vec![BAD_TOKENS],
    };
    let now = exchange.world.clock.millis();
    let mut guesses = exchange.world.guesses();
    if more == 0 {
        return guesses.look(ADDRESS, &limits, 1, Counting::default(), now);
    }
    guesses.take(ADDRESS, &limits, more, Counting::default(), now)
}
