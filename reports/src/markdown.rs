//! The page a person reads first after a red run: GitHub step summary, GitLab note, chat.
//!
//! In the order of the page for the browser: did it pass; of a load run its figures; what broke and why; what could not be judged and what would
//! change that; who could reach what; what was covered. Bounded, because GitHub shows nothing at all of a summary that is too long: tables of
//! all rules come before the evidence of any, and what was cut is said.

mod escape;
mod page;
mod sections;
#[cfg(test)]
mod tests;

use crate::record::Record;
use page::Page;

pub(crate) use escape::prose;

pub(crate) fn render(record: &Record, strict: bool, limit: usize) -> String {
    let mut page = Page::new(limit);
    page.push(sections::head(record, strict));
    page.push(sections::load(record));
    for block in sections::broken(record, strict) {
        page.push(block);
    }
    page.push(sections::unjudged(record, strict));
    for block in sections::missed(record, strict) {
        page.push(block);
    }
    page.push(sections::expected(record, strict));
    page.push(sections::notes(record));
    page.push(sections::access(record));
    page.push(sections::coverage(record));
    page.push(sections::skipped(record));
    page.push(sections::measured(record));
    page.push(sections::foot(record));
    page.finish()
}
