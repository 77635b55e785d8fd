//! Signing keys: made once, published as JWKS (RFC 7517), replaced on demand while the old ones still verify.
//!
//! A private key leaves only as the fixture that a trusted signer gets. No `Debug` shows one.

use std::sync::{Arc, LazyLock};

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair as RsaPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use serde_json::{Value, json};

/// One key pair and what is published of it.
pub(crate) struct SigningKey {
    /// RFC 7638 thumbprint.
    pub(crate) kid: String,
    pub(crate) algorithm: Algorithm,
    pub(crate) encoding: EncodingKey,
    pub(crate) decoding: DecodingKey,
    /// RFC 7517: the public part.
    pub(crate) jwk: Value,
    /// SubjectPublicKeyInfo.
    pub(crate) public_der: Vec<u8>,
    /// PKCS #8, for whoever is trusted to sign.
    pub(crate) private_pem: String,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({:?} {})", self.algorithm, self.kid)
    }
}

impl SigningKey {
    /// A fresh pair; `None` only where the machine has no randomness.
    pub(crate) fn generate(algorithm: Algorithm) -> Option<Self> {
        let (private, public_der) = match algorithm {
            Algorithm::RS256 => rsa()?,
            _ => ecdsa()?,
        };
        let private_pem = pem("PRIVATE KEY", &private);
        let encoding = match algorithm {
            Algorithm::RS256 => EncodingKey::from_rsa_pem(private_pem.as_bytes()),
            _ => EncodingKey::from_ec_pem(private_pem.as_bytes()),
        };
        let encoding = encoding.ok()?;
        let jwk = Jwk::from_encoding_key(&encoding, algorithm).ok()?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).ok()?;
        let decoding = DecodingKey::from_jwk(&jwk).ok()?;
        let mut published = serde_json::to_value(&jwk).ok()?;
        published["kid"] = json!(kid);
        published["use"] = json!("sig");
        Some(Self {
            kid,
            algorithm,
            encoding,
            decoding,
            jwk: published,
            public_der,
            private_pem,
        })
    }

    /// The public part as PEM.
    pub(crate) fn public_pem(&self) -> String {
        pem("PUBLIC KEY", &self.public_der)
    }
}

/// PKCS #8 and SubjectPublicKeyInfo.
type Pair = (Vec<u8>, Vec<u8>);

fn ecdsa() -> Option<Pair> {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).ok()?;
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().ok()?;
    Some((
        pair.to_pkcs8v1().ok()?.as_ref().to_vec(),
        public.as_ref().to_vec(),
    ))
}

fn rsa() -> Option<Pair> {
    let pair = RsaPair::generate(KeySize::Rsa2048).ok()?;
    let private: Pkcs8V1Der<'_> = pair.as_der().ok()?;
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().ok()?;
    Some((private.as_ref().to_vec(), public.as_ref().to_vec()))
}

/// RFC 7468.
fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = (0..text.len())
        .step_by(64)
        .map(|start| &text[start..text.len().min(start + 64)])
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

/// Worlds share their first keys: a token names its issuer, and an RSA key takes a while to find.
static FIRST: LazyLock<Option<Arc<SigningKey>>> =
    LazyLock::new(|| SigningKey::generate(Algorithm::ES256).map(Arc::new));
static RSA: LazyLock<Option<Arc<SigningKey>>> =
    LazyLock::new(|| SigningKey::generate(Algorithm::RS256).map(Arc::new));

/// The keys of one world, the newest ES256 key first.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeyRing {
    /// ES256 keys made since the world began, oldest first.
    later: Vec<Arc<SigningKey>>,
}

impl KeyRing {
    /// The key that new tokens are signed with.
    pub(crate) fn current(&self, algorithm: Algorithm) -> Option<Arc<SigningKey>> {
        if algorithm == Algorithm::RS256 {
            return RSA.clone();
        }
        self.later.last().cloned().or_else(|| FIRST.clone())
    }

    /// The key every world starts with; what a verifier knows that never looks again.
    pub(crate) fn first() -> Option<Arc<SigningKey>> {
        FIRST.clone()
    }

    /// Whether an RSA key is asked for by anybody, it is found here, and only then.
    pub(crate) fn rsa() -> Option<Arc<SigningKey>> {
        RSA.clone()
    }

    /// Every key that verifies, newest first. A replaced key goes on verifying what it signed.
    pub(crate) fn all(&self) -> Vec<Arc<SigningKey>> {
        let later = self.later.iter().rev().cloned();
        later.chain(FIRST.clone()).chain(RSA.clone()).collect()
    }

    /// The key of that id. The RSA key is not found for it unless the id is none of the others'.
    pub(crate) fn find(&self, kid: &str) -> Option<Arc<SigningKey>> {
        let elliptic = self.later.iter().cloned().chain(FIRST.clone());
        let mut found = elliptic.filter(|key| key.kid == kid);
        found.next().or_else(|| RSA.clone().filter(|key| key.kid == kid))
    }

    /// A new signing key takes over.
    pub(crate) fn rotate(&mut self) {
        self.later
            .extend(SigningKey::generate(Algorithm::ES256).map(Arc::new));
    }

    /// RFC 7517 §5.
    pub(crate) fn jwks(&self) -> Value {
        let keys: Vec<Value> = self.all().iter().map(|key| key.jwk.clone()).collect();
        json!({ "keys": keys })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_keeps_what_it_replaced_and_shows_no_private_part() {
        let mut ring = KeyRing::default();
        let before = ring.current(Algorithm::ES256).unwrap();
        ring.rotate();
        let after = ring.current(Algorithm::ES256).unwrap();
        assert_ne!(before.kid, after.kid);
        assert!(ring.find(&before.kid).is_some() && ring.find(&after.kid).is_some());
        let published = ring.jwks();
        let keys = published["keys"].as_array().unwrap();
        assert_eq!(keys.len(), 3);
        for key in keys {
            let members: Vec<&String> = key.as_object().unwrap().keys().collect();
            assert!(
                key["d"].is_null() && key["kid"].is_string() && key["use"] == "sig",
                "{members:?}"
            );
        }
        assert_eq!(keys[0]["alg"], "ES256");
        assert_eq!(keys[2]["alg"], "RS256");
        assert!(!format!("{after:?}").contains("PRIVATE"));
    }
}
