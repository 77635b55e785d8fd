//! Dynamic registration (RFC 7591), and what a client may do with its own registration afterwards (RFC 7592).
//!
//! Open to everybody, so what a client says of itself buys it nothing: it gets codes and refresh tokens, and every
//! other wish is dropped.

mod metadata;

use http::Method;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Map, Value, json};

use super::client::{AuthMethod, Client, Hashed, Origin};
use super::endpoint::BASE;
use super::error::{OAuthError, method_not_allowed};
use super::fetch;
use super::token_endpoint::unstored;
use crate::authority::bucket::Counting;
use crate::defect::{dcr, oac};
use crate::serve::answer::{self, Answer};
use crate::serve::exchange::Exchange;
use crate::world::{Limits, Window};

pub(super) use metadata::Metadata;

/// Registrations from one address before the next has to wait.
const FLOOD: Window = Window {
    max: 200,
    seconds: 60,
};
/// What the defect `dcr-ssrf` fetches.
const FETCHED: [&str; 6] = [
    "client_uri",
    "jwks_uri",
    "logo_uri",
    "policy_uri",
    "sector_identifier_uri",
    "tos_uri",
];
/// What the defect `dcr-shared-secret` gives to everybody.
const SHARED: &str = "3f6b1d0c5a7e49e2shared-by-all-clients";

pub(super) async fn answer(exchange: &mut Exchange<'_>, id: Option<&str>) -> Answer {
    let method = exchange.head.method.clone();
    let told = match (method, id) {
        (Method::POST, None) => register(exchange).await,
        (Method::GET | Method::PUT | Method::DELETE, id) => manage(exchange, id),
        _ => {
            return method_not_allowed(if id.is_none() {
                "POST, GET, PUT, DELETE"
            } else {
                "GET, PUT, DELETE"
            });
        }
    };
    match told {
        Ok(answer) => unstored(exchange, answer),
        Err(error) => {
            exchange.stop("oauth", error.code);
            error.answer()
        }
    }
}

async fn register(exchange: &Exchange<'_>) -> Result<Answer, OAuthError> {
    flooded(exchange)?;
    let members = body(exchange)?;
    let defects = &exchange.view.defects;
    let wished = Metadata::read(&members, defects)?;
    if defects.has(dcr::DCR_SSRF) {
        for name in FETCHED {
            if let Some(address) = members.get(name).and_then(Value::as_str) {
                // What comes of it is nobody's business.
                let _ = fetch::get(address).await;
            }
        }
    }
    let now = exchange.world.clock.now();
    let mut store = exchange.world.oauth();
    let chosen = members.get("client_id").and_then(Value::as_str);
    let id = match chosen.filter(|_| defects.has(oac::CC_SUB_CLASH)) {
        Some(chosen) => chosen.to_owned(),
        None => format!("dyn-{}", store.id()),
    };
    let keeps_one = matches!(wished.auth, AuthMethod::Basic | AuthMethod::Post);
    let secret = match () {
        () if !keeps_one && !defects.has(dcr::NONE_WITH_SECRET) => None,
        () if defects.has(dcr::DCR_SHARED_SECRET) => Some(SHARED.to_owned()),
        () => Some(store.secret()),
    };
    let registration_token = store.secret();
    let client = Client {
        id,
        name: wished.name.clone(),
        origin: Origin::Dynamic,
        auth: wished.auth,
        redirect_uris: wished.redirect_uris.clone(),
        grant_types: wished.grant_types.clone(),
        application_type: wished.application_type,
        inspector: false,
        secret_expires: None,
        created: now,
        metadata: Value::Object(wished.told()),
        secret: secret.as_deref().map(Hashed::of),
        keys: wished.keys.clone(),
        registration_token: Some(Hashed::of(&registration_token)),
    };
    let mut told = described(exchange, &client);
    if let Some(secret) = secret {
        told.insert("client_secret".to_owned(), json!(secret));
        if !defects.has(dcr::NO_EXPIRES_AT) {
            // RFC 7591 §3.2.1: 0 where it does not expire.
            told.insert("client_secret_expires_at".to_owned(), json!(0));
        }
    }
    told.insert("registration_access_token".to_owned(), json!(registration_token));
    if defects.has(dcr::METADATA_NOT_ECHOED) {
        told.retain(|name, _| name.starts_with("client_"));
        told.remove("client_name");
    }
    store.bound_clients(&client.id);
    store.admit_client(client);
    Ok(answer::json(201, &Value::Object(told)))
}

