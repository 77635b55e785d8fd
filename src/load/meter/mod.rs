//! What was seen, as HDR histograms for each operation and counts by class; nothing is left out of the account.
//!
//! A core records into an [`Interval`] of its own and hands it over each second; an [`Account`] adds the intervals of
//! all cores, exactly, and writes them into a log that the HdrHistogram tools read.
//!
//! The time of a call has three parts that add up to its *response*: *pacer lag* (due → handed over; our doing),
//! *backlog* (handed over → a connection was free; the server's doing) and *service* (first byte written → last byte or
//! final event).

mod account;
mod class;
mod hlog;
mod interval;
mod series;

pub use account::{Account, Second};
pub use class::{Class, Counts};
pub use hlog::{Hlog, encoded};
pub use interval::{Call, Interval};
pub use series::{LONGEST, Measure, Quantiles, Series};
