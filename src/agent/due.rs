//! Header values that say when: computed in the moment of the reply, on the server's own clock.

use std::time::Duration;

use crate::expect::parse_duration;
use crate::scenario::model::Data;
use crate::step::{Fill, Problem};

/// How a moment is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Seconds,
    HttpDate,
    Rfc850,
    Asctime,
    Epoch,
    EpochMillis,
}

/// The forms by the words of the language (`DUE_FORMS`).
const FORMS: &[(&str, Form)] = &[
    ("seconds", Form::Seconds),
    ("http-date", Form::HttpDate),
    ("rfc850-date", Form::Rfc850),
    ("asctime-date", Form::Asctime),
    ("epoch", Form::Epoch),
    ("epoch-ms", Form::EpochMillis),
];

/// The value of a header line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// As written.
    Text(String),
    /// So long after the reply; negative for a moment that has passed.
    Due(i64, Form),
}

impl Line {
    /// `{ in: 3s, as: http-date }`, or anything that is a text, or a reference to a list of texts; nothing: left out.
    pub(super) fn of(data: &Data, fill: Fill<'_>) -> Result<Vec<Self>, Problem> {
        let Data::Map(members, _) = data else {
            let value = fill.data(data)?;
            if let serde_json::Value::Array(lines) = value.to_json() {
                let lines = lines.iter().filter_map(serde_json::Value::as_str);
                return Ok(lines.map(|line| Line::Text(line.to_owned())).collect());
            }
            let text = value.text().filter(|_| !value.is_omit());
            return Ok(text.map(Line::Text).into_iter().collect());
        };
        let member = |wanted: &str| {
            let found = members.iter().find(|(name, _)| name.value == wanted);
            found.map(|(_, data)| fill.data(data)).transpose()
        };
        let unusable = || Problem::Unusable("a moment is `{ in: 3s, as: http-date }`".to_owned());
        let span = member("in")?
            .and_then(|value| value.text())
            .ok_or_else(unusable)?;
        let (sign, text) = match span.strip_prefix('-') {
            Some(text) => (-1, text),
            None => (1, span.as_str()),
        };
        let seconds = parse_duration(text).map(|span: Duration| span.as_secs());
        let seconds = seconds.and_then(|seconds| i64::try_from(seconds).ok());
        let form = member("as")?.and_then(|value| value.text());
        let form = FORMS.iter().find(|(word, _)| Some(*word) == form.as_deref());
        match (seconds, form) {
            (Some(seconds), Some((_, form))) => Ok(vec![Line::Due(sign * seconds, *form)]),
            _ => Err(unusable()),
        }
    }

    /// Now, on a clock that is so many seconds off.
    pub(super) fn written(&self, skew: i64) -> String {
        match self {
            Line::Text(text) => text.clone(),
            Line::Due(seconds, form) => moment(*seconds, skew, *form),
        }
    }
}

fn moment(seconds: i64, skew: i64, form: Form) -> String {
    let due = jiff::Timestamp::now().as_second() + skew + seconds;
    let at = jiff::Timestamp::from_second(due).unwrap_or(jiff::Timestamp::MAX);
    match form {
        Form::Seconds => seconds.to_string(),
        Form::Epoch => due.to_string(),
        Form::EpochMillis => due.saturating_mul(1000).to_string(),
        Form::HttpDate => at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string(),
        Form::Rfc850 => at.strftime("%A, %d-%b-%y %H:%M:%S GMT").to_string(),
        Form::Asctime => at.strftime("%a %b %e %H:%M:%S %Y").to_string(),
    }
}

/// Now, so many seconds off, as `Date` says it (RFC 9110 §5.6.7).
pub(super) fn date(skew: i64) -> String {
    moment(0, skew, Form::HttpDate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_in_every_form() {
        let now = jiff::Timestamp::now().as_second();
        let epoch: i64 = Line::Due(3, Form::Epoch).written(600).parse().unwrap();
        assert!((now + 603..now + 606).contains(&epoch));
        assert_eq!(Line::Due(3, Form::Seconds).written(0), "3");
        assert!(jiff::fmt::rfc2822::parse(&Line::Due(-5, Form::HttpDate).written(0)).is_ok());
        let old = Line::Due(0, Form::Rfc850).written(0);
        assert!(old.ends_with(" GMT") && old.matches('-').count() == 2, "{old}");
    }
}
