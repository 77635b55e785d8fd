//! Client authentication (RFC 6749 §2.3, RFC 7523): which client asks, and whether it is the one it says.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use percent_encoding::percent_decode;

use super::client::{AuthMethod, Client, Hashed};
use super::error::OAuthError;
use super::params::Params;
use super::{assertion, throttle};
use crate::defect::{DefectSet, cauth};
use crate::serve::exchange::Exchange;

/// RFC 7523 §2.2.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const WRONG: OAuthError = OAuthError::client("client authentication failed");

/// What a request presents.
enum Proof {
    Basic { id: String, secret: String },
    Post { id: String, secret: String },
    Assertion { text: String },
}

impl Proof {
    /// The client it says it is of, where that can be read without a key.
    fn id(&self) -> Option<&str> {
        match self {
            Self::Basic { id, .. } | Self::Post { id, .. } => Some(id),
            Self::Assertion { .. } => None,
        }
    }
}

/// The client that sent a form, authenticated as it is registered. `lenient`: a confidential client need not
/// prove anything; only defects let one.
pub(super) fn client(exchange: &Exchange<'_>, params: &Params, lenient: bool) -> Result<Client, OAuthError> {
    let defects = &exchange.view.defects;
    let named = params.get("client_id");
    let proofs = proofs(exchange, params)?;
    if proofs.len() > 1 {
        if defects.has(cauth::EITHER_SECRET)
            && let Some(client) = proofs.iter().find_map(|proof| prove(exchange, proof, named).ok())
        {
            return Ok(client);
        }
        // RFC 6749 §2.3: a client must not use more than one method in each request.
        return Err(OAuthError::request("the client authenticates in several ways"));
    }
    match proofs.first() {
        Some(proof) => match prove(exchange, proof, named) {
            Err(_) if lenient => unproven(exchange, proof.id().or(named), true),
            proven => proven.map_err(|error| told(error, proof, defects)),
        },
        None => unproven(exchange, named, lenient),
    }
}

/// Every proof that the request holds.
fn proofs(exchange: &Exchange<'_>, params: &Params) -> Result<Vec<Proof>, OAuthError> {
    let mut proofs = Vec::new();
    let mut lines = exchange.head.headers.get_all(AUTHORIZATION).iter();
    if let Some(line) = lines.next() {
        if lines.next().is_some() {
            return Err(OAuthError::request("there are several Authorization headers"));
        }
        proofs.push(basic(line.as_bytes(), &exchange.view.defects).ok_or(WRONG)?);
    }
    if let Some(secret) = params.get("client_secret") {
        let id = params
            .get("client_id")
            .ok_or(OAuthError::client("client_id is missing"))?;
        proofs.push(Proof::Post {
            id: id.to_owned(),
            secret: secret.to_owned(),
        });
    }
    if let Some(text) = params.get("client_assertion") {
        if params.get("client_assertion_type") != Some(JWT_BEARER) {
            return Err(OAuthError::request("client_assertion_type is unknown"));
        }
        proofs.push(Proof::Assertion {
            text: text.to_owned(),
        });
    }
    Ok(proofs)
}

/// Id and secret of an Authorization header; both are encoded as in a form (RFC 6749 §2.3.1).
fn basic(value: &[u8], defects: &DefectSet) -> Option<Proof> {
    let value = std::str::from_utf8(value).ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let bytes = STANDARD.decode(encoded.trim()).ok()?;
    let colon = bytes.iter().position(|byte| *byte == b':')?;
    let part = |bytes: &[u8]| {
        if defects.has(cauth::BASIC_NO_DECODE) {
            return String::from_utf8(bytes.to_vec()).ok();
        }
        let spaced: Vec<u8> = bytes.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect();
        String::from_utf8(percent_decode(&spaced).collect()).ok()
    };
    Some(Proof::Basic {
        id: part(&bytes[..colon])?,
        secret: part(&bytes[colon + 1..])?,
    })
}

/// The client, if the proof is of the registered kind and good.
fn prove(exchange: &Exchange<'_>, proof: &Proof, named: Option<&str>) -> Result<Client, OAuthError> {
    let (id, secret, method) = match proof {
        Proof::Basic { id, secret } => (id, secret, AuthMethod::Basic),
        Proof::Post { id, secret } => (id, secret, AuthMethod::Post),
        Proof::Assertion { text } => return assertion::client(exchange, text, named),
    };
    if named.is_some_and(|named| named != id) {
        return Err(OAuthError::request("client_id is another one than in the header"));
    }
    let bucket = format!("client:{id}");
    if let Some(error) = throttle::blocked(exchange, &bucket) {
        return Err(error);
    }
    let defects = &exchange.view.defects;
    let found = exchange.world.oauth().client(id).cloned();
    let lies = method == AuthMethod::Post && defects.has(cauth::ADVERTISE_LIE);
    let good = |client: &Client| {
        let now = exchange.world.clock.now();
        client.auth == method
            && client.secret.as_ref() == Some(&Hashed::of(secret))
            && client.secret_expires.is_none_or(|end| now < end)
    };
    found.filter(|client| good(client) && !lies).ok_or_else(|| {
        throttle::failed(exchange, &bucket);
        WRONG
    })
}

/// A client that proves nothing: a public one may.
fn unproven(exchange: &Exchange<'_>, named: Option<&str>, lenient: bool) -> Result<Client, OAuthError> {
    let id = named.ok_or(OAuthError::client("the client does not say who it is"))?;
    let found = exchange.world.oauth().client(id).cloned();
    let lenient = lenient || exchange.view.defects.has(cauth::SECRET_OPTIONAL);
    found
        .filter(|client| lenient || !client.is_confidential())
        .ok_or(OAuthError::client("the client is unknown or has to authenticate"))
}

/// A wrong secret in the header, as the defect `basic-400` tells it.
fn told(error: OAuthError, proof: &Proof, defects: &DefectSet) -> OAuthError {
    let header = matches!(proof, Proof::Basic { .. });
    if header && error.status == 401 && defects.has(cauth::BASIC_400) {
        return OAuthError { status: 400, ..error };
    }
    error
}
