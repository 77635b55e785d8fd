//! Webhooks and MCP Events: what happened goes out signed, tried again until it is taken; and an endpoint that receives such
//! deliveries and shows what they did.
//!
//! Nothing leaves this computer: an address must be on loopback and on the world's list. Time is the world's clock.
//! Shares no code with whoever tests it.

pub(crate) mod address;
mod attempt;
mod event;
pub(crate) mod inbound;
mod letterbox;
mod plan;
mod post;
mod queue;
mod sign;
mod worker;

pub(crate) use event::{extend, put};
pub(crate) use letterbox::{Letterbox, ask, reason};
pub(crate) use post::Reply;
pub(crate) use queue::Queue;
pub(crate) use sign::public_key;
pub(crate) use worker::{collect, run, settle};
