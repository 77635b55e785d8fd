//! `hallmark run` and `hallmark agent`.

use clap::{Args as ClapArgs, ValueEnum};

use super::shared::{
    JudgingArgs, MockSwitches, OutputArgs, RunningArgs, SelectArgs, TargetArgs, TextOrJson, WireArgs,
};

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct RunArgs {
    /// Scenario files or folders, rule ids, families, scenario ids, `scenario#row@revision:check`, or `file:line`
    pub what: Vec<String>,
    #[command(flatten)]
    pub target: TargetArgs,
    #[command(flatten)]
    pub select: SelectArgs,
    #[command(flatten)]
    pub mock: MockSwitches,
    #[command(flatten)]
    pub wire: WireArgs,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub judging: JudgingArgs,
    #[command(flatten)]
    pub running: RunningArgs,
    /// MCP revision to speak, such as 2025-06-18; repeatable (default: all that the target speaks)
    #[arg(long, value_name = "DATE", help_heading = "Judging")]
    pub revision: Vec<String>,
    /// The frozen set of rules of an MCP revision, in that revision only
    #[arg(
        long,
        value_name = "DATE",
        help_heading = "Judging",
        conflicts_with = "revision"
    )]
    pub requirements: Option<String>,
    /// Permit probes that write or destroy, or `exec` steps, on this target
    #[arg(long, value_name = "WHAT", help_heading = "Judging")]
    pub allow: Vec<String>,
    /// Of `hallmark agent`: the command under test
    #[arg(skip)]
    pub cmd: Vec<String>,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct AgentArgs {
    /// Agent files or folders, rule ids, families, scenario ids or `scenario#row:check` (default: the shipped pack)
    pub what: Vec<String>,
    /// The command under test with its arguments; `${mcp.url}`, `${api.key}`, `${state.dir}`, `${task}` are filled in
    #[arg(last = true, value_name = "CMD", required_unless_present = "list")]
    pub cmd: Vec<String>,
    /// List the cases and the tasks they ask of the command, and end
    #[arg(long)]
    pub list: bool,
    /// text or json, for the list
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: TextOrJson,
    /// How the command is told what to do
    #[arg(long, value_enum, default_value_t, value_name = "NAME")]
    pub contract: ContractName,
    #[command(flatten)]
    pub select: SelectArgs,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub judging: JudgingArgs,
    #[command(flatten)]
    pub running: RunningArgs,
    /// Longest life of the command in one case, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, help_heading = "Running", value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub(in crate::cli) enum ContractName {
    /// By `HALLMARK_…` variables in its environment
    #[default]
    Environment,
    /// As the official MCP conformance suite calls its clients
    Conformance,
}
