//! The histograms of a load run as an interval log of HdrHistogram, version 1.3, for its tools: one line for each
//! second of all calls (tags `all.response` and `all.pacer_lag`), one for each operation and part of its time over the
//! whole measured part. Values are microseconds, the largest of a line is in milliseconds. Seconds of which only
//! figures were kept have no line.

use crate::load::figures::fraction;
use crate::record::{Distribution, Load, Record};
use std::fmt::Write as _;

pub(crate) fn render(record: &Record) -> String {
    let mut out = "#[Histogram log format version 1.3]\n".to_owned();
    let Some(load) = &record.load else {
        out.push_str("#[This record holds no load run]\n");
        return out;
    };
    let began = epoch_ms(&load.started_at);
    if let Some(ms) = began {
        let _ = writeln!(
            out,
            "#[StartTime: {:.3} (seconds since epoch)]",
            fraction(ms) / 1_000.0
        );
    }
    out.push_str(
        "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n",
    );
    for second in &load.seconds {
        let time = (second.at_ms, second.length_ms);
        line(&mut out, "all.response", time, &second.response);
        line(&mut out, "all.pacer_lag", time, &second.pacer_lag);
    }
    whole(&mut out, load);
    out
}

fn whole(out: &mut String, load: &Load) {
    let time = (load.warm_up_ms, load.length_ms.saturating_sub(load.warm_up_ms));
    for operation in &load.operations {
        let parts = [
            ("response", Some(&operation.response)),
            ("service", Some(&operation.service)),
            ("backlog", Some(&operation.backlog)),
            ("pacer_lag", Some(&operation.pacer_lag)),
            ("first_event", operation.first_event.as_ref()),
        ];
        for (part, some) in parts {
            if let Some(distribution) = some {
                line(out, &format!("{}.{part}", operation.name), time, distribution);
            }
        }
    }
    let others = [
        ("connections.connect", &load.connect),
        ("connections.tls", &load.tls),
        ("tokens.revocation", &load.revocation),
        ("tokens.refresh", &load.refresh),
    ];
    for (tag, some) in others {
        if let Some(distribution) = some {
            line(out, tag, time, distribution);
        }
    }
}

/// A histogram that cannot be read again is not handed on.
fn line(out: &mut String, name: &str, (from, length): (u64, u64), distribution: &Distribution) {
    if distribution.count == 0 || distribution.histogram().is_err() {
        return;
    }
    let seconds = |ms| fraction(ms) / 1_000.0;
    let _ = writeln!(
        out,
        "Tag={},{:.3},{:.3},{:.3},{}",
        tag(name),
        seconds(from),
        seconds(length),
        seconds(distribution.max),
        distribution.hdr
    );
}

/// A tag holds no comma, space or end of line.
fn tag(name: &str) -> String {
    let plain = |c: char| !(c == ',' || c.is_whitespace() || c.is_control());
    name.chars().map(|c| if plain(c) { c } else { '_' }).collect()
}

/// Milliseconds since 1970 of `2026-11-21T14:04:11.250Z`. There is no clock here, and none is needed: the days of the
/// civil calendar by Hinnant's formula.
fn epoch_ms(text: &str) -> Option<u64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let [year, month, day] = numbers::<3>(date, '-')?;
    let (clock, part) = time.split_once('.').unwrap_or((time, "0"));
    let [hour, minute, second] = numbers::<3>(clock, ':')?;
    let ok = (1970..10_000).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    if !ok || hour > 23 || minute > 59 || second > 60 || !part.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let ms: u64 = format!("{part:0<3}").get(..3)?.parse().ok()?;
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year / 400, year % 400);
    let of_year = (153 * (month + if month > 2 { 0 } else { 12 } - 3) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    Some((((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000 + ms)
}

fn numbers<const N: usize>(text: &str, between: char) -> Option<[u64; N]> {
    let parts: Option<Vec<u64>> = text.split(between).map(|part| part.parse().ok()).collect();
    parts?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};

    #[test]
    fn times_since_1970() {
        let table = [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2000-02-29T12:00:00.5Z", Some(951_825_600_500)),
            ("2026-11-21T14:04:11.250Z", Some(1_795_269_851_250)),
            ("2026-03-01T00:00:00Z", Some(1_772_323_200_000)),
            ("2026-13-01T00:00:00Z", None),
            ("2026-11-21 14:04:11Z", None),
            ("2026-11-21T14:04:11.é2Z", None),
            ("", None),
        ];
        for (text, ms) in table {
            assert_eq!(epoch_ms(text), ms, "{text}");
        }
    }

    #[test]
    fn the_tools_of_hdrhistogram_read_it() {
        let record = testing::load_record();
        let load = record.load.as_ref().unwrap();
        // This reader knows no line of column names; those of other languages skip it.
        let text: Vec<String> = render(&record)
            .lines()
            .filter(|line| !line.starts_with('"'))
            .map(|l| format!("{l}\n"))
            .collect();
        let text = text.concat();
        let mut of_seconds = 0;
        let mut search = 0;
        for entry in IntervalLogIterator::new(text.as_bytes()) {
            let Ok(LogEntry::Interval(entry)) = entry else {
                continue;
            };
            let distribution = Distribution {
                hdr: entry.encoded_histogram().to_owned(),
                count: 0,
                ..Distribution::default()
            };
            let n = match distribution.histogram() {
                Err(crate::record::HdrError::Differs) => decoded(&distribution),
                other => panic!("{other:?}"),
            };
            match entry.tag().unwrap().as_str() {
                "all.response" => of_seconds += n,
                "search.response" => search += n,
                _ => {}
            }
        }
        assert_eq!(
            (of_seconds, search),
            (load.overall.response.count, load.operations[0].response.count)
        );
    }

    /// How many values are in it, whatever the record says.
    fn decoded(distribution: &Distribution) -> u64 {
        use base64::Engine as _;
        use hdrhistogram::{Histogram, serialization::Deserializer};
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(&distribution.hdr)
            .unwrap();
        let read: Histogram<u64> = Deserializer::new().deserialize(&mut &bytes[..]).unwrap();
        read.len()
    }

    #[test]
    fn tags_hold_nothing_that_ends_them() {
        assert_eq!(tag("read a,b\n"), "read_a_b_");
        assert!(render(&testing::record()).ends_with("#[This record holds no load run]\n"));
    }
}
