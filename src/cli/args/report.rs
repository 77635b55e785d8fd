//! `hallmark report`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

use crate::cli::term::Color;

#[derive(Debug, ClapArgs)]
#[command(args_conflicts_with_subcommands = true)]
pub(in crate::cli) struct ReportArgs {
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
pub(in crate::cli) enum ReportCommand {
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

fn day(text: &str) -> Result<jiff::civil::Date, String> {
    text.parse()
        .map_err(|_| "write the last day as year-month-day, such as 2027-03-31".to_owned())
}
