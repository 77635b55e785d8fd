//! The headers of a delivery.

use super::super::Said;
use super::super::read::{TOLERANCE, entries, only};
use crate::defect::evr;
use crate::serve::exchange::Exchange;

/// A delivery whose signature is still to be verified.
pub(super) struct Message {
    pub(super) id: String,
    /// As it was sent, which is how it is signed.
    pub(super) timestamp: String,
    /// Version and value, in order.
    pub(super) entries: Vec<(String, String)>,
    /// Empty only where a defect does without.
    pub(super) subscription: String,
}

impl Message {
    pub(super) fn read(exchange: &Exchange<'_>) -> Result<Self, Said> {
        let (headers, defects) = (&exchange.head.headers, &exchange.view.defects);
        let subscription = match only(headers, "x-mcp-subscription-id") {
            Err(_) if defects.has(evr::MISSING_HEADER_OK) => String::new(),
            found => found?,
        };
        let id = only(headers, "webhook-id")?;
        if id.is_empty() || id.contains('.') {
            return Err((400, "webhook-id is no id"));
        }
        let timestamp = only(headers, "webhook-timestamp")?;
        let digits = !timestamp.is_empty() && timestamp.bytes().all(|byte| byte.is_ascii_digit());
        let sent: Option<i64> = timestamp.parse().ok().filter(|_| digits);
        let sent = sent.ok_or((400, "webhook-timestamp is no number of seconds"))?;
        let age = exchange.world.clock.now() - sent;
        if age.abs() > TOLERANCE && !defects.has(evr::NO_FRESHNESS) {
            return Err((400, "webhook-timestamp is not of now"));
        }
        Ok(Self {
            entries: entries(&only(headers, "webhook-signature")?),
            id,
            timestamp,
            subscription,
        })
    }
}
