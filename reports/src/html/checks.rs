//! Every check of the run, folded by family. What passed takes little room; its exchanges are in the record.

use super::failure::revisions;
use super::marks::tally;
use super::page::Section;
use super::safe::{Shown, counted, line};
use crate::record::{Check, Record, Verdict, family_of};
use crate::text::{one_line, span};
use maud::{Markup, html};
use std::collections::BTreeMap;

pub(super) fn checks(record: &Record) -> Option<Section> {
    let mut families: BTreeMap<&str, Vec<&Check>> = BTreeMap::new();
    for check in &record.checks {
        families.entry(family_of(&check.rule)).or_default().push(check);
    }
    let runs = revisions(record).len();
    (!record.checks.is_empty()).then(|| Section {
        id: "checks",
        title: "All checks".to_owned(),
        short: format!("All checks ({})", record.checks.len()),
        body: html! { @for (family, checks) in &families { (folded(family, checks, runs)) } },
    })
}

fn folded(family: &str, checks: &[&Check], runs: usize) -> Markup {
    let mut scenarios: Vec<(&str, Vec<&Check>)> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for check in checks {
        let place = *places.entry(&check.scenario).or_insert_with(|| {
            scenarios.push((&check.scenario, Vec::new()));
            scenarios.len() - 1
        });
        scenarios[place].1.push(check);
    }
    html! {
        details class="family" {
            summary {
                b { @if family.is_empty() { "without a rule" } @else { (line(family, 60)) } } " "
                (tally(checks.iter().map(|check| check.verdict)))
            }
            @for (scenario, checks) in &scenarios { (scenario_of(scenario, checks, runs)) }
        }
    }
}

fn scenario_of(scenario: &str, checks: &[&Check], runs: usize) -> Markup {
    let took: u64 = checks.iter().map(|check| check.duration_us).sum();
    html! {
        div class="scenario" {
            p { code { (line(scenario, 200)) } " " (line(checks[0].title.as_str(), 300))
                span class="quiet" { ", " (counted(checks.len() as u64, "check")) ", " (span(took)) } }
            dl {
                @for verdict in Verdict::WORST_FIRST {
                    @let found: Vec<&Check> = checks.iter().filter(|check| check.verdict == verdict).copied().collect();
                    @if !found.is_empty() {
                        dt class=(verdict.as_str()) { (verdict.words()) " " (found.len()) }
                        dd { (names(&found, runs, verdict)) }
                    }
                }
            }
        }
    }
}

/// Rows and ids, each once; with the revisions where it was not all of them, and with the reason where it did not pass.
fn names(checks: &[&Check], runs: usize, verdict: Verdict) -> Markup {
    let mut names: Vec<(String, String, Vec<&str>)> = Vec::new();
    let mut places: BTreeMap<(String, String), usize> = BTreeMap::new();
    for check in checks {
        let row = if check.case.is_empty() {
            check.id.clone()
        } else {
            format!("{}:{}", check.case, check.id)
        };
        let row = one_line(&row, 160);
        let why = if verdict == Verdict::Passed {
            String::new()
        } else {
            one_line(check.message.as_str(), 200)
        };
        let place = *places.entry((row.clone(), why.clone())).or_insert_with(|| {
            names.push((row, why, Vec::new()));
            names.len() - 1
        });
        names[place].2.push(&check.revision);
    }
    let separator = if verdict == Verdict::Passed { ", " } else { "; " };
    html! {
        @for (index, (row, why, revisions)) in names.iter().enumerate() {
            @if index > 0 { (separator) }
            (Shown(row))
            @if runs > 1 && revisions.len() < runs && revisions.iter().any(|revision| !revision.is_empty()) {
                span class="quiet" { " (" (line(&revisions.join(" "), 80)) ")" }
            }
            @if !why.is_empty() { ": " (Shown(why)) }
        }
    }
}
