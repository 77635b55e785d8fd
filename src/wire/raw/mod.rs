//! A raw HTTP/1.1 client for what a library refuses to send: verbatim lines, exact targets, wrong lengths.
//! Writes while it reads, so that an answer given early is not lost, and never repairs what was asked for.

mod encode;
mod framing;
mod head;
mod talk;

pub(super) use encode::{Encoded, encode, split};
pub(super) use talk::{Ask, Told, talk};
