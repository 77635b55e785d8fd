//! Durations, shares and ranges as authors write them: `250ms`, `1m30s`, `95%`, `3s..6s`. Pure.

use std::time::Duration;

use super::model::Operand;

/// Reads `250ms`, `5s`, `2m`, `1m30s`, `1h`, `30d`; parts from large to small.
pub fn duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = 0.0_f64;
    let mut smallest = f64::INFINITY;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number = &rest[..digits];
        if !number.starts_with(|c: char| c.is_ascii_digit()) || number.ends_with('.') {
            return None;
        }
        let amount: f64 = number.parse().ok()?;
        rest = &rest[digits..];
        let letters = rest
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(rest.len());
        let unit = unit(&rest[..letters])?;
        if unit >= smallest {
            return None;
        }
        smallest = unit;
        total += amount * unit;
        rest = &rest[letters..];
    }
    if smallest.is_infinite() {
        return None;
    }
    Duration::try_from_secs_f64(total).ok().map(rounded)
}

fn unit(name: &str) -> Option<f64> {
    Some(match name {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => return None,
    })
}

/// To whole microseconds, so that `0.1s` is what it says.
fn rounded(duration: Duration) -> Duration {
    let micros = (duration.as_nanos() + 500) / 1_000;
    u64::try_from(micros).map_or(duration, Duration::from_micros)
}

/// Reads `500/s`, `30/m`, `60/min`, `3600/h`; per second. The number is never negative.
pub fn rate(text: &str) -> Option<f64> {
    let (number, unit) = text.split_once('/')?;
    let seconds = match unit.trim() {
        "s" | "sec" => 1.0,
        "m" | "min" => 60.0,
        "h" | "hour" => 3_600.0,
        _ => return None,
    };
    let digits = number.trim();
    let plain = digits.starts_with(|c: char| c.is_ascii_digit()) && !digits.ends_with('.');
    let number: f64 = digits.parse().ok().filter(|_| plain)?;
    number.is_finite().then_some(number / seconds)
}

/// What to write instead of a text that is no duration.
pub fn duration_help(text: &str) -> String {
    if let Some((minutes, seconds)) = text.split_once(':')
        && let (Ok(minutes), Ok(seconds)) = (minutes.parse::<u32>(), seconds.parse::<u32>())
    {
        return format!("a colon means nothing here: write `{minutes}m{seconds}s`");
    }
    if text.parse::<f64>().is_ok() {
        return format!("a duration has a unit: `{text}s` or `{text}ms`");
    }
    "expected a duration such as `250ms`, `5s`, `1m30s` or `1h`".to_owned()
}

/// A duration as an author would write it.
pub fn written(duration: Duration) -> String {
    let millis = duration.as_millis();
    if !millis.is_multiple_of(1000) || millis == 0 {
        return if millis == 0 {
            "0s".to_owned()
        } else {
            format!("{millis}ms")
        };
    }
    let seconds = millis / 1000;
    let parts = [
        (seconds / 3600, "h"),
        (seconds / 60 % 60, "m"),
        (seconds % 60, "s"),
    ];
    let written: Vec<String> = parts
        .iter()
        .filter(|(amount, _)| *amount > 0)
        .map(|(amount, unit)| format!("{amount}{unit}"))
        .collect();
    written.concat()
}

/// A number, a duration or a share.
pub fn operand(text: &str) -> Option<Operand> {
    if let Some(share) = text.strip_suffix('%') {
        let share: f64 = share.trim().parse().ok()?;
        return (share.is_finite() && share >= 0.0).then_some(Operand::Share(share / 100.0));
    }
    if let Ok(number) = text.parse::<f64>() {
        return number.is_finite().then_some(Operand::Number(number));
    }
    duration(text).map(Operand::Duration)
}

/// `a..b`, both ends of one kind; `Err` says what is wrong, `None` that it is no range at all.
pub fn range(text: &str) -> Option<Result<(Operand, Operand), String>> {
    let (from, to) = text.split_once("..")?;
    if from.is_empty() || to.is_empty() || from.contains(char::is_whitespace) {
        return None;
    }
    let (from, to) = (operand(from)?, operand(to)?);
    let order = match (from, to) {
        (Operand::Number(a), Operand::Number(b)) | (Operand::Share(a), Operand::Share(b)) => a <= b,
        (Operand::Duration(a), Operand::Duration(b)) => a <= b,
        _ => {
            return Some(Err(
                "both ends of a range are of one kind: `3s..6s`, `1..6`".to_owned()
            ));
        }
    };
    if order {
        Some(Ok((from, to)))
    } else {
        Some(Err("a range goes from the smaller to the larger end".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let table = [
            ("250ms", Some(250)),
            ("5s", Some(5_000)),
            ("1m30s", Some(90_000)),
            ("1h", Some(3_600_000)),
            ("0s", Some(0)),
            ("0.1s", Some(100)),
            ("1:30", None),
            ("30", None),
            ("s", None),
            ("30s1m", None),
            ("-5s", None),
            ("5 s", None),
            ("", None),
            (".5s", None),
        ];
        for (text, millis) in table {
            assert_eq!(duration(text), millis.map(Duration::from_millis), "{text}");
        }
    }

    #[test]
    fn rates() {
        let table = [
            ("500/s", Some(500.0)),
            ("0.5/s", Some(0.5)),
            ("30/m", Some(0.5)),
            ("60/min", Some(1.0)),
            ("1800/h", Some(0.5)),
            ("500", None),
            ("500/ms", None),
            ("-1/s", None),
            ("inf/s", None),
            ("/s", None),
        ];
        for (text, rate_) in table {
            assert_eq!(rate(text), rate_, "{text}");
        }
    }

    #[test]
    fn ranges() {
        assert!(matches!(
            range("1..6"),
            Some(Ok((Operand::Number(_), Operand::Number(_))))
        ));
        assert!(matches!(
            range("0s..2s"),
            Some(Ok((Operand::Duration(_), Operand::Duration(_))))
        ));
        assert!(matches!(range("6..1"), Some(Err(_))));
        assert!(matches!(range("1..2s"), Some(Err(_))));
        assert!(range("a..b").is_none());
        assert!(range("hello").is_none());
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_is_read_back(seconds in 0u64..1_000_000) {
            let duration_ = Duration::from_secs(seconds);
            proptest::prop_assert_eq!(duration(&written(duration_)), Some(duration_));
        }

        #[test]
        fn any_text_is_survived(text in ".*") {
            let _ = (duration(&text), operand(&text), range(&text), duration_help(&text));
        }
    }
}
