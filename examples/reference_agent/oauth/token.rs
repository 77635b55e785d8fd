//! The token endpoint: what is sent, and what its answers mean.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;
use url::{Url, form_urlencoded};

use super::register::Registered;
use super::scope::words;
use crate::habits::{self, on};
use crate::http::{Answer, Http, Request, may_carry_token};
use crate::retry::asked_pause;
use crate::say;

/// A grant and everything that is needed to go on with it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Login {
    pub(crate) client: Registered,
    pub(crate) token_endpoint: String,
    pub(crate) resource: Option<String>,
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) access_token: Option<String>,
    pub(crate) refresh_token: Option<String>,
    /// Unix milliseconds at which the access token ends, where that is known.
    pub(crate) ends: Option<u64>,
    /// Seconds that it was given for.
    pub(crate) lifetime: Option<u64>,
}

/// Why there is no token.
#[derive(Debug, Clone, Error)]
pub(crate) enum TokenFault {
    /// The grant is over (RFC 6749 §5.2, `invalid_grant`).
    #[error("the grant is over: {0}")]
    Dead(String),
    /// The client, or the request, is not as the server wants it. Nothing is said about the grant.
    #[error("check the configuration of the client: {0}")]
    Configuration(String),
    /// It may be different in a moment.
    #[error("{why}")]
    Passing {
        why: String,
        /// How long the server asks to be left alone.
        pause: Option<Duration>,
        /// It was 429.
        limited: bool,
    },
}

/// Now, in Unix milliseconds.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// One refresh, one try. The new login comes back; the old one is untouched.
pub(crate) async fn refresh(http: &Http, login: &Login) -> Result<Login, TokenFault> {
    let refresh_token = login
        .refresh_token
        .clone()
        .unwrap_or_else(|| "undefined".to_owned());
    let mut form = vec![
        ("grant_type", "refresh_token".to_owned()),
        ("refresh_token", refresh_token),
    ];
    if let Some(resource) = login.resource.as_ref().filter(|_| !on(habits::NO_RESOURCE_PARAM)) {
        form.push(("resource", resource.clone()));
    }
    let answer = request(http, &login.token_endpoint, &login.client, form).await?;
    let mut next = login.clone();
    next.take(&answer)?;
    Ok(next)
}

/// Exchanges a code for a login.
pub(super) async fn redeem(
    http: &Http,
    client: &Registered,
    token_endpoint: &Url,
    form: Vec<(&str, String)>,
    asked: (&str, &BTreeSet<String>),
) -> Result<Login, TokenFault> {
    let answer = request(http, token_endpoint.as_str(), client, form).await?;
    let mut login = Login {
        client: client.clone(),
        token_endpoint: token_endpoint.to_string(),
        resource: Some(asked.0.to_owned()),
        scopes: asked.1.clone(),
        access_token: None,
        refresh_token: None,
        ends: None,
        lifetime: None,
    };
    login.take(&answer)?;
    Ok(login)
}

async fn request(
    http: &Http,
    endpoint: &str,
    client: &Registered,
    mut form: Vec<(&str, String)>,
) -> Result<Map<String, Value>, TokenFault> {
    let mut url =
        Url::parse(endpoint).map_err(|_| TokenFault::Configuration(format!("{endpoint:?} is no address")))?;
    let secret = client.secret.as_deref().filter(|_| client.auth != "none");
    if secret.is_none() || client.auth == "client_secret_post" {
        form.push(("client_id", client.id.clone()));
    }
    if let Some(secret) = secret.filter(|_| client.auth == "client_secret_post") {
        form.push(("client_secret", secret.to_owned()));
    }
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&form)
        .finish();
    let mut request = if on(habits::REFRESH_IN_URL) && form[0].1 == "refresh_token" {
        url.set_query(Some(&body));
        Request::post(url, FORM, body.into_bytes())
    } else if on(habits::REFRESH_JSON_GET) && form[0].1 == "refresh_token" {
        let members: Map<String, Value> = form
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone().into()))
            .collect();
        Request::post(
            url,
            "application/json",
            Value::Object(members).to_string().into_bytes(),
        )
    } else {
        Request::post(url, FORM, body.into_bytes())
    };
    request = request.with("Accept", "application/json");
    if let Some(secret) = secret.filter(|_| client.auth != "client_secret_post") {
        request = request.authorized(&basic(&client.id, secret));
    }
    // Codes and refresh tokens are in the body, so this request leaves its origin as little as one with a header does.
    request.secret = true;
    let check = |url: &Url| {
        if may_carry_token(url) {
            Ok(())
        } else {
            Err("the token endpoint is not https".to_owned())
        }
    };
    let passing = |why: String| TokenFault::Passing {
        why,
        pause: None,
        limited: false,
    };
    let answer = http.send(request, check).await.map_err(|fault| match fault {
        crate::http::Fault::Forbidden(why) => TokenFault::Configuration(why),
        fault => passing(format!("the token endpoint: {fault}")),
    })?;
    judge(answer).await
}

