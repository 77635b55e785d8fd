//! From a socket to an answer: listening, HTTP/1.1 and h2c, limits, routing, the plain door.
//!
//! Uses every other room of this crate. Must never decide who may do what; that is `authority` and `platform`.

pub(crate) mod answer;
pub(crate) mod exchange;
pub(crate) mod front;
pub(crate) mod handler;
pub(crate) mod listener;
pub(crate) mod origin;
pub(crate) mod plain;
mod race;
pub(crate) mod route;
pub(crate) mod socket;
