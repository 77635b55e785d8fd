//! The filters of `${value | filter argument}`. Their names are listed in `scenario::template::FILTERS`.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use url::Url;

use super::World;
use crate::expect::{Unresolved, Value, parse_duration};
use crate::oauth::pkce::s256;
use crate::scenario::model::Filter;

/// Longest text a filter may make.
const LONGEST: usize = 8 * 1024 * 1024;

/// Applies one filter.
pub(super) fn apply(filter: &Filter, value: Value, world: &World) -> Result<Value, Unresolved> {
    let argument = filter.argument.as_deref();
    let wrong = |why: &str| Unresolved::Filter {
        filter: filter.name.clone(),
        why: why.to_owned(),
    };
    match filter.name.as_str() {
        "plus" | "minus" => {
            shifted(&filter.name, &value, argument.unwrap_or_default()).map_err(|why| wrong(&why))
        }
        // What was there stays; `Fill` puts the value where there was nothing.
        "default" => Ok(value),
        "times" => scaled(&value, argument.unwrap_or_default()).map_err(|why| wrong(&why)),
        "seconds" => value
            .number()
            .and_then(|s| Duration::try_from_secs_f64(s).ok())
            .map(Value::duration)
            .ok_or_else(|| wrong("no number")),
        "ms" => value
            .number()
            .and_then(|ms| Duration::try_from_secs_f64(ms / 1000.0).ok())
            .map(Value::duration)
            .ok_or_else(|| wrong("no number")),
        "unix" => value
            .text()
            .and_then(|text| unix(&text))
            .map(Value::json)
            .ok_or_else(|| wrong("no RFC 3339 time and no HTTP-date")),
        "rfc3339" => value
            .number()
            .and_then(rfc3339)
            .map(Value::json)
            .ok_or_else(|| wrong("no number of seconds since 1970")),
        "first" | "last" => {
            end(&value, filter.name == "first").ok_or_else(|| wrong("neither list nor text, or empty"))
        }
        "length" => length(&value)
            .map(Value::json)
            .ok_or_else(|| wrong("neither text nor list")),
        "join" => join(&value, argument.unwrap_or(" ")).ok_or_else(|| wrong("not a list of texts")),
        "json" => Ok(Value::json(value.to_json().to_string())),
        name => {
            let text = value.text().ok_or_else(|| wrong("not a text"))?;
            textual(name, &text, argument, world)
                .map(Value::json)
                .map_err(|why| wrong(&why))
        }
    }
}

fn textual(name: &str, text: &str, argument: Option<&str>, world: &World) -> Result<String, String> {
    Ok(match name {
        "lower" => text.to_lowercase(),
        "upper" => text.to_uppercase(),
        "swapcase" | "swapcase_one" if !text.chars().any(|c| c.is_ascii_alphabetic()) => {
            return Err("the text has no letter".to_owned());
        }
        "swapcase" => text.chars().map(swapped).collect(),
        "swapcase_one" => swapped_one(text),
        "lookalike" => lookalike(text, world.parts.seed),
        "base64" => STANDARD.encode(text),
        "base64url" => URL_SAFE_NO_PAD.encode(text),
        "percent" => utf8_percent_encode(text, NON_ALPHANUMERIC).to_string(),
        "percent_letter" => {
            let at = text
                .find(|c: char| c.is_ascii_alphabetic())
                .ok_or("the text has no letter")?;
            format!("{}%{:02x}{}", &text[..at], text.as_bytes()[at], &text[at + 1..])
        }
        "fullwidth" => text.chars().map(full_width).collect(),
        "repeat" => {
            let times: usize = argument
                .unwrap_or("1")
                .parse()
                .map_err(|_| "the argument is no count".to_owned())?;
            if text.len().saturating_mul(times) > LONGEST {
                return Err(format!("the result would be longer than {LONGEST} bytes"));
            }
            text.repeat(times)
        }
        "slice" => {
            slice(text, argument.unwrap_or_default()).ok_or("the argument is no range such as 0..12")?
        }
        "drop_last" => {
            let count: usize = argument
                .unwrap_or("1")
                .parse()
                .map_err(|_| "the argument is no count".to_owned())?;
            text.chars()
                .take(text.chars().count().saturating_sub(count))
                .collect()
        }
        "edit" => edit(text, argument.unwrap_or("last")).ok_or("the argument is first, middle or last")?,
        "s256" => s256(text),
        "segment" => {
            let number: usize = argument
                .unwrap_or("0")
                .parse()
                .map_err(|_| "the argument is no number".to_owned())?;
            let part = text.split('.').nth(number);
            part.ok_or_else(|| format!("it has no part {number}"))?.to_owned()
        }
        "respell" => respelt(text).ok_or("its last segment has no unused bits")?,
        "parent" | "origin" | "host" | "path" | "scheme" => url_part(name, text)?,
        _ => return Err("no such filter".to_owned()),
    })
}