/// A client as it is told to itself (RFC 7591 §3.2.1).
fn described(exchange: &Exchange<'_>, client: &Client) -> Map<String, Value> {
    let mut told = client.metadata.as_object().cloned().unwrap_or_default();
    told.insert("client_id".to_owned(), json!(client.id));
    told.insert("client_id_issued_at".to_owned(), json!(client.created));
    let uri = format!("{}{BASE}register/{}/", exchange.world.origin(), client.id);
    told.insert("registration_client_uri".to_owned(), json!(uri));
    told
}

/// RFC 7592: read, replace or remove one's own registration.
fn manage(exchange: &Exchange<'_>, id: Option<&str>) -> Result<Answer, OAuthError> {
    let mut client = own(exchange, id)?;
    let mut told = match exchange.head.method {
        Method::GET => described(exchange, &client),
        Method::DELETE => {
            let now = exchange.world.clock.now();
            let mut store = exchange.world.oauth();
            store.end_all_for(&client.id, now);
            store.remove_client(&client.id);
            return Ok(answer::empty(204));
        }
        _ => {
            let members = body(exchange)?;
            if members
                .get("client_id")
                .is_some_and(|named| named != &json!(client.id))
            {
                return Err(metadata::invalid("client_id is another one"));
            }
            let wished = Metadata::read(&members, &exchange.view.defects)?;
            if wished.auth != client.auth {
                return Err(metadata::invalid("token_endpoint_auth_method cannot be changed"));
            }
            client.name.clone_from(&wished.name);
            client.redirect_uris.clone_from(&wished.redirect_uris);
            client.grant_types.clone_from(&wished.grant_types);
            client.application_type = wished.application_type;
            client.keys.clone_from(&wished.keys);
            client.metadata = Value::Object(wished.told());
            exchange.world.oauth().admit_client(client.clone());
            described(exchange, &client)
        }
    };
    if client.secret.is_some() {
        told.insert(
            "client_secret_expires_at".to_owned(),
            json!(client.secret_expires.unwrap_or(0)),
        );
    }
    Ok(answer::json(200, &Value::Object(told)))
}

/// The client whose registration token was presented (RFC 7592 §2).
fn own(exchange: &Exchange<'_>, id: Option<&str>) -> Result<Client, OAuthError> {
    let denied = OAuthError {
        status: 401,
        ..OAuthError::of(
            "invalid_token",
            "the registration access token is missing or wrong",
        )
    };
    let value = exchange
        .head
        .headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let (scheme, token) = value
        .and_then(|value| value.split_once(' '))
        .ok_or(denied.clone())?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(denied);
    }
    let hash = Hashed::of(token.trim());
    let store = exchange.world.oauth();
    let mut clients = store.clients();
    let found = clients.find(|client| client.registration_token.as_ref() == Some(&hash));
    let named = |client: &&Client| id.is_none_or(|id| id == client.id);
    found.filter(named).cloned().ok_or(denied)
}

/// A JSON object.
fn body(exchange: &Exchange<'_>) -> Result<Map<String, Value>, OAuthError> {
    let media_type = exchange.head.headers.get(CONTENT_TYPE);
    let media_type = media_type
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let is_json = media_type.split(';').next().unwrap_or_default().trim() == "application/json";
    let members = serde_json::from_slice(&exchange.body).ok().filter(|_| is_json);
    members.ok_or(metadata::invalid("the body must be a JSON object"))
}

/// RFC 7591 §3: an open endpoint may limit how often it is used.
fn flooded(exchange: &Exchange<'_>) -> Result<(), OAuthError> {
    let world = exchange.world;
    if world.unlimited_guesses || exchange.view.defects.has(dcr::DCR_FLOOD) {
        return Ok(());
    }
    let limits = Limits { windows: vec![FLOOD] };
    let now = world.clock.millis();
    let standing = world
        .guesses()
        .take("register", &limits, 1, Counting::default(), now);
    match standing.filter(|standing| standing.limited) {
        Some(standing) => Err(OAuthError::slow_down((standing.resets_at - now + 999) / 1000)),
        None => Ok(()),
    }
}
