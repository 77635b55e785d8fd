//! Live connections: tickets, WebSockets, event streams beside MCP, long polls; who is told what, and when it ends.
//!
//! Whoever follows something holds a [`claim::Claim`], which is judged anew before anything is told or done: by the
//! credential's state and its rights at that moment. May use the platform's decisions and the authority's lookups; must
//! never decide a permission itself.

pub(crate) mod claim;
pub(crate) mod follow;
pub(crate) mod hub;
pub(crate) mod inbound;
pub(crate) mod poll;
pub(crate) mod socket;
pub(crate) mod sse;
pub(crate) mod ticket;
