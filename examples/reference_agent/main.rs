//! The reference agent: a small, correct, headless MCP client for `hallmark agent`, with every wrong habit on a switch.
//!
//! It does the tasks of the contract between `hallmark agent` and the command under test: it calls tools over Streamable
//! HTTP under a key or an OAuth login that it keeps, and receives webhooks. `HABITS=name,name` gives it wrong habits, so
//! that each rule about clients is proven to catch what it is there for. It uses nothing of Hallmark: one misreading of a
//! specification cannot sit on both sides.

mod access;
mod config;
mod failure;
mod habits;
mod http;
mod lines;
mod mcp;
mod oauth;
mod retry;
mod say;
mod task;
mod webhook;

use std::process::ExitCode;

use config::Config;
use failure::Failure;
use habits::on;

#[tokio::main]
async fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == "--list-habits") {
        say::print(&habits::list().to_string());
        return ExitCode::SUCCESS;
    }
    if let Err(why) = habits::switch_on(&std::env::var("HABITS").unwrap_or_default()) {
        say::say(&why);
        return ExitCode::from(2);
    }
    let done = match Config::read() {
        Ok(config) => task::run(config).await,
        Err(why) => Err(why),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::GaveUp(_)) if on(habits::RETRY_THEN_SUCCESS_EXIT) => ExitCode::SUCCESS,
        Err(Failure::Disconnected(_)) if on(habits::SILENT_DISCONNECT) => ExitCode::SUCCESS,
        Err(why) => {
            say::say(&why.to_string());
            ExitCode::FAILURE
        }
    }
}
