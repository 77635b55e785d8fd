//! `hallmark load`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as ClapArgs, ValueEnum};

use super::shared::{JudgingArgs, MockSwitches, OutputArgs, TargetArgs, WireArgs};
use crate::scenario::time;

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct LoadArgs {
    /// Load plan: a file, or the name of a shipped one (default: what the options say)
    #[arg(conflicts_with_all = ["think", "ramp"])]
    pub plan: Option<String>,
    /// Calls that are due each second, such as 500/s
    #[arg(long, value_name = "N/s", help_heading = "Plan", conflicts_with = "users")]
    pub rate: Option<String>,
    /// How long, such as 30s
    #[arg(long = "for", value_name = "TIME", help_heading = "Plan", value_parser = span)]
    pub lasting: Option<Duration>,
    /// Virtual users who wait for each answer, instead of a rate
    #[arg(long, value_name = "N", help_heading = "Plan")]
    pub users: Option<u64>,
    /// Between two calls of a user: 100ms, or drawn from 100ms..500ms
    #[arg(long, value_name = "TIME", help_heading = "Plan", requires = "users")]
    pub think: Option<String>,
    /// Users come evenly within this time
    #[arg(long, value_name = "TIME", help_heading = "Plan", requires = "users", value_parser = span)]
    pub ramp: Option<Duration>,
    /// Callers with tokens of their own: identities of the mock, or the first principals of the target
    #[arg(long, value_name = "N", help_heading = "Plan")]
    pub identities: Option<u64>,
    /// Probe that is called (default: `read`, which is found where the target file has none)
    #[arg(long, value_name = "NAME", help_heading = "Plan", conflicts_with = "plan")]
    pub probe: Option<String>,
    /// Tool that is called instead of a probe
    #[arg(long, value_name = "NAME", help_heading = "Plan", conflicts_with_all = ["plan", "probe"])]
    pub tool: Option<String>,
    /// Its arguments, a JSON object
    #[arg(long, value_name = "JSON", help_heading = "Plan", requires = "tool")]
    pub arguments: Option<String>,
    /// A figure and its bound, such as `p99 < 50ms` or `errors < 0.1%`; repeatable
    #[arg(long, value_name = "BOUND", help_heading = "Plan")]
    pub threshold: Vec<String>,
    /// The first part is made and not measured
    #[arg(long, value_name = "TIME", help_heading = "Plan", value_parser = span, conflicts_with = "plan")]
    pub warm_up: Option<Duration>,
    /// Connections at most
    #[arg(long, value_name = "N", help_heading = "Plan", conflicts_with = "plan")]
    pub max_in_flight: Option<u64>,
    /// Look for the highest rate that keeps the thresholds, from the plan's rate on
    #[arg(long, help_heading = "Plan")]
    pub find_limit: bool,
    /// Compare with this record: `baseline` in thresholds, and deltas in reports
    #[arg(long, value_name = "RECORD", help_heading = "Judging")]
    pub compare: Option<PathBuf>,
    #[command(flatten)]
    pub target: TargetArgs,
    #[command(flatten)]
    pub mock: MockSwitches,
    #[command(flatten)]
    pub wire: WireArgs,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub judging: JudgingArgs,
    /// MCP revision to speak (default: the newest that the target speaks)
    #[arg(long, value_name = "DATE", help_heading = "Judging")]
    pub revision: Vec<String>,
    /// Permit probes that write or destroy on this target
    #[arg(long, value_name = "WHAT", help_heading = "Judging")]
    pub allow: Vec<String>,
    /// Seed of everything random (default: random, and printed)
    #[arg(long, value_name = "N", help_heading = "Running")]
    pub seed: Option<u64>,
    /// Threads that make calls (default: half of the processors)
    #[arg(long, value_name = "N", help_heading = "Running")]
    pub cores: Option<std::num::NonZeroU32>,
    /// What sends the calls
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "NAME",
        help_heading = "Running"
    )]
    pub transport: TransportName,
    /// The k-th of n machines, such as 1/4; merge their records with `hallmark report merge`
    #[arg(long, value_name = "K/N", value_parser = super::shared::shard, help_heading = "Running")]
    pub shard: Option<(usize, usize)>,
    /// When all shards begin, as in RFC 3339: 2026-11-29T18:00:00Z
    #[arg(long, value_name = "TIME", help_heading = "Running")]
    pub start_at: Option<jiff::Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub(in crate::cli) enum TransportName {
    /// The fast one where it can be, else the full one
    #[default]
    Auto,
    /// The one of conformance scenarios: HTTP/2, proxies
    Full,
}

fn span(text: &str) -> Result<Duration, String> {
    time::duration(text).ok_or_else(|| "write a time such as 30s, 500ms or 5m".to_owned())
}
