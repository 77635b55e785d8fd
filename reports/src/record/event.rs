//! What happens while a run goes, one line of `events.ndjson` each.

use super::{
    BaselineResult, Check, Clean, FamilyCoverage, Load, Note, Run, Scanned, Second, Target, Tool, Verdict,
};
use serde::{Deserialize, Serialize};

/// One event. JSON: an object whose first key `event` names the kind in kebab-case, e.g.
/// `{"event":"check-finished","id":…}`.
///
/// Cases run side by side, so events of different cases interleave; those of one case come in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// First of all.
    RunStarted {
        /// [`super::SCHEMA`] of the writer.
        schema: u32,
        /// Who writes.
        tool: Tool,
        /// Which run; `duration_ms` is 0.
        run: Run,
        /// Against what.
        target: Target,
        /// Every case to come, in the order in which reports list them.
        #[serde(default)]
        planned: Vec<CaseRef>,
    },
    /// A case begins.
    CaseStarted {
        /// As in [`Check::scenario`].
        scenario: String,
        /// As in [`Check::case`].
        case: String,
        /// As in [`Check::revision`].
        #[serde(default, skip_serializing_if = "String::is_empty")]
        revision: String,
        /// Its title.
        title: Clean,
    },
    /// A check has its verdict.
    CheckFinished(Check),
    /// A case is over.
    CaseFinished {
        /// As in [`Check::scenario`].
        scenario: String,
        /// As in [`Check::case`].
        case: String,
        /// As in [`Check::revision`].
        #[serde(default, skip_serializing_if = "String::is_empty")]
        revision: String,
        /// Its roll-up.
        verdict: Verdict,
        /// Time spent, in microseconds.
        duration_us: u64,
        /// Requests sent.
        #[serde(default)]
        requests: u64,
    },
    /// A remark for the reader.
    Note(Note),
    /// Answers were searched for data of somebody else. May come any number of times, say once a case: the record
    /// holds the sum ([`Scanned::add`]).
    Scanned(Scanned),
    /// A second of a load run went by.
    LoadSecond(Second),
    /// The load run as a whole: at its beginning what is known of it by then, at its end everything. Seconds need not
    /// be repeated: those of [`Event::LoadSecond`] belong to it.
    Load(Box<Load>),
    /// Last of all. A stream without it was cut short.
    RunFinished {
        /// Wall time in milliseconds.
        duration_ms: u64,
        /// False when it ended early on purpose: interrupted, or stopped at the first failure.
        complete: bool,
        /// Coverage by rule family.
        #[serde(default)]
        coverage: Vec<FamilyCoverage>,
        /// What the baseline did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        baseline: Option<BaselineResult>,
    },
}

/// A case by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CaseRef {
    /// As in [`Check::scenario`].
    pub scenario: String,
    /// As in [`Check::case`].
    pub case: String,
    /// As in [`Check::revision`].
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub revision: String,
    /// Its title.
    pub title: Clean,
}
