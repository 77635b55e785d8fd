//! What a token endpoint answers (RFC 6749 §5), told apart from what is no answer.

use std::time::Duration;

use serde_json::{Map, Value};
use url::Url;

use crate::secret::Secret;
use crate::wire::{Cut, Response};

/// A successful answer (§5.1).
#[derive(Debug, Clone)]
pub struct Issued {
    /// The access token.
    pub access_token: Secret,
    /// As written; compare without regard to case.
    pub token_type: String,
    /// Lifetime from now.
    pub expires_in: Option<Duration>,
    /// For the next one.
    pub refresh_token: Option<Secret>,
    /// OpenID Connect.
    pub id_token: Option<Secret>,
    /// What was granted; absent: what was asked for.
    pub scope: Option<String>,
    /// Of what kind the token is that came of an exchange (RFC 8693 §2.2.1).
    pub issued_token_type: Option<String>,
}

/// A refusal in the form of §5.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// `invalid_grant`, …
    pub error: String,
    /// For developers.
    pub description: Option<String>,
}

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoToken {
    /// The server said no, in the form of §5.2.
    #[error("the server refused: {}{} (HTTP {})", .0.error, described(.0), .0.status)]
    Refused(Refusal),
    /// A success with `error` in it: neither one nor the other.
    #[error("HTTP {} with `error: {}` in it: a refusal has status 400 or 401 (RFC 6749 §5.2)", .0.status, .0.error)]
    ErrorInSuccess(Refusal),
    /// Another address. A token endpoint has no reason to redirect, and a secret does not follow.
    #[error("HTTP {status}: a redirect to {to}, which is not followed with credentials")]
    Redirect {
        /// 3xx.
        status: u16,
        /// Origin and path.
        to: String,
    },
    /// 429, or 503 with `Retry-After`.
    #[error("HTTP {status}: too many requests{}", .pause.map(|pause| format!(", again in {} s", pause.as_secs())).unwrap_or_default())]
    Limited {
        /// 429 or 503.
        status: u16,
        /// How long to wait.
        pause: Option<Duration>,
    },
    /// 5xx.
    #[error("HTTP {status}: the server failed")]
    ServerFailed {
        /// 5xx.
        status: u16,
    },
    /// The body ended early.
    #[error("HTTP {status}: the body ended early ({why})")]
    Cut {
        /// The status.
        status: u16,
        /// How.
        why: &'static str,
    },
    /// The body is no JSON object.
    #[error("HTTP {status} with {content_type}: {what}")]
    NotJson {
        /// The status.
        status: u16,
        /// Its media type, or `no content type`.
        content_type: String,
        /// `an HTML page`, …
        what: &'static str,
    },
    /// A member is not there, or of another type.
    #[error("HTTP {status}: {what}")]
    Malformed {
        /// The status.
        status: u16,
        /// Which, and what.
        what: String,
    },
}

fn described(refusal: &Refusal) -> String {
    match &refusal.description {
        Some(words) => format!(": {}", words.chars().take(200).collect::<String>()),
        None => String::new(),
    }
}

/// Reads an answer of a token endpoint.
pub fn token(response: &Response) -> Result<Issued, NoToken> {
    let status = response.status;
    match status {
        300..400 => {
            return Err(NoToken::Redirect {
                status,
                to: destination(response),
            });
        }
        429 => return Err(limited(response)),
        503 if response.header("retry-after").is_some() => return Err(limited(response)),
        500.. | 0..200 => return Err(NoToken::ServerFailed { status }),
        _ => {}
    }
    let members = object(response)?;
    if let Some(error) = members.get("error") {
        let refusal = Refusal {
            status,
            error: error
                .as_str()
                .map_or_else(|| error.to_string(), str::to_owned)
                .chars()
                .take(200)
                .collect(),
            description: text(&members, "error_description"),
        };
        return Err(if status < 400 {
            NoToken::ErrorInSuccess(refusal)
        } else {
            NoToken::Refused(refusal)
        });
    }
    if status >= 400 {
        return Err(malformed(status, "a refusal without `error` (RFC 6749 §5.2)"));
    }
    issued(status, &members)
}

