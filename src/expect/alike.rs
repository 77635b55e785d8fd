//! Compares two answers after taking out what differs by nature.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value as Json;

use super::evidence::Single;
use crate::wire::Response;

/// Header fields that differ between any two answers: clocks, request ids, counters.
pub(super) const VOLATILE: &[&str] = &[
    "date",
    "age",
    "expires",
    "last-modified",
    "etag",
    "set-cookie",
    "mcp-session-id",
    "x-request-id",
    "request-id",
    "x-correlation-id",
    "x-trace-id",
    "traceparent",
    "tracestate",
    "cf-ray",
    "server-timing",
    "x-ve-reqid",
    "x-ve-limit-avail",
    "x-ve-limit-max",
    "x-ve-limit-expires",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "content-length",
    "x-runtime",
    "x-response-time",
    "x-amzn-requestid",
    "x-amzn-trace-id",
];

/// What is compared and what is taken out before, for whoever reads a verdict.
pub(super) const NORMAL_FORM: &str = "status, headers and body, without clocks, request ids, sessions and rate counters \
    among the headers, with every id that was sent, UUID, time and number of nine digits or more read as <id>";

#[expect(clippy::expect_used, reason = "a constant pattern, compiled by every test")]
static IDS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|\b[0-9a-fA-F]{16,}\b|\d{4}-\d\d-\d\d[T ][\d:.]+Z?|\b\d{9,}\b")
        .expect("a constant pattern")
});

/// Differences between two answers, in words; empty when they are alike.
///
/// Compared: status, header names and values (without the volatile ones and `except`), and the body: JSON by its
/// members, other bodies as text; ids that were sent, UUIDs, long hexadecimal and decimal numbers and timestamps are
/// taken out first. `except` holds `headers.NAME` or `json.$.path`-free member names such as `requestId`.
pub fn differences(a: &Single, b: &Single, except: &[String]) -> Vec<String> {
    let (Some(a_x), Some(b_x)) = (&a.exchange, &b.exchange) else {
        return vec!["one of them has no answer".to_owned()];
    };
    let (a_r, b_r) = match (&a_x.response, &b_x.response) {
        (Ok(a), Ok(b)) => (a, b),
        (Err(_), Err(_)) => return Vec::new(),
        _ => return vec!["one of them has no readable answer".to_owned()],
    };
    let mut found = Vec::new();
    if a_r.status != b_r.status {
        found.push(format!("status {} and {}", b_r.status, a_r.status));
    }
    compare_headers(a, a_r, b, b_r, except, &mut found);
    compare_bodies(a, a_r, b, b_r, except, &mut found);
    found
}

fn compare_headers(
    a: &Single,
    a_r: &Response,
    b: &Single,
    b_r: &Response,
    except: &[String],
    found: &mut Vec<String>,
) {
    let (a_h, b_h) = (headers(a, a_r, except), headers(b, b_r, except));
    let names: BTreeSet<&String> = a_h.keys().chain(b_h.keys()).collect();
    for name in names {
        match (a_h.get(name), b_h.get(name)) {
            (Some(x), Some(y)) if x != y => found.push(format!("header {name}: {y:?} and {x:?}")),
            (Some(_), None) => found.push(format!("header {name} only in the second")),
            (None, Some(_)) => found.push(format!("header {name} only in the first")),
            _ => {}
        }
    }
}

fn headers(single: &Single, response: &Response, except: &[String]) -> BTreeMap<String, Vec<String>> {
    let mut map: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in &response.headers {
        let name = name.to_ascii_lowercase();
        let excepted = except.iter().any(|e| {
            e.strip_prefix("headers.")
                .is_some_and(|e| e.eq_ignore_ascii_case(&name))
        });
        if !VOLATILE.contains(&name.as_str()) && !excepted {
            map.entry(name)
                .or_default()
                .push(neutral(&String::from_utf8_lossy(value), &single.sent_ids));
        }
    }
    map
}

fn compare_bodies(
    a: &Single,
    a_r: &Response,
    b: &Single,
    b_r: &Response,
    except: &[String],
    found: &mut Vec<String>,
) {
    let (a_b, b_b) = (body(a, a_r, except), body(b, b_r, except));
    if a_b != b_b {
        found.push(format!(
            "bodies {} and {}",
            super::value::shorten(&b_b),
            super::value::shorten(&a_b)
        ));
    }
}

fn body(single: &Single, response: &Response, except: &[String]) -> String {
    let text = match message(&response.body, except) {
        Some(text) => text,
        // Each event is a message of its own, or text.
        None if !response.events.is_empty() => response
            .events
            .iter()
            .map(|event| message(event.data.as_bytes(), except).unwrap_or_else(|| event.data.clone()))
            .collect::<Vec<_>>()
            .join("\n"),
        None => String::from_utf8_lossy(&response.body).into_owned(),
    };
    neutral(&text, &single.sent_ids)
}

/// A JSON message without its id and the members that are left out.
fn message(text: &[u8], except: &[String]) -> Option<String> {
    let mut json: Json = serde_json::from_slice(text).ok()?;
    if let Some(object) = json.as_object_mut() {
        object.shift_remove("id");
    }
    drop_members(&mut json, except);
    Some(json.to_string())
}

fn drop_members(json: &mut Json, except: &[String]) {
    match json {
        Json::Object(object) => {
            object.retain(|name, _| !except.contains(name));
            object.values_mut().for_each(|value| drop_members(value, except));
        }
        Json::Array(items) => items.iter_mut().for_each(|value| drop_members(value, except)),
        _ => {}
    }
}

fn neutral(text: &str, sent_ids: &[String]) -> String {
    let mut text = text.to_owned();
    for id in sent_ids.iter().filter(|id| id.len() >= 3) {
        text = text.replace(id.as_str(), "<id>");
    }
    IDS.replace_all(&text, "<id>").into_owned()
}
