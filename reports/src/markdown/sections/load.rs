//! A load run: how far it can be believed, how much was done, how fast, what was promised, what happened meanwhile.

use super::{ROWS, more};
use crate::load::figures::{clock, grouped, micros, percent, share};
use crate::load::promises::{promises, summary};
use crate::load::text::{answers, calls, rate, times};
use crate::load::{Trust, why_void};
use crate::markdown::escape::prose;
use crate::markdown::page::Block;
use crate::record::{Distribution, Load, Record, Verdict};
use crate::text::one_line;
use std::fmt::Write as _;

pub(in crate::markdown) fn load(record: &Record) -> Block {
    let Some(load) = &record.load else {
        return Block::default();
    };
    let mut out = "### Load".to_owned();
    if !load.title.is_empty() {
        let _ = write!(out, ": {}", prose(&one_line(load.title.as_str(), 120)));
    }
    out.push_str("\n\n");
    let _ = writeln!(out, "{}", trusted(record, load));
    let _ = writeln!(out, "\n{}  \n{}  ", calls(load), rate(load));
    let _ = writeln!(out, "Answers: {}", prose(&answers(&load.overall.counts)));
    kept(record, load, &mut out);
    fast(load, &mut out);
    operations(load, &mut out);
    events(load, &mut out);
    Block::text(out)
}

fn trusted(record: &Record, load: &Load) -> String {
    match Trust::of(record, load) {
        Trust::Valid => format!("The run is valid; {}.", summary(record, load)),
        Trust::Void => format!(
            "**The run is not valid** and says nothing of the target: {}.",
            prose(&one_line(&why_void(load), 600))
        ),
        Trust::Open => "The run was cut short; the figures are of its first part.".to_owned(),
    }
}

fn kept(record: &Record, load: &Load, out: &mut String) {
    let all = promises(record, load);
    if all.is_empty() {
        return;
    }
    out.push_str("\n| Promise | Bound | Measured | |\n|---|---|---:|---|\n");
    for promise in all.iter().take(ROWS) {
        let verdict = promise.verdict.map_or("not judged", Verdict::words);
        let verdict = match promise.verdict {
            Some(Verdict::Failed) => format!("**{verdict}**"),
            _ => verdict.to_owned(),
        };
        let _ = writeln!(
            out,
            "| {} | {} | {} | {verdict} |",
            prose(&one_line(&promise.what, 80)),
            prose(&one_line(&promise.bound, 120)),
            prose(&one_line(&promise.found, 120))
        );
    }
    more(out, all.len());
}

const COLUMNS: &str = "p50 | p90 | p99 | p99.9 | max |\n|---|---:|---:|---:|---:|---:|---:|\n";

fn fast(load: &Load, out: &mut String) {
    let more = [
        ("TCP connect", load.connect.as_ref()),
        ("TLS handshake", load.tls.as_ref()),
        ("revocation lag", load.revocation.as_ref()),
        ("refresh", load.refresh.as_ref()),
    ];
    let more = more
        .into_iter()
        .filter_map(|(name, some)| Some((name, some.filter(|d| d.count > 0)?)));
    let rows: Vec<(&str, &Distribution)> = times(load).chain(more).collect();
    if rows.is_empty() {
        return;
    }
    let _ = write!(out, "\n| Times | Values | {COLUMNS}");
    for (name, distribution) in rows {
        let _ = writeln!(
            out,
            "| {name} | {} | {} |",
            grouped(distribution.count),
            quantiles(distribution)
        );
    }
}

fn operations(load: &Load, out: &mut String) {
    if load.operations.len() < 2 {
        return;
    }
    let _ = write!(out, "\n| Operation | Errors | {COLUMNS}");
    for operation in load.operations.iter().take(ROWS) {
        let errors = share(operation.counts.errors(), operation.counts.total());
        let _ = writeln!(
            out,
            "| {} | {} | {} |",
            prose(&one_line(operation.name.as_str(), 80)),
            prose(&percent(errors)),
            quantiles(&operation.response)
        );
    }
    more(out, load.operations.len());
}

fn quantiles(distribution: &Distribution) -> String {
    let Distribution {
        p50,
        p90,
        p99,
        p999,
        max,
        ..
    } = distribution;
    [p50, p90, p99, p999, max].map(|us| micros(*us)).join(" | ")
}

fn events(load: &Load, out: &mut String) {
    if load.events.is_empty() {
        return;
    }
    out.push_str("\n| At | What happened | Outcome |\n|---|---|---|\n");
    for event in load.events.iter().take(ROWS) {
        let _ = writeln!(
            out,
            "| {} | {} | {} |",
            clock(event.at_ms),
            prose(&one_line(event.text.as_str(), 200)),
            prose(&one_line(event.outcome.as_str(), 200))
        );
    }
    more(out, load.events.len());
}
