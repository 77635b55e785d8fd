//! The command line.

use std::path::PathBuf;

use clap::{Args as ClapArgs, CommandFactory, Parser, Subcommand, ValueEnum};

use super::Exit;
use super::term::{self, Color};

/// Conformance tests for authenticated MCP endpoints.
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
    /// Lint scenarios, target files and baselines; nothing is sent
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

#[derive(Debug, ClapArgs)]
pub(super) struct RunArgs {
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
    /// A missed SHOULD fails
    #[arg(long, help_heading = "Judging")]
    pub strict: bool,
    /// Which promises bind beyond the standards: seed-fastio, oauth21, standard-webhooks
    #[arg(long, value_name = "NAME", help_heading = "Judging")]
    pub rules_profile: Option<String>,
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
    /// Failures that are known and accepted
    #[arg(long, value_name = "FILE", help_heading = "Judging")]
    pub baseline: Option<PathBuf>,
    /// Skipped checks end with exit code 4
    #[arg(long, help_heading = "Judging")]
    pub require_coverage: bool,
    /// Permit probes that write or destroy, or `exec` steps, on this target
    #[arg(long, value_name = "WHAT", help_heading = "Judging")]
    pub allow: Vec<String>,
    /// Cases at once
    #[arg(long, value_name = "N", help_heading = "Running")]
    pub jobs: Option<std::num::NonZeroUsize>,
    /// Also what takes long in real time
    #[arg(long, help_heading = "Running")]
    pub slow: bool,
    /// Stop at the first failure
    #[arg(long, help_heading = "Running")]
    pub fail_fast: bool,
    /// Seed of everything random (default: random, and printed)
    #[arg(long, value_name = "N", help_heading = "Running")]
    pub seed: Option<u64>,
    /// Of `hallmark agent`: the command under test
    #[arg(skip)]
    pub cmd: Vec<String>,
}

