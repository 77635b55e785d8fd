//! What an answer says about rate limits, in the dialects that are in use: `Retry-After` (RFC 9110 §10.2.3), `RateLimit`
//! and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-11 and its older forms), `X-RateLimit-*`, `x-ve-limit-*`.

use std::time::Duration;

use serde_json::{Map, Value as Json};
use sfv::{BareItem, Dictionary, Item, List, ListEntry, Parameters, Parser};

use crate::wire::Response;

/// Every statement about a limit in an answer, as an object: `dialect`, and what it says of `policy`, `limit`,
/// `remaining`, `window` (seconds), `reset` (seconds from now), `unit` (what the reset was written as) and `beyond` (seconds
/// by which the reset lies beyond `Retry-After`).
pub(super) fn statements(response: &Response) -> Vec<Json> {
    let mut found = fields(response);
    let triples = [
        (
            "ratelimit-06",
            ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"],
        ),
        (
            "x-ratelimit",
            ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"],
        ),
        (
            "x-ratelimit",
            [
                "x-rate-limit-limit",
                "x-rate-limit-remaining",
                "x-rate-limit-reset",
            ],
        ),
        (
            "x-ve-limit",
            ["x-ve-limit-max", "x-ve-limit-avail", "x-ve-limit-expires"],
        ),
        (
            "x-ve-limit",
            [
                "x-rate-limit-max",
                "x-rate-limit-available",
                "x-rate-limit-expiry",
            ],
        ),
    ];
    for (dialect, names) in triples {
        let [limit, remaining, reset] = names.map(|name| response.header(name));
        if limit.is_none() && remaining.is_none() && reset.is_none() {
            continue;
        }
        let mut said = statement(dialect);
        // `100, 100;w=60` is a limit with its policies behind it.
        let limit = limit.and_then(|text| text.split([',', ';']).next().map(str::to_owned));
        put_number(&mut said, "limit", limit.as_deref());
        put_number(&mut said, "remaining", remaining.as_deref());
        if let Some(reset) = reset {
            let (unit, seconds) = moment(reset.trim(), response.moment());
            said.insert("unit".to_owned(), unit.into());
            said.extend(seconds.map(|seconds| ("reset".to_owned(), seconds.into())));
        }
        found.push(Json::Object(said));
    }
    if let Some(pause) = response.retry_after() {
        for said in &mut found {
            if let Some(reset) = said["reset"].as_f64() {
                said["beyond"] = (reset - pause.as_secs_f64()).into();
            }
        }
    }
    found
}

/// How long the answer asks to wait: `Retry-After`, which wins over the rest, else the reset of what is used up.
pub(super) fn pause(response: &Response) -> Option<Duration> {
    if let Some(pause) = response.retry_after() {
        return Some(pause);
    }
    let statements = statements(response);
    let resets = |used_up: bool| {
        let of = statements
            .iter()
            .filter(move |one| !used_up || one["remaining"].as_f64() == Some(0.0));
        of.filter_map(|one| one["reset"].as_f64())
            .fold(None, |most: Option<f64>, reset| {
                Some(most.map_or(reset, |most| most.max(reset)))
            })
    };
    let seconds = resets(true).or_else(|| resets(false))?;
    Duration::try_from_secs_f64(seconds.max(0.0)).ok()
}

fn statement(dialect: &str) -> Map<String, Json> {
    Map::from_iter([("dialect".to_owned(), dialect.into())])
}

fn put_number(said: &mut Map<String, Json>, name: &str, text: Option<&str>) {
    let Some(text) = text.map(str::trim) else { return };
    let number = text.parse::<i64>().map_or_else(|_| text.into(), Json::from);
    said.insert(name.to_owned(), number);
}

/// What a reset was written as, told by its size (a thousand days in seconds is no pause), and how far away it is.
fn moment(text: &str, now: i64) -> (&'static str, Option<f64>) {
    let Ok(number) = text.parse::<i64>() else {
        let unit = if text.parse::<f64>().is_ok() {
            "decimal"
        } else {
            "text"
        };
        return (unit, None);
    };
    #[expect(
        clippy::cast_precision_loss,
        reason = "fractions of a second do not matter here"
    )]
    let since = |per_second: i64| Some(number as f64 / per_second as f64 - now as f64);
    match number {
        100_000_000_000_000_000.. => ("ns", since(1_000_000_000)),
        100_000_000_000_000.. => ("us", since(1_000_000)),
        100_000_000_000.. => ("ms", since(1000)),
        100_000_000.. => ("epoch", since(1)),
        #[expect(clippy::cast_precision_loss, reason = "a small number")]
        _ => ("delta", Some(number as f64)),
    }
}

