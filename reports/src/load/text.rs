//! A load run for a terminal, and the lines that other formats share with it.

use super::figures::{clock, grouped, micros, number, percent, share};
use super::promises::promises;
use super::{Trust, why_void};
use crate::record::{Counts, Distribution, Load, Record};
use crate::text::one_line;
use std::fmt::Write as _;

/// The load run of a record in a few lines: how far it can be believed, how much was done, how fast, what was promised.
/// Empty when there is none. For a terminal; it holds no control characters.
pub fn load_text(record: &Record) -> String {
    let Some(load) = super::of(record) else {
        return String::new();
    };
    let mut out = format!("load {}", one_line(&load.profile, 80));
    if !load.title.is_empty() {
        let _ = write!(out, ": {}", one_line(load.title.as_str(), 120));
    }
    out.push('\n');
    let trust = Trust::of(record, load);
    let _ = writeln!(out, "  {:<10}{}", "run", trust.words());
    if trust == Trust::Void {
        let _ = writeln!(out, "  {:<10}{}", "", one_line(&why_void(load), 400));
    }
    let _ = writeln!(out, "  {:<10}{}", "calls", calls(load));
    let _ = writeln!(out, "  {:<10}{}", "rate", rate(load));
    let _ = writeln!(out, "  {:<10}{}", "answers", answers(&load.overall.counts));
    for (name, distribution) in times(load) {
        let _ = writeln!(out, "  {name:<9} {}", quantiles(distribution));
    }
    for operation in load.operations.iter().filter(|_| load.operations.len() > 1) {
        let name = one_line(operation.name.as_str(), 60);
        let errors = share(operation.counts.errors(), operation.counts.total());
        let _ = writeln!(
            out,
            "  {name:<9} {}, {} errors",
            quantiles(&operation.response),
            percent(errors)
        );
    }
    for event in &load.events {
        let told = one_line(&format!("{}: {}", event.text, event.outcome), 200);
        let _ = writeln!(out, "  {:<10}{told}", clock(event.at_ms));
    }
    for promise in promises(record, load) {
        let verdict = promise
            .verdict
            .map_or("not judged", crate::record::Verdict::words);
        let line = format!("{} {}: {}, {verdict}", promise.what, promise.bound, promise.found);
        let _ = writeln!(out, "  {:<10}{}", "promise", one_line(&line, 300));
    }
    out
}

/// `24,000 asked · 24,000 sent · 23,820 answered · 0 dropped`.
pub(crate) fn calls(load: &Load) -> String {
    format!(
        "{} asked · {} sent · {} answered · {} dropped",
        grouped(load.asked),
        grouped(load.sent),
        grouped(load.achieved),
        grouped(load.dropped)
    )
}

/// `394.5/s answered as asked, over 1:00 after a warm-up of 0:05`.
pub(crate) fn rate(load: &Load) -> String {
    // One that was cut short went on for as long as there are seconds; what the last calls took is not of the schedule.
    let last = load
        .seconds
        .last()
        .map(|second| second.at_ms.saturating_add(second.length_ms));
    let end = last.map_or(load.length_ms, |last| last.min(load.length_ms));
    let measured = clock(end.saturating_sub(load.warm_up_ms));
    let warm = match load.warm_up_ms {
        0 => String::new(),
        ms => format!(" after a warm-up of {}", clock(ms)),
    };
    format!("{}/s answered as asked, over {measured}{warm}", number(load.rate))
}

/// `ok 23,800 · 429 12`, in the order of reports.
pub(crate) fn answers(counts: &Counts) -> String {
    let each: Vec<String> = counts
        .each()
        .map(|(class, n)| format!("{} {}", one_line(class, 40), grouped(n)))
        .collect();
    if each.is_empty() {
        "none".to_owned()
    } else {
        each.join(" · ")
    }
}

/// The parts of a call's time that have something in them.
pub(crate) fn times(load: &Load) -> impl Iterator<Item = (&'static str, &Distribution)> {
    let all = &load.overall;
    [
        ("response", &all.response),
        ("service", &all.service),
        ("backlog", &all.backlog),
        ("pacer lag", &all.pacer_lag),
    ]
    .into_iter()
    .filter(|(_, distribution)| distribution.count > 0)
}

/// `p50 6.4 ms · p90 9.1 ms · p99 41 ms · p99.9 1.2 s · max 2.4 s`.
pub(crate) fn quantiles(distribution: &Distribution) -> String {
    if distribution.count == 0 {
        return "nothing measured".to_owned();
    }
    let parts = [
        ("p50", distribution.p50),
        ("p90", distribution.p90),
        ("p99", distribution.p99),
        ("p99.9", distribution.p999),
        ("max", distribution.max),
    ];
    let parts: Vec<String> = parts
        .iter()
        .map(|(name, us)| format!("{name} {}", micros(*us)))
        .collect();
    parts.join(" · ")
}
