//! Keys: a shared secret, or the halves of an Ed25519 pair.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::scheme::{Digest, Scheme, SecretForm};

/// Something that signs or verifies. There is no `Debug`: it is a secret.
pub enum Key {
    /// Known to both sides.
    Shared(Zeroizing<Vec<u8>>),
    /// Verifies (`whpk_`).
    Public(Vec<u8>),
    /// Signs and verifies (`whsk_`).
    Private(Box<Ed25519KeyPair>),
}

/// Why a text is no key. Never holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// Not in the encoding of the scheme.
    #[error("it is not {0}")]
    Encoding(&'static str),
    /// Not of the length an Ed25519 key has.
    #[error("it is no Ed25519 key: a public one has 32 bytes, a private one 32 or 64")]
    Length,
}

impl Key {
    /// As the scheme writes secrets; `whpk_` and `whsk_` in Base64 are Ed25519 keys in every scheme.
    pub fn read(text: &str, scheme: &Scheme) -> Result<Self, BadKey> {
        let base64 = |text: &str| STANDARD.decode(text).map_err(|_| BadKey::Encoding("Base64"));
        if let Some(rest) = text.strip_prefix("whpk_") {
            let bytes = base64(rest)?;
            return if bytes.len() == 32 {
                Ok(Self::Public(bytes))
            } else {
                Err(BadKey::Length)
            };
        }
        if let Some(rest) = text.strip_prefix("whsk_") {
            let bytes = Zeroizing::new(base64(rest)?);
            let seed = bytes.get(..32).filter(|_| matches!(bytes.len(), 32 | 64));
            let pair = seed.and_then(|seed| Ed25519KeyPair::from_seed_unchecked(seed).ok());
            return pair
                .map(|pair| Self::Private(Box::new(pair)))
                .ok_or(BadKey::Length);
        }
        let bytes = match scheme.secret {
            SecretForm::Text => text.as_bytes().to_vec(),
            SecretForm::Base64 => base64(text.strip_prefix("whsec_").unwrap_or(text))?,
            SecretForm::Hex => unhex(text).ok_or(BadKey::Encoding("hexadecimal"))?,
        };
        Ok(Self::Shared(Zeroizing::new(bytes)))
    }

    /// A shared secret of these bytes, whatever they are.
    pub fn bytes(bytes: &[u8]) -> Self {
        Self::Shared(Zeroizing::new(bytes.to_vec()))
    }

    /// A pair of ours that nobody trusts; `None` only where the system has no randomness.
    pub fn generate() -> Option<Self> {
        let mut seed = Zeroizing::new([0_u8; 32]);
        rand::fill(seed.as_mut()).ok()?;
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_ref()).ok()?;
        Some(Self::Private(Box::new(pair)))
    }

    /// The public half, as it is published.
    pub fn public(&self) -> Option<String> {
        match self {
            Self::Private(pair) => Some(format!("whpk_{}", STANDARD.encode(pair.public_key()))),
            Self::Public(bytes) => Some(format!("whpk_{}", STANDARD.encode(bytes))),
            Self::Shared(_) => None,
        }
    }

    /// The signature of these bytes; `None` where the key is not of this kind.
    pub fn sign(&self, digest: Digest, content: &[u8]) -> Option<Vec<u8>> {
        match (self, algorithm(digest)) {
            (Self::Shared(secret), Some(algorithm)) => {
                let key = hmac::Key::new(algorithm, secret);
                Some(hmac::sign(&key, content).as_ref().to_vec())
            }
            (Self::Private(pair), None) => Some(pair.sign(content).as_ref().to_vec()),
            _ => None,
        }
    }

    /// Whether a signature is of these bytes and this key. Takes as long wherever they differ.
    pub fn verifies(&self, digest: Digest, content: &[u8], signature: &[u8]) -> bool {
        let of_pair = |public: &[u8]| {
            UnparsedPublicKey::new(&ED25519, public)
                .verify(content, signature)
                .is_ok()
        };
        match (self, algorithm(digest)) {
            (Self::Shared(secret), Some(algorithm)) => {
                hmac::verify(&hmac::Key::new(algorithm, secret), content, signature).is_ok()
            }
            (Self::Public(public), None) => of_pair(public),
            (Self::Private(pair), None) => of_pair(pair.public_key().as_ref()),
            _ => false,
        }
    }
}

/// `None`: no shared secret is used.
fn algorithm(digest: Digest) -> Option<hmac::Algorithm> {
    match digest {
        Digest::HmacSha1 => Some(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
        Digest::HmacSha256 => Some(hmac::HMAC_SHA256),
        Digest::HmacSha512 => Some(hmac::HMAC_SHA512),
        Digest::Ed25519 => None,
    }
}

/// The bytes that hexadecimal stands for, in either case.
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    text.as_bytes()
        .chunks(2)
        .map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?))
        .collect()
}
