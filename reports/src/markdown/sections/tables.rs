//! Everything that is not a breach: what could not be judged, what was excused, skipped, measured and covered.

use super::{ROWS, more, standing_as};
use crate::across::across_revisions;
use crate::markdown::escape::{code, prose};
use crate::markdown::page::Block;
use crate::record::{NoteKind, Record, Verdict};
use crate::standing::{Standing, case_of, cases_of, rule_of};
use crate::text::{count, one_line};
use std::collections::BTreeMap;
use std::fmt::Write as _;

pub(in crate::markdown) fn unjudged(record: &Record, strict: bool) -> Block {
    let mut checks = standing_as(record, strict, Standing::Unjudged);
    if checks.is_empty() {
        return Block::default();
    }
    checks.sort_by_key(|check| std::cmp::Reverse(check.verdict));
    let told = across_revisions(checks.iter().copied());
    let mut out = "### What could not be judged\n\nNot green: nothing is known about these.\n\n".to_owned();
    out.push_str("| Rule | Case | | Why | What would change it |\n|---|---|---|---|---|\n");
    for across in told.iter().take(ROWS) {
        let check = across.check;
        let unlock = check
            .unlock
            .as_ref()
            .map(|unlock| code(&one_line(unlock.as_str(), 200)));
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} |",
            prose(rule_of(check)),
            code(&one_line(&cases_of(across), 150)),
            check.verdict.words(),
            prose(&one_line(check.message.as_str(), 300)),
            unlock.unwrap_or_default()
        );
    }
    more(&mut out, told.len());
    Block::text(out)
}

pub(in crate::markdown) fn expected(record: &Record, strict: bool) -> Block {
    let checks = standing_as(record, strict, Standing::Expected);
    if checks.is_empty() {
        return Block::default();
    }
    let mut out =
        "### Expected by the baseline\n\n| Rule | Case | Found | Why it is excused |\n|---|---|---|---|\n"
            .to_owned();
    for check in checks.iter().take(ROWS) {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} |",
            prose(rule_of(check)),
            code(&one_line(
                &case_of(&check.scenario, &check.case, &check.revision),
                150
            )),
            check.verdict.words(),
            prose(&one_line(
                check.expected_failure.as_deref().unwrap_or_default(),
                300
            ))
        );
    }
    more(&mut out, checks.len());
    Block::text(out)
}

pub(in crate::markdown) fn notes(record: &Record) -> Block {
    let mut out = String::new();
    let titles = [
        (NoteKind::Untested, "### Not tested"),
        (NoteKind::Discovered, "### Found out about the target"),
    ];
    for (kind, title) in titles {
        let found = record.notes.iter().filter(|note| note.kind == kind);
        let mut lines: Vec<String> = found
            .map(|note| {
                let unlock = note
                    .unlock
                    .as_ref()
                    .map(|unlock| format!(" — to change it: {}", code(&one_line(unlock.as_str(), 200))));
                format!(
                    "- {}{}",
                    prose(&one_line(note.text.as_str(), 400)),
                    unlock.unwrap_or_default()
                )
            })
            .collect();
        if kind == NoteKind::Discovered {
            let discovered = record.target.discovered.iter();
            lines.extend(discovered.map(|text| format!("- {}", prose(&one_line(text.as_str(), 400)))));
        }
        if !lines.is_empty() {
            let _ = writeln!(out, "{}{title}\n", if out.is_empty() { "" } else { "\n" });
            for line in lines.iter().take(ROWS) {
                let _ = writeln!(out, "{line}");
            }
            more(&mut out, lines.len());
        }
    }
    Block::text(out)
}

pub(in crate::markdown) fn skipped(record: &Record) -> Block {
    let mut reasons: BTreeMap<String, u64> = BTreeMap::new();
    for check in record
        .checks
        .iter()
        .filter(|check| check.verdict == Verdict::Skipped)
    {
        *reasons.entry(one_line(check.message.as_str(), 300)).or_default() += 1;
    }
    if reasons.is_empty() {
        return Block::default();
    }
    let mut rows: Vec<(String, u64)> = reasons.into_iter().collect();
    rows.sort_by_key(|(_, checks)| std::cmp::Reverse(*checks));
    let total = count(rows.iter().map(|(_, checks)| checks).sum::<u64>(), "check");
    let mut out = format!("<details><summary>Skipped: {total}</summary>\n\n| Why | Checks |\n|---|---:|\n");
    for (why, checks) in rows.iter().take(ROWS) {
        let _ = writeln!(out, "| {} | {checks} |", prose(why));
    }
    more(&mut out, rows.len());
    out.push_str("\n</details>\n");
    Block::text(out)
}

pub(in crate::markdown) fn measured(record: &Record) -> Block {
    let mut rows = Vec::new();
    for check in &record.checks {
        for measure in &check.measures {
            let values = measure.values;
            rows.push(format!(
                "| {} | {}{} | {} | {} {unit} | {} {unit} | {} {unit} |",
                code(&one_line(
                    &case_of(&check.scenario, &check.case, &check.revision),
                    150
                )),
                prose(&measure.name),
                if measure.statistical { " (statistical)" } else { "" },
                values.n,
                values.p50,
                values.p95,
                values.max,
                unit = prose(&measure.unit)
            ));
        }
    }
    if rows.is_empty() {
        return Block::default();
    }
    let mut out = "<details><summary>Measured</summary>\n\n| Case | What | n | p50 | p95 | max |\n|---|---|---:|---:|---:|---:|\n".to_owned();
    for row in rows.iter().take(ROWS) {
        let _ = writeln!(out, "{row}");
    }
    more(&mut out, rows.len());
    out.push_str("\n</details>\n");
    Block::text(out)
}

pub(in crate::markdown) fn coverage(record: &Record) -> Block {
    if record.coverage.is_empty() {
        return Block::default();
    }
    let mut out = "### Coverage\n\nRules by family; *planned* ones have no scenario yet.\n\n".to_owned();
    out.push_str("| Family | Judged | Passed | Failed | Warned | Not testable | Skipped | Planned |\n");
    out.push_str("|---|---:|---:|---:|---:|---:|---:|---:|\n");
    for family in record.coverage.iter().take(ROWS) {
        let _ = writeln!(
            out,
            "| {} | {} of {} | {} | {} | {} | {} | {} | {} |",
            prose(&family.family),
            family.judged,
            family.live,
            family.passed,
            family.failed,
            family.warned,
            family.not_testable,
            family.skipped,
            family.planned
        );
    }
    Block::text(out)
}
