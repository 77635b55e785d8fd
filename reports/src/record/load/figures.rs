//! Times and counts of an operation and of a second.

use super::{Clean, Counts};
use serde::{Deserialize, Serialize};

/// A distribution of times, in microseconds. All zero where nothing was recorded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Distribution {
    /// How many values.
    pub count: u64,
    /// Their mean.
    pub mean: f64,
    /// Median.
    pub p50: u64,
    /// 90 of 100 are not above it.
    pub p90: u64,
    /// 99 of 100.
    pub p99: u64,
    /// 999 of 1000.
    pub p999: u64,
    /// The largest.
    pub max: u64,
    /// The histogram: HdrHistogram's encoding V2, deflated, in base64. Empty where only the figures were kept.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hdr: String,
}

/// One entry of the plan's mix, or all together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Operation {
    /// Its name in the plan; `all` of all together.
    pub name: Clean,
    /// How often it is called beside the others; of all together, their sum.
    pub weight: u64,
    /// What became of its calls.
    pub counts: Counts,
    /// Due → last byte, or the event that answers. Of calls answered as asked, and of those given up, with the time at
    /// which they were.
    pub response: Distribution,
    /// First byte written → last byte, or the event that answers. Of the same calls.
    pub service: Distribution,
    /// Handed over → a connection was free: the target's doing. Of every call sent.
    pub backlog: Distribution,
    /// Due → handed over: our doing. Of every call sent.
    pub pacer_lag: Distribution,
    /// First byte written → first event, where the answer was a stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_event: Option<Distribution>,
}

/// One second of the run, all operations together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Second {
    /// When it began: milliseconds after [`super::Load::started_at`].
    pub at_ms: u64,
    /// How long it was in milliseconds; the last one may be shorter.
    pub length_ms: u64,
    /// Calls that were due in it.
    pub offered: u64,
    /// What became of the calls that ended in it.
    pub counts: Counts,
    /// As in [`Operation::response`], of the calls that ended in it. With its histogram, seconds of several machines
    /// are added without loss and the log of intervals can be drawn from the record.
    pub response: Distribution,
    /// As in [`Operation::pacer_lag`].
    pub pacer_lag: Distribution,
    /// Share of their time that the generator's threads were busy, 0 to 1.
    pub busy: f64,
    /// Calls under way when it ended; absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_flight: Option<u64>,
}
