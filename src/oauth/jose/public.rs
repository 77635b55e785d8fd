//! A server's public key in the forms in which a careless verifier takes it for an HMAC secret (RFC 8725 §2.1).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

/// A public key out of a JWKS.
#[derive(Debug, Clone, PartialEq)]
pub struct PublicKey {
    jwk: Value,
    der: Vec<u8>,
}

/// Why a JWK is of no use here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublicKeyError {
    /// No key in the set.
    #[error("the JWKS holds no key on P-256 and no RSA key")]
    None,
    /// Not a set at all.
    #[error("the document is no JWKS: it has no list `keys`")]
    NotASet,
}

/// `SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING { … } }` up to the point (RFC 5480 §2).
const P256: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// `SEQUENCE { rsaEncryption, NULL }` (RFC 8017 §A.1).
const RSA: &[u8] = &[
    0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];

impl PublicKey {
    /// The key that a token names with `kid`, else the first that can be used.
    pub fn of_set(set: &Value, kid: Option<&str>) -> Result<Self, PublicKeyError> {
        let keys = set.get("keys").and_then(Value::as_array);
        let keys = keys.ok_or(PublicKeyError::NotASet)?;
        let named = keys
            .iter()
            .filter(|key| kid.is_some() && key.get("kid").and_then(Value::as_str) == kid);
        let mut wanted = named.chain(keys);
        wanted
            .find_map(|jwk| {
                let der = info(jwk)?;
                Some(Self {
                    jwk: jwk.clone(),
                    der,
                })
            })
            .ok_or(PublicKeyError::None)
    }

    /// SubjectPublicKeyInfo in DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// SubjectPublicKeyInfo in PEM, as files hold it: lines of 64 characters, a line end at the end.
    pub fn pem(&self) -> String {
        let text = STANDARD.encode(&self.der);
        let lines: Vec<&str> = (0..text.len())
            .step_by(64)
            .map(|at| &text[at..text.len().min(at + 64)])
            .collect();
        format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
            lines.join("\n")
        )
    }

    /// The JWK as the server wrote it.
    pub fn jwk(&self) -> String {
        self.jwk.to_string()
    }
}

fn info(jwk: &Value) -> Option<Vec<u8>> {
    let part = |name: &str| URL_SAFE_NO_PAD.decode(jwk.get(name)?.as_str()?).ok();
    match jwk.get("kty")?.as_str()? {
        "EC" if jwk.get("crv")?.as_str()? == "P-256" => {
            let (x, y) = (part("x")?, part("y")?);
            let whole = x.len() == 32 && y.len() == 32;
            whole.then(|| [P256, &[4], &x, &y].concat())
        }
        "RSA" => {
            let key = tlv(0x30, &[integer(&part("n")?), integer(&part("e")?)].concat());
            let bits = tlv(0x03, &[&[0], key.as_slice()].concat());
            Some(tlv(0x30, &[RSA, &bits].concat()))
        }
        _ => None,
    }
}

/// A non-negative INTEGER.
fn integer(bytes: &[u8]) -> Vec<u8> {
    let start = bytes.iter().position(|b| *b != 0).unwrap_or(bytes.len());
    let bytes = &bytes[start..];
    let sign: &[u8] = if bytes.first().is_none_or(|b| *b >= 0x80) {
        &[0]
    } else {
        &[]
    };
    tlv(0x02, &[sign, bytes].concat())
}

/// Tag, length, value (X.690 §8.1).
fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = value.len();
    let mut out = vec![tag];
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let bytes = length.to_be_bytes();
            let start = bytes.iter().position(|b| *b != 0).unwrap_or(bytes.len());
            let bytes = &bytes[start..];
            out.push(0x80 | u8::try_from(bytes.len()).unwrap_or(0));
            out.extend_from_slice(bytes);
        }
    }
    out.extend_from_slice(value);
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::oauth::jose::Key;

    #[test]
    fn the_key_of_a_set() {
        let own = Key::generate().and_then(|key| key.jwk()).expect("a JWK");
        let mut named = own.clone();
        named["kid"] = json!("b");
        let set = json!({ "keys": [{ "kty": "oct", "k": "AA" }, own, named] });
        let key = PublicKey::of_set(&set, Some("b")).expect("a key");
        assert_eq!(key.jwk(), named.to_string());
        assert_eq!(key.der().len(), 91);
        let pem = key.pem();
        assert!(pem.starts_with("-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE"));
        assert!(pem.lines().all(|line| line.len() <= 64));
        assert_eq!(
            PublicKey::of_set(&json!({ "keys": [] }), None),
            Err(PublicKeyError::None)
        );
        assert_eq!(PublicKey::of_set(&json!([]), None), Err(PublicKeyError::NotASet));
    }

    #[test]
    fn an_rsa_key_is_spelt_as_other_libraries_spell_it() {
        use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
        use aws_lc_rs::rsa::{KeyPair, KeySize};
        use aws_lc_rs::signature::KeyPair as _;
        let pair = KeyPair::generate(KeySize::Rsa2048).expect("a pair");
        let public = pair.public_key();
        let expected: PublicKeyX509Der<'_> = public.as_der().expect("DER");
        // RSAPublicKey: SEQUENCE { INTEGER n, INTEGER e }, both with two-byte and one-byte lengths.
        let raw = public.as_ref();
        let n = &raw[9..9 + 256];
        let e = &raw[raw.len() - 3..];
        let jwk = json!({ "kty": "RSA", "n": URL_SAFE_NO_PAD.encode(n), "e": URL_SAFE_NO_PAD.encode(e) });
        let key = PublicKey::of_set(&json!({ "keys": [jwk] }), None).expect("a key");
        assert_eq!(key.der(), expected.as_ref());
    }
}
