//! `--requirements`: a frozen set of rules, and what became of each.

use std::collections::{BTreeMap, BTreeSet};

use hallmark_reports::record::{Check, Event, Note, NoteKind, Verdict};

use super::args::RunArgs;
use super::{Exit, library, term};
use crate::rules::{Catalogue, Requirements, Status};
use crate::scenario::diagnostic::Diagnostics;
use crate::secret::Scrubber;

/// The set that was asked for. It fixes the revision.
pub(super) fn asked(args: &mut RunArgs, diagnostics: &mut Diagnostics) -> Result<Option<Requirements>, Exit> {
    let Some(revision) = &args.requirements else {
        return Ok(None);
    };
    let Some(set) = library::requirements(revision, diagnostics) else {
        term::complain_with_help(
            &format!("there is no set of requirements `{revision}`"),
            &library::requirement_sets().join(", "),
        );
        return Err(Exit::Usage);
    };
    args.revision = vec![revision.clone()];
    Ok(Some(set))
}

/// What became of the set: how many of its rules were judged, each that was not and why, and what is not scored.
pub(super) fn notes(
    set: &Requirements,
    checks: &[Check],
    catalogue: &Catalogue,
    scrubber: &Scrubber,
) -> Vec<Event> {
    let unjudged: Vec<(&str, String)> = set
        .rules
        .iter()
        .filter_map(|id| Some((id.as_str(), why_not(id, checks, catalogue)?)))
        .collect();
    let note = |kind, text: String| {
        Event::Note(Note {
            kind,
            text: scrubber.clean(&text),
            unlock: None,
        })
    };
    let mut notes = vec![note(
        NoteKind::Discovered,
        format!(
            "requirements of MCP {}: {} of {} rules judged",
            set.revision,
            set.rules.len() - unjudged.len(),
            set.rules.len()
        ),
    )];
    notes.extend(
        unjudged
            .into_iter()
            .map(|(id, why)| note(NoteKind::Untested, format!("{id} is not judged: {why}"))),
    );
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (id, why) in &set.not_scored {
        reasons.entry(why).or_default().push(id);
    }
    notes.extend(reasons.into_iter().map(|(why, ids)| {
        note(
            NoteKind::Discovered,
            format!("not scored, {why}: {}", ids.join(", ")),
        )
    }));
    notes
}

/// `None`: it was judged.
fn why_not(id: &str, checks: &[Check], catalogue: &Catalogue) -> Option<String> {
    let own: Vec<&Check> = checks.iter().filter(|check| check.rule == id).collect();
    let judged = |check: &&Check| {
        !matches!(
            check.verdict,
            Verdict::Skipped | Verdict::NotTestable | Verdict::Errored
        )
    };
    if own.iter().any(judged) {
        return None;
    }
    if own.is_empty() {
        return Some(match catalogue.status(id) {
            Some(Status::Live) => "none of its cases was selected".to_owned(),
            _ => "no scenario judges it yet".to_owned(),
        });
    }
    let reasons: BTreeSet<&str> = own.iter().map(|check| check.message.as_str()).collect();
    Some(reasons.into_iter().collect::<Vec<_>>().join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each set decides about every rule of its revision. A rule that is new in the catalogue fails here until somebody
    /// has decided; the counts hold what was decided.
    #[test]
    fn the_sets_are_frozen() {
        let mut diagnostics = Diagnostics::new();
        let catalogue = library::whole_catalogue(&mut diagnostics);
        let mut told = Vec::new();
        for revision in library::requirement_sets() {
            let set = library::requirements(&revision, &mut diagnostics).expect("a set");
            assert_eq!(set.revision, revision);
            assert_eq!(set.drift(&catalogue), Vec::<String>::new(), "{revision}");
            told.push(format!("{revision}: {}", set.rules.join(" ")));
        }
        assert!(!diagnostics.has_errors());
        insta::assert_snapshot!(told.join("\n"));
    }
}
