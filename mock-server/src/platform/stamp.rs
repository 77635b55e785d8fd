//! Times as the platform writes and reads them: `2026-11-21 08:00:00 UTC`. No clock here.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Unix seconds as text; a time outside the calendar is written as the bare number.
pub fn stamp(seconds: i64) -> String {
    Timestamp::from_second(seconds).map_or_else(
        |_| seconds.to_string(),
        |time| time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
    )
}

/// The same as RFC 3339 has it: `2026-11-21T08:00:00Z`.
pub fn rfc3339(seconds: i64) -> String {
    Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |time| time.to_string())
}

/// Reads what [`stamp`] writes, and RFC 3339. `None` for anything else.
pub fn parse_stamp(text: &str) -> Option<i64> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time.as_second());
    }
    let civil = text.strip_suffix(" UTC").unwrap_or(text);
    let time = DateTime::strptime("%Y-%m-%d %H:%M:%S", civil).ok()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_these_forms_are_read() {
        for text in ["2026-11-21 08:00:00 UTC", "2026-11-21T08:00:00Z"] {
            assert_eq!(parse_stamp(text), Some(1_795_248_000), "{text}");
        }
        for text in [
            "",
            "UTC",
            "2026-11-21",
            "2026-11-21T08:00:00",
            "2026-13-01 00:00:00 UTC",
            "1795248000",
        ] {
            assert_eq!(parse_stamp(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_written_time_reads_back(seconds in -60_000_000_000_i64..200_000_000_000) {
            prop_assert_eq!(parse_stamp(&stamp(seconds)), Some(seconds));
        }
    }
}
