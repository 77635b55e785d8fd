//! Arguments that several commands have.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use crate::cli::term::Color;

#[derive(Debug, Default, ClapArgs)]
#[command(next_help_heading = "Target")]
pub(in crate::cli) struct TargetArgs {
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
pub(in crate::cli) struct SelectArgs {
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
pub(in crate::cli) struct MockSwitches {
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
pub(in crate::cli) struct WireArgs {
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
pub(in crate::cli) struct OutputArgs {
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

/// What a miss is worth.
#[derive(Debug, Clone, Default, ClapArgs)]
pub(in crate::cli) struct JudgingArgs {
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
}

/// How the cases run.
#[derive(Debug, Clone, Default, ClapArgs)]
pub(in crate::cli) struct RunningArgs {
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
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub(in crate::cli) enum TextOrJson {
    #[default]
    Text,
    Json,
}

pub(super) fn shard(text: &str) -> Result<(usize, usize), String> {
    let parts = text
        .split_once('/')
        .and_then(|(k, n)| Some((k.parse().ok()?, n.parse().ok()?)));
    match parts {
        Some((k, n)) if k >= 1 && k <= n => Ok((k, n)),
        _ => Err("write K/N with 1 ≤ K ≤ N, such as 1/4".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::shard;

    #[test]
    fn shards() {
        assert_eq!(shard("2/4"), Ok((2, 4)));
        for wrong in ["0/4", "5/4", "x", "1"] {
            assert!(shard(wrong).is_err(), "{wrong}");
        }
    }
}
