//! The token endpoint (RFC 6749 §3.2): a form in, tokens or an error out.

use http::Method;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};

use super::client::{AUTHORIZATION_CODE, CLIENT_CREDENTIALS, Client, REFRESH_TOKEN};
use super::error::{OAuthError, method_not_allowed};
use super::params::Params;
use super::scopes::Scopes;
use super::{authenticate, own, redeem, rotation};
use crate::authority::token::Issued;
use crate::defect::{oac, rfsh, tok};
use crate::serve::answer::{self, Answer};
use crate::serve::exchange::Exchange;

/// What a grant gave.
pub(super) struct Granted {
    pub(super) access: Issued,
    pub(super) refresh: Option<String>,
    pub(super) id_token: Option<String>,
    /// What the access token may touch.
    pub(super) scopes: Scopes,
    /// Whether that is all that was asked for.
    pub(super) whole: bool,
}

pub(super) async fn answer(exchange: &mut Exchange<'_>) -> Answer {
    let method = exchange.head.method.clone();
    let by_get = method == Method::GET && exchange.view.defects.has(tok::TOKEN_GET);
    if method != Method::POST && !by_get {
        return method_not_allowed("POST");
    }
    let params = match form(exchange, by_get) {
        Ok(params) => params,
        Err(error) => return refused(exchange, &Params::default(), &error),
    };
    match granted(exchange, &params).await {
        Ok(granted) => success(exchange, &granted),
        Err(error) => {
            exchange.stop("oauth", error.code);
            refused(exchange, &params, &error)
        }
    }
}

/// The parameters of a form body, and of nothing else (RFC 6749 §2.3.1, Appendix B).
pub(super) fn form(exchange: &Exchange<'_>, query_too: bool) -> Result<Params, OAuthError> {
    let defects = &exchange.view.defects;
    let not_text = |_| OAuthError::request("the parameters are not text");
    let media_type = exchange.head.headers.get(CONTENT_TYPE);
    let media_type = media_type
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let media_type = media_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let mut params = match media_type.as_str() {
        "application/x-www-form-urlencoded" => Params::parse(&exchange.body).map_err(not_text)?,
        "application/json" if defects.has(tok::JSON_TOKEN) => from_json(&exchange.body),
        _ if exchange.body.is_empty() && (query_too || defects.has(tok::PARAMS_FROM_QUERY)) => {
            Params::default()
        }
        _ => {
            return Err(OAuthError::request(
                "the body must be application/x-www-form-urlencoded",
            ));
        }
    };
    if query_too || defects.has(tok::PARAMS_FROM_QUERY) {
        let query = exchange.head.uri.query().unwrap_or_default();
        params.extend(Params::parse(query.as_bytes()).map_err(not_text)?);
    }
    if params.repeats() && !defects.has(tok::HPP_TOKEN) {
        return Err(OAuthError::request("a parameter is there twice"));
    }
    Ok(params)
}

/// What the defect `json-token` reads.
fn from_json(body: &[u8]) -> Params {
    let mut params = Params::default();
    let members: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
    for (name, value) in &members {
        params.push(name, value.as_str().unwrap_or_default());
    }
    params
}

async fn granted(exchange: &mut Exchange<'_>, params: &Params) -> Result<Granted, OAuthError> {
    let defects = exchange.view.defects.clone();
    let grant_type = match params.get("grant_type") {
        None if defects.has(tok::GRANT_DEFAULT_CC) => {
            let client = authenticate::client(exchange, params, false)?;
            return own::grant(exchange, &client, params);
        }
        None => return Err(OAuthError::request("grant_type is missing")),
        Some(grant_type) => grant_type,
    };
    match grant_type {
        AUTHORIZATION_CODE => {
            let client = allowed(exchange, params, AUTHORIZATION_CODE, false)?;
            redeem::grant(exchange, &client, params).await
        }
        REFRESH_TOKEN => {
            let lenient = defects.has(rfsh::REFRESH_NO_CAUTH);
            let client = allowed(exchange, params, REFRESH_TOKEN, lenient)?;
            rotation::grant(exchange, &client, params).await
        }
        CLIENT_CREDENTIALS => {
            let client = allowed(exchange, params, CLIENT_CREDENTIALS, false)?;
            own::grant(exchange, &client, params)
        }
        "password" if defects.has(oac::ROPC_ON) => {
            let client = authenticate::client(exchange, params, false)?;
            own::by_password(exchange, &client, params)
        }
        _ => Err(OAuthError::of(
            "unsupported_grant_type",
            "the grant type is not known here",
        )),
    }
}

