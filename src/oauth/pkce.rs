//! Proof Key for Code Exchange (RFC 7636).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngCore;
use sha2::{Digest, Sha256};

use crate::secret::Secret;

/// A code verifier; a secret until the code is redeemed.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier(Secret);

impl Verifier {
    /// 32 random bytes in base64url: 43 characters (§4.1).
    pub fn random() -> Self {
        let mut bytes = [0; 32];
        rand::rng().fill_bytes(&mut bytes);
        Self(Secret::new(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// One that was kept. `None` where it is no verifier (§4.1: 43 to 128 unreserved characters).
    pub fn parse(text: &str) -> Option<Self> {
        let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        ((43..=128).contains(&text.len()) && text.bytes().all(unreserved)).then(|| Self(Secret::new(text)))
    }

    /// The text, for the token request.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// Its S256 challenge, for the authorization request.
    pub fn challenge(&self) -> String {
        s256(self.expose())
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier(…)")
    }
}

/// `BASE64URL(SHA256(ASCII(text)))` (§4.2), of any text.
pub fn s256(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_appendix_b() {
        let verifier = Verifier::parse("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").expect("a verifier");
        assert_eq!(
            verifier.challenge(),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
        assert_eq!(format!("{verifier:?}"), "Verifier(…)");
    }

    #[test]
    fn verifiers_have_43_to_128_unreserved_characters() {
        let fresh = Verifier::random();
        assert_eq!(fresh.expose().len(), 43);
        assert_ne!(fresh, Verifier::random());
        assert!(Verifier::parse(&"a".repeat(42)).is_none());
        assert!(Verifier::parse(&"a".repeat(128)).is_some());
        assert!(Verifier::parse(&"a".repeat(129)).is_none());
        assert!(Verifier::parse(&"a+".repeat(25)).is_none());
    }
}
