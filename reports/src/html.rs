//! The page a person opens after a red run, or shows in a release meeting.
//!
//! One folder: `index.html`, `style.css`, `record.json`. In the order of the questions: did it pass; what broke and
//! why; what could not be judged and what would make it testable; who could reach what; how much was covered;
//! everything else folded; of a load run how fast it was, and what changed since another one. Works without a script, without an inline style and without the network, because CI
//! servers show artefacts under `default-src 'none'; style-src 'self'; img-src 'self'`.
//!
//! Markup comes from the `html!` macro alone, which escapes; every text of a record goes through [`safe`], which
//! makes visible what would be swallowed. The page computes no verdict.

mod access;
mod chart;
mod checks;
mod coverage;
mod evidence;
mod exchange;
mod facts;
mod failure;
mod json;
mod load;
mod marks;
mod page;
mod rules;
mod safe;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
mod unjudged;
mod verdict;

use crate::record::Record;
use page::Style;

/// The style sheet beside the page.
pub(crate) const STYLE: &str = include_str!("html/style.css");

/// `index.html`, to lie beside [`STYLE`] and the record. `before`: the record that the figures of a load run are compared
/// with.
pub(crate) fn page(record: &Record, before: Option<&Record>, strict: bool) -> String {
    page::page(record, before, strict, Style::Beside)
}

/// The same as one file.
pub(crate) fn single(record: &Record, before: Option<&Record>, strict: bool) -> String {
    page::page(record, before, strict, Style::Inside)
}