/// The client, authenticated, and allowed to use this grant.
fn allowed(
    exchange: &Exchange<'_>,
    params: &Params,
    grant_type: &str,
    lenient: bool,
) -> Result<Client, OAuthError> {
    let client = authenticate::client(exchange, params, lenient)?;
    if client.may(grant_type) {
        return Ok(client);
    }
    Err(OAuthError::of(
        "unauthorized_client",
        "the client may not use this grant type",
    ))
}

/// RFC 6749 §5.1.
fn success(exchange: &Exchange<'_>, granted: &Granted) -> Answer {
    let defects = &exchange.view.defects;
    let expires_in = granted.access.expires_in;
    let mut body = json!({
        "access_token": granted.access.text,
        "token_type": "Bearer",
        "expires_in": expires_in,
    });
    if defects.has(tok::EXPIRES_IN_STRING) {
        body["expires_in"] = json!(expires_in.to_string());
    }
    if defects.has(tok::EXPIRES_IN_MS) {
        body["expires_in"] = json!(expires_in * 1000);
    }
    if granted.whole || !defects.has(tok::SCOPE_SILENT) {
        body["scope"] = json!(granted.scopes.to_string());
    }
    if let Some(refresh) = &granted.refresh {
        body["refresh_token"] = json!(refresh);
        if defects.has(rfsh::TIMEOUT_EXCEEDS_GRANT) {
            body["refresh_token_timeout"] = json!(180 * 86_400);
            body["authorization_expires_in"] = json!(90 * 86_400);
        }
    }
    if let Some(id_token) = &granted.id_token {
        body["id_token"] = json!(id_token);
    }
    let answer = answer::json(200, &body);
    answer::with(unstored(exchange, answer), "pragma", "no-cache")
}

/// What holds a token or a secret is kept by nobody on the way (RFC 6749 §5.1, RFC 7591 §3.2.1).
pub(super) fn unstored(exchange: &Exchange<'_>, answer: Answer) -> Answer {
    let said = if exchange.view.defects.has(tok::NO_NOSTORE) {
        "private, max-age=60"
    } else {
        "no-store"
    };
    answer::with(answer, "cache-control", said)
}

/// RFC 6749 §5.2.
fn refused(exchange: &Exchange<'_>, params: &Params, error: &OAuthError) -> Answer {
    let defects = &exchange.view.defects;
    if defects.has(tok::ERROR_HTML) {
        let html = format!(
            "<!doctype html><title>Error</title><h1>{}</h1>",
            error.description
        );
        return error.dressed(answer::typed(error.status, "text/html; charset=utf-8", html));
    }
    let mut error = error.clone();
    if error.status == 400 && error.code == "invalid_client" {
        return error.answer();
    }
    if defects.has(tok::ERROR_200) {
        error.status = 200;
    }
    if defects.has(tok::DESC_REFLECT) {
        let names = [
            "grant_type",
            "client_id",
            "code",
            "refresh_token",
            "scope",
            "resource",
        ];
        let sent = names.map(|name| params.get(name).unwrap_or_default());
        return error.described(&format!("{}: {}", error.description, sent.join(" ")));
    }
    let secret = params.get("refresh_token").or(params.get("code"));
    match secret {
        Some(secret) if defects.has(tok::ECHO_REFRESH) => {
            error.described(&format!("{}: {secret}", error.description))
        }
        _ => error.answer(),
    }
}
