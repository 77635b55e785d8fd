//! Numbers as people read them.

use crate::record::Unit;

/// A count as a fraction.
#[expect(clippy::cast_precision_loss, reason = "no count of a run comes near 2^53")]
pub(crate) fn fraction(count: u64) -> f64 {
    count as f64
}

/// A fraction as a count; what is below zero is zero.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "such casts saturate, and that is what is wanted"
)]
pub(crate) fn whole(fraction: f64) -> u64 {
    fraction.round() as u64
}

/// `part` of `all` as a share of 1; 0 of nothing.
pub(crate) fn share(part: u64, all: u64) -> f64 {
    if all == 0 {
        0.0
    } else {
        fraction(part) / fraction(all)
    }
}

/// Microseconds in three digits: `840 µs`, `12.3 ms`, `1.24 s`, `2 min 3 s`.
pub(crate) fn time(us: f64) -> String {
    if us < 999.5 {
        format!("{} µs", three(us))
    } else if us < 999_500.0 {
        format!("{} ms", three(us / 1_000.0))
    } else if us < 119_500_000.0 {
        format!("{} s", three(us / 1_000_000.0))
    } else {
        let seconds = whole(us / 1_000_000.0);
        format!("{} min {} s", seconds / 60, seconds % 60)
    }
}

/// Whole microseconds, as [`time`].
pub(crate) fn micros(us: u64) -> String {
    time(fraction(us))
}

/// A share in percent: `0.1 %`, `99.25 %`. What is not all and not nothing never reads as such.
pub(crate) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let text = format!("{} %", trimmed(&format!("{percent:.3}")));
    match text.as_str() {
        "0 %" if percent > 0.0 => "< 0.001 %".to_owned(),
        "100 %" if percent < 100.0 => "> 99.999 %".to_owned(),
        _ => text,
    }
}

/// A number with at most two digits behind the point, thousands set apart: `1,234.5`.
pub(crate) fn number(value: f64) -> String {
    let text = format!("{:.2}", value.abs());
    let (before, behind) = text.split_once('.').unwrap_or((&text, "0"));
    let before = grouped(before.parse().unwrap_or(u64::MAX));
    let sign = if value <= -0.005 { "-" } else { "" };
    format!("{sign}{}", trimmed(&format!("{before}.{behind}")))
}

/// `1,313`.
pub(crate) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A figure of a threshold.
pub(crate) fn figure(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Time => time(value),
        Unit::Share => percent(value),
        Unit::Number => number(value),
    }
}

/// Milliseconds after the start as a clock: `0:42`, `1:02:03`.
pub(crate) fn clock(ms: u64) -> String {
    let seconds = ms / 1_000;
    match seconds {
        0..3_600 => format!("{}:{:02}", seconds / 60, seconds % 60),
        _ => format!("{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60),
    }
}

fn three(value: f64) -> String {
    let decimals = match value {
        v if v < 9.995 => 2,
        v if v < 99.95 => 1,
        _ => 0,
    };
    trimmed(&format!("{value:.decimals$}")).to_owned()
}

/// Without zeros at the end of a fraction.
fn trimmed(text: &str) -> &str {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        let table = [
            (time(840.0), "840 µs"),
            (time(999.7), "1 ms"),
            (time(12_340.0), "12.3 ms"),
            (time(1_239_000.0), "1.24 s"),
            (time(123_000_000.0), "2 min 3 s"),
            (time(0.0), "0 µs"),
            (percent(0.9925), "99.25 %"),
            (percent(0.001), "0.1 %"),
            (percent(0.000_001), "< 0.001 %"),
            (percent(0.999_999_9), "> 99.999 %"),
            (percent(0.0), "0 %"),
            (percent(1.0), "100 %"),
            (number(1_234.5), "1,234.5"),
            (number(-0.001), "0"),
            (number(-2.0), "-2"),
            (clock(42_000), "0:42"),
            (clock(3_723_000), "1:02:03"),
        ];
        for (got, want) in table {
            assert_eq!(got, want);
        }
    }
}
