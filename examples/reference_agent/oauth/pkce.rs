//! Proof keys for code exchange, S256 (RFC 7636 §4).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngCore as _;
use sha2::{Digest as _, Sha256};

use crate::habits::{self, on};
use crate::say;

/// 256 random bits as text.
pub(super) fn random() -> String {
    let mut bytes = [0; 32];
    rand::rng().fill_bytes(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A verifier for one login.
pub(super) struct Verifier {
    pub(super) text: String,
}

impl Verifier {
    pub(super) fn new() -> Self {
        let text = if on(habits::CONSTANT_VERIFIER) {
            "reference-agent-".repeat(3)
        } else {
            random()
        };
        say::learn(&text);
        Self { text }
    }

    /// The challenge and its method.
    pub(super) fn challenge(&self) -> (String, &'static str) {
        if on(habits::SENDS_PLAIN) {
            return (self.text.clone(), "plain");
        }
        (
            URL_SAFE_NO_PAD.encode(Sha256::digest(self.text.as_bytes())),
            "S256",
        )
    }
}
