//! The record as a whole: which run, against what, what it covered, what a reader should know.

use super::{Check, Clean, Load, Scanned, Summary, Verdict};
use serde::{Deserialize, Serialize};

/// One run, whole. `record.json` is this, written by [`Record::to_json`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Record {
    /// [`super::SCHEMA`] of the writer.
    pub schema: u32,
    /// Who wrote it.
    pub tool: Tool,
    /// Which run.
    pub run: Run,
    /// Against what.
    pub target: Target,
    /// Counts over `checks`.
    pub summary: Summary,
    /// Every case that was planned or begun, in plan order.
    #[serde(default)]
    pub cases: Vec<Case>,
    /// Every check, in the order of the cases and within a case as it was judged.
    pub checks: Vec<Check>,
    /// What a reader should know besides.
    #[serde(default)]
    pub notes: Vec<Note>,
    /// By rule family, sorted.
    #[serde(default)]
    pub coverage: Vec<FamilyCoverage>,
    /// What was searched for data of somebody else; absent when nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scanned: Option<Scanned>,
    /// What a load run measured; absent in other runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<Load>,
    /// What the baseline did; absent without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<BaselineResult>,
    /// False when the run was cut short: killed, interrupted, or stopped at the first failure.
    pub complete: bool,
}

impl Record {
    /// Whether nothing was judged and nothing measured.
    pub fn is_empty(&self) -> bool {
        self.checks.is_empty() && self.load.is_none()
    }
}

/// The program that wrote the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Tool {
    /// `hallmark`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// The circumstances of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Run {
    /// Unique id of the run.
    pub id: String,
    /// Which command.
    pub kind: RunKind,
    /// RFC 3339, UTC.
    pub started: String,
    /// Wall time in milliseconds; 0 when the run was cut short.
    #[serde(default)]
    pub duration_ms: u64,
    /// Seed of everything drawn at random.
    pub seed: u64,
    /// The command line, masked.
    pub command: Clean,
    /// `k/n` of a sharded run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<String>,
    /// The newest MCP revision in force, e.g. `2025-11-25`; the one spoken where a scenario depends on none.
    pub revision: String,
    /// Every MCP revision in force, oldest first: scenarios that depend on the revision ran once in each.
    #[serde(default)]
    pub revisions: Vec<String>,
    /// Rules profile in force, e.g. `seed-fastio`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules_profile: Option<String>,
    /// Whether a missed SHOULD counts as failed.
    pub strict: bool,
    /// The pipeline it ran in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ci: Option<Ci>,
}

/// Which command made the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RunKind {
    /// `hallmark run`.
    Run,
    /// `hallmark agent`.
    Agent,
    /// `hallmark load`.
    Load,
}

impl RunKind {
    /// The word used in JSON and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            RunKind::Run => "run",
            RunKind::Agent => "agent",
            RunKind::Load => "load",
        }
    }
}

/// What the pipeline says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Ci {
    /// `github`, `gitlab`, `jenkins`, …
    pub provider: String,
    /// Its number or id of this build.
    #[serde(default)]
    pub build: Clean,
    /// Branch or tag.
    #[serde(default)]
    pub branch: Clean,
    /// Commit id.
    #[serde(default)]
    pub commit: Clean,
}

/// What was tested.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Target {
    /// Its name in the target file, or `mock`.
    pub name: Clean,
    /// The MCP endpoint.
    pub url: Clean,
    /// Behaviour of the mock, when the target is the mock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behaviour: Option<String>,
    /// What was found out by asking.
    #[serde(default)]
    pub discovered: Vec<Clean>,
    /// True when no credential was given and the server answered all the same, so that only what needs none could be
    /// judged.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_credential: bool,
    /// Defects switched on in the mock.
    #[serde(default)]
    pub defects: Vec<String>,
    /// Benign variants switched on in the mock.
    #[serde(default)]
    pub variants: Vec<String>,
}

/// One case: a scenario with one row of its table, in one MCP revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Case {
    /// Scenario path, as in [`Check::scenario`].
    pub scenario: String,
    /// Row id, as in [`Check::case`].
    pub case: String,
    /// MCP revision, as in [`Check::revision`].
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub revision: String,
    /// Title.
    pub title: Clean,
    /// Its roll-up; absent when the case never finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// Time spent, in microseconds.
    #[serde(default)]
    pub duration_us: u64,
    /// Requests sent.
    #[serde(default)]
    pub requests: u64,
}

/// A remark for the reader.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Note {
    /// What kind.
    pub kind: NoteKind,
    /// The remark, one or two sentences.
    pub text: Clean,
    /// What in the target file would change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unlock: Option<Clean>,
}

/// Kinds of remarks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum NoteKind {
    /// Found out about the target.
    Discovered,
    /// Could not be tested.
    Untested,
    /// Something the reader should act on.
    Warning,
}

/// How far one rule family was covered. Counts of rules, not of checks; a rule counts once, under the worst verdict
/// of its checks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FamilyCoverage {
    /// The part of a rule id before its number, e.g. `BEARER`.
    pub family: String,
    /// Rules that have a scenario.
    pub live: u32,
    /// Rules exercised: passed, failed or warned (info counts as passed).
    pub judged: u32,
    /// Rules that held.
    pub passed: u32,
    /// Rules that were broken.
    pub failed: u32,
    /// Rules of which a SHOULD was missed.
    pub warned: u32,
    /// Rules not testable here, errored ones included.
    pub not_testable: u32,
    /// Rules that do not apply or are not declared.
    pub skipped: u32,
    /// Rules listed without a scenario yet.
    pub planned: u32,
}

/// What the baseline did in this run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BaselineResult {
    /// The file, relative to the repository root.
    pub file: String,
    /// Entries in it.
    pub entries: u32,
    /// Entries that no longer hold. Any of them fails the run.
    #[serde(default)]
    pub stale: Vec<Stale>,
    /// Entries of which only some cases ran, and those passed: stale if the others, in another shard, pass as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open: Vec<Stale>,
}

/// A baseline entry that no longer holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Stale {
    /// `scenario` or `scenario:check`, as written.
    pub entry: String,
    /// Its `why`.
    pub why: Clean,
    /// Why it does not hold.
    pub reason: StaleReason,
    /// Its `until`, a date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Line in the baseline file, from 1; 0 when unknown.
    #[serde(default)]
    pub line: u32,
    /// What may have been meant by an entry that names nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meant: Option<String>,
}

impl Stale {
    /// What is wrong with it, and what to do.
    pub fn trouble(&self) -> String {
        match (&self.reason, &self.meant) {
            (StaleReason::Passed, _) => "what it excuses passes now: remove the entry".to_owned(),
            (StaleReason::Expired, _) => {
                let until = self.until.as_deref().unwrap_or("its date");
                format!("it was accepted until {until}: mend the cause or set a new date")
            }
            (StaleReason::Unmatched, None) => {
                "it names nothing that exists: correct or remove the entry".to_owned()
            }
            (StaleReason::Unmatched, Some(meant)) => {
                format!("it names nothing that exists: did you mean `{meant}`?")
            }
        }
    }
}

/// Why a baseline entry no longer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum StaleReason {
    /// What it names passes now.
    Passed,
    /// Its date is over.
    Expired,
    /// It names nothing that exists.
    Unmatched,
}
