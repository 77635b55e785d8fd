//! The line between the resources and the authorization server, and how it fails.
//!
//! Resources ask at each request whether an access token still stands. While they get no answer that can be read, no
//! token can be judged: they let nobody in and say so with 503 (fail closed). API keys are a matter of their own.

use std::time::Duration;

use serde::Deserialize;

use super::gate::Denial;
use super::lookup;
use super::presentation::{Places, Presented, present};
use crate::defect::{intr, load};
use crate::platform::Caller;
use crate::serve::exchange::Exchange;

/// How long a resource waits for an answer.
const PATIENCE: Duration = Duration::from_millis(300);

/// Seconds after which a refused client may ask again.
pub(crate) const RETRY_AFTER: &str = "1";

/// How the answer to whether a token stands goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outage {
    /// Nobody listens.
    Refused,
    /// 500.
    Error,
    /// It never comes.
    Silent,
    /// It ends in the middle.
    Truncated,
    /// `active` is the text `true` or `false`, not a boolean (RFC 7662 §2.2).
    Text,
}

impl Outage {
    /// The one of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        serde_json::from_value(name.into()).ok()
    }
}

/// Waits for an answer that never comes, as long as a resource waits.
pub(crate) async fn wait(exchange: &Exchange<'_>) {
    if exchange.world.outage() == Some(Outage::Silent) && brings_token(exchange) {
        tokio::time::sleep(PATIENCE).await;
    }
}

/// Whether the request has a credential that the authorization server would be asked about.
fn brings_token(exchange: &Exchange<'_>) -> bool {
    let places = Places {
        headers: &exchange.head.headers,
        query: exchange.head.uri.query(),
        body: &exchange.body,
    };
    let defects = &exchange.view.defects;
    match present(&places, defects) {
        Presented::Token(token) => lookup::key_of(exchange.world, defects, &token).is_none(),
        _ => false,
    }
}

/// Whom a resource takes the bearer of a token for that it could not ask about.
pub(crate) fn judge(exchange: &Exchange<'_>, outage: Outage) -> Result<Caller, Denial> {
    let defects = &exchange.view.defects;
    let lets_in = match outage {
        Outage::Text => defects.has(intr::TRUTHY_ACTIVE),
        Outage::Refused | Outage::Error | Outage::Silent | Outage::Truncated => defects.has(intr::FAIL_OPEN),
    };
    let somebody = lets_in.then(|| exchange.world.fixtures.reader_id()).flatten();
    let caller = somebody.and_then(|id| exchange.world.caller_of(&id));
    let told = if defects.has(load::OUTAGE_AS_401) {
        Denial::Unknown
    } else {
        Denial::Unjudged
    };
    caller.ok_or(told)
}
