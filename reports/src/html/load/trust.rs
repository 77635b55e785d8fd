//! Whether the figures can be believed: how well the generator did what was asked of it, and what is void and why.

use crate::html::marks::badge;
use crate::html::page::Section;
use crate::html::safe::{grouped, line};
use crate::load::Trust;
use crate::load::figures::{micros, percent};
use crate::record::{Load, Part, Record, Verdict};
use maud::{Markup, html};

pub(super) fn section(record: &Record, load: &Load) -> Section {
    let trust = Trust::of(record, load);
    Section {
        id: "trust",
        title: "Can the figures be believed?".to_owned(),
        short: "Trust".to_owned(),
        body: html! {
            p {
                (badge(trust.verdict())) " "
                @match trust {
                    Trust::Valid => "The run is valid: the generator made the calls when they were due.",
                    Trust::Void => "The run is not valid. The generator was at fault, so the figures say nothing of the target.",
                    Trust::Open => "The run was cut short before that could be told.",
                }
            }
            @if !load.invalid_because.is_empty() {
                ul class="found" { @for why in load.invalid_because.iter().take(50) { li { (line(why.as_str(), 400)) } } }
            }
            (generator(load))
            (parts(&load.shards))
        },
    }
}

fn generator(load: &Load) -> Markup {
    let measured = || {
        load.seconds
            .iter()
            .filter(|second| second.at_ms >= load.warm_up_ms)
    };
    let busiest = measured().map(|second| second.busy).fold(0.0, f64::max);
    let offered: u64 = measured().map(|second| second.offered).sum();
    let (lag, service) = (&load.overall.pacer_lag, &load.overall.service);
    html! {
        dl class="facts" {
            @if lag.count > 0 {
                dt { "Calls were late by" }
                dd { "p50 " (micros(lag.p50)) ", p99 " (micros(lag.p99)) ", at most " (micros(lag.max))
                    @if service.count > 0 { " (median service time " (micros(service.p50)) ")" } }
            }
            @if !load.seconds.is_empty() {
                dt { "Busiest second" } dd { (percent(busiest)) " of the generator's own time" }
                dt { "Calls due" } dd { (grouped(offered)) " came due in the measured seconds, " (grouped(load.asked)) " were asked for" }
            }
        }
    }
}

fn parts(shards: &[Part]) -> Markup {
    html! {
        @if !shards.is_empty() {
            div class="wide" role="group" aria-label="Shards" tabindex="0" {
                table {
                    caption { "Merged from these shards" }
                    thead { tr {
                        th scope="col" { "Shard" } th scope="col" { "Run" } th scope="col" { "Began" }
                        th scope="col" class="n" { "Asked" } th scope="col" class="n" { "Sent" } th scope="col" class="n" { "Answered" }
                        th scope="col" { "Valid" }
                    } }
                    tbody {
                        @for part in shards.iter().take(1_000) {
                            tr {
                                th scope="row" { (part.index) " of " (part.of) }
                                td { (line(&part.run, 80)) }
                                td { (line(&part.started_at, 60)) }
                                td class="n" { (grouped(part.asked)) }
                                td class="n" { (grouped(part.sent)) }
                                td class="n" { (grouped(part.achieved)) }
                                td {
                                    (badge(if part.valid { Verdict::Passed } else { Verdict::Errored }))
                                    @for why in part.invalid_because.iter().take(5) { " " (line(why.as_str(), 200)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
