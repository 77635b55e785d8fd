//! The mock seen from outside, over real sockets.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends where it fails"
)]

mod content;
mod control;
mod crowd;
mod defects;
mod doors;
mod events;
mod events_receiver;
mod features;
mod hostile;
mod http_sse;
mod identities;
mod oauth;
mod origins;
mod protocol;
mod published;
mod realtime;
mod request_state;
mod scopes;
mod stateless;
mod streams;
mod support;
mod tasks;
mod trail;
mod transport_defects;
mod variants;
mod webhooks;
