//! Values while a case runs: JSON, durations, and whether a credential went into them.

use std::time::Duration;

use serde_json::Value as Json;

/// A value with its taint.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    /// The content.
    pub content: Content,
    /// A credential went into it: it is masked wherever it shows.
    pub secret: bool,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Any JSON.
    Json(Json),
    /// A time span.
    Duration(Duration),
    /// `${omit}`: leave the thing out.
    Omit,
}

/// Why a reference has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unresolved {
    /// Nothing of that name (yet).
    #[error("`${{{path}}}` has no value here")]
    Missing {
        /// The dotted path.
        path: String,
    },
    /// The target does not declare it.
    #[error("the target does not say `{path}`")]
    Undeclared {
        /// The dotted path below `target`.
        path: String,
    },
    /// A filter does not fit the value.
    #[error("filter `{filter}`: {why}")]
    Filter {
        /// Its name.
        filter: String,
        /// What does not fit.
        why: String,
    },
    /// A list where a text is wanted.
    #[error("`${{{path}}}` is a list; a text was wanted here")]
    ListInText {
        /// The dotted path.
        path: String,
    },
}

impl Value {
    /// Plain JSON.
    pub fn json(json: impl Into<Json>) -> Self {
        Self {
            content: Content::Json(json.into()),
            secret: false,
        }
    }

    /// A time span.
    pub fn duration(duration: Duration) -> Self {
        Self {
            content: Content::Duration(duration),
            secret: false,
        }
    }

    /// `${omit}`.
    pub fn omit() -> Self {
        Self {
            content: Content::Omit,
            secret: false,
        }
    }

    /// The same, marked as a credential or not.
    #[must_use]
    pub fn tainted(mut self, secret: bool) -> Self {
        self.secret |= secret;
        self
    }

    /// Whether it is `${omit}`.
    pub fn is_omit(&self) -> bool {
        self.content == Content::Omit
    }

    /// As JSON; a duration becomes seconds.
    pub fn to_json(&self) -> Json {
        match &self.content {
            Content::Json(json) => json.clone(),
            Content::Duration(duration) => {
                serde_json::Number::from_f64(duration.as_secs_f64()).map_or(Json::Null, Json::Number)
            }
            Content::Omit => Json::Null,
        }
    }

    /// As text, where it is a scalar.
    pub fn text(&self) -> Option<String> {
        match &self.content {
            Content::Json(Json::String(text)) => Some(text.clone()),
            Content::Json(Json::Bool(b)) => Some(b.to_string()),
            Content::Json(Json::Number(n)) => Some(n.to_string()),
            Content::Duration(duration) => Some(format!("{}", duration.as_secs_f64())),
            Content::Json(_) | Content::Omit => None,
        }
    }

    /// As a number, where it is one or spells one.
    pub fn number(&self) -> Option<f64> {
        match &self.content {
            Content::Json(Json::Number(n)) => n.as_f64(),
            Content::Json(Json::String(text)) => text.trim().parse().ok(),
            Content::Duration(duration) => Some(duration.as_secs_f64()),
            _ => None,
        }
    }

    /// As a time span: a duration, `5s`, or a number of seconds.
    pub fn as_duration(&self) -> Option<Duration> {
        match &self.content {
            Content::Duration(duration) => Some(*duration),
            Content::Json(Json::String(text)) => parse_duration(text),
            Content::Json(Json::Number(n)) => n.as_f64().and_then(|s| Duration::try_from_secs_f64(s).ok()),
            _ => None,
        }
    }

    /// For people: short, on one line.
    pub fn show(&self) -> String {
        match &self.content {
            Content::Json(Json::String(text)) => shorten(&format!("\"{text}\"")),
            Content::Json(json) => shorten(&json.to_string()),
            Content::Duration(duration) => show_duration(*duration),
            Content::Omit => "left out".to_owned(),
        }
    }
}

/// At most 200 characters, on one line.
pub(super) fn shorten(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if line.chars().count() <= 200 {
        return line;
    }
    let head: String = line.chars().take(180).collect();
    format!("{head}… ({} characters)", line.chars().count())
}

/// `1.25s`, `340ms`.
pub(super) fn show_duration(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        format!("{}ms", duration.as_millis())
    } else {
        format!("{:.2}s", duration.as_secs_f64())
    }
}

/// `250ms`, `5s`, `1m30s`, `2h`, `1d`; nothing else.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut total = Duration::ZERO;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let amount: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let unit_end = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let seconds = match &rest[..unit_end] {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "d" => 86400.0,
            _ => return None,
        };
        total += Duration::try_from_secs_f64(amount * seconds).ok()?;
        rest = &rest[unit_end..];
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, millis) in [
            ("250ms", 250),
            ("5s", 5000),
            ("1m30s", 90_000),
            ("2h", 7_200_000),
            ("0s", 0),
        ] {
            assert_eq!(
                parse_duration(text),
                Some(Duration::from_millis(millis)),
                "{text}"
            );
        }
        for text in ["", "5", "s", "1:30", "5 s", "-1s", "5x"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}
