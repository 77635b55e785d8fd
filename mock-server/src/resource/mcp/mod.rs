//! MCP over Streamable HTTP: one dispatch, one module per era of the protocol.
//!
//! The session era (2025-03-26 to 2025-11-25) lives in `session_era`; the stateless era gets its own module
//! beside it. Uses `tools`; must never look at a token.

pub(crate) mod accept;
pub(crate) mod call;
pub(crate) mod rpc;
pub(crate) mod session;
pub(crate) mod session_era;
pub(crate) mod stream;

use crate::platform::Caller;
use crate::serve::answer::Answer;
use crate::serve::exchange::Exchange;

/// Answers an authenticated request of an MCP endpoint.
///
/// Which era speaks is a matter of the request alone; until there is a second one, this is the place
/// where it will be chosen.
pub(crate) fn dispatch(exchange: &mut Exchange<'_>, caller: &Caller) -> Answer {
    session_era::answer(exchange, caller)
}
