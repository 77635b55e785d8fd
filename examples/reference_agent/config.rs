//! What the environment asks of this client (the contract of `hallmark agent`).

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use url::Url;

use crate::failure::Failure;
use crate::habits::{self, on};
use crate::say;

/// Everything that is asked.
#[derive(Debug)]
pub(crate) struct Config {
    /// The MCP endpoint; nothing for a receiver of webhooks alone.
    pub(crate) endpoint: Option<Url>,
    /// The endpoint as it was written: identifiers are compared as text.
    pub(crate) endpoint_text: String,
    pub(crate) task: String,
    pub(crate) state_dir: PathBuf,
    pub(crate) api_key: Option<String>,
    pub(crate) client: Option<Client>,
    /// The authorization server that the client is registered with, where that is said.
    pub(crate) issuer: Option<String>,
    pub(crate) login: Option<StoredLogin>,
    /// A program that opens addresses for a person, where there is one.
    pub(crate) browser: Option<String>,
    pub(crate) tool: Option<String>,
    pub(crate) arguments: Value,
    pub(crate) count: usize,
    pub(crate) idle: Duration,
    pub(crate) stay: Duration,
    pub(crate) webhook: Webhook,
    /// The revision that is tried first.
    pub(crate) stateless_first: bool,
}

/// The registered client.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) secret: Option<String>,
}

/// A login to begin with.
#[derive(Debug, Clone)]
pub(crate) struct StoredLogin {
    pub(crate) access_token: Option<String>,
    pub(crate) refresh_token: Option<String>,
    /// Seconds, as the text that was given.
    pub(crate) expires_in: Option<String>,
    pub(crate) issuer: String,
    pub(crate) token_endpoint: String,
    pub(crate) resource: Option<String>,
}

/// What a receiver needs.
#[derive(Debug)]
pub(crate) struct Webhook {
    pub(crate) port: u16,
    pub(crate) secret: Option<String>,
    pub(crate) scheme: String,
}

fn text(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn secret(name: &str) -> Option<String> {
    let value = text(name)?;
    say::learn(&value);
    Some(value)
}

fn number(name: &str, default: u64) -> Result<u64, Failure> {
    let Some(value) = text(name) else {
        return Ok(default);
    };
    value
        .parse()
        .map_err(|_| Failure::Setup(format!("{name} is no number")))
}

fn seconds(name: &str, default: f64) -> Result<Duration, Failure> {
    let given = text(name).map_or(Ok(default), |value| value.parse());
    let span = given
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    span.ok_or_else(|| Failure::Setup(format!("{name} is no number of seconds")))
}

impl Config {
    /// Reads the environment.
    pub(crate) fn read() -> Result<Self, Failure> {
        let endpoint = text("HALLMARK_MCP_URL")
            .map(|url| Url::parse(&url).map_err(|why| Failure::Setup(format!("HALLMARK_MCP_URL: {why}"))))
            .transpose()?;
        let arguments = text("HALLMARK_ARGUMENTS").unwrap_or_else(|| "{}".to_owned());
        let arguments: Value = serde_json::from_str(&arguments)
            .map_err(|why| Failure::Setup(format!("HALLMARK_ARGUMENTS is not JSON: {why}")))?;
        let count = number("HALLMARK_COUNT", 1)?;
        Ok(Self {
            endpoint,
            endpoint_text: text("HALLMARK_MCP_URL").unwrap_or_default(),
            task: text("HALLMARK_TASK").ok_or_else(|| missing("HALLMARK_TASK"))?,
            state_dir: text("HALLMARK_STATE_DIR")
                .ok_or_else(|| missing("HALLMARK_STATE_DIR"))?
                .into(),
            api_key: api_key()?,
            client: text("HALLMARK_CLIENT_ID").map(|id| Client {
                id,
                secret: secret("HALLMARK_CLIENT_SECRET"),
            }),
            issuer: text("HALLMARK_ISSUER"),
            login: stored_login(),
            browser: text("BROWSER").filter(|program| Path::new(program).is_file()),
            tool: text("HALLMARK_TOOL"),
            arguments,
            count: usize::try_from(count).unwrap_or(usize::MAX).clamp(1, 256),
            idle: Duration::from_millis(number("HALLMARK_IDLE_MS", 0)?),
            stay: seconds("HALLMARK_SECONDS", 5.0)?,
            webhook: Webhook {
                port: u16::try_from(number("HALLMARK_WEBHOOK_PORT", 0)?).unwrap_or_default(),
                secret: secret("HALLMARK_WEBHOOK_SECRET"),
                scheme: text("HALLMARK_WEBHOOK_SCHEME").unwrap_or_else(|| "standard-webhooks".to_owned()),
            },
            stateless_first: text("HALLMARK_REVISION").is_some_and(|revision| revision == "2026-07-28"),
        })
    }
}

fn missing(name: &str) -> Failure {
    Failure::Setup(format!("{name} is not set"))
}

/// The key, without the blanks around it that come with files and shells. A key that is nothing but blanks is a mistake
/// that is said, and so is one that would break a header (RFC 9110 §5.5).
fn api_key() -> Result<Option<String>, Failure> {
    let Ok(given) = env::var("HALLMARK_API_KEY") else {
        return Ok(None);
    };
    let key = if on(habits::CRLF_KEY) {
        given.as_str()
    } else {
        given.trim()
    };
    if key.trim().is_empty() {
        return if on(habits::BEARER_UNDEFINED) {
            Ok(None)
        } else {
            Err(Failure::Setup("HALLMARK_API_KEY is set and empty".to_owned()))
        };
    }
    say::learn(given.trim());
    if key.bytes().any(|byte| !byte.is_ascii_graphic()) && !on(habits::CRLF_KEY) {
        return Err(Failure::Setup(
            "HALLMARK_API_KEY holds what cannot stand in a header".to_owned(),
        ));
    }
    Ok(Some(key.to_owned()))
}

fn stored_login() -> Option<StoredLogin> {
    let access_token = secret("HALLMARK_ACCESS_TOKEN");
    let refresh_token = secret("HALLMARK_REFRESH_TOKEN");
    if access_token.is_none() && refresh_token.is_none() {
        return None;
    }
    Some(StoredLogin {
        access_token,
        refresh_token,
        expires_in: text("HALLMARK_EXPIRES_IN"),
        issuer: text("HALLMARK_ISSUER").unwrap_or_default(),
        token_endpoint: text("HALLMARK_TOKEN_ENDPOINT").unwrap_or_default(),
        resource: text("HALLMARK_RESOURCE"),
    })
}
