//! Evidence as plain text: what differed, and the exchanges as they were on the wire. For the formats that show
//! plain text; each still escapes it for itself.

use crate::record::{Check, Exchange, Finding, Message, Place, Verdict};
use crate::text::{one_line, span, visible};
use std::fmt::Write as _;

/// `scenarios/bearer/scheme-case.yaml:31`; empty when unknown.
pub(crate) fn place(place: &Place) -> String {
    match (place.file.is_empty(), place.line) {
        (true, _) => String::new(),
        (false, 0) => place.file.clone(),
        (false, line) => format!("{}:{line}", place.file),
    }
}

/// What differed, where, on which clause it rests, and how to repeat it.
pub(crate) fn account(check: &Check) -> String {
    let mut out = String::new();
    for Finding {
        selector,
        expected,
        actual,
        place: at,
        decision,
    } in &check.findings
    {
        let axis = if *decision { "access decision" } else { "form" };
        let _ = writeln!(out, "{} ({axis})", visible(selector));
        line(&mut out, "  expected", expected.as_str());
        line(&mut out, "  actual", actual.as_str());
        if *at != check.at {
            located(&mut out, "  where", at);
        }
    }
    located(&mut out, "where", &check.at);
    if !check.rule.is_empty() {
        let binds = [check.level.as_str(), check.subject.as_str()].map(str::trim);
        let binds: Vec<&str> = binds.into_iter().filter(|word| !word.is_empty()).collect();
        let binds = if binds.is_empty() {
            String::new()
        } else {
            format!(" ({})", binds.join(", "))
        };
        line(
            &mut out,
            "rule",
            &format!("{}{binds}: {}", check.rule, check.statement),
        );
    }
    for source in &check.sources {
        line(&mut out, "clause", source);
    }
    let missed = matches!(check.verdict, Verdict::Failed | Verdict::Warned);
    if let Some(fix) = check.fix.as_ref().filter(|_| missed) {
        line(&mut out, "fix", fix.as_str());
    }
    if let Some(unlock) = &check.unlock {
        line(&mut out, "unlock", unlock.as_str());
    }
    line(&mut out, "repeat", check.repeat.as_str());
    out
}

fn line(out: &mut String, key: &str, value: &str) {
    if !value.trim().is_empty() {
        let _ = writeln!(out, "{key:<10} {}", one_line(value, 2_000));
    }
}

fn located(out: &mut String, key: &str, at: &Place) {
    line(out, key, &place(at));
    if !at.text.as_str().trim().is_empty() {
        let _ = writeln!(out, "{:<10}   | {}", "", one_line(at.text.as_str(), 200));
    }
}

/// Every exchange, the judged ones marked, bodies cut at `body` bytes.
pub(crate) fn exchanges<'e>(list: impl IntoIterator<Item = &'e Exchange>, body: usize) -> String {
    list.into_iter()
        .map(|each| exchange(each, body))
        .collect::<Vec<_>>()
        .join("\n")
}

fn exchange(exchange: &Exchange, body: usize) -> String {
    let Exchange {
        label,
        request,
        response,
        error,
        timing,
        connection,
        judged,
    } = exchange;
    let mut out = String::new();
    let role = if *judged { "judged" } else { "control" };
    let took = span(timing.end_us.saturating_sub(timing.start_us));
    let connection = connection
        .map(|number| format!(", connection {number}"))
        .unwrap_or_default();
    let _ = writeln!(
        out,
        "[{role}] {} ({took}{connection})",
        one_line(label.as_str(), 200)
    );
    message(&mut out, '>', request, body);
    if let Some(response) = response {
        message(&mut out, '<', response, body);
    }
    if let Some(error) = error {
        let _ = writeln!(out, "! {}", one_line(error.as_str(), 1_000));
    }
    out
}

fn message(out: &mut String, mark: char, message: &Message, limit: usize) {
    let Message {
        line,
        headers,
        body,
        body_bytes,
        truncated,
    } = message;
    let _ = writeln!(out, "{mark} {}", one_line(line.as_str(), 1_000));
    for (name, value) in headers {
        let _ = writeln!(
            out,
            "{mark} {}: {}",
            escaped(name.as_str()),
            escaped(value.as_str())
        );
    }
    if body.is_empty() {
        return;
    }
    let body = visible(body.as_str());
    let shown = &body[..body.floor_char_boundary(limit)];
    let _ = writeln!(out, "{mark}");
    for text in shown.lines() {
        let _ = writeln!(out, "{mark} {text}");
    }
    if *truncated || shown.len() < body.len() {
        let _ = writeln!(out, "{mark} [… cut; the whole body has {body_bytes} bytes]");
    }
}

/// A header part on one line without losing what it was: white space matters here, so nothing is collapsed.
fn escaped(text: &str) -> String {
    visible(&text.replace('\n', "\\n"))
}
