//! Diagnostics as a person reads them: the line, a caret, help. May use annotate-snippets, nobody else does.
//!
//! Never shows a place that `Diagnostics::conceal` named, and never fails on odd columns, tabs or wide characters.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::diagnostic::{Diagnostic, Diagnostics, Severity};
use super::model::At;

/// How many characters of a line are shown at most; a longer one is cut around the place.
const WIDEST: usize = 400;

/// All of them, one after another, with a last line that counts them. Empty text for none.
pub fn render(diagnostics: &Diagnostics, colour: bool) -> String {
    let mut sorted = diagnostics.clone();
    sorted.sort();
    let renderer = if colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let mut out = String::new();
    for item in sorted.iter() {
        out.push_str(&one(item, sorted.concealed(), &renderer));
        out.push_str("\n\n");
    }
    if let Some(total) = total(&sorted) {
        out.push_str(&total);
        out.push('\n');
    }
    out
}

fn total(diagnostics: &Diagnostics) -> Option<String> {
    let plural = |count: usize, word: &str| match count {
        0 => None,
        1 => Some(format!("1 {word}")),
        _ => Some(format!("{count} {word}s")),
    };
    let parts = [
        plural(diagnostics.errors(), "error"),
        plural(diagnostics.warnings(), "warning"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn one(item: &Diagnostic, concealed: &[At], renderer: &Renderer) -> String {
    let level = match item.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_title(level.primary_title(clean(&item.message)).id(item.code));
    if let Some(at) = &item.at {
        let (line, cut) = shown_line(at, concealed);
        if cut > 0 {
            group = group.element(
                Origin::path(&at.file.path)
                    .line(at.line as usize)
                    .char_column(at.column.max(1) as usize),
            );
        }
        let span = byte_span(&line, at.column.saturating_sub(1) as usize - cut, at.len as usize);
        let annotation = AnnotationKind::Primary.span(span);
        let annotation = if item.label.is_empty() {
            annotation
        } else {
            annotation.label(clean(&item.label))
        };
        let snippet = Snippet::source(line)
            .line_start(at.line.max(1) as usize)
            .fold(false);
        let snippet = if cut > 0 {
            snippet
        } else {
            snippet.path(&at.file.path)
        };
        group = group.element(snippet.annotation(annotation));
    }
    if let Some(help) = &item.help {
        group = group.element(Level::HELP.message(clean(help)));
    }
    for note in &item.notes {
        group = group.element(Level::NOTE.message(clean(note)));
    }
    let drawn = renderer.render(&[group]);
    drawn.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// The line with secrets starred out, and how many characters were cut off at its start.
fn shown_line(at: &At, concealed: &[At]) -> (String, usize) {
    let mut characters: Vec<char> = at.line_text().chars().collect();
    for place in concealed
        .iter()
        .filter(|place| place.line == at.line && place.file.path == at.file.path)
    {
        let start = (place.column.saturating_sub(1) as usize).min(characters.len());
        let end = start.saturating_add(place.len as usize).min(characters.len());
        characters[start..end].fill('*');
    }
    let column = (at.column.saturating_sub(1) as usize).min(characters.len());
    let cut = if characters.len() > WIDEST {
        column.saturating_sub(WIDEST / 4)
    } else {
        0
    };
    let line: String = characters.iter().skip(cut).take(WIDEST).collect();
    (line, cut.min(at.column.saturating_sub(1) as usize))
}

/// Characters to bytes, inside the line.
fn byte_span(line: &str, from: usize, len: usize) -> Range<usize> {
    let offset = |nth: usize| line.char_indices().nth(nth).map_or(line.len(), |(at, _)| at);
    let start = offset(from);
    start..offset(from.saturating_add(len.max(1))).max(start)
}

/// Text of a file that ends up in a message must not steer a terminal.
fn clean(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() && c != '\n' {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}
