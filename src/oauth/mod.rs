//! OAuth as resource servers and clients meet it. For now: reading challenges. Pure parsers; uses `wire` only for
//! the account of an exchange, never `mcp`, and judges nothing.

pub mod challenge;
