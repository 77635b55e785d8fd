//! The catalogue: what is required, by whom, how strongly, and where it is written.
//!
//! Read from data (`scenarios/rules/*.yaml`); no rule is hard-coded in Rust. May use `scenario` (YAML nodes,
//! diagnostics, source places). Must never send anything, judge anything or print: the texts made here are returned.

mod catalogue;
mod coverage;
mod decode;
mod explain;
mod index;
mod json;
mod keys;
mod list;
mod profile;
mod requirements;
mod rule;
#[cfg(test)]
mod tests;
mod wording;
mod wrap;

pub use catalogue::{Catalogue, Family};
pub use coverage::coverage;
pub use explain::{JudgedBy, explain};
pub use json::as_json;
pub use keys::RULES_FILE;
pub use list::{Filter, list};
pub use profile::Profile;
pub use requirements::Requirements;
pub use rule::{Basis, Example, Judge, LevelBy, Miss, Reading, Rule, RuleDefect, Source, Status, Subject};
pub use wording::Wording;
