//! What the command line says and how it ends.

#![expect(clippy::expect_used, reason = "a test that cannot be set up has failed")]

mod choosing;
mod files;
mod judging;
mod receivers;
mod reports;
#[path = "../support/mod.rs"]
mod support;
mod targets;
mod words;
