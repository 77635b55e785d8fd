//! The protected resources: the MCP endpoints with their tools, and the REST routes beside them.
//!
//! Uses `platform` for every decision and effect and `authority` for who is asking. Must never read a
//! credential from a request.

pub(crate) mod mcp;
pub(crate) mod rest;
pub mod tools;
pub(crate) mod trail;
