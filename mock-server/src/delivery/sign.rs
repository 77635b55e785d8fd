//! The headers of a delivery, by scheme.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::authority::mint::hex;
use crate::defect::{DefectSet, whs};

/// What is delivered.
pub(super) struct Letter<'a> {
    /// Of the message, the same on every attempt.
    pub(super) id: &'a str,
    /// Unix seconds of this attempt.
    pub(super) timestamp: &'a str,
    /// The bytes that are sent.
    pub(super) body: &'a [u8],
}

/// Header lines of a letter, signed by each of the secrets.
pub(super) fn headers(
    scheme: &str,
    secrets: &[&str],
    letter: &Letter<'_>,
    defects: &DefectSet,
) -> Vec<(&'static str, String)> {
    let body = signed_body(letter.body, defects);
    let timed = [letter.timestamp.as_bytes(), b".", &body].concat();
    let texts = || secrets.iter().map(|secret| secret.as_bytes().to_vec());
    let hex_of = |content: &[u8]| texts().map(|key| hex(&mac(&key, content))).collect::<Vec<_>>();
    match scheme {
        "github" => {
            let joined = joined(hex_of(&body), "sha256=", ",");
            github(joined, letter, defects)
        }
        "stripe" => {
            let list = joined(hex_of(&timed), "v1=", ",");
            vec![("Stripe-Signature", format!("t={},{list}", letter.timestamp))]
        }
        "fastio" => {
            let made = texts().map(|key| STANDARD.encode(mac(&key, &timed))).collect();
            let list = joined(made, "v1=", ",");
            vec![
                ("Fastio-Signature", format!("t={},{list}", letter.timestamp)),
                ("Fastio-Delivery", letter.id.to_owned()),
            ]
        }
        "fastio-hex" => vec![
            ("X-Fastio-Signature", joined(hex_of(&timed), "sha256=", ",")),
            ("X-Fastio-Timestamp", letter.timestamp.to_owned()),
            ("Fastio-Delivery", letter.id.to_owned()),
        ],
        _ => standard(scheme, secrets, letter, &body, defects),
    }
}

fn standard(
    scheme: &str,
    secrets: &[&str],
    letter: &Letter<'_>,
    body: &[u8],
    defects: &DefectSet,
) -> Vec<(&'static str, String)> {
    let content = [
        letter.id.as_bytes(),
        b".",
        letter.timestamp.as_bytes(),
        b".",
        body,
    ]
    .concat();
    let asymmetric = scheme == "standard-webhooks-ed25519";
    let keyed = asymmetric && !defects.has(whs::V1A_HMAC);
    let made: Vec<String> = if keyed {
        let pairs = secrets.iter().filter_map(|secret| pair(secret));
        pairs.map(|pair| STANDARD.encode(pair.sign(&content))).collect()
    } else {
        let macs = secrets.iter().map(|secret| mac(&key(secret, defects), &content));
        macs.map(|mac| STANDARD.encode(mac)).collect()
    };
    let list = joined(made, if asymmetric { "v1a," } else { "v1," }, " ");
    let mut headers = vec![
        ("webhook-id", letter.id.to_owned()),
        ("webhook-timestamp", letter.timestamp.to_owned()),
    ];
    if !defects.has(whs::NO_SIGNATURE) {
        headers.push(("webhook-signature", list));
    }
    headers
}

fn github(list: String, letter: &Letter<'_>, defects: &DefectSet) -> Vec<(&'static str, String)> {
    let mut headers = vec![("X-GitHub-Delivery", letter.id.to_owned())];
    if !defects.has(whs::SHA1_ONLY) {
        headers.push(("X-Hub-Signature-256", list));
        return headers;
    }
    // What this header holds is nobody's business any more: nobody should look at it.
    headers.push(("X-Hub-Signature", list.replace("sha256=", "sha1=")));
    headers
}

/// The bytes that the signature is over: those that are sent, unless a defect signs what they meant.
fn signed_body(body: &[u8], defects: &DefectSet) -> Vec<u8> {
    let parsed: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    match parsed {
        Some(mut json) if defects.has(whs::SIGN_OBJECT) => {
            json.sort_all_objects();
            json.to_string().into_bytes()
        }
        Some(json) if defects.has(whs::SIGN_THEN_MINIFY) => {
            serde_json::to_vec_pretty(&json).unwrap_or_else(|_| body.to_vec())
        }
        _ => body.to_vec(),
    }
}

/// The key is what the Base64 after `whsec_` stands for.
fn key(secret: &str, defects: &DefectSet) -> Vec<u8> {
    let decoded = secret
        .strip_prefix("whsec_")
        .and_then(|rest| STANDARD.decode(rest).ok());
    match decoded {
        Some(bytes) if !defects.has(whs::LITERAL_WHSEC_KEY) => bytes,
        _ => secret.as_bytes().to_vec(),
    }
}

fn pair(secret: &str) -> Option<Ed25519KeyPair> {
    let seed = Sha256::digest(format!("ed25519/{secret}"));
    Ed25519KeyPair::from_seed_unchecked(&seed).ok()
}

/// The public half of the key that an asymmetric subscription signs with.
pub(crate) fn public_key(secret: &str) -> Option<String> {
    let pair = pair(secret)?;
    Some(format!("whpk_{}", STANDARD.encode(pair.public_key())))
}

fn joined(made: Vec<String>, label: &str, between: &str) -> String {
    let labelled: Vec<String> = made.iter().map(|one| format!("{label}{one}")).collect();
    labelled.join(between)
}

fn mac(key: &[u8], content: &[u8]) -> Vec<u8> {
    // A key of any length is one: HMAC hashes or fills it.
    Hmac::<Sha256>::new_from_slice(key)
        .map(|mut mac| {
            mac.update(content);
            mac.finalize().into_bytes().to_vec()
        })
        .unwrap_or_default()
}
