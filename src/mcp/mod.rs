//! MCP over HTTP: what to say and how to read what comes back. Everything here is pure (values in,
//! values out); sending is the step's affair. Total on any JSON a peer may send. Uses `wire`'s account of an
//! exchange, never `oauth`, and judges nothing.
//!
//! Two eras speak different envelopes: sessions (2025-03-26 to 2025-11-25), and the stateless one that begins
//! with 2026-07-28. [`Era`] is where they part.

mod answer;
mod envelope;
mod http_sse;
mod revision;
mod session;
mod stateless;
mod tool;
mod words;

pub use answer::{Answer, NoAnswer, Rpc, answer};
pub use envelope::{ClientInfo, call, initialize_request, initialized, notify};
pub use http_sse::{NoEndpoint, endpoint, reply_id, session_texts, share};
pub use revision::{Era, Revision, Transport};
pub use session::{OpenProblem, ServerInfo, Session, end_request, headers_for, opened};
pub use stateless::{
    Mark, Mirrored, UNSUPPORTED_VERSION, completed, discovered, encoded, marks, meta, mirrored, with_meta,
};
pub use tool::{Tool, ToolSaid, ToolsPage, tool_said, tools_page};
pub use words::shown;
