//! The baseline file `hallmark-baseline.yaml`: failures that are known and accepted, each with a reason.
//!
//! Reads only; whether an entry still fits is decided where verdicts are.

use std::collections::BTreeMap;
use std::sync::Arc;

use hallmark_reports::record::Check;
use jiff::civil::Date;

use super::keys::{BASELINE_ENTRY, REVISIONS};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::{self, Fields};
use crate::scenario::model::{At, SourceFile, Spanned};
use crate::scenario::yaml::{self, Node};

/// The entries, in the order written.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// The file.
    pub file: Arc<SourceFile>,
    /// What is accepted.
    pub entries: Vec<Entry>,
}

/// One accepted failure.
#[derive(Debug, Clone)]
pub struct Entry {
    /// `bearer/scheme-case`.
    pub scenario: String,
    /// The row after `#`; `None`: every row.
    pub case: Option<String>,
    /// The MCP revision after `@`; `None`: every revision.
    pub revision: Option<String>,
    /// The check after `:`; `None`: every check.
    pub check: Option<String>,
    /// Why it is accepted.
    pub why: Spanned<String>,
    /// The last day it is accepted.
    pub until: Option<Spanned<Date>>,
    /// Where `expect` stands.
    pub at: At,
}

impl Entry {
    /// `bearer/scheme-case#lower@2025-11-25:accepted`, as written.
    pub fn expects(&self) -> String {
        let mut text = self.scenario.clone();
        for (mark, part) in [('#', &self.case), ('@', &self.revision), (':', &self.check)] {
            if let Some(part) = part {
                text.push(mark);
                text.push_str(part);
            }
        }
        text
    }

    /// Whether it speaks of that check.
    pub fn names(&self, check: &Check) -> bool {
        self.scenario == check.scenario
            && self.case.as_ref().is_none_or(|case| *case == check.case)
            && self
                .revision
                .as_ref()
                .is_none_or(|revision| *revision == check.revision)
            && self.check.as_ref().is_none_or(|id| *id == check.id)
    }

    /// Whether its last day is over.
    pub fn expired_on(&self, today: Date) -> bool {
        self.until.as_ref().is_some_and(|until| until.value < today)
    }
}

/// Reads a baseline file. `None` when it is no YAML or no list.
pub fn decode(file: &Arc<SourceFile>, diagnostics: &mut Diagnostics) -> Option<Baseline> {
    let root = yaml::parse(file, diagnostics)?;
    let Some(items) = root.list() else {
        diagnostics
            .error(
                "wrong-type",
                &root.at,
                format!("a baseline is a list of entries, got {}", root.type_name()),
            )
            .help("- expect: bearer/scheme-case\n  why: ticket 4711");
        return None;
    };
    let entries: Vec<Entry> = items.iter().filter_map(|node| entry(node, diagnostics)).collect();
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for entry in &entries {
        if let Some(first) = seen.insert(entry.expects(), entry.at.line) {
            diagnostics
                .error(
                    "duplicate-entry",
                    &entry.at,
                    format!("`{}` is expected twice", entry.expects()),
                )
                .label(format!("first on line {first}"));
        }
    }
    Some(Baseline {
        file: Arc::clone(file),
        entries,
    })
}

fn entry(node: &Node, diagnostics: &mut Diagnostics) -> Option<Entry> {
    let mut entries = Fields::of(node, &BASELINE_ENTRY, diagnostics)?;
    let expect = entries
        .need("expect", diagnostics)
        .and_then(|node| fields::text(node, diagnostics));
    let why = entries
        .need("why", diagnostics)
        .and_then(|node| fields::text(node, diagnostics));
    let until = entries
        .take("until", diagnostics)
        .and_then(|node| date(node, diagnostics));
    entries.finish(diagnostics);
    let expect = expect?;
    let Some(Parts {
        scenario,
        case,
        revision,
        check,
    }) = parts(&expect.value)
    else {
        diagnostics
            .error("bad-expectation", &expect.at, format!("`{}` names no scenario, row, MCP revision or check", expect.value))
            .help("`bearer/scheme-case`, `bearer/scheme-case#lower`, `bearer/scheme-case@2025-11-25`, `bearer/scheme-case:accepted` or all of it: `bearer/scheme-case#lower@2025-11-25:accepted`");
        return None;
    };
    if let Some(why) = &why
        && why.value.trim().is_empty()
    {
        diagnostics
            .error("no-reason", &why.at, "the reason is empty")
            .help("say why it is accepted and who follows it up");
    }
    Some(Entry {
        scenario,
        case,
        revision,
        check,
        why: why?,
        until,
        at: expect.at,
    })
}

fn date(node: &Node, diagnostics: &mut Diagnostics) -> Option<Spanned<Date>> {
    let text = fields::text(node, diagnostics)?;
    match text.value.parse::<Date>() {
        Ok(value) if text.value.len() == "2026-12-31".len() => Some(Spanned { value, at: text.at }),
        _ => {
            diagnostics
                .error(
                    "not-a-date",
                    &text.at,
                    format!("`{}` is not a day of the calendar", text.value),
                )
                .help("write the last day it is accepted as year-month-day: `2026-12-31`");
            None
        }
    }
}

/// What an entry names.
struct Parts {
    scenario: String,
    case: Option<String>,
    revision: Option<String>,
    check: Option<String>,
}

/// `scenario#row@revision:check`, everything but the scenario optional.
fn parts(text: &str) -> Option<Parts> {
    let (rest, check) = split(text, ':');
    let (rest, revision) = split(rest, '@');
    let (scenario, case) = split(rest, '#');
    let usable = |part: &str| {
        !part.is_empty() && !part.contains(['#', '@', ':']) && !part.contains(char::is_whitespace)
    };
    let all = [Some(scenario), case, revision, check]
        .into_iter()
        .flatten()
        .all(usable)
        && revision.is_none_or(|revision| REVISIONS.contains(&revision));
    let yaml_ending = [".yaml", ".yml"].iter().any(|ending| scenario.ends_with(ending));
    (all && !yaml_ending).then(|| Parts {
        scenario: scenario.to_owned(),
        case: case.map(str::to_owned),
        revision: revision.map(str::to_owned),
        check: check.map(str::to_owned),
    })
}

fn split(text: &str, mark: char) -> (&str, Option<&str>) {
    match text.split_once(mark) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}
