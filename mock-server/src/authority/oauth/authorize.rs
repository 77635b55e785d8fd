//! The authorization endpoint (RFC 6749 §3.1, §4.1.1): a request is checked and waits for a person.
//!
//! A wrong client or redirect URI is told to the person, never to the redirect URI (RFC 6749 §4.1.2.1). Everything else
//! is told to the client by a redirect; to one that registered itself only when somebody has signed in (RFC 9700
//! §4.11.2).

use http::Method;
use serde_json::json;

use super::callback::{self, Told};
use super::client::{AUTHORIZATION_CODE, Client, Origin};
use super::endpoint::{BASE, CONNECT};
use super::error::{OAuthError, method_not_allowed};
use super::params::Params;
use super::request::AuthorizationRequest;
use super::scopes::{Scopes, UnknownWord};
use super::{browser, document, page, pkce, redirect, resources};
use crate::defect::{DefectSet, oac, rdir, scope};
use crate::platform::{Entity, Mode, Scope};
use crate::serve::answer::{self, Answer};
use crate::serve::exchange::Exchange;

/// What the endpoint knows; others are ignored (RFC 6749 §3.1).
const KNOWN: &[&str] = &[
    "access_mode",
    "account_settings",
    "agent_name",
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "display",
    "display_code",
    "login_hint",
    "max_age",
    "nonce",
    "prompt",
    "redirect_uri",
    "resource",
    "response_format",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "ui_locales",
];

pub(super) async fn answer(exchange: &mut Exchange<'_>) -> Answer {
    let given = match exchange.head.method {
        Method::GET | Method::HEAD => exchange.head.uri.query().unwrap_or_default().as_bytes().to_vec(),
        Method::POST => exchange.body.to_vec(),
        _ => return method_not_allowed("GET, POST"),
    };
    let Ok(params) = Params::parse(&given) else {
        return refuse(exchange, &Params::default(), "The request is not text.");
    };
    let client = match client_of(exchange, &params).await {
        Ok(client) => client,
        Err(text) => return refuse(exchange, &params, text),
    };
    let redirect_uri = match redirect_of(&params, &client, &exchange.view.defects) {
        Ok(uri) => uri,
        Err(text) => return refuse(exchange, &params, text),
    };
    let now = exchange.world.clock.now();
    match checked(exchange, &params, &client, redirect_uri.clone(), now) {
        Ok(request) => wait(exchange, &params, request),
        Err(error) => tell(exchange, &params, &client, redirect_uri, error),
    }
}

/// Who asks.
async fn client_of(exchange: &Exchange<'_>, params: &Params) -> Result<Client, &'static str> {
    if params.occurs("client_id") > 1 {
        return Err("The request names several applications.");
    }
    let id = params
        .get("client_id")
        .ok_or("The request names no application.")?;
    if document::is_address(id) {
        return document::client(exchange, id).await;
    }
    let store = exchange.world.oauth();
    store
        .client(id)
        .cloned()
        .ok_or("This application is not known here.")
}

/// Where the answer goes: the one the request names, which must be registered, or the only one there is.
fn redirect_of(params: &Params, client: &Client, defects: &DefectSet) -> Result<String, &'static str> {
    let several = params.occurs("redirect_uri") > 1;
    if several && !defects.has(oac::HPP_DIFFERENTIAL) {
        return Err("The request names several addresses to return to.");
    }
    let Some(given) = params.get("redirect_uri") else {
        return match client.redirect_uris.as_slice() {
            [only] => Ok(only.clone()),
            [first, ..] if defects.has(rdir::DEFAULT_FIRST) => Ok(first.clone()),
            _ => Err("The request does not say where to return to."),
        };
    };
    let unlisted =
        client.origin == Origin::Document && defects.has(crate::defect::cimd::CIMD_REDIRECT_UNLISTED);
    if !unlisted && !redirect::is_registered(client, given, defects) {
        return Err("The address to return to is not registered for this application.");
    }
    // Healthy, the last one is the only one.
    Ok(params.last("redirect_uri").unwrap_or(given).to_owned())
}

/// A wrong client or redirect URI: a page, and nobody is sent anywhere.
fn refuse(exchange: &mut Exchange<'_>, params: &Params, text: &'static str) -> Answer {
    exchange.stop("oauth", text);
    if let (true, Some(uri)) = (
        exchange.view.defects.has(oac::OPEN_REDIRECT),
        params.get("redirect_uri"),
    ) {
        let told = Told::Error("invalid_request");
        let issuer = &exchange.world.fixtures.oauth.issuer;
        let to = callback::location(issuer, &exchange.view.defects, uri, params.get("state"), told);
        return answer::with(answer::empty(302), "location", &to);
    }
    page::refusal(&exchange.view, 400, "This request cannot be answered", text)
}

