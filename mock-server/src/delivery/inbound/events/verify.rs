//! Whether one of the secrets signed a delivery: v1 of Standard Webhooks, over the bytes that came.

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::super::verify::is_mac;
use super::message::Message;
use crate::defect::{DefectSet, evr};

pub(super) fn verified(message: &Message, secrets: &[String], body: &[u8], defects: &DefectSet) -> bool {
    let head = format!("{}.{}.", message.id, message.timestamp);
    let content = [head.into_bytes(), seen(body, defects)].concat();
    let looked_at = if defects.has(evr::FIRST_SIG_ONLY) {
        1
    } else {
        message.entries.len()
    };
    message.entries.iter().take(looked_at).any(|(version, value)| {
        let Ok(signature) = STANDARD.decode(value) else {
            return false;
        };
        match version.as_str() {
            "v1" => secrets
                .iter()
                .any(|secret| signed_with(secret, &content, &signature, defects)),
            "v1a" => defects.has(evr::TOFU_KEY) && signed_with_its_own(body, &content, &signature),
            _ => false,
        }
    })
}

fn signed_with(secret: &str, content: &[u8], signature: &[u8], defects: &DefectSet) -> bool {
    let key = secret
        .strip_prefix("whsec_")
        .and_then(|text| STANDARD.decode(text).ok());
    key.is_some_and(|key| is_mac(&key, content, signature))
        || (defects.has(evr::SECRET_TEXT) && is_mac(secret.as_bytes(), content, signature))
}

/// With the key that the delivery itself brings, which anybody can do.
fn signed_with_its_own(body: &[u8], content: &[u8], signature: &[u8]) -> bool {
    let body: Option<Value> = serde_json::from_slice(body).ok();
    let key = body.as_ref().and_then(|body| body.pointer("/_meta/publicKey"));
    let key = key.and_then(|key| STANDARD.decode(key.as_str()?.strip_prefix("whpk_")?).ok());
    key.is_some_and(|key| {
        UnparsedPublicKey::new(&ED25519, &key)
            .verify(content, signature)
            .is_ok()
    })
}

/// The bytes that came; a defect sees what its JSON library makes of them.
fn seen(body: &[u8], defects: &DefectSet) -> Vec<u8> {
    let parsed: Option<Value> = serde_json::from_slice(body).ok();
    match parsed {
        Some(json) if defects.has(evr::RESERIALISE) => json.to_string().into_bytes(),
        _ => body.to_vec(),
    }
}
