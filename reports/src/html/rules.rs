//! Broken rules and missed recommendations, an article each.

use super::evidence::{self, Room};
use super::failure::{Broken, Failure, happened, name, revisions, statement};
use super::marks::{badge, number};
use super::page::Section;
use super::safe::{Shown, line, source, words};
use crate::record::Record;
use crate::standing::{Standing, title_of};
use crate::text::one_line;
use maud::{Markup, html};

/// Failures of one rule that are shown with their evidence.
const IN_FULL: usize = 6;
/// Failures of one rule that are listed at all.
const LISTED: usize = 200;
/// Rules whose first failure is unfolded.
const UNFOLDED: usize = 5;

pub(super) fn broken(record: &Record, strict: bool) -> Option<Section> {
    let broken = Broken::all(record, strict, Standing::Broken);
    (!broken.is_empty()).then(|| Section {
        id: "broken",
        title: "What broke".to_owned(),
        short: format!("What broke ({})", broken.len()),
        body: articles(record, &broken, UNFOLDED),
    })
}

pub(super) fn missed(record: &Record, strict: bool) -> Option<Section> {
    let missed = Broken::all(record, strict, Standing::Missed);
    (!missed.is_empty()).then(|| Section {
        id: "missed",
        title: "Recommendations missed".to_owned(),
        short: format!("Recommendations missed ({})", missed.len()),
        body: html! {
            p class="quiet" { "These do not fail the run; with " code { "--strict" } " they would." }
            (articles(record, &missed, 0))
        },
    })
}

fn articles(record: &Record, broken: &[Broken<'_>], unfolded: usize) -> Markup {
    let room = Room::default();
    let several = revisions(record).len() > 1;
    html! {
        @for (index, rule) in broken.iter().enumerate() {
            (article(rule, several, index < unfolded, &room))
        }
        @if room.is_full() {
            p class="quiet" { "Exchanges beyond a size a browser opens at once were left out here. The record has all of them." }
        }
    }
}

fn article(broken: &Broken<'_>, several: bool, unfolded: bool, room: &Room) -> Markup {
    let check = broken.first();
    html! {
        article class={ "rule " (check.verdict.as_str()) } id=(broken.anchor) aria-labelledby={ (broken.anchor) "-title" } {
            header {
                h3 id={ (broken.anchor) "-title" } {
                    (badge(check.verdict)) " "
                    span class="id" { (line(broken.rule, 120)) } " "
                    (line(title_of(check), 400))
                }
                @for (text, revisions) in wordings(broken) {
                    p class="statement" {
                        @if let Some(revisions) = &revisions { b { "MCP " (line(revisions, 120)) ": " } }
                        (words(text, 1_000))
                    }
                }
                (binds(broken))
                @if let Some(fix) = &check.fix { p class="fix" { b { "To fix it" } " " (words(fix.as_str(), 1_000)) } }
            }
            @for (index, failure) in broken.failures.iter().take(IN_FULL).enumerate() {
                (folded(failure, several, unfolded && index == 0, room))
            }
            (others(&broken.failures))
        }
    }
}

/// What the rule says, each wording once; with the revisions that word it so where there are several.
fn wordings<'r>(broken: &Broken<'r>) -> Vec<(&'r str, Option<String>)> {
    let mut found: Vec<(&str, Vec<&str>)> = Vec::new();
    for check in broken.failures.iter().flat_map(|failure| &failure.checks) {
        let text = statement(check);
        if text.is_empty() {
            continue;
        }
        let revision = check.revision.as_str();
        match found.iter_mut().find(|(other, _)| *other == text) {
            Some((_, revisions)) if revisions.contains(&revision) => {}
            Some((_, revisions)) => revisions.push(revision),
            None => found.push((text, vec![revision])),
        }
    }
    let several = found.len() > 1;
    found.sort_by(|(_, one), (_, other)| one.iter().min().cmp(&other.iter().min()));
    found
        .into_iter()
        .map(|(text, mut revisions)| {
            revisions.sort_unstable();
            revisions.retain(|revision| !revision.is_empty());
            (
                text,
                (several && !revisions.is_empty()).then(|| revisions.join(", ")),
            )
        })
        .collect()
}

/// How strongly it binds whom, on which clause it rests, how much of it was missed.
fn binds(broken: &Broken<'_>) -> Markup {
    let check = broken.first();
    html! {
        ul class="binds" {
            @if !check.level.is_empty() {
                li { b { (line(&check.level, 40)) }
                    @if !check.subject.is_empty() { " for the " (line(&check.subject.replace('-', " "), 100)) } }
            }
            @for clause in check.sources.iter().take(6) { li { (source(clause)) } }
            li { "missed by " (broken.checks()) " of " (number(broken.judged, "check")) }
        }
    }
}

fn folded(failure: &Failure<'_>, several: bool, open: bool, room: &Room) -> Markup {
    let check = failure.checks[0];
    html! {
        details class="failure" open[open] {
            summary {
                code { (line(&name(check), 200)) }
                @if failure.leaks() { " " span class="flag" { "Leak" } }
                @else if failure.decides() { " " span class="flag" { "Wrong access decision" } }
                " " span class="why" { (line(&happened(check), 400)) }
            }
            @for account in failure.accounts() {
                @if several { p class="revisions" { (in_revisions(&account.revisions)) } }
                (evidence::evidence(account.check, room))
            }
        }
    }
}

fn in_revisions(revisions: &[&str]) -> Markup {
    let named: Vec<String> = revisions
        .iter()
        .filter(|text| !text.is_empty())
        .map(|text| one_line(text, 40))
        .collect();
    html! {
        @if named.is_empty() { "Independent of the MCP revision" }
        @else { "In MCP " @for (index, revision) in named.iter().enumerate() {
            @if index > 0 { ", " } b { (Shown(revision)) }
        } }
    }
}

/// The failures beyond those in full, a line each.
fn others(failures: &[Failure<'_>]) -> Markup {
    let rest = &failures[IN_FULL.min(failures.len())..];
    html! {
        @if !rest.is_empty() {
            details class="others" {
                summary { "The same rule in " (number(rest.len(), "more case")) }
                ul {
                    @for failure in rest.iter().take(LISTED) {
                        @let check = failure.checks[0];
                        li { code { (line(&name(check), 200)) } " " (line(check.message.as_str(), 300)) }
                    }
                    @if rest.len() > LISTED { li { "… and " (rest.len() - LISTED) " more in the record" } }
                }
            }
        }
    }
}
