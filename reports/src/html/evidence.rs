//! Why one check has its verdict: what was expected and found, what was sent and came back, where it is written, and
//! how to repeat it.

use super::exchange::{self, Depth};
use super::safe::{Shown, line, masked};
use crate::evidence::place;
use crate::record::{Check, Exchange, Finding, Place};
use maud::{Markup, html};
use std::cell::Cell;

/// Bytes of exchanges on one page. With them it still opens at once.
const ROOM: usize = 1_500_000;
/// Judged exchanges of one check, and the others.
const JUDGED: usize = 3;
const OTHERS: usize = 8;

/// What room is left for exchanges.
pub(super) struct Room(Cell<usize>);

impl Default for Room {
    fn default() -> Room {
        Room(Cell::new(ROOM))
    }
}

impl Room {
    /// Gives the markup back if there is room for it.
    pub(super) fn take(&self, markup: Markup) -> Option<Markup> {
        let left = self.0.get();
        if markup.0.len() > left {
            self.0.set(0);
            return None;
        }
        self.0.set(left - markup.0.len());
        Some(markup)
    }

    /// Whether something was left out.
    pub(super) fn is_full(&self) -> bool {
        self.0.get() == 0
    }
}

pub(super) fn evidence(check: &Check, room: &Room) -> Markup {
    html! {
        @if !check.findings.is_empty() { (findings(&check.findings)) }
        (exchanges(&check.exchanges, room))
        (written(check))
        @if !check.repeat.as_str().trim().is_empty() {
            p class="label" { "Repeat just this" }
            pre class="command" { code { (line(check.repeat.as_str(), 1_000)) } }
        }
        @if !check.rule.is_empty() {
            p class="quiet" { "The rule explained: " code { "hallmark rules " (line(&check.rule, 60)) } }
        }
    }
}

fn findings(findings: &[Finding]) -> Markup {
    html! {
        table class="findings" {
            thead { tr { th scope="col" { "Looked at" } th scope="col" { "Expected" } th scope="col" { "Found" } } }
            tbody {
                @for finding in findings.iter().take(12) {
                    tr class=[finding.decision.then_some("decides")] {
                        th scope="row" { (line(&finding.selector, 200))
                            @if finding.decision { " " span class="axis" { "decides access" } } }
                        td data-name="Expected" { (line(finding.expected.as_str(), 1_000)) }
                        td data-name="Found" { (line(finding.actual.as_str(), 2_000)) }
                    }
                }
            }
        }
        @if findings.len() > 12 { p class="quiet" { "… and " (findings.len() - 12) " more in the record" } }
    }
}

/// The judged exchanges in full; the others that led to them folded, a line each.
fn exchanges(exchanges: &[Exchange], room: &Room) -> Markup {
    let judged: Vec<&Exchange> = exchanges.iter().filter(|exchange| exchange.judged).collect();
    let others: Vec<&Exchange> = exchanges.iter().filter(|exchange| !exchange.judged).collect();
    html! {
        @for exchange in judged.iter().take(JUDGED) {
            @match room.take(exchange::exchange(exchange, Depth::Full)) {
                Some(shown) => (shown),
                None => (exchange::in_a_line(exchange)),
            }
        }
        @if judged.len() > JUDGED {
            p class="quiet" { "… and " (judged.len() - JUDGED) " more of the same in the record" }
        }
        @if !others.is_empty() {
            p class="label" { "Controls and what led to it" }
            @for exchange in others.iter().take(OTHERS) {
                @match room.take(exchange::folded(exchange)) {
                    Some(shown) => (shown),
                    None => (exchange::in_a_line(exchange)),
                }
            }
            @if others.len() > OTHERS { p class="quiet" { "… and " (others.len() - OTHERS) " more in the record" } }
        }
    }
}

/// Where the expectation is written, with its line.
fn written(check: &Check) -> Markup {
    let mut places: Vec<&Place> = check.findings.iter().map(|finding| &finding.place).collect();
    if places.is_empty() {
        places.push(&check.at);
    }
    places.retain(|at| !at.file.is_empty());
    places.dedup_by(|a, b| (&a.file, a.line) == (&b.file, b.line));
    html! {
        @if !places.is_empty() {
            p class="label" { "Written in" }
            @for at in places.iter().take(4) {
                pre class="source" {
                    span class="place" { (Shown(&place(at))) } "\n"
                    code { (masked(at.text.as_str().trim_end())) }
                }
            }
        }
    }
}
