//! Keys that sign (RFC 7518 §3).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::encode;

/// A key that signs. There is no `Debug`: it is a secret.
pub struct Key(Kind);

enum Kind {
    Es256(EcdsaKeyPair),
    Rs256(RsaKeyPair),
    Hs256(Vec<u8>),
}

/// Why a text is no key. Never holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No PEM of a private key.
    #[error("it is no private key in PEM form (`-----BEGIN PRIVATE KEY-----`)")]
    NotPem,
    /// Neither of the algorithms that can be signed with.
    #[error("it is neither an EC key on P-256 (ES256) nor an RSA key (RS256)")]
    NotSupported,
}

impl Key {
    /// A fresh key for ES256, on P-256. `None` only where the system has no randomness.
    pub fn generate() -> Option<Self> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).ok()?;
        Some(Self(Kind::Es256(pair)))
    }

    /// A fresh key for RS256, of 2048 bits.
    pub fn generate_rsa() -> Option<Self> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).ok()?;
        Some(Self(Kind::Rs256(pair)))
    }

    /// For HS256.
    pub fn hs256(secret: &[u8]) -> Self {
        Self(Kind::Hs256(secret.to_vec()))
    }

    /// PKCS#8, or the older forms of EC and RSA keys. Line ends may be written `\n`, as some secret stores do.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let der = der_of(pem).ok_or(KeyError::NotPem)?;
        if let Ok(pair) = EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_FIXED_SIGNING, &der) {
            return Ok(Self(Kind::Es256(pair)));
        }
        let rsa = RsaKeyPair::from_pkcs8(&der).or_else(|_| RsaKeyPair::from_der(&der));
        rsa.map(|pair| Self(Kind::Rs256(pair)))
            .map_err(|_| KeyError::NotSupported)
    }

    /// The `alg` of its signatures.
    pub fn alg(&self) -> &'static str {
        match &self.0 {
            Kind::Es256(_) => "ES256",
            Kind::Rs256(_) => "RS256",
            Kind::Hs256(_) => "HS256",
        }
    }

    /// The signature over these bytes; empty where the library fails, which it does only without randomness.
    pub fn sign(&self, input: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.0 {
            Kind::Es256(pair) => pair
                .sign(&random, input)
                .map(|signature| signature.as_ref().to_vec())
                .unwrap_or_default(),
            Kind::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let signed = pair.sign(&RSA_PKCS1_SHA256, &random, input, &mut signature);
                signed.map(|()| signature).unwrap_or_default()
            }
            Kind::Hs256(secret) => Hmac::<Sha256>::new_from_slice(secret)
                .map(|mut mac| {
                    mac.update(input);
                    mac.finalize().into_bytes().to_vec()
                })
                .unwrap_or_default(),
        }
    }

    /// Its public half as a JWK (RFC 7517); a symmetric key has none.
    pub fn jwk(&self) -> Option<Value> {
        match &self.0 {
            Kind::Es256(pair) => {
                // Uncompressed: 4, x, y (SEC 1 §2.3.3).
                let point = pair.public_key().as_ref();
                let (x, y) = point.get(1..)?.split_at_checked(32)?;
                Some(json!({ "kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y) }))
            }
            Kind::Rs256(pair) => {
                let (n, e) = rsa_numbers(pair.public_key().as_ref())?;
                Some(json!({ "kty": "RSA", "n": encode(n), "e": encode(e) }))
            }
            Kind::Hs256(_) => None,
        }
    }
}

/// Modulus and exponent of `RSAPublicKey ::= SEQUENCE { INTEGER, INTEGER }` (RFC 8017 §A.1.1).
fn rsa_numbers(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (inner, _) = value_of(0x30, der)?;
    let (n, rest) = value_of(0x02, inner)?;
    let (e, _) = value_of(0x02, rest)?;
    Some((n.strip_prefix(&[0]).unwrap_or(n), e))
}

/// The value behind a tag, and what follows it (X.690 §8.1).
fn value_of(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (_, rest) = der.split_first().filter(|(first, _)| **first == tag)?;
    let (length, rest) = rest.split_first()?;
    let (length, rest) = if *length < 0x80 {
        (usize::from(*length), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
        (
            bytes.iter().try_fold(0_usize, |sum, byte| {
                sum.checked_mul(256)?.checked_add(usize::from(*byte))
            })?,
            rest,
        )
    };
    rest.split_at_checked(length)
}

fn der_of(pem: &str) -> Option<Vec<u8>> {
    let pem = pem.replace("\\n", "\n");
    let (_, rest) = pem.split_once("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    let (body, _) = rest.split_once("-----END ")?;
    if !label.ends_with("PRIVATE KEY") {
        return None;
    }
    let body: String = body.chars().filter(|c| !c.is_whitespace()).collect();
    STANDARD.decode(body).ok()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    use super::*;

    #[test]
    fn a_fresh_key_signs_what_its_jwk_verifies() {
        let key = Key::generate().expect("a key");
        let jwk = key.jwk().expect("a JWK");
        assert_eq!((key.alg(), &jwk["kty"]), ("ES256", &json!("EC")));
        let mut point = vec![4];
        for part in ["x", "y"] {
            let text = jwk[part].as_str().expect("a coordinate");
            point.extend(
                base64::engine::general_purpose::URL_SAFE_NO_PAD
                    .decode(text)
                    .expect("base64url"),
            );
        }
        let signature = key.sign(b"input");
        assert_eq!(signature.len(), 64);
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
            .verify(b"input", &signature)
            .expect("a good signature");
    }

    #[test]
    fn a_key_from_a_pem() {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a pair");
        let der = pair.to_pkcs8v1().expect("PKCS#8");
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            STANDARD.encode(der.as_ref())
        );
        assert_eq!(Key::from_pem(&pem).map(|key| key.alg()).ok(), Some("ES256"));
        let one_line = pem.replace('\n', "\\n");
        assert!(Key::from_pem(&one_line).is_ok());
        assert_eq!(Key::from_pem("secret").err(), Some(KeyError::NotPem));
        let other = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----";
        assert_eq!(Key::from_pem(other).err(), Some(KeyError::NotSupported));
    }
}
