//! The whole run in a few figures, and what was promised.

use crate::html::marks::{badge, icon};
use crate::html::page::Section;
use crate::html::safe::{Shown, counted, grouped, line};
use crate::load::figures::{clock, micros, number, percent, share};
use crate::load::promises::{promises, summary};
use crate::load::text::{calls, rate};
use crate::load::{Trust, why_void};
use crate::record::{Load, Model, Record};
use maud::{Markup, html};

/// The sentence under the verdict.
pub(in crate::html) fn lead(record: &Record, load: &Load) -> Markup {
    html! {
        (calls(load)) ". " (rate(load)) ". "
        @match Trust::of(record, load) {
            Trust::Valid => { (Shown(&upper(&summary(record, load)))) ". " }
            Trust::Void => "These figures say nothing of the target. ",
            Trust::Open => "Nothing was judged: the run was cut short. ",
        }
    }
}

fn upper(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(letters)
        .collect()
}

pub(super) fn section(record: &Record, load: &Load) -> Section {
    Section {
        id: "load",
        title: if load.title.is_empty() {
            "Load".to_owned()
        } else {
            format!("Load: {}", crate::text::one_line(load.title.as_str(), 120))
        },
        short: "Load".to_owned(),
        body: html! {
            (tiles(record, load))
            (kept(record, load))
            (circumstances(load))
        },
    }
}

fn tiles(record: &Record, load: &Load) -> Markup {
    let trust = Trust::of(record, load);
    let response = &load.overall.response;
    let errors = share(load.overall.counts.errors(), load.overall.counts.total());
    html! {
        ul class="tiles" aria-label="The run in figures" {
            li class=(trust.verdict().as_str()) {
                span class="name" { "The run is" }
                b class="trust" { (icon(trust.verdict())) (known(trust)) }
                span class="quiet" { (why(trust, load)) }
            }
            li {
                span class="name" { "Answered as asked" } b { (number(load.rate)) "/s" }
                span class="quiet" { (grouped(load.overall.counts.of("ok"))) " calls" }
            }
            li {
                span class="name" { "Answered of asked" } b { (percent(share(load.achieved, load.asked))) }
                span class="quiet" { (grouped(load.achieved)) " of " (grouped(load.asked)) }
            }
            li {
                span class="name" { "Errors" } b { (percent(errors)) }
                span class="quiet" { (counted(load.overall.counts.errors(), "call")) ", " (grouped(load.dropped)) " of them dropped" }
            }
            @if response.count > 0 {
                li { span class="name" { "Response, p50" } b { (micros(response.p50)) } span class="quiet" { "half of the calls" } }
                li { span class="name" { "Response, p99" } b { (micros(response.p99)) } span class="quiet" { "worst " (micros(response.max)) } }
            }
        }
    }
}

fn known(trust: Trust) -> &'static str {
    match trust {
        Trust::Open => "not known",
        _ => trust.words(),
    }
}

fn why(trust: Trust, load: &Load) -> String {
    match trust {
        Trust::Valid => "the generator kept up".to_owned(),
        Trust::Void => crate::text::one_line(&why_void(load), 160),
        Trust::Open => "cut short: the figures are of its first part".to_owned(),
    }
}

fn kept(record: &Record, load: &Load) -> Markup {
    let all = promises(record, load);
    html! {
        @if !all.is_empty() {
            h3 class="part" { "What was promised" }
            div class="wide" role="group" aria-label="What was promised" tabindex="0" {
                table class="promises" {
                    thead { tr {
                        th scope="col" { "Promise" } th scope="col" { "Bound" } th scope="col" { "Measured" } th scope="col" { "Verdict" }
                    } }
                    tbody {
                        @for promise in &all {
                            tr {
                                th scope="row" { (line(&promise.what, 80)) }
                                td data-name="Bound" { (line(&promise.bound, 120)) }
                                td data-name="Measured" { (line(&promise.found, 120)) }
                                td {
                                    @match promise.verdict {
                                        Some(verdict) => (badge(verdict)),
                                        None => span class="quiet" { "not judged" },
                                    }
                                    @if !promise.note.is_empty() { " " span class="quiet" { (line(promise.note, 200)) } }
                                }
                            }
                        }
                    }
                }
            }
            @for invariant in load.invariants.iter().filter(|invariant| !invariant.first.is_empty()) {
                details class="others" {
                    summary { "The first answers that broke " b { (line(&invariant.name, 80)) } }
                    ul class="found" { @for text in invariant.first.iter().take(20) { li { (line(text.as_str(), 400)) } } }
                }
            }
        }
    }
}

/// Zero is not known yet.
fn some(n: u64) -> String {
    if n == 0 { String::new() } else { grouped(n) }
}

fn circumstances(load: &Load) -> Markup {
    let model = match load.model {
        Model::Arrivals => "arrivals: calls are made when they are due, and times count from then",
        Model::Users => "users: each waits for its answer, and times count from its call",
    };
    let facts = [
        ("Plan", load.profile.clone()),
        ("Model", model.to_owned()),
        ("Transport", load.transport.to_string()),
        (
            "Length",
            format!(
                "{}, of it {} not measured",
                clock(load.length_ms),
                clock(load.warm_up_ms)
            ),
        ),
        ("Callers", some(load.identities)),
        ("Connections", some(load.connections)),
        ("Seed", load.seed.to_string()),
        (
            "Shard",
            load.shard
                .map(|shard| format!("{} of {}", shard.index, shard.of))
                .unwrap_or_default(),
        ),
    ];
    html! {
        h3 class="part" { "How it was made" }
        dl class="facts" {
            @for (term, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
                dt { (term) } dd { (line(value, 300)) }
            }
        }
    }
}
