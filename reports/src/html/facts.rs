//! The circumstances: what the baseline foretold, what was measured, and how the run was made.

use super::failure::{moment, name, revisions};
use super::marks::badge;
use super::page::Section;
use super::safe::{Shown, line};
use crate::record::{NoteKind, Record, RunKind};
use crate::standing::{Standing, rule_of};
use crate::text::{one_line, span};
use maud::{Markup, html};

pub(super) fn baseline(record: &Record, strict: bool) -> Option<Section> {
    let expected: Vec<_> = record
        .checks
        .iter()
        .filter(|check| Standing::of(check, strict) == Standing::Expected)
        .collect();
    (!expected.is_empty()).then(|| Section {
        id: "baseline",
        title: "Expected by the baseline".to_owned(),
        short: format!("Expected ({})", expected.len()),
        body: html! {
            @if let Some(baseline) = &record.baseline {
                p class="quiet" { "Known and accepted in " code { (Shown(&baseline.file)) } "; these do not fail the run." }
            }
            div class="wide" role="group" aria-label="Expected by the baseline" tabindex="0" {
                table class="reasons" {
                    thead { tr { th scope="col" { "Rule" } th scope="col" { "Check" } th scope="col" { "Found" } th scope="col" { "Why it is accepted" } } }
                    tbody {
                        @for check in expected {
                            tr {
                                th scope="row" { (line(rule_of(check), 80)) }
                                td { code { (line(&name(check), 200)) } }
                                td { (badge(check.verdict)) " " (line(check.message.as_str(), 300)) }
                                td { (line(check.expected_failure.as_deref().unwrap_or_default(), 400)) }
                            }
                        }
                    }
                }
            }
        },
    })
}

pub(super) fn measured(record: &Record) -> Option<Section> {
    let measures: Vec<_> = record
        .checks
        .iter()
        .flat_map(|check| check.measures.iter().map(move |measure| (check, measure)))
        .collect();
    (!measures.is_empty()).then(|| Section {
        id: "measured",
        title: "Measured".to_owned(),
        short: "Measured".to_owned(),
        body: html! {
            div class="wide" role="group" aria-label="Measured" tabindex="0" {
                table class="reasons" {
                    thead { tr {
                        th scope="col" { "Check" } th scope="col" { "What" } th scope="col" class="n" { "Samples" }
                        th scope="col" class="n" { "Median" } th scope="col" class="n" { "95 %" } th scope="col" class="n" { "Largest" }
                    } }
                    tbody {
                        @for (check, measure) in measures {
                            tr {
                                td { code { (line(&name(check), 200)) } }
                                td { (line(&measure.name, 100)) @if measure.statistical { " (statistical: never fails a run)" } }
                                td class="n" { (measure.values.n) }
                                @for value in [measure.values.p50, measure.values.p95, measure.values.max] {
                                    td class="n" { (value.to_string()) " " (line(&measure.unit, 20)) }
                                }
                            }
                        }
                    }
                }
            }
        },
    })
}

pub(super) fn run(record: &Record) -> Section {
    Section {
        id: "run",
        title: "The run".to_owned(),
        short: "The run".to_owned(),
        body: html! {
            dl class="facts" {
                @for (term, value) in facts(record) { dt { (term) } dd { (line(&value, 600)) } }
            }
            (discovered(record))
            @if !record.run.command.is_empty() {
                p class="label" { "Repeat the run" }
                pre class="command" { code { (line(record.run.command.as_str(), 2_000)) } }
            }
        },
    }
}

fn facts(record: &Record) -> Vec<(&'static str, String)> {
    let (run, target) = (&record.run, &record.target);
    let mut revisions = revisions(record);
    if revisions.is_empty() {
        revisions.push(&run.revision);
    }
    let kind = match run.kind {
        RunKind::Run => "conformance of a server",
        RunKind::Agent => "conformance of an agent",
        RunKind::Load => "load",
    };
    let took = if run.duration_ms == 0 {
        String::new()
    } else {
        span(run.duration_ms.saturating_mul(1_000))
    };
    let ci = run.ci.as_ref().map(|ci| {
        format!(
            "{}, build {}, {} at {}",
            ci.provider, ci.build, ci.branch, ci.commit
        )
    });
    let all = [
        ("Target", target.name.to_string()),
        ("Address", target.url.to_string()),
        ("What", kind.to_owned()),
        ("MCP revisions", revisions.join(", ")),
        ("Rules profile", run.rules_profile.clone().unwrap_or_default()),
        (
            "Strict",
            if run.strict {
                "yes: a missed SHOULD fails".to_owned()
            } else {
                "no".to_owned()
            },
        ),
        ("Behaviour", target.behaviour.clone().unwrap_or_default()),
        ("Defects switched on", target.defects.join(", ")),
        ("Variants switched on", target.variants.join(", ")),
        (
            "Baseline",
            record
                .baseline
                .as_ref()
                .map(|baseline| format!("{}, entries: {}", baseline.file, baseline.entries))
                .unwrap_or_default(),
        ),
        ("Shard", run.shard.clone().unwrap_or_default()),
        ("Started", moment(&run.started)),
        ("Took", took),
        ("Seed", run.seed.to_string()),
        ("Pipeline", ci.unwrap_or_default()),
        ("Run id", run.id.clone()),
    ];
    all.into_iter()
        .filter(|(_, value)| !value.trim().is_empty())
        .collect()
}

fn discovered(record: &Record) -> Markup {
    let notes = record
        .notes
        .iter()
        .filter(|note| note.kind == NoteKind::Discovered)
        .map(|note| &note.text);
    let found: Vec<String> = record
        .target
        .discovered
        .iter()
        .chain(notes)
        .map(|text| one_line(text.as_str(), 400))
        .collect();
    html! {
        @if !found.is_empty() {
            p class="label" { "Found out by asking" }
            ul class="found" { @for text in &found { li { (Shown(text)) } } }
        }
    }
}
