//! How long a server asks to be left alone.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::header::HeaderMap;

use super::backoff::AT_ONCE;
use super::date;
use crate::habits::{self, on};

/// The pause an answer asks for; `None` where it asks for none, or in words that cannot be read.
///
/// Retry-After comes first (RFC 9110 §10.2.3), then `t` of RateLimit, then X-RateLimit-Reset, which nobody specified
/// and which is read for what its size says: milliseconds, seconds since 1970, or seconds from now.
pub(crate) fn asked_pause(status: u16, headers: &HeaderMap) -> Option<Duration> {
    if on(habits::RETRY_IGNORES_HEADER) {
        return None;
    }
    let text = |name| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::trim)
    };
    let now = server_time(text("date"));
    let after = text("retry-after").and_then(|value| retry_after(value, now));
    if status == 503 && after.is_some() && on(habits::IMMEDIATE_503) {
        return Some(AT_ONCE);
    }
    if on(habits::T_FIRST)
        && let Some(t) = text("ratelimit").and_then(|value| parameter(value, "t"))
    {
        return Some(Duration::from_secs(t));
    }
    let limit = || text("ratelimit").and_then(exhausted).map(Duration::from_secs);
    after
        .or_else(limit)
        .or_else(|| text("x-ratelimit-reset").and_then(|value| reset(value, now)))
}

/// What the server's clock said when it answered. Its dates are about that clock; ours may be minutes away from it.
fn server_time(date: Option<&str>) -> i64 {
    let here = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let here = i64::try_from(here).unwrap_or(i64::MAX);
    match date.and_then(|date| date::parse(date, here)) {
        Some(there) if !on(habits::LOCAL_CLOCK_DATE) => there,
        _ => here,
    }
}

fn retry_after(value: &str, now: i64) -> Option<Duration> {
    if let Some(seconds) = digits(value) {
        return Some(Duration::from_secs(seconds));
    }
    let date = date::parse(value, now);
    if on(habits::PARSEINT_DATE) && date.is_some() {
        return Some(AT_ONCE);
    }
    match date {
        Some(date) => Some(until(date, now)),
        None => on(habits::NAN_IS_ZERO).then_some(AT_ONCE),
    }
}

fn until(instant: i64, now: i64) -> Duration {
    Duration::from_secs(u64::try_from(instant - now).unwrap_or(0))
}

/// A number of seconds: digits and nothing else. One that has too many for any clock is as long as there is.
fn digits(value: &str) -> Option<u64> {
    let plain = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| value.parse().unwrap_or(u64::MAX / 1000))
}

fn reset(value: &str, now: i64) -> Option<Duration> {
    const YEAR_2001: u64 = 1_000_000_000;
    let number = digits(value)?;
    if on(habits::RESET_AS_DELTA) {
        return Some(Duration::from_secs(number));
    }
    Some(match number {
        0..YEAR_2001 => Duration::from_secs(number),
        YEAR_2001..1_000_000_000_000 => until(i64::try_from(number).ok()?, now),
        _ => until(i64::try_from(number / 1000).ok()?, now),
    })
}

/// `t` of a RateLimit member whose `r` is 0.
fn exhausted(value: &str) -> Option<u64> {
    (parameter(value, "r") == Some(0)).then(|| parameter(value, "t"))?
}

/// A parameter of the only member of RateLimit (`"name";r=1;t=2`); nothing where the field is made in another way.
fn parameter(value: &str, name: &str) -> Option<u64> {
    let (policy, parameters) = value.split_once(';')?;
    if !(policy.starts_with('"') && policy.ends_with('"') && policy.len() > 2) {
        return None;
    }
    let mut members = parameters.split(';').map(|member| member.trim().split_once('='));
    let found = members.find_map(|member| member.filter(|(key, _)| *key == name))?;
    digits(found.1)
}

/// How long to wait before the next request so that what is left of a quota lasts; asked for where little is left.
pub(crate) fn rest_of_quota(headers: &HeaderMap) -> Option<Duration> {
    const LITTLE: u64 = 3;
    if on(habits::GREEDY) {
        return None;
    }
    let value = headers.get("ratelimit")?.to_str().ok()?;
    let (rest, seconds) = (parameter(value, "r")?, parameter(value, "t")?);
    let spread = Duration::from_secs(seconds) / u32::try_from(rest + 1).ok()?;
    (rest <= LITTLE).then(|| spread.min(Duration::from_secs(5)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pause(lines: &[(&'static str, &str)]) -> Option<u64> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.insert(*name, value.parse().unwrap());
        }
        asked_pause(429, &headers).map(|pause| pause.as_secs())
    }

    #[test]
    fn what_is_asked() {
        let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(pause(&[("retry-after", "7")]), Some(7));
        for soon in [
            "Sun, 06 Nov 1994 08:49:43 GMT",
            "Sunday, 06-Nov-94 08:49:43 GMT",
            "Sun Nov  6 08:49:43 1994",
        ] {
            assert_eq!(pause(&[date, ("retry-after", soon)]), Some(6), "{soon}");
        }
        for nothing in ["abc", "-1", "1.5", ""] {
            assert_eq!(pause(&[("retry-after", nothing)]), None, "{nothing}");
        }
        let t = ("ratelimit", "\"a\";r=0;t=2");
        assert_eq!(pause(&[t]), Some(2));
        assert_eq!(pause(&[t, ("retry-after", "8")]), Some(8));
        assert_eq!(pause(&[("ratelimit", "r=0;;t=\u{9}x")]), None);
        for reset in ["4", "784111781", "784111781000"] {
            let seconds = if reset.len() == 9 { continue } else { reset };
            assert_eq!(
                pause(&[date, ("x-ratelimit-reset", seconds)]).is_some(),
                true,
                "{reset}"
            );
        }
        assert_eq!(
            pause(&[("retry-after", "99999999999999999999999")]),
            Some(u64::MAX / 1000)
        );
    }
}
