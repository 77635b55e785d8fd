//! From what was seen to the record: the figures, what the plan promised of them, and a verdict for each promise.
//!
//! Figures are judged as the record holds them, so that the merged record of several machines is judged by the same
//! code as that of one.

mod figures;
mod promises;
mod verdicts;

pub(super) use figures::{Facts, begun, distribution, load, second};
pub use promises::measured;
pub(super) use promises::{invariants, thresholds};
pub use verdicts::{About, judge};
