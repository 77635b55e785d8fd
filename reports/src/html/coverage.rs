//! How far the rules were covered: by family, and by family and revision.

use super::failure::revisions;
use super::marks::bar;
use super::page::Section;
use super::safe::line;
use crate::record::{FamilyCoverage, Record, Verdict};
use maud::{Markup, html};

pub(super) fn coverage(record: &Record) -> Option<Section> {
    let (live, idle): (Vec<&FamilyCoverage>, Vec<&FamilyCoverage>) =
        record.coverage.iter().partition(|family| family.live > 0);
    let judged: u32 = live.iter().map(|family| family.judged).sum();
    let of: u32 = live.iter().map(|family| family.live).sum();
    let revisions = revisions(record);
    (!record.coverage.is_empty()).then(|| Section {
        id: "coverage",
        title: "Coverage".to_owned(),
        short: "Coverage".to_owned(),
        body: html! {
            p { b { (judged) " of " (of) } " live rules of these families judged. A rule counts once, under its worst check." }
            (families(&live))
            @if !idle.is_empty() {
                p class="quiet" { "Listed without a scenario yet: "
                    @for (index, family) in idle.iter().enumerate() {
                        @if index > 0 { ", " } (line(&family.family, 40)) " (" (family.planned) ")"
                    } "." }
            }
            @if revisions.len() > 1 { (by_revision(record, &live, &revisions)) }
        },
    })
}

fn families(families: &[&FamilyCoverage]) -> Markup {
    html! {
        div class="wide" role="group" aria-label="Coverage by rule family" tabindex="0" {
            table class="coverage" {
                caption { "By rule family" }
                thead { tr {
                    th scope="col" { "Family" } th scope="col" class="share" { "Share" }
                    @for head in ["Judged", "Passed", "Failed", "Warned", "Not testable", "Skipped", "Planned"] {
                        th scope="col" class="n" { (head) }
                    }
                } }
                tbody {
                    @for family in families {
                        tr {
                            th scope="row" { (line(&family.family, 40)) }
                            td class="share" { (bar(shares(family))) }
                            td class="n" { (family.judged) " of " (family.live) }
                            @for (count, class) in numbers(family) {
                                td class={ "n " (class) @if count == 0 { " none" } } { (count) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn shares(family: &FamilyCoverage) -> [(Verdict, u64); 5] {
    [
        (Verdict::Failed, u64::from(family.failed)),
        (Verdict::NotTestable, u64::from(family.not_testable)),
        (Verdict::Warned, u64::from(family.warned)),
        (Verdict::Passed, u64::from(family.passed)),
        (Verdict::Skipped, u64::from(family.skipped)),
    ]
}

fn numbers(family: &FamilyCoverage) -> [(u32, &'static str); 6] {
    [
        (family.passed, "passed"),
        (family.failed, "failed"),
        (family.warned, "warned"),
        (family.not_testable, "not-testable"),
        (family.skipped, "skipped"),
        (family.planned, "planned"),
    ]
}

/// The same counts within one revision. Checks that know no revision are a column of their own.
fn by_revision(record: &Record, families: &[&FamilyCoverage], revisions: &[&str]) -> Markup {
    let any = record.checks.iter().any(|check| check.revision.is_empty());
    let columns: Vec<&str> = revisions.iter().copied().chain(any.then_some("")).collect();
    html! {
        div class="wide" role="group" aria-label="Coverage by MCP revision" tabindex="0" {
            table class="coverage" {
                caption { "By MCP revision: rules judged, and how many of them were broken" }
                thead { tr {
                    th scope="col" { "Family" }
                    @for revision in &columns {
                        th scope="col" class="n" { @if revision.is_empty() { "any" } @else { (line(revision, 40)) } }
                    }
                } }
                tbody {
                    @for family in families {
                        tr {
                            th scope="row" { (line(&family.family, 40)) }
                            @for revision in &columns {
                                @let checks = record.checks.iter().filter(|check| check.revision == *revision);
                                (within(&FamilyCoverage::of(&family.family, 0, 0, checks)))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn within(found: &FamilyCoverage) -> Markup {
    html! {
        td class={ "n" @if found.judged == 0 { " none" } } {
            (found.judged)
            @if found.failed > 0 { ", " b class="failed" { (found.failed) " broken" } }
        }
    }
}
