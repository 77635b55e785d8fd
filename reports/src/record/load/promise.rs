//! What was promised of a load run. The verdicts are in `checks[]`; this is what they were judged by, so that the
//! merged record of several machines can be judged again.

use super::super::Place;
use super::Clean;
use serde::{Deserialize, Serialize};

/// A figure and the bounds it had to keep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Threshold {
    /// Id of its check in `checks[]`, e.g. `p99-of-search`.
    pub check: String,
    /// The figure by its word in the plan, e.g. `p99`, `errors` or `achieved`.
    pub metric: String,
    /// The operation it is of; absent when it is of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<Clean>,
    /// What kind of figure it is.
    pub unit: Unit,
    /// All of them had to hold.
    pub bounds: Vec<Bound>,
    /// What it came to: microseconds, a share of 1, or a number. Absent when there was nothing to measure it by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<f64>,
    /// Where it is written.
    pub at: Place,
}

/// What kind of figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// A time, in microseconds.
    Time,
    /// A share of 1.
    Share,
    /// A number, or so many per second.
    Number,
}

/// One comparison.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Bound {
    /// How the figure is compared.
    pub comparison: Comparison,
    /// What `value` is.
    pub kind: BoundKind,
    /// With what: microseconds, a share of 1, a number, or how many times the baseline's figure.
    pub value: f64,
}

/// How a figure is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Comparison {
    /// Below.
    Lt,
    /// Not above.
    Lte,
    /// Above.
    Gt,
    /// Not below.
    Gte,
}

impl Comparison {
    /// The sign that people read.
    pub fn sign(self) -> &'static str {
        match self {
            Comparison::Lt => "<",
            Comparison::Lte => "≤",
            Comparison::Gt => ">",
            Comparison::Gte => "≥",
        }
    }
}

/// What a figure is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum BoundKind {
    /// A time, in microseconds.
    Time,
    /// A share of 1.
    Share,
    /// A number.
    Number,
    /// So many times what the baseline had.
    Baseline,
}

/// What every answer had to keep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Invariant {
    /// Id of its check in `checks[]`, e.g. `own-tenant-only`.
    pub check: String,
    /// Its name in the plan.
    pub name: String,
    /// Answers it was judged on.
    pub judged: u64,
    /// Those that broke it.
    pub broken: u64,
    /// Share of the answers that may break it, 0 to 1.
    pub budget: f64,
    /// What the first ones that broke it looked like.
    #[serde(default)]
    pub first: Vec<Clean>,
}
