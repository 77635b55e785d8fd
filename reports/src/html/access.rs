//! The access matrix as a table, and how much was searched for data of somebody else.

use super::failure::Broken;
use super::marks::number;
use super::page::Section;
use super::safe::{Shown, counted, grouped, line};
use crate::matrix::{Cell, Kind, Matrix};
use crate::record::{Record, Scanned, Standing};
use crate::standing;
use crate::text::one_line;
use maud::{Markup, html};
use std::collections::BTreeMap;

pub(super) fn access(record: &Record) -> Option<Section> {
    let matrix = Matrix::of(record);
    let leaks = matrix.count(Kind::Leak);
    (!matrix.is_empty() || record.scanned.is_some()).then(|| Section {
        id: "access",
        title: "Who could reach what".to_owned(),
        short: if leaks > 0 {
            format!("Access ({})", number(leaks, "leak"))
        } else {
            "Access".to_owned()
        },
        body: html! {
            @if !matrix.is_empty() {
                (summary(&matrix))
                (table(record, &matrix))
                (key())
            }
            @if let Some(scanned) = &record.scanned { (searched(scanned)) }
        },
    })
}

fn summary(matrix: &Matrix<'_>) -> Markup {
    let parts = [
        (Kind::Leak, "permitted although declared denied or invisible"),
        (Kind::Shown, "refused in a way that shows that the thing exists"),
        (Kind::Blocked, "refused although declared permitted"),
        (Kind::Differs, "otherwise than declared"),
        (Kind::Unknown, "nothing is known"),
    ];
    html! {
        p { (counted(matrix.len() as u64, "cell")) ", declared and tried; "
            b { (grouped(matrix.count(Kind::Agrees) as u64)) } " as declared." }
        @if matrix.count(Kind::Agrees) < matrix.len() {
            ul class="kinds" {
                @for (kind, meaning) in parts {
                    @let count = matrix.count(kind);
                    @if count > 0 {
                        li { span class={ "cell " (kind.word()) } { (grouped(count as u64)) " × " (kind.word()) } " " (meaning) }
                    }
                }
            }
        }
    }
}

fn table(record: &Record, matrix: &Matrix<'_>) -> Markup {
    let anchors = anchors(record);
    html! {
        div class="wide" role="group" aria-label="Access matrix" tabindex="0" {
            table class="matrix" {
                caption { "What each principal could do with each probe in each place" }
                thead { tr {
                    th scope="col" { "Probe" }
                    @for who in &matrix.principals { th scope="col" class="who" { span { (line(who, 40)) } } }
                } }
                @for place in &matrix.places {
                    tbody {
                        @if !place.is_empty() {
                            tr class="place" { th scope="rowgroup" colspan=(matrix.principals.len() + 1) { (line(place, 80)) } }
                        }
                        @for probe in matrix.probes.iter().filter(|probe| matrix.asked(place, probe)) {
                            tr {
                                th scope="row" { (line(probe, 60)) }
                                @for who in &matrix.principals { (cell(matrix.cell(place, probe, who), &anchors)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn cell(cell: Option<&Cell<'_>>, anchors: &BTreeMap<String, String>) -> Markup {
    let Some(Cell { access, check, kind }) = cell else {
        return html! { td class="cell unasked" { span class="unseen" { "not tried" } } };
    };
    let word = match kind {
        Kind::Leak => "LEAK",
        Kind::Shown => "SHOWN",
        Kind::Blocked => "BLOCKED",
        Kind::Agrees | Kind::Differs | Kind::Unknown => access.found.as_str(),
    };
    let link = anchors
        .get(standing::rule_of(check))
        .filter(|_| !matches!(kind, Kind::Agrees | Kind::Unknown));
    let inside = html! {
        (sign(access.found)) span class="word" { (word) }
        @if access.expected != access.found {
            span class="declared" { span class="unseen" { ", " (access.found.as_str()) ", " } "declared " (access.expected.as_str()) }
        } @else if *kind != Kind::Agrees {
            span class="declared" { (check.verdict.words()) }
        }
    };
    html! {
        td class={ "cell " (kind.word()) " " (access.found.as_str()) } {
            @if let Some(anchor) = link { a href={ "#" (anchor) } { (inside) } } @else { (inside) }
        }
    }
}

/// The articles of broken and missed rules, by rule.
fn anchors(record: &Record) -> BTreeMap<String, String> {
    let strict = record.run.strict;
    [standing::Standing::Missed, standing::Standing::Broken]
        .into_iter()
        .flat_map(|standing| Broken::all(record, strict, standing))
        .map(|broken| (broken.rule.to_owned(), broken.anchor))
        .collect()
}

/// A full ring for permit, a barred one for deny, a dotted one for invisible, a question for the rest.
fn sign(found: Standing) -> Markup {
    html! {
        svg class={ "sign " (found.as_str()) } viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" focusable="false" {
            @match found {
                Standing::Permit => circle class="full" cx="8" cy="8" r="6" {},
                Standing::Deny => { circle cx="8" cy="8" r="6" {} path d="M4 12l8-8" {} },
                Standing::Invisible => circle class="dotted" cx="8" cy="8" r="6" {},
                Standing::Limited | Standing::Broken => path d="M5.5 6a2.5 2.5 0 1 1 3.6 2.2C8.3 8.6 8 9 8 9.8M8 12.3v.7" {},
            }
        }
    }
}

fn key() -> Markup {
    let words = [
        (Standing::Permit, "the call was carried out"),
        (Standing::Deny, "refused, openly"),
        (Standing::Invisible, "answered as if it did not exist"),
    ];
    html! {
        ul class="key" aria-label="Key" {
            @for (standing, meaning) in words { li { (sign(standing)) b { (standing.as_str()) } " " (meaning) } }
        }
    }
}

fn searched(scanned: &Scanned) -> Markup {
    let encodings: Vec<String> = scanned
        .encodings
        .iter()
        .take(24)
        .map(|word| one_line(word, 40))
        .collect();
    let canaries = match scanned.canaries {
        1 => "1 canary".to_owned(),
        n => format!("{} canaries", grouped(u64::from(n))),
    };
    html! {
        p class="searched" {
            "Searched for data of somebody else: " b { (counted(scanned.calls, "answer")) ", " (counted(scanned.bytes, "byte")) }
            ", for " b { (canaries) }
            @if !encodings.is_empty() { ", each as " (Shown(&encodings.join(", "))) }
            "."
        }
    }
}
