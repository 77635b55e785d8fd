//! What a load run measured: the figures of the whole, of each operation and of each second, what happened meanwhile,
//! and what was promised of them.
//!
//! Times are microseconds unless a name ends in `_ms`. Histograms are in HdrHistogram's own form, so that records
//! of several machines can be added without loss. Verdicts are not here: thresholds and invariants are judged in
//! `checks[]` like everything else, under the scenario `load/PROFILE`.

mod counts;
mod figures;
mod fold;
mod hdr;
mod promise;

pub use counts::{CLASSES, Counts};
pub use figures::{Distribution, Operation, Second};
pub(super) use fold::Seen;
pub use hdr::HdrError;
pub(crate) use hdr::sum;
pub use promise::{Bound, BoundKind, Comparison, Invariant, Threshold, Unit};

use super::Clean;
use serde::{Deserialize, Serialize};

/// A load run. Counts are of calls; those that were due while warming up are in none of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Load {
    /// Id of the plan: its path without extension, or `command-line`.
    pub profile: String,
    /// Title of the plan.
    pub title: Clean,
    /// Who decides when a call is made.
    pub model: Model,
    /// What sent the calls, and why not something faster, e.g. `fast: own HTTP/1.1 over TCP`.
    pub transport: Clean,
    /// False when the *generator* was at fault, so that nothing can be said of the target. A slow target is not
    /// that: it is a missed threshold.
    pub valid: bool,
    /// Why it is not valid, a sentence each; empty when it is.
    #[serde(default)]
    pub invalid_because: Vec<Clean>,
    /// Calls that were due in the measured part. In the users model: calls begun.
    pub asked: u64,
    /// Those of them that were written to the wire.
    pub sent: u64,
    /// Those of them that were answered, as asked or with a refusal: neither dropped nor given up nor broken.
    pub achieved: u64,
    /// Those of them that were due and never sent, because the plan allows to drop.
    pub dropped: u64,
    /// Calls answered as asked, per second of the measured part.
    pub rate: f64,
    /// When the first call was due, warm-up included: RFC 3339, UTC.
    pub started_at: String,
    /// From there to the end of the schedule in milliseconds, warm-up included.
    pub length_ms: u64,
    /// The part at its beginning that is not measured, in milliseconds.
    pub warm_up_ms: u64,
    /// Callers with credentials of their own.
    pub identities: u64,
    /// Connections opened.
    pub connections: u64,
    /// Seed of everything drawn at random.
    pub seed: u64,
    /// Which part of a run over several machines; absent when it is the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// The parts that a merged record was made of, by their numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shards: Vec<Part>,
    /// All operations together.
    pub overall: Operation,
    /// Each operation, in the order of the plan.
    #[serde(default)]
    pub operations: Vec<Operation>,
    /// TCP handshakes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connect: Option<Distribution>,
    /// TLS handshakes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<Distribution>,
    /// From a revocation to the last answer that was still given to what was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocation: Option<Distribution>,
    /// Refreshes of tokens, from the request to the answer; failed ones are not among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh: Option<Distribution>,
    /// Refreshes that brought no token.
    #[serde(default)]
    pub refresh_failures: u64,
    /// Second by second, by `at_ms`; warm-up included, with nothing in its counts.
    #[serde(default)]
    pub seconds: Vec<Second>,
    /// What the plan made happen meanwhile, by `at_ms`.
    #[serde(default)]
    pub events: Vec<LoadEvent>,
    /// What went wrong first, one for each class.
    #[serde(default)]
    pub troubles: Vec<Trouble>,
    /// What the figures had to keep, in the order of the plan.
    #[serde(default)]
    pub thresholds: Vec<Threshold>,
    /// What every answer had to keep, in the order of the plan.
    #[serde(default)]
    pub invariants: Vec<Invariant>,
}

/// Who decides when a call is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Model {
    /// The schedule, whatever the target does (open model): times count from the moment a call was due.
    #[default]
    Arrivals,
    /// Users who wait for their answers (closed model): times count from the moment a user called.
    Users,
}

impl Model {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Model::Arrivals => "arrivals",
            Model::Users => "users",
        }
    }
}

/// Which part of a run over several machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Shard {
    /// Its number, from 1.
    pub index: u64,
    /// How many there are.
    pub of: u64,
}

/// One of the parts that a merged record was made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Part {
    /// As in [`Shard::index`].
    pub index: u64,
    /// As in [`Shard::of`].
    pub of: u64,
    /// Id of its run.
    pub run: String,
    /// As in [`Load::started_at`].
    pub started_at: String,
    /// As in [`Load::valid`].
    pub valid: bool,
    /// As in [`Load::invalid_because`].
    #[serde(default)]
    pub invalid_because: Vec<Clean>,
    /// As in [`Load::asked`].
    pub asked: u64,
    /// As in [`Load::sent`].
    pub sent: u64,
    /// As in [`Load::achieved`].
    pub achieved: u64,
    /// As in [`Load::dropped`].
    pub dropped: u64,
}

/// Something the plan made happen while calls went on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LoadEvent {
    /// Milliseconds after [`Load::started_at`].
    pub at_ms: u64,
    /// What, e.g. `revoke load-0003`.
    pub text: Clean,
    /// What came of it, e.g. `done` or why it could not be done.
    pub outcome: Clean,
}

/// What went wrong first in a class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Trouble {
    /// The class, as in [`Counts`].
    pub class: String,
    /// What happened.
    pub why: Clean,
}
