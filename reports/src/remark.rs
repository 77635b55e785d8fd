//! What stands at the top of every report that people read, beside the verdict: how far it can be trusted, and what
//! many failures have in common.

use crate::cause::causes;
use crate::load::{Trust, why_void};
use crate::record::{NoteKind, Record, Verdict};
use crate::text::count;

/// A sentence or two, and what would change it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The sentence. It may hold characters of a peer, so every format escapes it.
    pub text: String,
    /// What in the target file would change it.
    pub unlock: Option<String>,
}

/// The remarks of a record, the gravest first. `strict`: a missed recommendation counts as broken.
pub fn remarks(record: &Record, strict: bool) -> Vec<Remark> {
    let told = |text| Remark { text, unlock: None };
    let warnings = record
        .notes
        .iter()
        .filter(|note| note.kind == NoteKind::Warning)
        .map(|note| Remark {
            text: note.text.to_string(),
            unlock: note.unlock.as_ref().map(ToString::to_string),
        });
    let void = void(record);
    // Why nothing was judged is said then; that many checks say so as well is no cause.
    let causes = if void.is_some() {
        Vec::new()
    } else {
        causes(record, strict)
    };
    let said = void.into_iter().map(told).chain(open(record));
    said.chain(causes.into_iter().map(told)).chain(warnings).collect()
}

/// A load run whose generator was at fault.
fn void(record: &Record) -> Option<String> {
    let load = record.load.as_ref()?;
    (Trust::of(record, load) == Trust::Void).then(|| {
        format!(
            "The load run is not valid and says nothing of the target: {}.",
            why_void(load)
        )
    })
}

/// A server that asks nobody, and a run that has nobody to ask as: most of it says nothing.
fn open(record: &Record) -> Option<Remark> {
    let skipped = record
        .checks
        .iter()
        .filter(|check| check.verdict == Verdict::Skipped)
        .count() as u64;
    record.target.without_credential.then(|| Remark {
        text: format!(
            "No credential was given, and the server answers without one: only what needs none was judged, {} skipped. \
             Nothing is known about who may do what. With a credential there is more to judge: \
             `--bearer-env NAME` on the command line, or principals in the target file.",
            match skipped {
                1 => "1 check is".to_owned(),
                _ => format!("{} are", count(skipped, "check")),
            },
        ),
        unlock: Some(OPEN.to_owned()),
    })
}

const OPEN: &str = "principals: { reader: { bearer: \"${env.NAME}\" } }";