#[derive(Debug, ClapArgs)]
pub(super) struct AgentArgs {
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
    /// A missed SHOULD fails
    #[arg(long, help_heading = "Judging")]
    pub strict: bool,
    /// Which promises bind beyond the standards: seed-fastio, oauth21, standard-webhooks
    #[arg(long, value_name = "NAME", help_heading = "Judging")]
    pub rules_profile: Option<String>,
    /// Failures that are known and accepted
    #[arg(long, value_name = "FILE", help_heading = "Judging")]
    pub baseline: Option<PathBuf>,
    /// Skipped checks end with exit code 4
    #[arg(long, help_heading = "Judging")]
    pub require_coverage: bool,
    /// Cases at once
    #[arg(long, value_name = "N", help_heading = "Running")]
    pub jobs: Option<std::num::NonZeroUsize>,
    /// Longest life of the command in one case, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, help_heading = "Running", value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,
    /// Also what takes long in real time
    #[arg(long, help_heading = "Running")]
    pub slow: bool,
    /// Stop at the first failure
    #[arg(long, help_heading = "Running")]
    pub fail_fast: bool,
    /// Seed of everything random (default: random, and printed)
    #[arg(long, value_name = "N", help_heading = "Running")]
    pub seed: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub(super) enum ContractName {
    /// By `HALLMARK_…` variables in its environment
    #[default]
    Environment,
    /// As the official MCP conformance suite calls its clients
    Conformance,
}

#[derive(Debug, Default, ClapArgs)]
#[command(next_help_heading = "Target")]
pub(super) struct TargetArgs {
    /// Target file
    #[arg(long, value_name = "FILE", conflicts_with = "url")]
    pub target: Option<PathBuf>,
    /// MCP endpoint, without a target file
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// Environment variable that holds the bearer token for --url
    #[arg(long, value_name = "NAME", requires = "url")]
    pub bearer_env: Option<String>,
}

#[derive(Debug, Clone, Default, ClapArgs)]
#[command(next_help_heading = "Selection")]
pub(super) struct SelectArgs {
    /// Only this rule, family, scenario, or case and check, as in `scenario#row@revision:check`
    #[arg(long, value_name = "ID")]
    pub only: Vec<String>,
    /// Only scenarios with one of these tags
    #[arg(long, value_name = "TAG")]
    pub tag: Vec<String>,
    /// No scenario with one of these tags
    #[arg(long, value_name = "TAG")]
    pub not_tag: Vec<String>,
    /// Only what did not pass in a record (default: hallmark-out/record.json)
    #[arg(long, value_name = "RECORD", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub failed: Option<String>,
    /// The k-th of n parts, such as 1/4
    #[arg(long, value_name = "K/N", value_parser = shard)]
    pub shard: Option<(usize, usize)>,
    /// In another order, drawn from the seed
    #[arg(long)]
    pub shuffle: bool,
}

#[derive(Debug, Clone, Default, ClapArgs)]
#[command(next_help_heading = "Mock")]
pub(super) struct MockSwitches {
    /// Switch on a named misbehaviour of the mock
    #[arg(long, value_name = "ID")]
    pub defect: Vec<String>,
    /// Switch on a conforming peculiarity of the mock
    #[arg(long, value_name = "ID")]
    pub variant: Vec<String>,
    /// How the mock answers where standards and services differ: seed, fastio, strict
    #[arg(long, value_name = "NAME")]
    pub behaviour: Option<String>,
}

#[derive(Debug, Default, ClapArgs)]
#[command(next_help_heading = "Network")]
pub(super) struct WireArgs {
    /// Trust these certificates too (PEM)
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// Present this client certificate (PEM, certificate and key)
    #[arg(long, value_name = "FILE")]
    pub client_cert: Option<PathBuf>,
    /// Accept any certificate
    #[arg(long)]
    pub insecure: bool,
    /// Ignore HTTP_PROXY, HTTPS_PROXY and ALL_PROXY
    #[arg(long)]
    pub no_proxy: bool,
    /// Never use HTTP/2
    #[arg(long)]
    pub http1: bool,
}

#[derive(Debug, Clone, ClapArgs)]
#[command(next_help_heading = "Output")]
pub(super) struct OutputArgs {
    /// record, junit, junit-strict, json, ndjson, markdown, github, sarif, html-single: `FORMAT=PATH` writes a file,
    /// `FORMAT` alone goes to stdout; `html=DIR` writes a folder
    #[arg(long, value_name = "FORMAT[=PATH]")]
    pub report: Vec<String>,
    /// Show the page in a browser at the end
    #[arg(long)]
    pub open: bool,
    /// Folder for the record and the standard reports
    #[arg(long, value_name = "DIR", default_value = "hallmark-out")]
    pub out: PathBuf,
    /// Write events as they happen, one JSON object a line; `-` is stdout
    #[arg(long, value_name = "PATH")]
    pub events: Option<String>,
    /// Colours
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Color,
    /// Only failures and the last line
    #[arg(long, short, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Every check as it ends, and every finding in full
    #[arg(long, short)]
    pub verbose: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct CheckArgs {
    /// Files or folders (default: hallmark.yaml and scenarios/ here)
    pub paths: Vec<PathBuf>,
    /// Also hold names of principals and probes against this target file
    #[arg(long, value_name = "FILE")]
    pub target: Option<PathBuf>,
    /// Colours
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Color,
}

#[derive(Debug, ClapArgs)]
pub(super) struct RulesArgs {
    /// A rule id or alias, such as BEARER-08 or RS-24
    pub id: Option<String>,
    /// What is live, planned and judged, by family
    #[arg(long)]
    pub coverage: bool,
    /// Only this family
    #[arg(long, value_name = "NAME")]
    pub family: Option<String>,
    /// Only rules that scenarios judge
    #[arg(long)]
    pub live: bool,
    /// Show the level in this MCP revision
    #[arg(long, value_name = "DATE")]
    pub revision: Option<String>,
    /// text or json
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: TextOrJson,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub(super) enum TextOrJson {
    #[default]
    Text,
    Json,
}

#[derive(Debug, ClapArgs)]
pub(super) struct MockArgs {
    /// Port on 127.0.0.1; 0 picks one
    #[arg(long, default_value_t = 8900, value_name = "N")]
    pub port: u16,
    /// Seed of ids, keys and canaries (default: random)
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    #[command(flatten)]
    pub switches: MockSwitches,
    /// Requests per credential and time, such as 60/min or 5/3s; repeatable
    #[arg(long, value_name = "RATE")]
    pub limit: Vec<String>,
    /// Refuse an address with 429 after 150 bad tokens in 10 s, as the embedded mock does
    #[arg(long)]
    pub throttle_guesses: bool,
    /// Write URLs, control secret and credentials as JSON once it listens
    #[arg(long, value_name = "PATH")]
    pub ready_file: Option<PathBuf>,
    /// List the misbehaviours and end
    #[arg(long)]
    pub list_defects: bool,
    /// List the conforming peculiarities and end
    #[arg(long)]
    pub list_variants: bool,
    /// text or json, for the lists
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: TextOrJson,
}

#[derive(Debug, ClapArgs)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct ReportArgs {
    #[command(subcommand)]
    pub what: Option<ReportCommand>,
    /// record.json or events.ndjson (default: hallmark-out/record.json)
    pub record: Option<PathBuf>,
    /// junit, junit-strict, json, ndjson, markdown, github, sarif, html-single: `FORMAT=PATH` writes a file; `html`
    /// writes a page beside the record, `html=DIR` a folder (default: the console's summary)
    #[arg(long, value_name = "FORMAT[=PATH]")]
    pub report: Vec<String>,
    /// Show a missed SHOULD as a failure
    #[arg(long)]
    pub strict: bool,
    /// Colours
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Color,
}

#[derive(Debug, Subcommand)]
pub(super) enum ReportCommand {
    /// What is new, fixed and still failing between two records
    Compare {
        /// The older record
        before: PathBuf,
        /// The newer record
        after: PathBuf,
        /// text or markdown
        #[arg(long, default_value = "text", value_name = "FORMAT")]
        format: String,
    },
    /// Write a baseline of what failed in a record, so that only new failures fail the next run
    Baseline {
        /// record.json or events.ndjson
        #[arg(default_value = "hallmark-out/record.json")]
        record: PathBuf,
        /// Baseline file; what it has already stays as it is (default: stdout)
        #[arg(long, value_name = "PATH")]
        out: Option<PathBuf>,
        /// Why it is accepted and who follows it up (default: what was found)
        #[arg(long, value_name = "TEXT")]
        why: Option<String>,
        /// Last day it is accepted, such as 2027-03-31
        #[arg(long, value_name = "DATE", value_parser = day)]
        until: Option<jiff::civil::Date>,
    },
    /// One record of the shards of a run
    Merge {
        /// Records of all shards
        #[arg(required = true)]
        records: Vec<PathBuf>,
        /// Where the merged record goes (default: stdout)
        #[arg(long, value_name = "PATH")]
        out: Option<PathBuf>,
    },
}

#[derive(Debug, ClapArgs)]
pub(super) struct SchemaArgs {
    /// Which format
    #[arg(value_enum, default_value_t)]
    pub what: SchemaOf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub(super) enum SchemaOf {
    #[default]
    Scenario,
    Agent,
    Target,
    Rules,
    Baseline,
    Record,
    Event,
}

#[derive(Debug, ClapArgs)]
pub(super) struct InitArgs {
    /// Folder
    #[arg(default_value = ".")]
    pub dir: PathBuf,
    /// Write over files that are there
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct LoginArgs {
    /// MCP endpoint
    #[arg(long, value_name = "URL", conflicts_with = "target")]
    pub url: Option<String>,
    /// Target file: its `mcp`
    #[arg(long, value_name = "FILE")]
    pub target: Option<PathBuf>,
    /// Name of the login, as `oauth: { vault: NAME }` of a target file has it (default: default)
    #[arg(long = "as", value_name = "NAME")]
    pub name: Option<String>,
    /// How the logins stand (with --as: only that one); nothing is sent
    #[arg(long, conflicts_with_all = ["url", "target", "forget"])]
    pub status: bool,
    /// Revoke the login at its server, then delete it here
    #[arg(long, conflicts_with_all = ["url", "target"])]
    pub forget: bool,
    /// With --forget: delete it also where the server does not revoke it
    #[arg(long, requires = "forget")]
    pub force: bool,
    /// Show the address only: open no browser
    #[arg(long)]
    pub no_browser: bool,
    /// The browser is on another machine: paste its last address here (over SSH this is the default)
    #[arg(long)]
    pub paste: bool,
    /// Port of the redirect to 127.0.0.1, for a server that knows no other (default: one that is free)
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub port: u16,
    /// How long to wait for the browser, in minutes
    #[arg(long, value_name = "MINUTES", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=1440))]
    pub wait: u64,
    /// Scope to ask for, repeatable (default: what the endpoint names)
    #[arg(long, value_name = "SCOPE")]
    pub scope: Vec<String>,
    /// Take `http://localhost` for this machine, as servers in development need it
    #[arg(long)]
    pub allow_localhost: bool,
    #[command(flatten)]
    pub client: ClientArgs,
    /// Vault (default: HALLMARK_VAULT, else a folder of the user)
    #[arg(long, value_name = "file:/PATH", env = "HALLMARK_VAULT", hide_env = true)]
    pub vault: Option<String>,
    #[command(flatten)]
    pub wire: WireArgs,
}

#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Client")]
pub(super) struct ClientArgs {
    /// A client that is registered already (default: registered at login)
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// Environment variable that holds its secret
    #[arg(long, value_name = "NAME", requires = "client_id")]
    pub client_secret_env: Option<String>,
    /// Environment variable that holds its private key (PEM), for private_key_jwt
    #[arg(
        long,
        value_name = "NAME",
        requires = "client_id",
        conflicts_with = "client_secret_env"
    )]
    pub client_key_env: Option<String>,
    /// none, client_secret_basic, client_secret_post, private_key_jwt (default: basic with a secret)
    #[arg(long, value_name = "METHOD", requires = "client_id")]
    pub client_auth: Option<String>,
    /// The https address of a client id metadata document
    #[arg(long, value_name = "URL", conflicts_with = "client_id")]
    pub client_document: Option<String>,
    /// Authorization server, where the endpoint names several
    #[arg(long, value_name = "URL")]
    pub issuer: Option<String>,
}

fn shard(text: &str) -> Result<(usize, usize), String> {
    let parts = text
        .split_once('/')
        .and_then(|(k, n)| Some((k.parse().ok()?, n.parse().ok()?)));
    match parts {
        Some((k, n)) if k >= 1 && k <= n => Ok((k, n)),
        _ => Err("write K/N with 1 ≤ K ≤ N, such as 1/4".to_owned()),
    }
}

fn day(text: &str) -> Result<jiff::civil::Date, String> {
    text.parse()
        .map_err(|_| "write the last day as year-month-day, such as 2027-03-31".to_owned())
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

    #[test]
    fn shards() {
        assert_eq!(shard("2/4"), Ok((2, 4)));
        for wrong in ["0/4", "5/4", "x", "1"] {
            assert!(shard(wrong).is_err(), "{wrong}");
        }
    }
}
