//! A whole run against a hostile server: it ends in time and in little memory, says what happened, and never calls the
//! server at fault for what could not be judged.

#![expect(clippy::expect_used, reason = "a test that cannot be set up has failed")]

mod bent;
mod peers;
#[path = "../support/mod.rs"]
mod support;
mod watched;