/// Another spelling of the same bytes: in base64url without padding the last character of a group of two or three has
/// bits that mean nothing (RFC 4648 §3.5).
fn respelt(text: &str) -> Option<String> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let last = text.rsplit('.').next()?;
    let unused = match last.len() % 4 {
        2 => 4,
        3 => 2,
        _ => return None,
    };
    let (head, end) = text.split_at(text.len() - 1);
    let at = ALPHABET.iter().position(|c| [*c] == *end.as_bytes())?;
    let other = at ^ 1;
    debug_assert_eq!(at >> unused, other >> unused);
    Some(format!("{head}{}", char::from(ALPHABET[other])))
}

fn shifted(name: &str, value: &Value, argument: &str) -> Result<Value, String> {
    if let Some(by) = parse_duration(argument) {
        let duration = value.as_duration().ok_or("not a time span")?;
        return Ok(Value::duration(if name == "plus" {
            duration + by
        } else {
            duration.saturating_sub(by)
        }));
    }
    match (value.number(), argument.parse::<f64>()) {
        (Some(number), Ok(by)) => Ok(number_value(if name == "plus" {
            number + by
        } else {
            number - by
        })),
        _ if name == "plus" => value
            .text()
            .map(|text| Value::json(text + argument))
            .ok_or_else(|| "not a text".to_owned()),
        _ => Err("neither number nor time span".to_owned()),
    }
}

fn scaled(value: &Value, argument: &str) -> Result<Value, String> {
    let factor: f64 = argument
        .parse()
        .map_err(|_| "the argument is no number".to_owned())?;
    // A promise of the target is a text such as `60s`.
    match (value.number(), value.as_duration()) {
        (Some(number), _) => Ok(number_value(number * factor)),
        (None, Some(duration)) => Ok(Value::duration(duration.mul_f64(factor.max(0.0)))),
        (None, None) => Err("neither number nor time span".to_owned()),
    }
}

fn number_value(number: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
    if number.fract() == 0.0 && number.abs() < 9.0e15 {
        return Value::json(number as i64);
    }
    Value::json(number)
}

fn end(value: &Value, first: bool) -> Option<Value> {
    match value.to_json() {
        Json::Array(items) => {
            let item = if first {
                items.into_iter().next()
            } else {
                items.into_iter().next_back()
            };
            item.map(Value::json)
        }
        Json::String(text) => {
            let character = if first {
                text.chars().next()
            } else {
                text.chars().next_back()
            };
            character.map(|c| Value::json(c.to_string()))
        }
        _ => None,
    }
}

fn length(value: &Value) -> Option<usize> {
    match value.to_json() {
        Json::Array(items) => Some(items.len()),
        Json::String(text) => Some(text.chars().count()),
        _ => None,
    }
}

fn join(value: &Value, between: &str) -> Option<Value> {
    let Json::Array(items) = value.to_json() else {
        return None;
    };
    let parts: Option<Vec<&str>> = items.iter().map(Json::as_str).collect();
    Some(Value::json(parts?.join(between)))
}

/// Seconds since 1970 as an RFC 3339 time in UTC.
fn rfc3339(seconds: f64) -> Option<String> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "outside the calendar is refused below"
    )]
    let moment = jiff::Timestamp::from_second(seconds as i64).ok()?;
    Some(moment.to_string())
}

/// Seconds since 1970 of an RFC 3339 time or an HTTP-date.
fn unix(text: &str) -> Option<i64> {
    let moment: Option<jiff::Timestamp> = text.trim().parse().ok();
    let moment = moment.or_else(|| {
        jiff::fmt::rfc2822::parse(text.trim())
            .ok()
            .map(|date| date.timestamp())
    });
    moment.map(jiff::Timestamp::as_second)
}

fn swapped(c: char) -> char {
    if c.is_ascii_lowercase() {
        c.to_ascii_uppercase()
    } else {
        c.to_ascii_lowercase()
    }
}

/// Swaps the case of the last letter only.
fn swapped_one(text: &str) -> String {
    let Some(at) = text.rfind(|c: char| c.is_ascii_alphabetic()) else {
        return text.to_owned();
    };
    text.char_indices()
        .map(|(i, c)| if i == at { swapped(c) } else { c })
        .collect()
}

