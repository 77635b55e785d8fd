//! Client assertions (RFC 7523 §2.2, §3): a client proves itself with a JWT that only its key can have signed.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Map, Value};

use super::client::{AuthMethod, Client};
use super::endpoint::BASE;
use super::error::OAuthError;
use crate::defect::cauth;
use crate::serve::exchange::Exchange;

/// Algorithms that are taken; the header does not choose others.
const ALGORITHMS: [Algorithm; 2] = [Algorithm::ES256, Algorithm::RS256];
/// An assertion that lives longer than this many seconds is not for one request.
const LONGEST: i64 = 3600;
/// Seconds that another clock may be off.
const LEEWAY: i64 = 30;
const WRONG: OAuthError = OAuthError::client("the client assertion is not good");

/// The client behind an assertion.
pub(super) fn client(exchange: &Exchange<'_>, text: &str, named: Option<&str>) -> Result<Client, OAuthError> {
    let world = exchange.world;
    let unsafe_claims = jsonwebtoken::dangerous::insecure_decode::<Map<String, Value>>(text);
    let subject = unsafe_claims.map_err(|_| WRONG)?.claims;
    let id = subject.get("sub").and_then(Value::as_str).ok_or(WRONG)?;
    if named.is_some_and(|named| named != id) {
        return Err(WRONG);
    }
    let client = world.oauth().client(id).cloned().ok_or(WRONG)?;
    if client.auth != AuthMethod::Assertion {
        return Err(WRONG);
    }
    let claims = signed(&client, text).ok_or(WRONG)?;
    let claim = |name: &str| claims.get(name);
    if claim("iss").and_then(Value::as_str) != Some(id) || claim("sub").and_then(Value::as_str) != Some(id) {
        return Err(WRONG);
    }
    let anywhere = exchange.view.defects.has(cauth::ASSERTION_AUD_ANY);
    if !anywhere && !for_us(exchange, claim("aud").unwrap_or(&Value::Null)) {
        return Err(WRONG);
    }
    let now = world.clock.now();
    let ends = claim("exp").and_then(Value::as_i64).ok_or(WRONG)?;
    let begins = claim("nbf").and_then(Value::as_i64).unwrap_or(now);
    if ends <= now || ends > now + LONGEST || begins > now + LEEWAY {
        return Err(WRONG);
    }
    let jti = claim("jti").and_then(Value::as_str).ok_or(WRONG)?;
    let fresh = world.oauth().first_use(&format!("{id} {jti}"), ends, now);
    if !fresh && !exchange.view.defects.has(cauth::JTI_UNUSED) {
        return Err(WRONG);
    }
    Ok(client)
}

/// The claims, if one of the client's keys signed them.
fn signed(client: &Client, text: &str) -> Option<Map<String, Value>> {
    let header = decode_header(text).ok()?;
    if !ALGORITHMS.contains(&header.alg) {
        return None;
    }
    let mut validation = Validation::new(header.alg);
    // Time is judged on the world's clock, the audience below.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let fits = |key: &&Value| {
        let alg = key.get("alg").and_then(Value::as_str);
        alg.is_none_or(|alg| alg == format!("{:?}", header.alg))
    };
    client.keys.iter().filter(fits).find_map(|key| {
        let jwk = serde_json::from_value(key.clone()).ok()?;
        let key = DecodingKey::from_jwk(&jwk).ok()?;
        Some(decode::<Map<String, Value>>(text, &key, &validation).ok()?.claims)
    })
}

/// Whether the audience is this server and no other: its issuer, or the token endpoint (RFC 7523 §3, 3).
fn for_us(exchange: &Exchange<'_>, aud: &Value) -> bool {
    let endpoint = format!("{}{BASE}token", exchange.world.origin());
    let ours = |text: &str| {
        text == exchange.world.fixtures.oauth.issuer || text.strip_suffix('/').unwrap_or(text) == endpoint
    };
    match aud {
        Value::String(one) => ours(one),
        Value::Array(all) => {
            let mut texts = all.iter().map(|one| one.as_str().unwrap_or_default());
            !all.is_empty() && texts.all(ours)
        }
        _ => false,
    }
}
