//! What changed since another run.

use crate::html::page::Section;
use crate::html::safe::line;
use crate::load::compare::{FigureChange, METHOD, VOID, compare};
use crate::record::Load;
use maud::{Markup, html};

/// Most figures that are listed.
const ROWS: usize = 400;

pub(super) fn section(before: &Load, after: &Load) -> Section {
    let comparison = compare(before, after);
    Section {
        id: "compared",
        title: "Compared with the other run".to_owned(),
        short: "Compared".to_owned(),
        body: html! {
            p class="quiet" { "The other one began at " (line(&before.started_at, 60)) "." }
            @if comparison.void { p class="alarm" { (VOID) "." } }
            div class="wide" role="group" aria-label="Compared with the other run" tabindex="0" {
                table class="compared" {
                    thead { tr {
                        th scope="col" { "Operation" } th scope="col" { "Figure" } th scope="col" class="n" { "Before" }
                        th scope="col" class="n" { "Now" } th scope="col" class="n" { "Change" } th scope="col" { "Meaning" }
                    } }
                    tbody { @for change in comparison.figures.iter().take(ROWS) { (row(change)) } }
                }
            }
            @for name in &comparison.only { p { b { (line(name.as_str(), 80)) } " is in one of the runs only." } }
            p class="quiet" { (METHOD) }
        },
    }
}

fn row(change: &FigureChange) -> Markup {
    let [before, after] = change.values();
    let tone = match (change.exceeds(), change.is_better()) {
        (Some(true), false) => "failed",
        (Some(true), true) => "passed",
        _ => "skipped",
    };
    html! {
        tr {
            th scope="row" { (line(change.of.as_str(), 80)) }
            td { (change.name()) }
            td class="n" { (before) }
            td class="n" { (after) }
            td class="n" { (change.change()) }
            td class={ "meaning " (tone) } { (change.words()) }
        }
    }
}
