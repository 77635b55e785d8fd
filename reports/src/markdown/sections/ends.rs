//! How the page begins and ends: did it pass, under which circumstances, how to repeat it.

use super::ROWS;
use crate::headline::headline;
use crate::markdown::escape::{code, fence, prose, words};
use crate::markdown::page::Block;
use crate::record::{Record, Verdict};
use crate::remark::remarks;
use crate::text::{count, one_line, span};
use std::fmt::Write as _;

pub(in crate::markdown) fn head(record: &Record, strict: bool) -> Block {
    let mut out = format!("## Hallmark: {}\n\n", headline(record));
    let counts = Verdict::WORST_FIRST
        .into_iter()
        .map(|verdict| (record.summary.count(verdict), verdict.words()));
    let counts: Vec<String> = counts
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| {
            if word == "failed" {
                format!("**{count} {word}**")
            } else {
                format!("{count} {word}")
            }
        })
        .collect();
    let _ = writeln!(
        out,
        "{}{}{} in {}, {}, {}",
        counts.join(" · "),
        if counts.is_empty() { "" } else { " — " },
        count(record.summary.total, "check"),
        count(record.summary.cases, "case"),
        count(record.summary.requests, "request"),
        span(record.run.duration_ms.saturating_mul(1_000))
    );
    if record.summary.expected > 0 {
        let _ = writeln!(
            out,
            "\n{} of them expected by the baseline.",
            record.summary.expected
        );
    }
    let _ = writeln!(out, "\n{}", circumstances(record));
    if !record.complete {
        let open = record.cases.iter().filter(|case| case.verdict.is_none()).count() as u64;
        let _ = writeln!(
            out,
            "\n> **The run was cut short.** {} did not finish; what follows is not all.",
            count(open, "case")
        );
    } else if record.is_empty() {
        let _ = writeln!(
            out,
            "\n> **Nothing was selected.** An empty run proves nothing and does not pass."
        );
    }
    stale(record, &mut out);
    for remark in remarks(record, strict) {
        let _ = writeln!(out, "\n> {}", words(&one_line(&remark.text, 600)));
        if let Some(unlock) = &remark.unlock {
            let _ = writeln!(out, ">\n> In the target file: {}", code(&one_line(unlock, 200)));
        }
    }
    Block::text(out)
}

fn circumstances(record: &Record) -> String {
    let mut parts = Vec::new();
    if !record.target.name.is_empty() {
        parts.push(format!(
            "Target {}",
            prose(&one_line(record.target.name.as_str(), 100))
        ));
    }
    if !record.target.url.is_empty() {
        parts.push(code(&one_line(record.target.url.as_str(), 300)));
    }
    let mut named = |name: &str, values: &[String]| {
        let values: Vec<String> = values
            .iter()
            .filter(|value| !value.is_empty())
            .map(|value| code(value))
            .collect();
        if !values.is_empty() {
            parts.push(format!("{name} {}", values.join(" ")));
        }
    };
    if record.run.revisions.is_empty() {
        named("MCP", std::slice::from_ref(&record.run.revision));
    } else {
        named("MCP", &record.run.revisions);
    }
    named("behaviour", record.target.behaviour.as_slice());
    named("defects", &record.target.defects);
    named("variants", &record.target.variants);
    named("profile", record.run.rules_profile.as_slice());
    named("shard", record.run.shard.as_slice());
    if record.run.strict {
        parts.push("strict".to_owned());
    }
    parts.join(" · ")
}

fn stale(record: &Record, out: &mut String) {
    let Some(baseline) = record
        .baseline
        .as_ref()
        .filter(|baseline| !baseline.stale.is_empty())
    else {
        return;
    };
    let _ = writeln!(
        out,
        "\n> **The baseline is stale**, and that fails the run. In {}:",
        code(&baseline.file)
    );
    for stale in baseline.stale.iter().take(ROWS) {
        let why = stale.trouble();
        let line = if stale.line > 0 {
            format!(" (line {})", stale.line)
        } else {
            String::new()
        };
        let _ = writeln!(
            out,
            "> - {}{line}: {}",
            code(&one_line(&stale.entry, 200)),
            prose(&why)
        );
    }
}

pub(in crate::markdown) fn foot(record: &Record) -> Block {
    let mut out = format!(
        "{} {} · run {} · {} · seed {}\n",
        prose(&record.tool.name),
        prose(&record.tool.version),
        code(&one_line(&record.run.id, 100)),
        prose(&one_line(&record.run.started, 40)),
        record.run.seed
    );
    if !record.run.command.is_empty() {
        let _ = write!(
            out,
            "\nRepeat the run:\n\n{}",
            fence(&one_line(record.run.command.as_str(), 1_000))
        );
    }
    Block::text(out)
}
