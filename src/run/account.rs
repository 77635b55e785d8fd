//! Turns evidence into the record's account of it, through the scrubber.

use std::sync::Arc;
use std::time::Instant;

use hallmark_reports::record::{Clean, Exchange, Finding, Message, Place, Timing};

use crate::expect::{Miss, Single};
use crate::scenario::model::At;
use crate::secret::Scrubber;
use crate::wire;

/// Bytes of a body kept for a check that passed, and for any other.
const KEPT: [usize; 2] = [1024, 8 * 1024];
/// Bytes scrubbed before the cut, so that a credential across the cut is still whole when it is looked for.
const MARGIN: usize = 48 * 1024;

/// The place of a step or clause.
pub fn place(at: &At, scrubber: &Scrubber) -> Place {
    Place {
        file: at.file.path.clone(),
        line: at.line,
        column: at.column,
        text: scrubber.clean(at.line_text()),
    }
}

/// A miss as a finding.
pub(super) fn finding(miss: &Miss, scrubber: &Scrubber) -> Finding {
    Finding {
        selector: miss.selector.clone(),
        expected: scrubber.clean(&miss.expected),
        actual: scrubber.clean(&miss.actual),
        place: place(&miss.at, scrubber),
        decision: miss.decision,
    }
}

/// The exchanges of some evidence. `full`: also those that led to it, with more of their bodies.
pub(super) fn exchanges(
    singles: &[Arc<Single>],
    full: bool,
    start: Instant,
    scrubber: &Scrubber,
) -> Vec<Exchange> {
    let kept = KEPT[usize::from(full)];
    let mut found = Vec::new();
    for single in singles {
        if full {
            for one in &single.before {
                found.push(exchange(one, &single.sender, false, kept, start, scrubber));
            }
        }
        if let Some(one) = &single.exchange {
            found.push(exchange(one, &single.sender, true, kept, start, scrubber));
        }
    }
    found
}

fn exchange(
    one: &wire::Exchange,
    sender: &str,
    judged: bool,
    kept: usize,
    start: Instant,
    scrubber: &Scrubber,
) -> Exchange {
    let micros = |moment: Instant| {
        u64::try_from(moment.saturating_duration_since(start).as_micros()).unwrap_or(u64::MAX)
    };
    let request = &one.request;
    Exchange {
        label: scrubber.clean(&format!("as {sender}")),
        request: message(
            &request.line,
            &request.headers,
            &request.body,
            false,
            kept,
            scrubber,
        ),
        response: one.response.as_ref().ok().map(|response| {
            let line = format!("{} {} {}", response.version, response.status, response.reason);
            message(
                line.trim_end(),
                &response.headers,
                &response.body,
                response.cut.is_some_and(|cut| cut != wire::Cut::Enough),
                kept,
                scrubber,
            )
        }),
        error: one
            .response
            .as_ref()
            .err()
            .map(|error| scrubber.clean(&error.to_string())),
        timing: Timing {
            start_us: micros(one.timing.start),
            first_byte_us: one.timing.first_byte.map(micros),
            end_us: micros(one.timing.end),
        },
        connection: one.connection.map(|used| used.id),
        judged,
    }
}

fn message(
    line: &str,
    headers: &[(String, Vec<u8>)],
    body: &[u8],
    cut: bool,
    kept: usize,
    scrubber: &Scrubber,
) -> Message {
    let window = &body[..body.len().min(kept + MARGIN)];
    let text = scrubber.clean_bytes(window);
    let short = shortened(text.as_str(), kept);
    Message {
        line: scrubber.clean(&shortened(line, 4096)),
        headers: headers
            .iter()
            .map(|(name, value)| {
                (
                    scrubber.clean(&shortened(name, 256)),
                    header(name, value, scrubber),
                )
            })
            .collect(),
        truncated: cut || body.len() > window.len() || short.len() < text.as_str().len(),
        body: scrubber.clean(&short),
        body_bytes: body.len() as u64,
    }
}

/// A header value is scrubbed whole, then shortened.
fn header(name: &str, value: &[u8], scrubber: &Scrubber) -> Clean {
    let clean = scrubber.clean_header(name, value);
    if clean.as_str().len() <= 2048 {
        clean
    } else {
        scrubber.clean(&format!(
            "{}… ({} bytes)",
            shortened(clean.as_str(), 512),
            value.len()
        ))
    }
}

fn shortened(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = (0..=most).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    text[..end].to_owned()
}
