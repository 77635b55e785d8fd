//! The compact serialization (RFC 7515 §3.1): three parts in base64url, joined by dots.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};

use super::Key;

/// What others wrote is read with or without padding.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// A token taken apart. Its parts are credentials: there is no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Compact {
    /// First part, as written.
    pub header: String,
    /// Second part, as written.
    pub payload: String,
    /// Third part, as written.
    pub signature: String,
}

impl Compact {
    /// `None` where it is not of three parts, or where header and claims are no JSON objects.
    pub fn read(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let compact = Self {
            header: parts.next()?.to_owned(),
            payload: parts.next()?.to_owned(),
            signature: parts.next()?.to_owned(),
        };
        (parts.next().is_none() && compact.header().is_some() && compact.claims().is_some())
            .then_some(compact)
    }

    /// The header's members.
    pub fn header(&self) -> Option<Map<String, Value>> {
        object(&self.header)
    }

    /// The claims.
    pub fn claims(&self) -> Option<Map<String, Value>> {
        object(&self.payload)
    }

    /// The text again.
    pub fn text(&self) -> String {
        format!("{}.{}.{}", self.header, self.payload, self.signature)
    }

    /// With another signature, by this key; without one, the third part is empty (RFC 7515 §A.5).
    #[must_use]
    pub fn signed(mut self, key: Option<&Key>) -> Self {
        let input = format!("{}.{}", self.header, self.payload);
        self.signature = key
            .map(|key| encode(&key.sign(input.as_bytes())))
            .unwrap_or_default();
        self
    }
}

/// In base64url without padding.
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn object(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&LENIENT.decode(part).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_7515_appendix_a_1() {
        let token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let compact = Compact::read(token).expect("a token");
        assert_eq!(compact.header().expect("a header")["alg"], "HS256");
        assert_eq!(compact.claims().expect("claims")["iss"], "joe");
        assert_eq!(compact.text(), token);
        let secret = LENIENT
            .decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
            .expect("base64url");
        assert_eq!(compact.clone().signed(Some(&Key::hs256(&secret))).text(), token);
        assert!(compact.signed(None).text().ends_with('.'));
    }

    #[test]
    fn what_is_no_token() {
        for text in ["", "a.b", "a.b.c", "e30.e30", "e30.e30.x.y", "W10.e30.x"] {
            assert!(Compact::read(text).is_none(), "{text}");
        }
        assert!(Compact::read("e30.e30.").is_some());
    }
}
