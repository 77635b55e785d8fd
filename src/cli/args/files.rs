//! `hallmark check`, `rules`, `mock`, `schema` and `init`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use super::shared::{MockSwitches, TextOrJson};
use crate::cli::term::Color;

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct CheckArgs {
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
pub(in crate::cli) struct RulesArgs {
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

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct MockArgs {
    /// Port on 127.0.0.1; 0 picks one
    #[arg(long, default_value_t = 8900, value_name = "N")]
    pub port: u16,
    /// Seed of ids, keys and canaries (default: random)
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    #[command(flatten)]
    pub switches: MockSwitches,
    /// Tenants for load, load-0001 and so on, with key and login each; see the ready file
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=9999))]
    pub identities: u16,
    /// Be a target for load: room for 20,000 streams, 1,000 of one credential
    #[arg(long)]
    pub load: bool,
    /// Requests per credential and time, such as 60/min or 5/3s; repeatable
    #[arg(long, value_name = "RATE")]
    pub limit: Vec<String>,
    /// Refuse an address with 429 after 150 bad tokens in 10 s, as the embedded mock does
    #[arg(long)]
    pub throttle_guesses: bool,
    /// Write URLs, control secret and credentials as JSON once it listens
    #[arg(long, value_name = "PATH")]
    pub ready_file: Option<PathBuf>,
    /// Write what the mock's target file reads from the environment, as JSON, once it listens
    #[arg(long, value_name = "PATH", hide = true)]
    pub environment_file: Option<PathBuf>,
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
pub(in crate::cli) struct SchemaArgs {
    /// Which format
    #[arg(value_enum, default_value_t)]
    pub what: SchemaOf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub(in crate::cli) enum SchemaOf {
    #[default]
    Scenario,
    Agent,
    Load,
    Target,
    Rules,
    Baseline,
    Record,
    Event,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct InitArgs {
    /// Folder
    #[arg(default_value = ".")]
    pub dir: PathBuf,
    /// Write over files that are there
    #[arg(long)]
    pub force: bool,
}