/// `RateLimit` as a list of named items, or as the dictionary of draft 07.
fn fields(response: &Response) -> Vec<Json> {
    let Some(value) = whole(response, "ratelimit") else {
        return Vec::new();
    };
    let windows = whole(response, "ratelimit-policy").and_then(|value| list(&value).ok());
    if let Ok(items) = list(&value)
        && items.iter().all(|item| item.params.contains_key("r"))
    {
        return items
            .iter()
            .map(|item| service_limit(item, windows.as_deref()))
            .collect();
    }
    let Ok(dictionary) = Parser::new(&value).parse::<Dictionary>() else {
        return Vec::new();
    };
    let number = |name: &str| match dictionary.get(name) {
        Some(ListEntry::Item(item)) => integer(&item.bare_item),
        _ => None,
    };
    let mut said = statement("ratelimit-07");
    for name in ["limit", "remaining", "reset"] {
        said.extend(number(name).map(|number| (name.to_owned(), number.into())));
    }
    if said.len() == 1 {
        return Vec::new();
    }
    vec![Json::Object(said)]
}

fn service_limit(item: &Item, policies: Option<&[Item]>) -> Json {
    let mut said = statement("ratelimit");
    let name = text(&item.bare_item);
    let policy = policies
        .into_iter()
        .flatten()
        .find(|policy| text(&policy.bare_item) == name);
    let mut put = |key: &str, params: &Parameters, from: &str| {
        if let Some(number) = params.get(from).and_then(integer) {
            said.insert(key.to_owned(), number.into());
        }
    };
    put("remaining", &item.params, "r");
    put("reset", &item.params, "t");
    if let Some(policy) = policy {
        put("limit", &policy.params, "q");
        put("window", &policy.params, "w");
    }
    said.extend(name.map(|name| ("policy".to_owned(), name.into())));
    Json::Object(said)
}

/// All lines of a field as one value (RFC 9651 §4.2).
fn whole(response: &Response, name: &str) -> Option<String> {
    let lines: Vec<_> = response
        .header_values(name)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    (!lines.is_empty()).then(|| lines.join(", "))
}

fn list(value: &str) -> Result<Vec<Item>, String> {
    let list = Parser::new(value)
        .parse::<List>()
        .map_err(|error| error.to_string())?;
    let items = list.into_iter().map(|entry| match entry {
        ListEntry::Item(item) => Ok(item),
        ListEntry::InnerList(_) => Err("an inner list is no item".to_owned()),
    });
    items.collect()
}

fn integer(item: &BareItem) -> Option<i64> {
    match item {
        BareItem::Integer(number) => Some((*number).into()),
        _ => None,
    }
}

fn text(item: &BareItem) -> Option<String> {
    match item {
        BareItem::String(text) => Some(text.as_str().to_owned()),
        BareItem::Token(text) => Some(text.as_str().to_owned()),
        _ => None,
    }
}

/// What is wrong with `RateLimit` or, with `policy`, `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-11 §3, §4).
pub(super) fn problem(value: &str, policy: bool) -> Option<String> {
    let items = match list(value) {
        Err(why) => return Some(format!("no list of structured fields: {why}")),
        Ok(items) if items.is_empty() => return Some("the list is empty".to_owned()),
        Ok(items) => items,
    };
    items.iter().find_map(|item| item_problem(item, policy))
}

