//! The authorization server, seen from outside.

pub(crate) mod agree;
pub(crate) mod client;
pub(crate) mod defects;
mod flows;
mod pages;
mod registration;
mod rotation;
mod sessions;
