//! What a run leaves behind: events while it goes, and the record they fold into.
//!
//! Pure data and the fold. May use serde and the codec of histograms only. Never judges: a verdict arrives with its check, and the roll-up
//! is nothing but the worst of them. Never writes a file: the harness appends events and replaces the record.

mod access;
mod check;
mod clean;
mod event;
mod fold;
mod load;
mod read;
mod run;
#[cfg(test)]
mod schema_tests;
mod summary;
mod verdict;

pub use access::{Access, Scanned, Standing};
pub use check::{Check, Exchange, Finding, Measure, Message, Place, Timing, Values};
pub use clean::Clean;
pub use event::{CaseRef, Event};
pub use fold::Fold;
pub(crate) use load::sum;
pub use load::{
    Bound, BoundKind, CLASSES, Comparison, Counts, Distribution, HdrError, Invariant, Load, LoadEvent, Model,
    Operation, Part, Second, Shard, Threshold, Trouble, Unit,
};
pub use read::RecordError;
pub use run::{
    BaselineResult, Case, Ci, FamilyCoverage, Note, NoteKind, Record, Run, RunKind, Stale, StaleReason,
    Target, Tool,
};
pub use summary::Summary;
pub(crate) use summary::family_of;
pub use verdict::Verdict;

/// The version of record and event written here. Raised when a reader of the old form would misread the new one;
/// a field that may be ignored does not raise it.
pub const SCHEMA: u32 = 2;

/// The first schema in which a case is known by its MCP revision too. Before it, all cases of a run shared the run's
/// revision, and a check said so without it being part of its name.
pub(crate) const BY_REVISION: u32 = 2;

/// JSON Schema (2020-12) of `record.json`, as checked in.
pub const RECORD_SCHEMA: &str = include_str!("../../schema/record.schema.json");

/// JSON Schema (2020-12) of one line of `events.ndjson`, as checked in.
pub const EVENT_SCHEMA: &str = include_str!("../../schema/event.schema.json");