/// The refusal in an answer of any endpoint, where it has one.
pub fn refusal(response: &Response) -> Option<Refusal> {
    let members: Map<String, Value> = serde_json::from_slice(&response.body).ok()?;
    Some(Refusal {
        status: response.status,
        error: text(&members, "error")?,
        description: text(&members, "error_description"),
    })
}

fn issued(status: u16, members: &Map<String, Value>) -> Result<Issued, NoToken> {
    let need = |name: &str| match members.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
        Some(_) => Err(malformed(status, &format!("`{name}` is no text, or empty"))),
        None => Err(malformed(
            status,
            &format!("there is no `{name}` (RFC 6749 §5.1)"),
        )),
    };
    Ok(Issued {
        access_token: Secret::new(need("access_token")?),
        token_type: need("token_type")?,
        expires_in: match members.get("expires_in") {
            None | Some(Value::Null) => None,
            Some(value) => {
                Some(seconds(value).ok_or_else(|| {
                    malformed(status, "`expires_in` is no number of seconds (RFC 6749 §5.1)")
                })?)
            }
        },
        refresh_token: optional(status, members, "refresh_token")?.map(Secret::new),
        id_token: optional(status, members, "id_token")?.map(Secret::new),
        scope: optional(status, members, "scope")?,
        issued_token_type: optional(status, members, "issued_token_type")?,
    })
}

fn optional(status: u16, members: &Map<String, Value>, name: &str) -> Result<Option<String>, NoToken> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(malformed(status, &format!("`{name}` is no text"))),
    }
}

/// A number; one that is written as a text is a slip that says the same.
fn seconds(value: &Value) -> Option<Duration> {
    let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    Duration::try_from_secs_f64(number).ok()
}

fn object(response: &Response) -> Result<Map<String, Value>, NoToken> {
    let status = response.status;
    let not_json = |what| NoToken::NotJson {
        status,
        content_type: response.header("content-type").map_or_else(
            || "no content type".to_owned(),
            |kind| kind.chars().take(80).collect(),
        ),
        what,
    };
    if let Some(cut) = response.cut.filter(|cut| *cut != Cut::Enough) {
        let why = match cut {
            Cut::Size(_) => "it is larger than what is read of it",
            Cut::Time(_) => "the time was over",
            Cut::Short | Cut::Enough => "the connection was closed",
        };
        return Err(NoToken::Cut { status, why });
    }
    match serde_json::from_slice(&response.body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(not_json("JSON, but no object")),
        Err(_) if response.body.trim_ascii().is_empty() => Err(not_json("an empty body")),
        Err(_) if response.body.trim_ascii_start().starts_with(b"<") => Err(not_json("a page, no JSON")),
        Err(error) if error.is_eof() => Err(not_json("JSON that ends too early")),
        Err(_) => Err(not_json("no JSON")),
    }
}

fn limited(response: &Response) -> NoToken {
    NoToken::Limited {
        status: response.status,
        pause: response.retry_after(),
    }
}

/// Where a redirect leads, without what may be secret in it.
fn destination(response: &Response) -> String {
    let Some(location) = response.header("location") else {
        return "nowhere".to_owned();
    };
    let plain = |text: &str| text.split(['?', '#']).next().unwrap_or_default().to_owned();
    let shown = match Url::parse(&location) {
        Ok(url) => format!("{}{}", url.origin().ascii_serialization(), url.path()),
        Err(_) => plain(&location),
    };
    shown.chars().take(200).collect()
}

fn text(members: &Map<String, Value>, name: &str) -> Option<String> {
    members
        .get(name)?
        .as_str()
        .map(|text| text.chars().take(200).collect())
}

fn malformed(status: u16, what: &str) -> NoToken {
    NoToken::Malformed {
        status,
        what: what.to_owned(),
    }
}

#[cfg(test)]
#[path = "response_tests.rs"]
mod tests;
