//! Bytes on the network and a true account of them.
//!
//! Three transports share one reader of bodies: a pool (the everyday client), a raw HTTP/1.1 client for what a
//! library refuses to send, and named connections (HTTP/1.1 or HTTP/2) that are opened once and kept. Whatever
//! a peer sends is bounded in size and time. This room uses nothing of the rooms above it; it judges nothing,
//! prints nothing, scrubs nothing, keeps no cookie and lets no type of an HTTP client out.

mod body;
mod client;
mod coding;
mod config;
mod connect;
mod connection;
mod exchange;
mod failure;
mod handle;
mod http2;
pub mod json;
mod listener;
mod live;
mod pool;
mod raw;
mod redirect;
mod relay;
pub mod sse;
mod tls;
mod websocket;

pub use client::{Watch, Wire};
pub use config::{HttpVersion, Limits, WireConfig, WireSetupError};
pub use connection::Connection;
pub use exchange::*;
pub use handle::{Live, Seen};
pub use listener::{Answer, Answering, Listener, Passed};
pub use live::{Listening, Tap};
pub use relay::{Alter, Came, Course, Director, Finish, Part, Relay};
pub use websocket::Talking;

#[cfg(test)]
mod tests;