/// The rest of the request, as it will wait for a person.
fn checked(
    exchange: &Exchange<'_>,
    params: &Params,
    client: &Client,
    redirect_uri: String,
    now: i64,
) -> Result<AuthorizationRequest, OAuthError> {
    let (world, defects) = (exchange.world, &exchange.view.defects);
    if params.repeats() && !defects.has(oac::HPP_DIFFERENTIAL) {
        return Err(OAuthError::request("a parameter is there twice"));
    }
    if params.others_than(KNOWN) && defects.has(oac::STRICT_UNKNOWN) {
        return Err(OAuthError::request("a parameter is unknown"));
    }
    let implicit = response_type(params, defects)?;
    if !client.may(AUTHORIZATION_CODE) {
        return Err(OAuthError::of(
            "unauthorized_client",
            "the client may not use codes",
        ));
    }
    let challenge = if implicit {
        None
    } else {
        pkce::challenge(params, client, defects)?
    };
    let scopes = params
        .get("scope")
        .map(|text| scopes_of(text, defects))
        .transpose();
    let scopes = scopes.map_err(|_| OAuthError::of("invalid_scope", "a scope is unknown"))?;
    let resources = resources::asked(world, defects, params)?;
    prompt(exchange, params)?;
    let text = |name: &str| params.get(name).map(str::to_owned);
    Ok(AuthorizationRequest {
        id: world.oauth().id(),
        client: client.id.clone(),
        redirect_uri,
        state: text("state"),
        nonce: text("nonce"),
        challenge,
        scopes: scopes.filter(|scopes| !scopes.is_empty()),
        resources,
        agent_name: text("agent_name"),
        login_hint: text("login_hint"),
        failure: None,
        implicit,
        created: now,
    })
}

/// The scopes of a request. A star is a word that nobody knows, but for the defect `wildcard-scope`.
fn scopes_of(text: &str, defects: &DefectSet) -> Result<Scopes, UnknownWord> {
    if defects.has(scope::WILDCARD_SCOPE) && text.split(' ').any(|word| word == "*") {
        return Ok(Scopes::of_rights([Scope::all(Entity::User, Mode::Rwa)]));
    }
    Scopes::parse(text)
}

/// Whether a token is asked for at the front; healthy, that is `unsupported_response_type`.
fn response_type(params: &Params, defects: &DefectSet) -> Result<bool, OAuthError> {
    match params.get("response_type") {
        None => Err(OAuthError::request("response_type is missing")),
        Some("code") => Ok(false),
        Some(several) if defects.has(oac::IMPLICIT_ON) && several.split(' ').any(|one| one == "token") => {
            Ok(true)
        }
        Some(_) => Err(OAuthError::of(
            "unsupported_response_type",
            "response_type must be code",
        )),
    }
}

/// `prompt=none` cannot be granted: every client is asked about anew (OpenID Connect Core §3.1.2.6).
fn prompt(exchange: &Exchange<'_>, params: &Params) -> Result<(), OAuthError> {
    if params.get("prompt") != Some("none") {
        return Ok(());
    }
    let code = match browser::signed_in(exchange) {
        Some(_) => "consent_required",
        None => "login_required",
    };
    Err(OAuthError::of(code, "somebody has to be asked"))
}

/// Tells the client, or has somebody sign in first.
fn tell(
    exchange: &mut Exchange<'_>,
    params: &Params,
    client: &Client,
    redirect_uri: String,
    error: OAuthError,
) -> Answer {
    exchange.stop("oauth", error.code);
    let anonymous = browser::signed_in(exchange).is_none();
    let waits = client.origin != Origin::Registered && anonymous;
    if waits && !exchange.view.defects.has(oac::ERROR_REDIRECT_ANON) && params.get("prompt") != Some("none") {
        let now = exchange.world.clock.now();
        let request = AuthorizationRequest {
            id: exchange.world.oauth().id(),
            client: client.id.clone(),
            redirect_uri,
            state: params.get("state").map(str::to_owned),
            nonce: None,
            challenge: None,
            scopes: None,
            resources: Vec::new(),
            agent_name: None,
            login_hint: params.get("login_hint").map(str::to_owned),
            failure: Some(error.code),
            implicit: false,
            created: now,
        };
        return wait(exchange, params, request);
    }
    let issuer = &exchange.world.fixtures.oauth.issuer;
    let told = Told::Error(error.code);
    let to = callback::location(
        issuer,
        &exchange.view.defects,
        &redirect_uri,
        params.get("state"),
        told,
    );
    answer::with(answer::empty(302), "location", &to)
}

/// Lets the request wait, and says where somebody can answer it.
fn wait(exchange: &mut Exchange<'_>, params: &Params, request: AuthorizationRequest) -> Answer {
    let id = request.id.clone();
    exchange.world.oauth().admit_request(request);
    let login_url = format!("{}{CONNECT}?auth_request_id={id}", exchange.world.origin());
    if params.get("response_format") == Some("json") {
        let info = format!(
            "{}{BASE}authorize/info/?auth_request_id={id}",
            exchange.world.origin()
        );
        let told = json!({ "auth_request_id": id, "login_url": login_url, "info_url": info });
        return answer::json(200, &told);
    }
    answer::with(answer::empty(302), "location", &login_url)
}