const FORM: &str = "application/x-www-form-urlencoded";

/// Both parts are encoded before they are joined (RFC 6749 §2.3.1).
fn basic(id: &str, secret: &str) -> String {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!(
        "Basic {}",
        STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret)))
    )
}

/// What an answer means. The error code decides, in 400 and 401, and also in a 200 that is none; in any other status
/// whoever speaks may not be the authorization server, and what it says about the grant is not believed.
async fn judge(answer: Answer) -> Result<Map<String, Value>, TokenFault> {
    let (status, pause) = (answer.status, asked_pause(answer.status, &answer.headers));
    let passing = |why: String| TokenFault::Passing {
        why,
        pause,
        limited: status == 429,
    };
    let body = answer
        .body()
        .await
        .map_err(|fault| passing(format!("the token endpoint: {fault}")))?;
    let Ok(Value::Object(document)) = serde_json::from_slice::<Value>(&body) else {
        return Err(passing(format!(
            "the token endpoint answered {status} without JSON"
        )));
    };
    if status == 200 && on(habits::ERROR_200_SAVED) {
        return Ok(document);
    }
    let code = document.get("error").and_then(Value::as_str).map(str::to_owned);
    match (status, code) {
        (200, None) => Ok(document),
        (200 | 400 | 401, Some(code)) if code == "invalid_grant" => Err(TokenFault::Dead(code)),
        (200 | 400 | 401, Some(code)) if code != "temporarily_unavailable" && code != "server_error" => {
            Err(TokenFault::Configuration(code))
        }
        (status, code) => Err(passing(format!(
            "the token endpoint answered {status} {}",
            code.unwrap_or_default()
        ))),
    }
}

impl Login {
    /// Takes a token answer in (RFC 6749 §5.1, §6). Members that are not known are left alone.
    fn take(&mut self, answer: &Map<String, Value>) -> Result<(), TokenFault> {
        let text = |name: &str| {
            answer
                .get(name)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
        };
        let kind = text("token_type").unwrap_or_default();
        let bearer = if on(habits::TOKEN_TYPE_CASE) {
            kind == "Bearer"
        } else {
            kind.eq_ignore_ascii_case("bearer")
        };
        let absent = kind.is_empty() && on(habits::ERROR_200_SAVED);
        if !bearer && !absent && !on(habits::MAC_AS_BEARER) {
            return Err(TokenFault::Configuration(format!(
                "tokens of the type {kind:?} are not known here"
            )));
        }
        let token = match text("access_token") {
            Some(token) => shortened(token),
            None if on(habits::ERROR_200_SAVED) => "undefined".to_owned(),
            None => {
                let why = "the answer has no access token".to_owned();
                return Err(TokenFault::Passing {
                    why,
                    pause: None,
                    limited: false,
                });
            }
        };
        if on(habits::DECODE_JWT_ALWAYS) && token.split('.').count() != 3 {
            return Err(TokenFault::Configuration("the access token is no JWT".to_owned()));
        }
        say::learn(&token);
        self.lifetime = lifetime(answer.get("expires_in"));
        self.ends = self.lifetime.map(|seconds| now() + seconds * 1000);
        if on(habits::JWT_EXP_LOCAL_CLOCK) {
            self.ends = exp(&token).or(self.ends);
        }
        self.access_token = Some(token);
        match text("refresh_token") {
            Some(_) if on(habits::KEEPS_FIRST_RT) && self.refresh_token.is_some() => {}
            Some(token) => {
                say::learn(token);
                self.refresh_token = Some(shortened(token));
            }
            None if on(habits::OVERWRITE_WITH_UNDEFINED) => self.refresh_token = None,
            None => {}
        }
        if let Some(scope) = text("scope") {
            self.scopes.extend(words(scope));
        }
        Ok(())
    }
}

fn shortened(token: &str) -> String {
    if on(habits::VARCHAR_255) {
        token.chars().take(1_200).collect()
    } else {
        token.to_owned()
    }
}

/// Seconds; nothing where it is missing or makes no sense. Then a refusal says that the token is over.
pub(crate) fn lifetime(value: Option<&Value>) -> Option<u64> {
    const TEN_YEARS: u64 = 315_576_000;
    let seconds = match value {
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.parse::<u32>().ok().map(f64::from),
        _ => None,
    };
    if on(habits::EXPIRES_STRING_NAN) && !value.is_some_and(Value::is_number) {
        return Some(0);
    }
    let seconds = seconds.filter(|seconds| seconds.is_finite() && *seconds >= 1.0)?;
    Some(Duration::try_from_secs_f64(seconds).map_or(TEN_YEARS, |lifetime| lifetime.as_secs().min(TEN_YEARS)))
}

/// What only a wrong habit looks at: the token is the server's, not ours to read.
fn exp(token: &str) -> Option<u64> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice::<Value>(&claims)
        .ok()?
        .get("exp")?
        .as_u64()
        .map(|seconds| seconds * 1000)
}
