//! The headless client of `hallmark login` as the client under test of the official MCP conformance suite
//! (`ci/interop/conformance.sh client`): it asks an MCP server for its tools and calls one, and logs in where it is
//! refused. The address of the server is the last argument; what else a scenario gives stands in the environment.

mod access;
mod context;
mod server;

use std::process::ExitCode;

use hallmark::mcp::Revision;
use url::Url;

use access::Access;
use context::Context;
use server::Server;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            say(&why);
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), String> {
    let address = std::env::args().next_back().unwrap_or_default();
    let endpoint =
        Url::parse(&address).map_err(|error| format!("the last argument is no address: {error}"))?;
    let variable = |name| std::env::var(name).unwrap_or_default();
    let revision: Revision = variable("MCP_CONFORMANCE_PROTOCOL_VERSION").parse()?;
    let context = Context::read(
        &variable("MCP_CONFORMANCE_SCENARIO"),
        &variable("MCP_CONFORMANCE_CONTEXT"),
    )?;
    let access = Access::new(endpoint.clone(), context)?;
    Server::new(endpoint, revision, access).use_a_tool().await
}

/// The suite keeps what is said here beside its results.
#[expect(clippy::print_stderr, reason = "a program of its own")]
fn say(text: &str) {
    eprintln!("{text}");
}
