//! The command line.

mod files;
mod load;
mod login;
mod report;
mod run;
mod shared;

use clap::{CommandFactory, Parser, Subcommand};

pub(super) use self::files::{CheckArgs, InitArgs, MockArgs, RulesArgs, SchemaArgs, SchemaOf};
pub(super) use self::load::{LoadArgs, TransportName};
pub(super) use self::login::LoginArgs;
pub(super) use self::report::{ReportArgs, ReportCommand};
pub(super) use self::run::{AgentArgs, ContractName, RunArgs};
pub(super) use self::shared::{
    MockSwitches, OutputArgs, RunningArgs, SelectArgs, TargetArgs, TextOrJson, WireArgs,
};
use super::Exit;
use super::term;

/// Conformance and load tests for authenticated MCP endpoints and the agents that call them.
#[derive(Debug, Parser)]
#[command(
    name = "hallmark",
    version,
    about,
    max_term_width = 100,
    arg_required_else_help = true
)]
pub(super) struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Judge a server by the shipped scenarios or your own (default: the embedded mock)
    Run(Box<RunArgs>),
    /// Judge a client: run a command against the embedded mock and look at what it does
    Agent(Box<AgentArgs>),
    /// Load a server: latency histograms, thresholds, and security judged on every answer (default: the mock)
    Load(Box<LoadArgs>),
    /// Lint scenarios, target files, load plans and baselines; nothing is sent
    Check(CheckArgs),
    /// The catalogue; one rule explained with its source and how it is tested
    Rules(RulesArgs),
    /// Serve the mock: MCP endpoint, REST, every misbehaviour on a switch
    Mock(MockArgs),
    /// Draw a saved record again, compare two, merge shards
    Report(ReportArgs),
    /// JSON Schema of a file format, for editors
    Schema(SchemaArgs),
    /// Write a commented hallmark.yaml and a first scenario
    Init(InitArgs),
    /// Log in to an MCP endpoint once, in a browser; later runs refresh by themselves
    Login(Box<LoginArgs>),
    /// Shell completions
    Completions {
        /// bash, zsh, fish, elvish, powershell
        shell: clap_complete::Shell,
    },
}

/// Shell completions on stdout.
pub(super) fn completions(shell: clap_complete::Shell) -> Exit {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "hallmark", &mut text);
    term::out(&String::from_utf8_lossy(&text));
    Exit::Good
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }
}
