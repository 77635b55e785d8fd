//! The frame: head, what every section hangs in, and their order.

use super::failure::moment;
use super::safe::{Shown, line};
use super::{access, checks, coverage, facts, load, rules, unjudged, verdict};
use crate::headline::headline;
use crate::record::Record;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// Where the style sheet is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// In a file beside the page, as the record is.
    Beside,
    /// In the page itself.
    Inside,
}

/// A part of the page with a heading and a place in the contents.
pub(super) struct Section {
    /// Its `id`.
    pub(super) id: &'static str,
    /// Its heading.
    pub(super) title: String,
    /// Its name in the contents, short.
    pub(super) short: String,
    /// What is in it.
    pub(super) body: Markup,
}

pub(super) fn page(record: &Record, before: Option<&Record>, strict: bool, style: Style) -> String {
    let first = [
        load::first(record),
        rules::broken(record, strict),
        unjudged::unjudged(record, strict),
        rules::missed(record, strict),
    ];
    let then = [
        facts::baseline(record, strict),
        access::access(record),
        coverage::coverage(record),
        unjudged::skipped(record),
        facts::measured(record),
        checks::checks(record),
        Some(facts::run(record)),
    ];
    let sections: Vec<Section> = first
        .into_iter()
        .flatten()
        .chain(load::sections(record, before))
        .chain(then.into_iter().flatten())
        .collect();
    let title = format!("Hallmark: {}", headline(record));
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content={ "hallmark " (Shown(&record.tool.version)) };
                title { (Shown(&title)) " · " (line(record.target.name.as_str(), 80)) }
                @match style {
                    Style::Beside => link rel="stylesheet" href="style.css";,
                    Style::Inside => style { (PreEscaped(super::STYLE)) },
                }
            }
            body {
                a class="skip" href="#verdict" { "Skip to the verdict" }
                header class="top" { (masthead(record)) }
                main {
                    (verdict::verdict(record, strict))
                    (contents(&sections))
                    @for section in &sections { (framed(section)) }
                }
                footer class="bottom" { (foot(record, style)) }
            }
        }
    }
    .into_string()
}

fn masthead(record: &Record) -> Markup {
    html! {
        p class="product" { (stamp()) "Hallmark" }
        p class="target" {
            b { (line(record.target.name.as_str(), 100)) }
            @if !record.target.url.is_empty() { " " code { (line(record.target.url.as_str(), 300)) } }
        }
    }
}

/// The mark an assay office strikes: a cut-cornered punch with a letter.
fn stamp() -> Markup {
    html! {
        svg class="stamp" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false" {
            path d="M7 2h10l5 5v10l-5 5H7l-5-5V7z" {}
            path class="letter" d="M8.5 7v10M15.5 7v10M8.5 12h7" {}
        }
    }
}

fn contents(sections: &[Section]) -> Markup {
    html! {
        nav class="contents" aria-label="On this page" {
            ul {
                @for section in sections {
                    li { a href={ "#" (section.id) } { (section.short) } }
                }
            }
        }
    }
}

fn framed(section: &Section) -> Markup {
    html! {
        section id=(section.id) aria-labelledby={ (section.id) "-title" } {
            h2 id={ (section.id) "-title" } { (section.title) }
            (section.body)
        }
    }
}

fn foot(record: &Record, style: Style) -> Markup {
    html! {
        p {
            (Shown(&record.tool.name)) " " (Shown(&record.tool.version)) " · run " code { (line(&record.run.id, 100)) }
            " · " (line(&moment(&record.run.started), 60))
            @if style == Style::Beside {
                " · everything, for programs: " a href="record.json" { "record.json" }
            }
        }
        p { "A mask such as " span class="mask" { "[name:0123abcd]" }
            " stands for a secret; equal masks are equal secrets within this run." }
    }
}
