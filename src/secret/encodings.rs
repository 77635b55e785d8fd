//! The forms in which a credential travels.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Shorter texts are never masked: they would eat ordinary words.
const SHORTEST: usize = 4;

/// A leaked beginning of this many characters is masked too; shorter ones are display prefixes.
pub(super) const TELLTALE: usize = 12;

const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Every spelling of `secret` to look for, longest first, without repetition. Empty when it is too short.
pub(crate) fn spellings(secret: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in parts(secret) {
        if part.len() < SHORTEST {
            continue;
        }
        found.push(part.to_owned());
        found.push(json_escaped(part));
        found.push(json_escaped(part).replace('/', "\\/"));
        let percent = utf8_percent_encode(part, COMPONENT).to_string();
        found.push(percent.to_lowercase());
        let all = utf8_percent_encode(part, NON_ALPHANUMERIC).to_string();
        found.push(all.to_lowercase());
        found.push(all);
        found.push(url::form_urlencoded::byte_serialize(part.as_bytes()).collect());
        found.push(percent);
        found.push(part.bytes().map(|b| format!("{b:02x}")).collect());
        found.extend(base64_alignments(part));
    }
    found.retain(|form| form.len() >= SHORTEST);
    found.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    found.dedup();
    found
}

/// The secret, and the segments of a JWT: its payload and signature are secrets of their own.
fn parts(secret: &str) -> Vec<&str> {
    let segments: Vec<&str> = secret.split('.').collect();
    let mut parts = vec![secret];
    if segments.len() == 3 && segments[0].starts_with("ey") {
        parts.extend(
            segments
                .into_iter()
                .filter(|segment| segment.len() >= 2 * TELLTALE),
        );
    }
    parts
}

fn json_escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// Base64 of the secret wherever it may start inside a longer text: three alignments, both alphabets, with the
/// characters that also depend on the neighbours cut off.
fn base64_alignments(secret: &str) -> Vec<String> {
    let mut found = Vec::new();
    if secret.len() < 6 {
        return found;
    }
    for shift in 0..3_usize {
        let mut bytes = vec![0_u8; shift];
        bytes.extend_from_slice(secret.as_bytes());
        let head = [0, 2, 3][shift];
        let tail = usize::from(!bytes.len().is_multiple_of(3));
        for text in [STANDARD_NO_PAD.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes)] {
            if let Some(core) = text.get(head..text.len() - tail) {
                found.push(core.to_owned());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Wherever the secret stands inside a base64 text, one of the spellings is a substring.
        #[test]
        fn base64_is_found_at_any_offset(before in ".{0,7}", secret in "[ -~]{8,40}", after in ".{0,7}") {
            let whole = format!("{before}{secret}{after}");
            let forms = spellings(&secret);
            for text in [STANDARD_NO_PAD.encode(&whole), URL_SAFE_NO_PAD.encode(&whole)] {
                prop_assert!(forms.iter().any(|form| text.contains(form.as_str())), "{text}");
            }
        }

        #[test]
        fn percent_and_json_forms_are_found(secret in "\\PC{6,30}") {
            let forms = spellings(&secret);
            let json = serde_json::to_string(&format!("x{secret}y")).unwrap();
            prop_assert!(forms.iter().any(|form| json.contains(form.as_str())));
            let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            let percent = utf8_percent_encode(&secret, COMPONENT).to_string();
            prop_assert!(forms.iter().any(|f| percent.contains(f.as_str())));
            prop_assert!(forms.iter().any(|f| form.contains(f.as_str())), "{form}");
        }
    }

    #[test]
    fn jwt_segments_are_secrets_of_their_own() {
        let forms =
            spellings("eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSIsImF1ZCI6IngifQ.c2lnbmF0dXJlc2lnbmF0dXJlc2ln");
        assert!(forms.iter().any(|f| f == "c2lnbmF0dXJlc2lnbmF0dXJlc2ln"));
    }

    #[test]
    fn short_texts_are_left_alone() {
        assert!(spellings("abc").is_empty());
    }
}
