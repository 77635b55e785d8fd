//! Each operation by itself, and what the answers were.

use super::latency::cells;
use crate::html::page::Section;
use crate::html::safe::{grouped, line};
use crate::load::figures::{percent, share};
use crate::record::{CLASSES, Load, Operation};
use maud::{Markup, html};

/// Most operations that are listed.
const ROWS: usize = 200;

pub(super) fn operations(load: &Load) -> Option<Section> {
    (!load.operations.is_empty()).then(|| Section {
        id: "operations",
        title: "By operation".to_owned(),
        short: "By operation".to_owned(),
        body: html! {
            div class="wide" role="group" aria-label="By operation" tabindex="0" {
                table class="times" {
                    caption { "Response times: from the moment a call was due" }
                    thead { tr {
                        th scope="col" { "Operation" } th scope="col" class="n" { "Weight" } th scope="col" class="n" { "Calls" }
                        th scope="col" class="n" { "Errors" }
                        @for name in ["p50", "p90", "p99", "p99.9", "max"] { th scope="col" class="n" { (name) } }
                        th scope="col" class="n" { "Service p99" } th scope="col" class="n" { "Backlog p99" }
                    } }
                    tbody {
                        @for operation in load.operations.iter().take(ROWS) { (row(operation)) }
                        @if load.operations.len() > 1 { (row(&load.overall)) }
                    }
                }
            }
            @if load.operations.len() > ROWS { p class="quiet" { "and " (load.operations.len() - ROWS) " more, in the record" } }
        },
    })
}

fn row(operation: &Operation) -> Markup {
    let (errors, all) = (operation.counts.errors(), operation.counts.total());
    html! {
        tr {
            th scope="row" { (line(operation.name.as_str(), 80)) }
            td class="n" { (grouped(operation.weight)) }
            td class="n" { (grouped(all)) }
            td class={ "n failed" @if errors == 0 { " none" } } { (percent(share(errors, all))) }
            (cells(&operation.response))
            td class="n" { (crate::load::figures::micros(operation.service.p99)) }
            td class="n" { (crate::load::figures::micros(operation.backlog.p99)) }
        }
    }
}

/// What a class means, for people.
fn meaning(class: &str) -> &'static str {
    match class {
        "ok" => "answered as asked, and every check of the answer held",
        "401" => "HTTP 401: the credential was not accepted",
        "403" => "HTTP 403: the credential does not suffice",
        "429" => "HTTP 429: a limit was reached",
        "4xx" => "any other HTTP 4xx",
        "5xx" => "HTTP 5xx",
        "status" => "a status that answers no call",
        "rpc-error" => "a JSON-RPC error",
        "tool-error" => "a tool result with isError",
        "journey" => "a journey in which something did not hold",
        "foreign" => "somebody else's data was in it, or none of the caller's own",
        "leaked" => "a credential of somebody's was in it",
        "wrongly-done" => "done for a credential that is not good, or no more",
        "rightly-refused" => "refused, as it should be: the credential is not good, or no more",
        "refused" => "no connection: refused, unreachable, no such name",
        "tls" => "no TLS: the handshake failed",
        "reset" => "the connection broke before any of the answer came",
        "timeout" => "not answered in time",
        "cut-short" => "the answer ended before it was complete",
        "malformed" => "no HTTP, no JSON, no JSON-RPC, or larger than is read",
        "wrong-id" => "an answer to another request",
        "dropped" => "due and never sent, because the plan allows to drop",
        "unfinished" => "begun or waiting when the run ended",
        _ => "",
    }
}

pub(super) fn answers(load: &Load) -> Option<Section> {
    let counts = &load.overall.counts;
    let all = counts.total();
    (all > 0).then(|| Section {
        id: "answers",
        title: "Answers".to_owned(),
        short: "Answers".to_owned(),
        body: html! {
            div class="wide" role="group" aria-label="Answers" tabindex="0" {
                table class="answers" {
                    thead { tr {
                        th scope="col" { "Class" } th scope="col" class="n" { "Calls" } th scope="col" class="n" { "Share" }
                        th scope="col" { "Meaning" } th scope="col" { "The first one" }
                    } }
                    tbody {
                        @for (class, n) in counts.each().take(CLASSES.len() + 20) {
                            tr {
                                th scope="row" { (line(class, 40)) }
                                td class="n" { (grouped(n)) }
                                td class="n" { (percent(share(n, all))) }
                                td { (meaning(class)) }
                                td {
                                    @for trouble in load.troubles.iter().filter(|trouble| trouble.class == class).take(1) {
                                        (line(trouble.why.as_str(), 300))
                                    }
                                }
                            }
                        }
                    }
                }
            }
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_is_explained() {
        for class in CLASSES {
            assert!(!meaning(class).is_empty(), "{class}");
        }
    }
}
