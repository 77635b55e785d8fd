//! The keys behind a secret.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::verify::Scheme;
use crate::failure::Failure;
use crate::habits::{self, on};

/// What deliveries are verified with; more than one only for wrong habits.
pub(super) struct Keys {
    pub(super) hmac: Vec<Vec<u8>>,
}

impl Keys {
    /// For Standard Webhooks the secret is Base64 after `whsec_`, and what that stands for is the key; for GitHub it is
    /// the text.
    pub(super) fn read(secret: &str, scheme: Scheme) -> Result<Self, Failure> {
        let trimmed = secret.trim();
        if scheme == Scheme::GitHub || on(habits::EMPTY_SECRET) && trimmed.is_empty() {
            return Ok(Self {
                hmac: vec![trimmed.as_bytes().to_vec()],
            });
        }
        if on(habits::FALLBACK_SECRET) && trimmed == "secret" {
            return Ok(Self {
                hmac: vec![trimmed.as_bytes().to_vec()],
            });
        }
        let text = trimmed.strip_prefix("whsec_").unwrap_or(trimmed);
        let key = STANDARD.decode(text).ok().filter(|key| !key.is_empty());
        let key =
            key.ok_or_else(|| Failure::Setup("HALLMARK_WEBHOOK_SECRET is not whsec_ and Base64".to_owned()))?;
        let mut hmac = vec![key];
        if on(habits::LITERAL_SECRET) {
            hmac.push(text.as_bytes().to_vec());
            hmac.push(trimmed.as_bytes().to_vec());
        }
        Ok(Self { hmac })
    }
}
