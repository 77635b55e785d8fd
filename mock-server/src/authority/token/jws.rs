//! A signed token's claims: shape, key, signature, type, and the claims that the profile asks for (RFC 9068 §4).

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde_json::Value;

use super::{Asked, Claims, lax};
use crate::authority::gate::Denial;
use crate::authority::issuer;
use crate::defect::jwt;

/// What a signature is checked with.
pub(super) struct Trust<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) key: DecodingKey,
    pub(super) algorithm: Algorithm,
}

/// Three parts and the header of the first.
pub(super) struct Parts {
    pub(super) header: Claims,
    pub(super) payload: String,
}

/// The claims of a token whose signature holds.
pub(super) fn claims(asked: &Asked<'_>, text: &str) -> Result<Claims, Denial> {
    let text = lax::shaped(&asked.view.defects, text);
    let parts = parts(&text).ok_or(Denial::Unknown)?;
    let trust = match lax::instead(asked, &parts, &text) {
        Some(trust) => trust?,
        None => trusted(asked, &parts, &text).ok_or(Denial::Unknown)?,
    };
    let validation = validation(asked, trust.algorithm);
    let read = decode::<Claims>(trust.text.as_ref(), &trust.key, &validation);
    let claims = read.map_err(|_| Denial::Unknown)?.claims;
    let profiled = typed(&parts.header) && complete(&claims);
    let lenient = asked.view.defects.has(jwt::ID_TOKEN_OK);
    if !profiled && !lenient || !issued_here(asked, &claims) {
        return Err(Denial::Unknown);
    }
    Ok(claims)
}

fn parts(text: &str) -> Option<Parts> {
    let mut pieces = text.split('.');
    let (Some(header), Some(payload), Some(_), None) =
        (pieces.next(), pieces.next(), pieces.next(), pieces.next())
    else {
        return None;
    };
    let header = URL_SAFE_NO_PAD.decode(header).ok()?;
    Some(Parts {
        header: serde_json::from_slice(&header).ok()?,
        payload: payload.to_owned(),
    })
}

/// The key that the header names, with the one algorithm it is for: the header never chooses (RFC 8725 §3.1).
pub(super) fn trusted<'a>(asked: &Asked<'_>, parts: &Parts, text: &'a str) -> Option<Trust<'a>> {
    let ring = asked.world.signing_keys();
    let key = match parts.header.get("kid") {
        Some(kid) => ring.find(kid.as_str()?)?,
        None => ring.current(Algorithm::ES256)?,
    };
    Some(Trust {
        text: Cow::Borrowed(text),
        key: key.decoding.clone(),
        algorithm: key.algorithm,
    })
}

/// What the crate checks beside the signature. Time is judged on the world's clock, which it does not know, and the
/// audience where scheme and host may be spelled in either case.
fn validation(asked: &Asked<'_>, algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.set_issuer(&[issuer::issuer(asked.world)]);
    lax::loosen(&asked.view.defects, &mut validation);
    validation
}

/// RFC 9068 §4: `at+jwt`, with or without the prefix of media types.
fn typed(header: &Claims) -> bool {
    let typ = header.get("typ").and_then(Value::as_str).unwrap_or_default();
    let typ = typ.to_ascii_lowercase();
    typ.strip_prefix("application/").unwrap_or(&typ) == "at+jwt"
}

/// RFC 9068 §2.2: what the crate does not look for.
fn complete(claims: &Claims) -> bool {
    let text = |name: &str| claims.get(name).is_some_and(Value::is_string);
    text("client_id") && text("jti") && claims.get("iat").is_some_and(Value::is_number)
}

/// `iss` as one text; the crate would take a list that holds it.
fn issued_here(asked: &Asked<'_>, claims: &Claims) -> bool {
    let Some(said) = claims.get("iss").and_then(Value::as_str) else {
        return false;
    };
    let own = issuer::issuer(asked.world);
    let defects = &asked.view.defects;
    match () {
        () if defects.has(jwt::ANY_TRUSTED_KEY) => true,
        () if defects.has(jwt::ISS_PREFIX) => said.starts_with(&own),
        () => said == own,
    }
}
