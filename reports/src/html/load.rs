//! The load part of the page: what was asked and done, what was promised, how fast, what happened over time, and
//! whether the figures can be believed.

mod compared;
mod latency;
mod operations;
mod over_time;
mod summary;
mod trust;

use super::page::Section;
use crate::record::Record;

pub(super) use summary::lead;

/// What comes right after the verdict: the figures of the whole and the promises.
pub(super) fn first(record: &Record) -> Option<Section> {
    record.load.as_ref().map(|load| summary::section(record, load))
}

/// How fast and why, and what changed since `before`.
pub(super) fn sections(record: &Record, before: Option<&Record>) -> Vec<Section> {
    let Some(load) = &record.load else {
        return Vec::new();
    };
    let compared = before
        .and_then(|before| before.load.as_ref())
        .map(|before| compared::section(before, load));
    [
        latency::section(load),
        over_time::section(load),
        operations::operations(load),
        operations::answers(load),
        Some(trust::section(record, load)),
        compared,
    ]
    .into_iter()
    .flatten()
    .collect()
}