/// The full-width twin of a printable ASCII character (compatibility normalisation maps it back).
fn full_width(c: char) -> char {
    if ('!'..='~').contains(&c) {
        char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c)
    } else {
        c
    }
}

/// Another text of the same length and alphabet: digits stay digits, letters letters, the rest stays.
pub(super) fn lookalike(text: &str, seed: u64) -> String {
    let mut random = seeded(&format!("lookalike/{seed}/{text}"));
    let other: String = text.chars().map(|c| similar(c, &mut random)).collect();
    if other == text { swapped_one(text) } else { other }
}

fn similar(c: char, random: &mut StdRng) -> char {
    match c {
        '0'..='9' => random.random_range('0'..='9'),
        'a'..='z' => random.random_range('a'..='z'),
        'A'..='Z' => random.random_range('A'..='Z'),
        other => other,
    }
}

fn slice(text: &str, range: &str) -> Option<String> {
    let (from, to) = range.split_once("..")?;
    let from = if from.is_empty() { 0 } else { from.parse().ok()? };
    let count = text.chars().count();
    let to: usize = if to.is_empty() { count } else { to.parse().ok()? };
    Some(
        text.chars()
            .skip(from)
            .take(to.min(count).saturating_sub(from))
            .collect(),
    )
}

/// Another letter or digit in one place; everything else stays.
fn edit(text: &str, place: &str) -> Option<String> {
    let count = text.chars().count();
    let at = match place {
        "first" => 0,
        "middle" => count / 2,
        "last" => count.checked_sub(1)?,
        _ => return None,
    };
    Some(
        text.chars()
            .enumerate()
            .map(|(i, c)| if i == at { other_than(c) } else { c })
            .collect(),
    )
}

/// A letter or digit that stands for other high bits in base64url: the low bits of a last character may be unused.
fn other_than(c: char) -> char {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let Some(index) = ALPHABET.iter().position(|letter| char::from(*letter) == c) else {
        return 'x';
    };
    let other = char::from(ALPHABET[(index + 32) % 64]);
    if other.is_ascii_alphanumeric() {
        other
    } else {
        char::from(ALPHABET[(index + 16) % 64])
    }
}

fn url_part(name: &str, text: &str) -> Result<String, String> {
    let mut url = Url::parse(text).map_err(|error| format!("not a URL: {error}"))?;
    Ok(match name {
        "origin" => url.origin().ascii_serialization(),
        "host" => url
            .host_str()
            .map(|host| {
                url.port()
                    .map_or(host.to_owned(), |port| format!("{host}:{port}"))
            })
            .unwrap_or_default(),
        "path" => url.path().to_owned(),
        "parent" => {
            if let Ok(mut segments) = url.path_segments_mut() {
                segments.pop_if_empty().pop();
            }
            url.to_string()
        }
        _ => url.scheme().to_owned(),
    })
}

/// `${fresh.KIND.…}`: the same seed gives the same value.
pub(super) fn random(kind: &str, seed: &str) -> Option<String> {
    let mut random = seeded(seed);
    Some(match kind {
        "uuid" => {
            let hex: String = (0..32)
                .map(|_| char::from_digit(random.random_range(0..16), 16).unwrap_or('0'))
                .collect();
            format!(
                "{}-{}-4{}-8{}-{}",
                &hex[..8],
                &hex[8..12],
                &hex[13..16],
                &hex[17..20],
                &hex[20..32]
            )
        }
        "token" => (0..43)
            .map(|_| char::from(random.sample(rand::distr::Alphanumeric)))
            .collect(),
        "hex" => (0..32)
            .map(|_| char::from_digit(random.random_range(0..16), 16).unwrap_or('0'))
            .collect(),
        "int" => random.random_range(100_000_000..1_000_000_000_u32).to_string(),
        _ => return None,
    })
}

fn seeded(text: &str) -> StdRng {
    StdRng::from_seed(Sha256::digest(text.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lookalikes_and_edits_differ_in_value_not_in_shape() {
        for text in ["fiok_Ab3", "1000000000000000001", "a"] {
            let other = lookalike(text, 7);
            assert_ne!(other, text);
            assert_eq!(other.chars().count(), text.chars().count());
        }
        for place in ["first", "middle", "last"] {
            for text in ["abc", "A-_", "z9Q", "e30"] {
                let edited = edit(text, place).unwrap();
                assert_ne!(edited, text);
                assert!(edited.is_ascii() && edited.len() == text.len());
            }
        }
    }

    #[test]
    fn slices() {
        assert_eq!(slice("abcdef", "0..3").unwrap(), "abc");
        assert_eq!(slice("abc", "1..").unwrap(), "bc");
        assert_eq!(slice("abc", "x"), None);
    }
}
