//! The authorization server, seen from outside.

pub(crate) mod agree;
mod client;
pub(crate) mod defects;
mod flows;
mod pages;
mod registration;
mod rotation;
mod sessions;
