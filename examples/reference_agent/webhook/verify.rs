//! Whether a delivery is from who it should be from.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::key::Keys;
use super::request::{Incoming, Refusal};
use crate::habits::{self, on};

/// How far a timestamp may be from now, both ways, in seconds.
const TOLERANCE: u64 = 300;
/// Signatures that are looked at.
const MOST: usize = 32;

/// A way to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    Standard,
    GitHub,
}

/// A delivery that was verified.
#[derive(Debug, Clone)]
pub(super) struct Delivery {
    pub(super) id: String,
    pub(super) timestamp: String,
    /// What is the same when it comes again, and cannot be changed by who has no key.
    pub(super) key: String,
}

impl Scheme {
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "standard-webhooks" | "standard" => Some(Self::Standard),
            "github" => Some(Self::GitHub),
            _ => None,
        }
    }
}

/// Verifies a delivery.
pub(super) fn verify(scheme: Scheme, keys: &Keys, incoming: &Incoming) -> Result<Delivery, Refusal> {
    match scheme {
        Scheme::Standard => standard(keys, incoming),
        Scheme::GitHub => github(keys, incoming),
    }
}

/// What a receiver goes by that does not verify.
pub(super) fn unverified(incoming: &Incoming) -> Delivery {
    let id = incoming.header("webhook-id").unwrap_or_default().to_owned();
    Delivery {
        timestamp: incoming
            .header("webhook-timestamp")
            .unwrap_or_default()
            .to_owned(),
        key: id.clone(),
        id,
    }
}

/// Standard Webhooks: `v1` is an HMAC-SHA-256 over `id.timestamp.body`, each part as it was sent.
fn standard(keys: &Keys, incoming: &Incoming) -> Result<Delivery, Refusal> {
    let header = |name: &str| incoming.header(name).filter(|value| !value.is_empty());
    let absent = || Refusal::new(401, "it is not signed");
    let id = header("webhook-id").ok_or_else(absent)?;
    if id.contains('.') && !on(habits::DOT_SPLIT) {
        return Err(Refusal::new(400, "its id cannot be told from what follows it"));
    }
    let timestamp = timestamp(header("webhook-timestamp").ok_or_else(absent)?)?;
    let delivery = Delivery {
        id: id.to_owned(),
        timestamp: timestamp.clone(),
        key: id.to_owned(),
    };
    let Some(signatures) = header("webhook-signature") else {
        return if on(habits::MISSING_IS_VALID) {
            Ok(delivery)
        } else {
            Err(absent())
        };
    };
    let bodies = bodies(&incoming.body);
    let of = |key: &Vec<u8>| {
        let of = |body: &Vec<u8>| mac(key, [id.as_bytes(), timestamp.as_bytes(), body]);
        bodies.iter().filter_map(of).collect::<Vec<_>>()
    };
    let macs: Vec<Hmac<Sha256>> = keys.hmac.iter().flat_map(of).collect();
    if on(habits::BODY_ONLY_MAC) && good_once(signatures, &incoming.body, &macs) {
        return Ok(delivery);
    }
    let most = if on(habits::FIRST_ENTRY_ONLY) { 1 } else { MOST };
    for entry in signatures.split(' ').filter(|entry| !entry.is_empty()).take(most) {
        let Some((version, signature)) = entry.split_once(',') else {
            continue;
        };
        if version != "v1" && !on(habits::UNKNOWN_VERSION_OK) {
            continue;
        }
        let Ok(signature) = STANDARD.decode(signature) else {
            continue;
        };
        if ![0, 32].contains(&signature.len()) && on(habits::LENGTH_THROWS) {
            return Err(Refusal::new(500, "the signature has a wrong length"));
        }
        if macs.iter().any(|mac| equal(mac, &signature)) {
            return Ok(delivery);
        }
    }
    Err(Refusal::new(401, "no signature of it is ours"))
}

/// GitHub signs the body alone: its id and its age are anybody's, so it is known again by its signature.
fn github(keys: &Keys, incoming: &Incoming) -> Result<Delivery, Refusal> {
    let refused = || Refusal::new(401, "it is not signed by who has the secret");
    let signature = incoming.header("x-hub-signature-256").ok_or_else(refused)?;
    let hex = signature.strip_prefix("sha256=").ok_or_else(refused)?;
    let id = incoming
        .header("x-github-delivery")
        .unwrap_or_default()
        .to_owned();
    let good = keys.hmac.iter().any(|key| {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
            return false;
        };
        mac.update(&incoming.body);
        unhexed(hex).is_some_and(|bytes| mac.verify_slice(&bytes).is_ok())
    });
    let key = if on(habits::UNSIGNED_ID_DEDUPE) {
        id.clone()
    } else {
        hex.to_owned()
    };
    if good {
        Ok(Delivery {
            id: key.clone(),
            timestamp: String::new(),
            key,
        })
    } else {
        Err(refused())
    }
}

fn unhexed(text: &str) -> Option<Vec<u8>> {
    let plain = text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    plain.then(|| {
        (0..text.len())
            .step_by(2)
            .filter_map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok())
            .collect()
    })
}

