//! What nothing is known about, grouped by what would change that: checks that could not be judged, and checks that
//! were skipped.

use super::evidence::{self, Room};
use super::failure::name;
use super::marks::{badge, number};
use super::page::Section;
use super::safe::{Shown, line};
use crate::record::{Check, Note, NoteKind, Record, Verdict};
use crate::standing::{Standing, rule_of};
use crate::text::{one_line, without_place};
use maud::{Markup, html};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Checks with the same verdict, reason and remedy.
struct Group<'r> {
    verdict: Verdict,
    reason: String,
    unlock: String,
    checks: Vec<&'r Check>,
}

fn groups<'r>(checks: impl Iterator<Item = &'r Check>) -> Vec<Group<'r>> {
    let mut groups: BTreeMap<(Reverse<Verdict>, String, String), Vec<&Check>> = BTreeMap::new();
    for check in checks {
        let unlock = check
            .unlock
            .as_ref()
            .map(|unlock| one_line(unlock.as_str(), 400))
            .unwrap_or_default();
        let key = (
            Reverse(check.verdict),
            one_line(without_place(check.message.as_str()), 400),
            unlock,
        );
        groups.entry(key).or_default().push(check);
    }
    let mut groups: Vec<Group<'_>> = groups
        .into_iter()
        .map(|((Reverse(verdict), reason, unlock), checks)| Group {
            verdict,
            reason,
            unlock,
            checks,
        })
        .collect();
    groups.sort_by_key(|group| (Reverse(group.verdict), Reverse(group.checks.len())));
    groups
}

pub(super) fn unjudged(record: &Record, strict: bool) -> Option<Section> {
    let unjudged = record
        .checks
        .iter()
        .filter(|check| Standing::of(check, strict) == Standing::Unjudged);
    let groups = groups(unjudged);
    let untested: Vec<_> = record
        .notes
        .iter()
        .filter(|note| note.kind == NoteKind::Untested)
        .collect();
    let checks: usize = groups.iter().map(|group| group.checks.len()).sum();
    let room = Room::default();
    (!groups.is_empty() || !untested.is_empty()).then(|| Section {
        id: "unjudged",
        title: "What could not be judged".to_owned(),
        short: format!("Not judged ({})", checks + untested.len()),
        body: html! {
            p class="quiet" { "Not green: nothing is known about these." }
            @for group in &groups { (unjudged_group(group, &room)) }
            @if !untested.is_empty() { (untested_by_request(&untested)) }
        },
    })
}

/// What was not even tried, and the line of the target file for each.
fn untested_by_request(notes: &[&Note]) -> Markup {
    html! {
        table class="reasons" {
            caption { "Not tried with what was given" }
            thead { tr { th scope="col" { "What" } th scope="col" { "In the target file" } } }
            tbody {
                @for note in notes {
                    tr {
                        td { (line(note.text.as_str(), 400)) }
                        td { @if let Some(unlock) = &note.unlock { code { (line(unlock.as_str(), 400)) } } }
                    }
                }
            }
        }
    }
}

fn unjudged_group(group: &Group<'_>, room: &Room) -> Markup {
    let first = group.checks[0];
    html! {
        article class={ "gap " (group.verdict.as_str()) } {
            h3 { (badge(group.verdict)) " " (Shown(&group.reason)) }
            (remedy(&group.unlock))
            (touched(&group.checks))
            @if !first.exchanges.is_empty() || !first.findings.is_empty() {
                details class="failure" {
                    summary { "What happened in " code { (line(&name(first), 200)) } }
                    (evidence::evidence(first, room))
                }
            }
        }
    }
}

pub(super) fn skipped(record: &Record) -> Option<Section> {
    let groups = groups(
        record
            .checks
            .iter()
            .filter(|check| check.verdict == Verdict::Skipped),
    );
    let checks: usize = groups.iter().map(|group| group.checks.len()).sum();
    let (open, closed): (Vec<&Group<'_>>, Vec<&Group<'_>>) =
        groups.iter().partition(|group| !group.unlock.is_empty());
    (!groups.is_empty()).then(|| Section {
        id: "skipped",
        title: "What was skipped".to_owned(),
        short: format!("Skipped ({checks})"),
        body: html! {
            @if !open.is_empty() {
                p { "A line in the target file makes these testable:" }
                @for group in open {
                    article class="gap skipped" {
                        (remedy(&group.unlock))
                        p { (Shown(&group.reason)) "." }
                        (touched(&group.checks))
                    }
                }
            }
            @if !closed.is_empty() {
                table class="reasons" {
                    caption { "Does not apply here" }
                    thead { tr { th scope="col" { "Why" } th scope="col" { "Rules" } th scope="col" class="n" { "Checks" } } }
                    tbody {
                        @for group in closed {
                            tr {
                                td { (Shown(&group.reason)) }
                                td { (rules(&group.checks)) }
                                td class="n" { (group.checks.len()) }
                            }
                        }
                    }
                }
            }
        },
    })
}

/// The line of a target file that would change it.
fn remedy(unlock: &str) -> Markup {
    html! {
        @if !unlock.is_empty() {
            p class="label" { "In the target file" }
            pre class="command" { code { (Shown(unlock)) } }
        }
    }
}

/// Which rules, and which checks of them.
fn touched(checks: &[&Check]) -> Markup {
    html! {
        p class="quiet" { (number(checks.len(), "check")) " of " (rules(checks)) }
    }
}

fn rules(checks: &[&Check]) -> Markup {
    let rules: BTreeSet<&str> = checks.iter().map(|check| rule_of(check)).collect();
    let shown: Vec<String> = rules.iter().take(24).map(|rule| one_line(rule, 80)).collect();
    html! {
        (Shown(&shown.join(", ")))
        @if rules.len() > 24 { " and " (rules.len() - 24) " more" }
    }
}
