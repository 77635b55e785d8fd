//! MCP over HTTP: one dispatch, one module per era of the protocol.
//!
//! The session era (2025-03-26 to 2025-11-25) lives in `session_era`, the stateless era (2026-07-28) in
//! `stateless_era`, the deprecated HTTP+SSE transport (2024-11-05) in `http_sse`; `features` is what all of
//! them offer. Uses `tools`; must never look at a token.

pub(crate) mod accept;
pub(crate) mod call;
pub(crate) mod events;
pub(crate) mod features;
pub(crate) mod feed;
pub(crate) mod http_sse;
pub(crate) mod input;
mod kept;
pub(crate) mod links;
mod listen;
mod meta;
mod mirror;
mod progress;
mod request_state;
pub(crate) mod rpc;
pub(crate) mod session;
pub(crate) mod session_era;
pub(crate) mod stateless_era;
pub(crate) mod stream;
pub(crate) mod tasks;

use crate::platform::Caller;
use crate::serve::answer::Answer;
use crate::serve::exchange::Exchange;
use crate::variant::{self, VariantSet};

/// How a revision keeps what it knows of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Era {
    /// In a session, from `initialize` on.
    Session,
    /// In every request anew.
    Stateless,
}

/// Answers an authenticated request of an MCP endpoint. The request alone chooses the era.
pub(crate) fn dispatch(exchange: &mut Exchange<'_>, caller: &Caller) -> Answer {
    let variants = &exchange.view.variants;
    let era = if variants.has(variant::MODERN_ONLY) {
        Era::Stateless
    } else if variants.has(variant::LEGACY_ONLY) {
        Era::Session
    } else {
        let message = meta::peeked(&exchange.head, &exchange.body);
        let era = meta::era_of(&exchange.head, message.as_ref());
        exchange.message = message;
        era
    };
    match era {
        Era::Session => session_era::answer(exchange, caller),
        Era::Stateless => stateless_era::answer(exchange, caller),
    }
}

/// The revisions spoken on the MCP endpoints, oldest first.
pub(crate) fn revisions(variants: &VariantSet) -> Vec<&'static str> {
    let legacy = session::REVISIONS.iter().copied();
    if variants.has(variant::SSE_ONLY) {
        return Vec::new();
    }
    match (
        variants.has(variant::MODERN_ONLY),
        variants.has(variant::LEGACY_ONLY),
    ) {
        (true, _) => vec![stateless_era::REVISION],
        (false, true) => legacy.collect(),
        (false, false) => legacy.chain([stateless_era::REVISION]).collect(),
    }
}
