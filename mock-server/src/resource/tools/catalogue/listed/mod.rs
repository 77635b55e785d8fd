//! Actions of the service that this mock lists and describes, and does not carry out: with them the layouts have the
//! size that the service's own have, so that pages and long lists are real.

mod accounts;
mod content;

use super::Action;

/// The further actions of a tool.
pub(super) fn of(tool: &str) -> &'static [Action] {
    let mut all = accounts::LISTED.iter().chain(content::LISTED);
    all.find(|(name, _)| *name == tool)
        .map_or(&[], |(_, actions)| actions)
}
