//! What a run is given besides its plan.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use hallmark_reports::record::{Ci, Target as TargetRecord};

use super::plan::Known;
use super::subject::Subject;
use crate::mcp::{Mirrored, Revision};
use crate::rules::{Catalogue, Profile};
use crate::secret::Scrubber;
use crate::step::Accounts;
use crate::target::baseline::Baseline;
use crate::wire::Wire;

/// How to run.
#[derive(Clone)]
pub struct Settings {
    /// Seed of everything random.
    pub seed: u64,
    /// A missed SHOULD fails.
    pub strict: bool,
    /// Which promises bind.
    pub profile: Option<Profile>,
    /// Cases at once.
    pub jobs: usize,
    /// Also what takes long.
    pub slow: bool,
    /// Stop at the first failure.
    pub fail_fast: bool,
    /// The MCP revisions to speak, oldest first; at least one.
    pub revisions: Vec<Revision>,
    /// Names this run.
    pub run_id: String,
    /// The command as typed, for the record.
    pub command: String,
    /// What comes before `--only` in a command that repeats one check.
    pub repeat: String,
    /// What comes after it: the command under test.
    pub repeat_end: String,
    /// `k/n`, for the record.
    pub shard: Option<String>,
    /// RFC 3339.
    pub started: String,
    /// The pipeline it runs in.
    pub ci: Option<Ci>,
    /// For baselines.
    pub today: jiff::civil::Date,
    /// Budget of one case.
    pub case_timeout: Duration,
}

/// Everything a run needs besides the plan.
pub struct Setup {
    /// How.
    pub settings: Settings,
    /// What.
    pub subject: Subject,
    /// The catalogue.
    pub rules: Arc<Catalogue>,
    /// The network.
    pub wire: Wire,
    /// Masks.
    pub scrubber: Scrubber,
    /// Facts of the target for the record.
    pub target: TargetRecord,
    /// Tokens of principals with `oauth:`, for a server that all cases share.
    pub accounts: Arc<Accounts>,
    /// Expected failures.
    pub baseline: Option<Baseline>,
    /// Arguments that the stateless era mirrors into headers, by tool.
    pub mirrored: Arc<Mirrored>,
    /// All there is to run, selected or not: what a baseline may name.
    pub known: Vec<Known>,
    /// Set from outside to end early.
    pub interrupt: Arc<AtomicBool>,
}
