//! Times as the platform writes and reads them: `2026-11-21 08:00:00 UTC`. No clock here.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

const DAY: i64 = 86_400;
/// The last second that the calendar here knows, a day before the end of the year 9999.
const LAST: i64 = 253_402_207_200;

/// Unix seconds as text; a time outside the calendar is written as the bare number.
pub fn stamp(seconds: i64) -> String {
    if (0..=LAST).contains(&seconds) {
        return plain(seconds);
    }
    Timestamp::from_second(seconds).map_or_else(
        |_| seconds.to_string(),
        |time| time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
    )
}

/// The same by hand: an answer holds many of them.
fn plain(seconds: i64) -> String {
    let ((year, month, day), rest) = (date(seconds / DAY), seconds % DAY);
    let mut text = String::with_capacity(23);
    digits(&mut text, year, 4);
    for (mark, number) in [
        ('-', month),
        ('-', day),
        (' ', rest / 3600),
        (':', rest / 60 % 60),
        (':', rest % 60),
    ] {
        text.push(mark);
        digits(&mut text, number, 2);
    }
    text.push_str(" UTC");
    text
}

/// Year, month and day of a number of days since 1970, counted in years that begin in March, so that the leap day is
/// their last.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day)
}

fn digits(text: &mut String, number: i64, width: u32) {
    for place in (0..width).rev() {
        let digit = number / 10_i64.pow(place) % 10;
        text.extend(
            u32::try_from(digit)
                .ok()
                .and_then(|digit| char::from_digit(digit, 10)),
        );
    }
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

    #[test]
    fn by_hand_it_is_what_the_calendar_says() {
        for seconds in (0..LAST)
            .step_by(11_273_471)
            .chain([0, LAST, 951_782_400, 951_868_800])
        {
            let time = Timestamp::from_second(seconds).unwrap();
            assert_eq!(stamp(seconds), time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string());
        }
    }

    proptest! {
        #[test]
        fn a_written_time_reads_back(seconds in -60_000_000_000_i64..200_000_000_000) {
            prop_assert_eq!(parse_stamp(&stamp(seconds)), Some(seconds));
        }
    }
}
