//! Whether a signature is good. Compared in constant time, by the library.

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::memory::Memory;
use super::read::Delivery;
use super::{Door, LONGEST};
use crate::authority::mint::hex;
use crate::defect::{DefectSet, whr};

/// What a receiver was configured with.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    /// As it is written: `whsec_` and Base64.
    pub(crate) secret: String,
    /// 32 bytes.
    pub(crate) public: Vec<u8>,
}

/// The shared secret of deployments that forgot theirs; only a defect knows it.
const FALLBACK: &str = "secret";

pub(super) fn verified(
    delivery: &Delivery,
    door: Door,
    keys: &Keys,
    body: &[u8],
    memory: &mut Memory,
    defects: &DefectSet,
) -> Result<bool, (u16, &'static str)> {
    if delivery.unsigned {
        return Ok(true);
    }
    let Some(key) = secret(door, keys, defects) else {
        return Err((503, "no secret is configured"));
    };
    let content = if matches!(door, Door::Github) {
        seen(body, defects)
    } else {
        let head = format!("{}.{}.", delivery.id, delivery.timestamp);
        [head.into_bytes(), seen(body, defects)].concat()
    };
    let looked_at = if defects.has(whr::FIRST_ENTRY_ONLY) {
        1
    } else {
        delivery.entries.len()
    };
    for (version, value) in delivery.entries.iter().take(looked_at) {
        let with_body = format!("{value} {}", hex(&Sha256::digest(body)));
        if defects.has(whr::BODY_ONLY_MAC) && memory.was_good(&with_body) {
            return Ok(true);
        }
        if good((version, value), door, &key, keys, &content, defects)? {
            memory.remember_good(&with_body);
            return Ok(true);
        }
    }
    Ok(false)
}

/// How many bytes of a v1 signature are right before the first that is not: only a defect compares one by one.
pub(super) fn right_bytes(delivery: &Delivery, keys: &Keys, body: &[u8]) -> u64 {
    let key = keys
        .secret
        .strip_prefix("whsec_")
        .and_then(|text| STANDARD.decode(text).ok());
    let mac = key.and_then(|key| Hmac::<Sha256>::new_from_slice(&key).ok());
    let Some(mut mac) = mac else { return 0 };
    mac.update(format!("{}.{}.", delivery.id, delivery.timestamp).as_bytes());
    mac.update(body);
    let expected = mac.finalize().into_bytes();
    let right = |value: &String| {
        let sent = STANDARD.decode(value).unwrap_or_default();
        sent.iter()
            .zip(&expected)
            .take_while(|(sent, good)| sent == good)
            .count()
    };
    let longest = delivery.entries.iter().map(|(_, value)| right(value)).max();
    longest.map_or(0, |longest| longest as u64)
}

/// The bytes of the shared secret; `None` where there is none.
fn secret(door: Door, keys: &Keys, defects: &DefectSet) -> Option<Vec<u8>> {
    if door == Door::Unset {
        return match () {
            () if defects.has(whr::EMPTY_SECRET) => Some(Vec::new()),
            () if defects.has(whr::FALLBACK_SECRET) => Some(FALLBACK.as_bytes().to_vec()),
            () => None,
        };
    }
    if door == Door::Github {
        return Some(keys.secret.clone().into_bytes());
    }
    STANDARD.decode(keys.secret.strip_prefix("whsec_")?).ok()
}

/// The body as the signature is over it: its bytes. Defects see text or JSON in them.
fn seen(body: &[u8], defects: &DefectSet) -> Vec<u8> {
    if defects.has(whr::LOSSY_UTF8) {
        let text = String::from_utf8_lossy(body);
        return text.trim_start_matches('\u{feff}').as_bytes().to_vec();
    }
    if defects.has(whr::RESERIALISE)
        && body.len() <= LONGEST
        && let Ok(json) = serde_json::from_slice::<Value>(body)
    {
        return json.to_string().into_bytes();
    }
    body.to_vec()
}

fn good(
    (version, value): (&str, &str),
    door: Door,
    key: &[u8],
    keys: &Keys,
    content: &[u8],
    defects: &DefectSet,
) -> Result<bool, (u16, &'static str)> {
    if door == Door::Github {
        return Ok(version == "sha256" && unhex(value).is_some_and(|mac| is_mac(key, content, &mac)));
    }
    let Ok(signature) = STANDARD.decode(value) else {
        return if defects.has(whr::LENGTH_THROWS) {
            Err((500, "a buffer is too short"))
        } else {
            Ok(false)
        };
    };
    if defects.has(whr::LENGTH_THROWS) && version == "v1" && signature.len() != 32 {
        return Err((500, "buffers differ in length"));
    }
    Ok(match version {
        "v1" if defects.has(whr::LITERAL_SECRET) && is_mac(keys.secret.as_bytes(), content, &signature) => {
            true
        }
        "v1" => is_mac(key, content, &signature),
        "v1a" if defects.has(whr::ALG_CONFUSION) && confused(keys, content, &signature) => true,
        "v1a" => UnparsedPublicKey::new(&ED25519, &keys.public)
            .verify(content, &signature)
            .is_ok(),
        _ => defects.has(whr::UNKNOWN_VERSION_OK) && is_mac(key, content, &signature),
    })
}

/// Whether it is an HMAC whose key is the text of the public key.
fn confused(keys: &Keys, content: &[u8], signature: &[u8]) -> bool {
    let public = format!("whpk_{}", STANDARD.encode(&keys.public));
    is_mac(public.as_bytes(), content, signature)
}

pub(super) fn is_mac(key: &[u8], content: &[u8], signature: &[u8]) -> bool {
    // A key of any length is one: HMAC hashes or fills it.
    Hmac::<Sha256>::new_from_slice(key).is_ok_and(|mut mac| {
        mac.update(content);
        mac.verify_slice(signature).is_ok()
    })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}