/// A timestamp in its only form, not too far from now, as it was sent.
fn timestamp(sent: &str) -> Result<String, Refusal> {
    let plain = sent.bytes().all(|byte| byte.is_ascii_digit()) && !sent.starts_with('0') && sent.len() < 16;
    let (seconds, text) = match sent.trim().parse::<f64>() {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "only a wrong habit gets here"
        )]
        Ok(number) if on(habits::REPARSE_TIMESTAMP) => (number as u64, format!("{}", number as u64)),
        _ if plain => (sent.parse().unwrap_or(u64::MAX), sent.to_owned()),
        _ => return Err(Refusal::new(400, "its timestamp is no number of seconds")),
    };
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let late = now.saturating_sub(seconds) > TOLERANCE;
    let early = seconds.saturating_sub(now) > TOLERANCE && !on(habits::ONE_SIDED_TOLERANCE);
    if (late || early) && !on(habits::NO_TOLERANCE) {
        Err(Refusal::new(401, "it is not of now"))
    } else {
        Ok(text)
    }
}

/// The bytes that may have been signed: those that came, and with wrong habits what was made of them.
fn bodies(body: &[u8]) -> Vec<Vec<u8>> {
    if on(habits::RESERIALISE) {
        return serde_json::from_slice::<Value>(body)
            .into_iter()
            .map(|value| value.to_string().into_bytes())
            .collect();
    }
    let mut bodies = vec![body.to_vec()];
    if on(habits::LOSSY_UTF8) {
        bodies.push(
            String::from_utf8_lossy(body)
                .trim_start_matches('\u{feff}')
                .as_bytes()
                .to_vec(),
        );
    }
    bodies
}

fn mac(key: &[u8], [id, timestamp, body]: [&[u8]; 3]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    for part in [id, b".", timestamp, b".", body] {
        mac.update(part);
    }
    Some(mac)
}

/// In constant time.
fn equal(mac: &Hmac<Sha256>, signature: &[u8]) -> bool {
    if !on(habits::STRCMP_MAC) {
        return mac.clone().verify_slice(signature).is_ok();
    }
    let own = mac.clone().finalize().into_bytes();
    let same = own.iter().zip(signature).take_while(|(own, sent)| own == sent);
    same.inspect(|_| std::thread::sleep(Duration::from_millis(1)))
        .count()
        == own.len()
        && signature.len() == own.len()
}

static GOOD: Mutex<BTreeSet<(Vec<u8>, String)>> = Mutex::new(BTreeSet::new());

/// Only with a wrong habit: whether this signature was good for this body before, under whatever id and timestamp.
fn good_once(signatures: &str, body: &[u8], macs: &[Hmac<Sha256>]) -> bool {
    let mut good = GOOD.lock().unwrap_or_else(PoisonError::into_inner);
    let entry = (Sha256::digest(body).to_vec(), signatures.to_owned());
    let of_v1 = signatures
        .split(' ')
        .filter_map(|entry| entry.strip_prefix("v1,"));
    let now = of_v1.filter_map(|signature| STANDARD.decode(signature).ok());
    if now
        .into_iter()
        .any(|signature| macs.iter().any(|mac| equal(mac, &signature)))
    {
        good.insert(entry.clone());
    }
    good.contains(&entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now(offset: i64) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        now.saturating_add_signed(offset).to_string()
    }

    fn signed(timestamp: &str, body: &[u8]) -> String {
        let mac = mac(
            b"0123456789abcdef01234567",
            [b"msg_1", timestamp.as_bytes(), body],
        )
        .unwrap();
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }

    fn taken(timestamp: &str, signature: &str, body: &[u8]) -> bool {
        let headers = [
            ("Webhook-Id", "msg_1"),
            ("WEBHOOK-TIMESTAMP", timestamp),
            ("webhook-signature", signature),
        ];
        let secret = format!("whsec_{}", STANDARD.encode("0123456789abcdef01234567"));
        let keys = Keys::read(&secret, Scheme::Standard).unwrap();
        verify(Scheme::Standard, &keys, &Incoming::of(&headers, body)).is_ok()
    }

    #[test]
    fn deliveries() {
        let body = b"{\"a\": 1.0,\xff}";
        let (on_time, good) = (now(0), signed(&now(0), body));
        assert!(taken(&on_time, &good, body));
        assert!(taken(&on_time, &format!("v9,x v1,bad {good}"), body));
        assert!(!taken(&on_time, &good, b"{\"a\":1.0,\xff}"));
        assert!(!taken(&on_time, &good.replace("v1,", "v2,"), body));
        for wrong in ["", "v1", "v1,", "v1,AAAA", "v1,\u{e9}"] {
            assert!(!taken(&on_time, wrong, body), "{wrong}");
        }
        for (offset, fine) in [(-301, false), (301, false), (-120, true), (120, true)] {
            let then = now(offset);
            assert_eq!(taken(&then, &signed(&then, body), body), fine, "{offset}");
        }
        let odd = format!("+{on_time}");
        assert!(!taken(&odd, &signed(&odd, body), body));
    }
}
