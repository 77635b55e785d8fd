//! HTTP: one request and its answer, redirects within the origin, addresses that may be asked. Knows nothing of MCP and
//! of tokens beyond the header they stand in.

mod address;
mod client;
mod raw;
mod redirect;

pub(crate) use address::{may_carry_token, may_fetch, same_origin};
pub(crate) use client::{Answer, Fault, Http, Request};
