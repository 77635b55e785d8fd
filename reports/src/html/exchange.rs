//! One request and its answer, side by side, as they were on the wire.

use super::json::indented;
use super::safe::{Shown, counted, has_mask, line, masked};
use crate::record::{Exchange, Message};
use crate::text::{span, visible};
use maud::{Markup, html};

/// How much of a body is shown.
#[derive(Clone, Copy)]
pub(super) enum Depth {
    /// The beginning at once, the rest folded.
    Full,
    /// The beginning.
    Brief,
}

/// Bytes and lines of a body shown at once.
const AT_ONCE: (usize, usize) = (2_000, 24);
const BRIEF: (usize, usize) = (800, 16);
/// Headers nearly every message has. They are there, but step back.
const EVERYDAY: [&str; 9] = [
    "host",
    "user-agent",
    "accept",
    "accept-encoding",
    "content-length",
    "connection",
    "date",
    "server",
    "keep-alive",
];

pub(super) fn exchange(exchange: &Exchange, depth: Depth) -> Markup {
    html! {
        figure class="exchange" {
            figcaption {
                @if exchange.judged { b { "Judged" } ": " }
                (line(exchange.label.as_str(), 200)) ", "
                (span(exchange.timing.end_us.saturating_sub(exchange.timing.start_us)))
                @if let Some(number) = exchange.connection { ", connection " (number) }
            }
            (sides(exchange, depth))
        }
    }
}

/// A control: a line that unfolds.
pub(super) fn folded(one: &Exchange) -> Markup {
    html! {
        details class="control" {
            summary { (summary(one)) }
            (sides(one, Depth::Brief))
        }
    }
}

/// A line that does not.
pub(super) fn in_a_line(exchange: &Exchange) -> Markup {
    html! { p class="control" { (summary(exchange)) } }
}

fn summary(exchange: &Exchange) -> Markup {
    let answer = exchange
        .response
        .as_ref()
        .map(|response| &response.line)
        .or(exchange.error.as_ref());
    let asked = indented(exchange.request.body.as_str()).and_then(|_| method(exchange.request.body.as_str()));
    html! {
        (line(exchange.label.as_str(), 100)) ": " code { (line(exchange.request.line.as_str(), 200)) }
        @if let Some(method) = asked { " " code { (line(&method, 60)) } }
        " → " code { (line(answer.map_or("no answer", |answer| answer.as_str()), 200)) }
    }
}

/// The JSON-RPC method, which says more than `POST /mcp`.
fn method(body: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(body).ok()?;
    value.get("method")?.as_str().map(str::to_owned)
}

fn sides(exchange: &Exchange, depth: Depth) -> Markup {
    html! {
        div class="sides" {
            div { p class="label" { "Sent" } (message(&exchange.request, depth)) }
            div {
                p class="label" { "Came back" }
                @if let Some(response) = &exchange.response { (message(response, depth)) }
                @if let Some(error) = &exchange.error { p class="trouble" { (line(error.as_str(), 1_000)) } }
                @if exchange.response.is_none() && exchange.error.is_none() { p class="trouble" { "no answer" } }
            }
        }
    }
}

fn message(message: &Message, depth: Depth) -> Markup {
    let body = message.body.as_str();
    let neat = indented(body).unwrap_or_else(|| body.to_owned());
    let cut = cut(
        &neat,
        match depth {
            Depth::Full => AT_ONCE,
            Depth::Brief => BRIEF,
        },
    );
    let (now, later) = neat.split_at(cut);
    html! {
        pre class="message" {
            b { (line(message.line.as_str(), 1_000)) } "\n"
            @for (name, value) in &message.headers { (header(name.as_str(), value.as_str())) "\n" }
            @if !now.is_empty() { "\n" (masked(now)) }
        }
        @if !later.is_empty() {
            @match depth {
                Depth::Full => details class="rest" {
                    summary { (counted(later.len() as u64, "byte")) " more" }
                    pre class="message" { (masked(later)) }
                },
                Depth::Brief => p class="quiet" { "… " (counted(later.len() as u64, "byte")) " more in the record" },
            }
        }
        @if message.truncated {
            p class="quiet" { "Cut when recorded; the whole body has " (counted(message.body_bytes, "byte")) "." }
        }
    }
}

/// Where to cut a body. A handful of lines more is not worth a fold.
fn cut(text: &str, (bytes, lines): (usize, usize)) -> usize {
    let ends = text.match_indices('\n').map(|(at, _)| at + 1);
    let (fits, some_more) = (ends.clone().nth(lines - 1), ends.clone().nth(lines + 7));
    match (fits, some_more) {
        (Some(at), Some(_)) => at.min(text.floor_char_boundary(bytes)),
        _ if text.len() <= bytes + 200 => text.len(),
        _ => text.floor_char_boundary(bytes),
    }
}

fn header(name: &str, value: &str) -> Markup {
    let everyday = EVERYDAY.iter().any(|known| known.eq_ignore_ascii_case(name)) && !has_mask(value);
    // Line ends cannot be in a header; if they are, they are shown and not followed.
    let text = |text: &str| visible(&text.replace('\n', "\\n"));
    html! {
        @if everyday { span class="everyday" { (Shown(&text(name))) ": " (Shown(&text(value))) } }
        @else { span class="name" { (Shown(&text(name))) } ": " (masked(&text(value))) }
    }
}
