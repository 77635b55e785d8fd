//! `hallmark report baseline`: entries for what failed in a record. Nobody types thirty known failures.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use hallmark_reports::record::{Check, Record, Verdict};
use jiff::civil::Date;

use super::{Exit, check, library, outputs, term};
use crate::scenario::diagnostic::Diagnostics;
use crate::target::baseline::{self, Entry};

const HEAD: &str = "# Failures that are known and accepted. One that passes again, or whose date is over, ends a run with 6.\n";

/// Writes entries for what failed and is not expected yet; also for what was warned, if the run was strict.
pub(super) fn write(
    record: &Record,
    out: Option<&Path>,
    why: Option<&str>,
    until: Option<Date>,
) -> Result<Exit, Exit> {
    let old = match out.filter(|path| path.exists()) {
        Some(path) => read(path)?,
        None => Old::default(),
    };
    let entries: Vec<(String, &Check)> = failures(record)
        .into_iter()
        .filter(|(_, check)| !old.entries.iter().any(|entry| entry.names(check)))
        .collect();
    let day = record.run.started.get(..10).unwrap_or_default();
    let mut text = if old.text.is_empty() {
        HEAD.to_owned()
    } else {
        old.text
    };
    if !text.ends_with('\n') {
        text.push('\n');
    }
    for (name, check) in &entries {
        let found = format!(
            "{} {}, {day}: {}",
            check.rule,
            check.verdict.words(),
            check.message
        );
        let why = serde_json::Value::from(why.unwrap_or(found.trim()));
        let _ = writeln!(text, "- expect: {name}\n  why: {why}");
        if let Some(until) = until {
            let _ = writeln!(text, "  until: {until}");
        }
    }
    remark(record, entries.len(), out);
    match out {
        None => term::out(&text),
        Some(path) => outputs::replace(path, text.as_bytes()).map_err(|error| {
            term::complain(&format!("cannot write {}: {error}", path.display()));
            Exit::Unjudged
        })?,
    }
    Ok(Exit::Good)
}

/// A file that is there already.
#[derive(Default)]
struct Old {
    text: String,
    entries: Vec<Entry>,
}

fn read(path: &Path) -> Result<Old, Exit> {
    let source = library::file(path).map_err(|problem| {
        term::complain(&problem.to_string());
        Exit::Invalid
    })?;
    let text = source.text.clone();
    // A file of comments only is as good as none.
    let bare = text
        .lines()
        .all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'));
    if bare {
        return Ok(Old {
            text,
            ..Old::default()
        });
    }
    let mut diagnostics = Diagnostics::new();
    let decoded = baseline::decode(&source, &mut diagnostics);
    check::report(&mut diagnostics, false);
    match decoded {
        Some(decoded) if !diagnostics.has_errors() => Ok(Old {
            text,
            entries: decoded.entries,
        }),
        _ => Err(Exit::Invalid),
    }
}

/// By the name of the entry, each with a check to quote. What holds in some revisions only is named with those.
fn failures(record: &Record) -> Vec<(String, &Check)> {
    let mut found: BTreeMap<(&str, &str, &str), Vec<&Check>> = BTreeMap::new();
    for check in &record.checks {
        let key = (check.scenario.as_str(), check.case.as_str(), check.id.as_str());
        found.entry(key).or_default().push(check);
    }
    let mut entries = Vec::new();
    for ((scenario, case, id), checks) in found {
        let (failed, others): (Vec<&Check>, Vec<&Check>) = checks
            .into_iter()
            .partition(|check| is_failure(check, record.run.strict));
        let everywhere = others.iter().all(|check| check.verdict == Verdict::Skipped);
        for check in failed {
            let row = if case.is_empty() {
                String::new()
            } else {
                format!("#{case}")
            };
            let revision = if everywhere || check.revision.is_empty() {
                String::new()
            } else {
                format!("@{}", check.revision)
            };
            entries.push((format!("{scenario}{row}{revision}:{id}"), check));
        }
    }
    entries.dedup_by(|(one, _), (other, _)| one == other);
    entries
}

fn is_failure(check: &Check, strict: bool) -> bool {
    let broken = check.verdict == Verdict::Failed || strict && check.verdict == Verdict::Warned;
    broken && check.expected_failure.is_none()
}

/// What was not judged is no failure to live with: a baseline must not hide that the harness saw nothing.
fn remark(record: &Record, written: usize, out: Option<&Path>) {
    let unjudged = record
        .checks
        .iter()
        .filter(|check| matches!(check.verdict, Verdict::Errored | Verdict::NotTestable))
        .count();
    let place = out.map_or_else(String::new, |path| format!(" in {}", path.display()));
    let mut text = format!("{written} new entries{place}\n");
    if unjudged > 0 {
        let _ = writeln!(
            text,
            "{unjudged} checks could not be judged; they get no entry and still end a run with 4"
        );
    }
    if !record.complete {
        text.push_str("the run was cut short: what it did not reach is not here\n");
    }
    term::talk(&text);
}