fn item_problem(item: &Item, policy: bool) -> Option<String> {
    if !matches!(item.bare_item, BareItem::String(_)) {
        return Some("the name of the policy is no quoted string".to_owned());
    }
    // name, least value, needed
    let numbers: &[(&str, i64, bool)] = if policy {
        &[("q", 0, true), ("w", 1, false)]
    } else {
        &[("r", 0, true), ("t", 0, false)]
    };
    for (name, least, needed) in numbers {
        match item.params.get(*name) {
            None if *needed => return Some(format!("`{name}` is missing")),
            None => {}
            Some(value) => match integer(value) {
                None => return Some(format!("`{name}` is no integer")),
                Some(number) if number < *least => {
                    return Some(format!("`{name}` is {number}, at least {least} is wanted"));
                }
                Some(_) => {}
            },
        }
    }
    let bytes = item.params.get("pk");
    if bytes.is_some_and(|value| !matches!(value, BareItem::ByteSequence(_))) {
        return Some("`pk` is no byte sequence".to_owned());
    }
    let unit = item.params.get("qu").filter(|_| policy);
    unit.filter(|value| !matches!(value, BareItem::String(_)))
        .map(|_| "`qu` is no quoted string".to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const DATE: (&str, &str) = ("Date", "Sat, 21 Nov 2026 08:00:00 GMT");

    fn response(lines: &[(&str, &str)]) -> Response {
        let lines = lines.iter().chain([&DATE]);
        Response {
            status: 429,
            headers: lines
                .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
                .collect(),
            ..Response::default()
        }
    }

    #[test]
    fn statements_of_every_dialect() {
        let table: &[(&[(&str, &str)], Json)] = &[
            (
                &[("RateLimit", "\"default\";r=50;t=30")],
                json!([{ "dialect": "ratelimit", "policy": "default", "remaining": 50, "reset": 30 }]),
            ),
            (
                &[
                    ("RateLimit", "\"a\";r=0;t=3"),
                    ("RateLimit", "\"b\";r=9;acme-x=?1"),
                    ("RateLimit-Policy", "\"b\";q=10;w=60"),
                ],
                json!([
                    { "dialect": "ratelimit", "policy": "a", "remaining": 0, "reset": 3 },
                    { "dialect": "ratelimit", "policy": "b", "remaining": 9, "limit": 10, "window": 60 },
                ]),
            ),
            (
                &[("RateLimit", "limit=100, remaining=99, reset=50")],
                json!([{ "dialect": "ratelimit-07", "limit": 100, "remaining": 99, "reset": 50 }]),
            ),
            (
                &[
                    ("RateLimit-Limit", "100, 100;w=60"),
                    ("RateLimit-Remaining", "0"),
                    ("RateLimit-Reset", "7"),
                ],
                json!([{ "dialect": "ratelimit-06", "limit": 100, "remaining": 0, "reset": 7.0, "unit": "delta" }]),
            ),
            (
                &[
                    ("X-RateLimit-Limit", "60"),
                    ("X-RateLimit-Remaining", "59"),
                    ("X-RateLimit-Reset", "1795248010"),
                ],
                json!([{ "dialect": "x-ratelimit", "limit": 60, "remaining": 59, "reset": 10.0, "unit": "epoch" }]),
            ),
            (
                &[("X-RateLimit-Reset", "1795248010000")],
                json!([{ "dialect": "x-ratelimit", "reset": 10.0, "unit": "ms" }]),
            ),
            (
                &[("X-RateLimit-Reset", "6m0s")],
                json!([{ "dialect": "x-ratelimit", "unit": "text" }]),
            ),
            (&[("RateLimit", "nonsense nonsense")], json!([])),
            (&[("RateLimit", "\"unclosed")], json!([])),
            (&[], json!([])),
        ];
        for (lines, expected) in table {
            assert_eq!(Json::Array(statements(&response(lines))), *expected, "{lines:?}");
        }
    }

    #[test]
    fn retry_after_wins_and_the_rest_fills_in() {
        type Headers<'a> = &'a [(&'a str, &'a str)];
        let table: &[(Headers<'_>, Option<u64>)] = &[
            (&[("Retry-After", "7"), ("X-RateLimit-Reset", "30")], Some(7)),
            (&[("Retry-After", "Sat, 21 Nov 2026 08:00:09 GMT")], Some(9)),
            (
                &[
                    ("Retry-After", "2026-11-21T08:00:09Z"),
                    ("X-RateLimit-Reset", "1795248004"),
                ],
                Some(4),
            ),
            (&[("Retry-After", "-3")], None),
            (&[("Retry-After", "1.5")], None),
            (
                &[("RateLimit", "\"minute\";r=0;t=12, \"day\";r=5;t=9999")],
                Some(12),
            ),
            (&[("RateLimit", "\"minute\";r=1;t=12")], Some(12)),
            (&[], None),
        ];
        for (lines, expected) in table {
            assert_eq!(
                pause(&response(lines)).map(|d| d.as_secs()),
                *expected,
                "{lines:?}"
            );
        }
    }

    #[test]
    fn malformed_fields_are_told_and_vendor_parameters_are_not() {
        for (value, policy) in [
            ("\"default\";r=0;t=0", false),
            ("\"default\";r=5;pk=:a2V5:;acme-tier=\"gold\", \"day\";r=1", false),
            ("\"default\";q=10;w=60;qu=\"requests\"", true),
            ("\"default\";q=0", true),
        ] {
            assert_eq!(problem(value, policy), None, "{value}");
        }
        for (value, policy, why) in [
            ("default;r=0", false, "quoted"),
            ("\"default\";t=4", false, "`r` is missing"),
            ("\"default\";r=-1", false, "at least 0"),
            ("\"default\";r=1.5", false, "no integer"),
            ("\"default\";r=1;pk=\"k\"", false, "byte sequence"),
            ("\"default\";q=10;w=0", true, "at least 1"),
            ("100;w=60", true, "quoted"),
            ("limit=100, remaining=99", false, "structured"),
        ] {
            let told = problem(value, policy).unwrap_or_default();
            assert!(told.contains(why), "{value}: {told}");
        }
    }
}
