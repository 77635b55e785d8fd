//! What wrong verifiers do instead. Nothing here runs in a healthy world.
//!
//! Where a defect believes a payload without a good reason, the payload is put under a seal of the verifier's own, so
//! that its claims go through the same checks as everybody's.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, Mac as _};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Validation, crypto};
use serde_json::{Value, json};
use sha2::Sha256;

use super::jws::{self, Parts, Trust};
use super::keys::{KeyRing, SigningKey};
use super::{Asked, Claims};
use crate::authority::gate::Denial;
use crate::defect::{DefectSet, jwt};

/// What a person would choose.
const MEMORABLE: &[u8] = b"secret";
const SEAL: &[u8] = b"the seal of a verifier that believes what it reads";

/// base64url whose last character may hold bits that mean nothing.
const LOOSE: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// The secret that new tokens are signed with, where it is one to remember.
pub(super) fn signing_secret(defects: &DefectSet) -> Option<&'static [u8]> {
    defects.has(jwt::SECRET_SECRET).then_some(MEMORABLE)
}

/// The token as a generous reader takes it.
pub(super) fn shaped<'a>(defects: &DefectSet, text: &'a str) -> Cow<'a, str> {
    if defects.has(jwt::LENIENT_SPLIT) {
        let pieces: Vec<&str> = text.split('.').take(3).collect();
        return Cow::Owned(pieces.join("."));
    }
    if defects.has(jwt::DENYLIST_BY_STRING) {
        return Cow::Owned(canonical(text));
    }
    Cow::Borrowed(text)
}

/// Whether a list of denied tokens that holds their text would miss this one, being spelled otherwise.
pub(super) fn slips_by(defects: &DefectSet, text: &str) -> bool {
    defects.has(jwt::DENYLIST_BY_STRING) && canonical(text) != text
}

/// The same token in its one spelling (RFC 4648 §3.5).
fn canonical(text: &str) -> String {
    let Some((message, signature)) = text.rsplit_once('.') else {
        return text.to_owned();
    };
    match LOOSE.decode(signature) {
        Ok(bytes) => format!("{message}.{}", URL_SAFE_NO_PAD.encode(bytes)),
        Err(_) => text.to_owned(),
    }
}

/// Checks that are left out.
pub(super) fn loosen(defects: &DefectSet, validation: &mut Validation) {
    if defects.has(jwt::MISSING_EXP_FOREVER) {
        validation.required_spec_claims.remove("exp");
    }
    if defects.any(&[jwt::ISS_PREFIX, jwt::ANY_TRUSTED_KEY]) {
        validation.iss = None;
    }
}

/// A key, or a reason to need none, that a healthy verifier would not take.
pub(super) fn instead<'a>(
    asked: &Asked<'_>,
    parts: &Parts,
    text: &'a str,
) -> Option<Result<Trust<'a>, Denial>> {
    let on = |defect| asked.view.defects.has(defect);
    let said = |name: &str| parts.header.get(name).and_then(Value::as_str).unwrap_or_default();
    let (alg, kid) = (said("alg"), said("kid"));
    let none = alg.eq_ignore_ascii_case("none") && alg != "none";
    let critical = parts.header.contains_key("crit");
    if (on(jwt::DECODE_ONLY) && !critical) || (on(jwt::ALG_NONE_CI) && none) {
        return Some(sealed(parts));
    }
    if on(jwt::KID_SQL) && kid.contains('\'') && selected(kid).is_none() {
        return Some(Err(Denial::Crashed));
    }
    if alg == "HS256" {
        let secrets = secrets(asked, kid)?;
        let fits = |secret: &Vec<u8>| authentic(secret, text);
        return Some(if secrets.iter().any(fits) {
            sealed(parts)
        } else {
            Err(Denial::Unknown)
        });
    }
    if on(if critical {
        jwt::CRIT_IGNORED
    } else {
        jwt::DUP_FIRST
    }) {
        return Some(genuine(asked, parts, text));
    }
    if on(jwt::EMBEDDED_JWK)
        && let Some(key) = parts.header.get("jwk")
    {
        return Some(foreign(key, alg, text));
    }
    if on(jwt::JKU_TRUSTED)
        && let Some(keys) = asked.fetched.and_then(|set| set["keys"].as_array())
    {
        let named = keys.iter().find(|key| key["kid"] == kid).or(keys.first());
        return Some(named.map_or(Err(Denial::Unknown), |key| foreign(key, alg, text)));
    }
    if on(jwt::JWKS_FOREVER) {
        return Some(remembered(kid, text).ok_or(Denial::Unknown));
    }
    None
}

