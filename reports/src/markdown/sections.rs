//! The sections of the page, each from the record alone; an empty one has no text.

mod access;
mod ends;
mod load;
mod rules;
mod tables;

use crate::record::{Check, Record};
use crate::standing::Standing;
use std::fmt::Write as _;

pub(super) use access::access;
pub(super) use ends::{foot, head};
pub(super) use load::load;
pub(super) use rules::{broken, missed};
pub(super) use tables::{coverage, expected, measured, notes, skipped, unjudged};

/// Most rows of one table.
const ROWS: usize = 100;

fn standing_as(record: &Record, strict: bool, standing: Standing) -> Vec<&Check> {
    record
        .checks
        .iter()
        .filter(|check| Standing::of(check, strict) == standing)
        .collect()
}

fn more(out: &mut String, rows: usize) {
    if rows > ROWS {
        let _ = writeln!(out, "\n… and {} more.", rows - ROWS);
    }
}
