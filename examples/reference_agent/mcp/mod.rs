//! MCP over Streamable HTTP: the session era (2025-03-26 to 2025-11-25) and the stateless era (2026-07-28).

mod call;
mod listen;
mod open;
mod peer;
mod reply;
mod rpc;
mod sse;
mod stateless;
mod tools;
mod wire;

pub(crate) use peer::Peer;
pub(crate) use wire::Wire;