/// Secrets that an HMAC is tried with; `None` where no defect knows the algorithm.
fn secrets(asked: &Asked<'_>, kid: &str) -> Option<Vec<Vec<u8>>> {
    let on = |defect| asked.view.defects.has(defect);
    if on(jwt::SECRET_SECRET) {
        return Some(vec![MEMORABLE.to_vec()]);
    }
    if on(jwt::KID_PATH) && kid.contains("..") {
        // The only file that a forger knows the content of; nothing is read from this machine.
        return Some(if kid.ends_with("/dev/null") {
            vec![Vec::new()]
        } else {
            Vec::new()
        });
    }
    if on(jwt::KID_SQL) && kid.contains('\'') {
        return selected(kid);
    }
    if on(jwt::ALG_FROM_HEADER) {
        let keys = asked.world.signing_keys().all();
        return Some(keys.iter().flat_map(|key| spellings(key)).collect());
    }
    None
}

/// The public parts of a key as somebody might pass them to an HMAC.
fn spellings(key: &SigningKey) -> Vec<Vec<u8>> {
    let pem = key.public_pem();
    let sorted: Claims = key.jwk.as_object().cloned().unwrap_or_default();
    let bare = ["crv", "e", "kty", "n", "x", "y"];
    let bare: Claims = bare
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), sorted.get(*name)?.clone())))
        .collect();
    vec![
        pem.trim_end().as_bytes().to_vec(),
        pem.into_bytes(),
        key.public_der.clone(),
        json!(bare).to_string().into_bytes(),
        json!(key.jwk).to_string().into_bytes(),
    ]
}

/// What `SELECT key FROM keys WHERE kid = '…'` gives for this text: the literal that it adds by UNION.
fn selected(kid: &str) -> Option<Vec<Vec<u8>>> {
    let (_, rest) = kid.split_once('\'')?;
    let at = rest.to_ascii_lowercase().find("union")?;
    let literal = rest.get(at..)?.split('\'').nth(1)?;
    Some(vec![literal.as_bytes().to_vec()])
}

/// RFC 7518 §3.2, without the length that it demands of a key.
fn authentic(secret: &[u8], text: &str) -> bool {
    let Some((message, signature)) = text.rsplit_once('.') else {
        return false;
    };
    let (Ok(signature), Ok(mut mac)) = (
        URL_SAFE_NO_PAD.decode(signature),
        Hmac::<Sha256>::new_from_slice(secret),
    ) else {
        return false;
    };
    mac.update(message.as_bytes());
    mac.verify_slice(&signature).is_ok()
}

/// Checks the signature alone, and then reads the first of several claims of one name.
fn genuine<'a>(asked: &Asked<'_>, parts: &Parts, text: &str) -> Result<Trust<'a>, Denial> {
    let checked = || {
        let trust = jws::trusted(asked, parts, text)?;
        let (message, signature) = text.rsplit_once('.')?;
        let holds = crypto::verify(signature, message.as_bytes(), &trust.key, trust.algorithm).ok()?;
        let payload = URL_SAFE_NO_PAD.decode(&parts.payload).ok().filter(|_| holds)?;
        let First(claims) = serde_json::from_slice(&payload).ok()?;
        Some(URL_SAFE_NO_PAD.encode(Value::Object(claims).to_string()))
    };
    let payload = checked().ok_or(Denial::Unknown)?;
    sealed(&Parts {
        header: Claims::new(),
        payload,
    })
}

/// An object whose first member of a name counts.
struct First(Claims);

impl<'de> serde::Deserialize<'de> for First {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> serde::de::Visitor<'de> for Members {
            type Value = First;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<First, A::Error> {
                let mut claims = Claims::new();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    claims.entry(name).or_insert(value);
                }
                Ok(First(claims))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

fn sealed<'a>(parts: &Parts) -> Result<Trust<'a>, Denial> {
    let made = || {
        let header = URL_SAFE_NO_PAD.encode(br#"{"alg":"HS256"}"#);
        let message = format!("{header}.{}", parts.payload);
        let key = EncodingKey::from_secret(SEAL).ok()?;
        let signature = crypto::sign(message.as_bytes(), &key, Algorithm::HS256).ok()?;
        Some(Trust {
            text: Cow::Owned(format!("{message}.{signature}")),
            key: DecodingKey::from_secret(SEAL).ok()?,
            algorithm: Algorithm::HS256,
        })
    };
    made().ok_or(Denial::Unknown)
}

/// A key that came with the token.
fn foreign<'a>(key: &Value, alg: &str, text: &'a str) -> Result<Trust<'a>, Denial> {
    let made = || {
        let key: Jwk = serde_json::from_value(key.clone()).ok()?;
        Some(Trust {
            text: Cow::Borrowed(text),
            key: DecodingKey::from_jwk(&key).ok()?,
            algorithm: alg.parse().ok()?,
        })
    };
    made().ok_or(Denial::Unknown)
}

/// The keys as they were when the verifier started.
fn remembered<'a>(kid: &str, text: &'a str) -> Option<Trust<'a>> {
    let mut known = KeyRing::first().into_iter().chain(KeyRing::rsa());
    let key = known.find(|key| key.kid == kid)?;
    Some(Trust {
        text: Cow::Borrowed(text),
        key: key.decoding.clone(),
        algorithm: key.algorithm,
    })
}
