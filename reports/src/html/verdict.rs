//! First of all: did it pass, in one sentence; what to look at first; all counts.

use super::failure::{Broken, happened, moment, name, revisions};
use super::load;
use super::marks::{counts, icon};
use super::safe::{Shown, counted, grouped, line, words};
use crate::headline::{headline, is_void};
use crate::matrix::{Cell, Matrix};
use crate::record::{Access, Record, Verdict};
use crate::remark::remarks;
use crate::standing::{Standing, rule_of, title_of};
use crate::text::span;
use maud::{Markup, html};
use std::collections::BTreeSet;

/// Most rules that are listed at the top.
const FIRST: usize = 6;

pub(super) fn verdict(record: &Record, strict: bool) -> Markup {
    let broken = Broken::all(record, strict, Standing::Broken);
    let tone = tone(record, strict);
    let headline = headline(record);
    let mut letters = headline.chars();
    let headline: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(letters)
        .collect();
    html! {
        section id="verdict" class={ "verdict " (tone.as_str()) } aria-labelledby="verdict-title" tabindex="-1" {
            h1 id="verdict-title" { span class="seal" { (icon(tone)) } (Shown(&headline)) }
            p class="lead" {
                @match &record.load {
                    Some(load) => { (load::lead(record, load)) (moment_of(record)) }
                    None => (sentence(record)),
                }
            }
            (alarms(record, strict))
            @if !broken.is_empty() { (first(record, &broken)) }
            (counts(&record.summary))
            @if record.summary.expected > 0 {
                p class="quiet" { (grouped(record.summary.expected)) " of them foretold by the baseline." }
            }
        }
    }
}

/// The verdict whose colour the page wears.
fn tone(record: &Record, strict: bool) -> Verdict {
    let stale = record
        .baseline
        .as_ref()
        .is_some_and(|baseline| !baseline.stale.is_empty());
    let summary = &record.summary;
    match summary.verdict {
        _ if record.checks.is_empty() && record.load.is_some() && record.complete && !is_void(record) => {
            Verdict::Info
        }
        _ if is_void(record) => Verdict::Errored,
        Verdict::Warned if strict => Verdict::Failed,
        _ if stale => Verdict::Failed,
        Verdict::Info => Verdict::Passed,
        Verdict::Passed | Verdict::Warned if !record.complete => Verdict::NotTestable,
        Verdict::Skipped if summary.expected > 0 => Verdict::Passed,
        other => other,
    }
}

fn moment_of(record: &Record) -> Markup {
    html! { "Run on " span class="moment" { (line(&moment(&record.run.started), 60)) "." } }
}

fn sentence(record: &Record) -> Markup {
    let judged = |verdict| {
        matches!(
            verdict,
            Verdict::Passed | Verdict::Failed | Verdict::Warned | Verdict::Info
        )
    };
    let rules: BTreeSet<&str> = record.checks.iter().map(rule_of).collect();
    let judged: BTreeSet<&str> = record
        .checks
        .iter()
        .filter(|check| judged(check.verdict))
        .map(rule_of)
        .collect();
    let summary = &record.summary;
    let revisions = revisions(record);
    html! {
        @if judged.len() < rules.len() { (grouped(judged.len() as u64)) " of " }
        (counted(rules.len() as u64, "rule")) " judged, " (counted(summary.total, "check")) " in "
        (counted(summary.cases, "case")) " with " (counted(summary.requests, "request"))
        @if record.run.duration_ms > 0 { ", " (span(record.run.duration_ms.saturating_mul(1_000))) } ". "
        "Run on " span class="moment" { (line(&moment(&record.run.started), 60)) }
        @for (index, revision) in revisions.iter().enumerate() {
            @if index == 0 { ", in MCP " } @else { " " }
            span class="moment" { (line(revision, 40)) @if index + 1 < revisions.len() { "," } @else { "." } }
        }
        @if revisions.is_empty() { "." }
    }
}

/// What changes how far the verdict can be trusted.
fn alarms(record: &Record, strict: bool) -> Markup {
    let open = record.cases.iter().filter(|case| case.verdict.is_none()).count() as u64;
    html! {
        @if !record.complete {
            p class="alarm" { b { "The run was cut short." } " " (counted(open, "case"))
                " did not finish; what follows is not all." }
        } @else if record.is_empty() {
            p class="alarm" { b { "Nothing was selected." } " An empty run proves nothing and does not pass." }
        }
        @if let Some(baseline) = record.baseline.as_ref().filter(|baseline| !baseline.stale.is_empty()) {
            div class="alarm" {
                p { b { "The baseline is stale" } ", and that fails the run. In " code { (Shown(&baseline.file)) } ":" }
                ul {
                    @for stale in &baseline.stale {
                        li {
                            code { (line(&stale.entry, 200)) }
                            @if stale.line > 0 { ", line " (stale.line) }
                            ": " (line(&stale.trouble(), 300))
                        }
                    }
                }
            }
        }
        @for remark in remarks(record, strict) {
            div class="alarm" {
                p { b { "Take note: " } (words(&remark.text, 600)) }
                @if let Some(unlock) = &remark.unlock {
                    p { "In the target file: " code { (line(unlock, 300)) } }
                }
            }
        }
    }
}

/// What broke, whose data, and the way to the evidence.
fn first(record: &Record, broken: &[Broken<'_>]) -> Markup {
    let matrix = Matrix::of(record);
    let leaks = matrix.leaks();
    let article = |leak: &Cell<'_>| {
        let rule = rule_of(leak.check);
        broken
            .iter()
            .find(|broken| broken.rule == rule)
            .map(|broken| format!("#{}", broken.anchor))
    };
    html! {
        div class="first" {
            h2 { "What to look at first" }
            @if !leaks.is_empty() {
                ul class="leaks" {
                    @for leak in leaks.iter().take(FIRST) {
                        @let Access { who, probe, place, expected, .. } = leak.access;
                        li {
                            span class="flag" { "Leak" } " "
                            a href=(article(leak).unwrap_or_else(|| "#access".to_owned())) {
                                b { (line(who, 60)) } " got through with " b { (line(probe, 60)) }
                                @if !place.is_empty() { " in " b { (line(place, 60)) } }
                            }
                            ", declared " (expected.as_str())
                        }
                    }
                    @if leaks.len() > FIRST { li { a href="#access" { "and " (leaks.len() - FIRST) " more leaks" } } }
                }
            }
            ol {
                @for rule in broken.iter().take(FIRST) {
                    @let check = rule.first();
                    li {
                        a href={ "#" (rule.anchor) } { b { (line(rule.rule, 60)) } " " (line(title_of(check), 200)) }
                        @if rule.decides() && !rule.leaks() { " " span class="flag" { "Wrong access decision" } }
                        br;
                        span class="quiet" { (line(&name(check), 120)) ": " (line(&happened(check), 300)) }
                    }
                }
            }
            @if broken.len() > FIRST {
                p { a href="#broken" { "All " (broken.len()) " broken rules" } }
            }
        }
    }
}
