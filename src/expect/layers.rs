//! What a text encodes: the layers under it, opened one by one, within bounds. Pure.
//!
//! A search for a known text in base64, hexadecimal or percent form finds one layer. A cursor is base64 of JSON whose
//! strings are base64 again: this opens such nests until nothing new comes out, so that the search can look inside.

use std::collections::HashSet;

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// What is opened, for reports.
pub const ENCODINGS: &[&str] = &["as sent", "JSON escapes", "percent", "hex", "base64", "base64url"];

/// How many layers deep.
const DEPTH: usize = 5;

/// How much of one answer is opened, in bytes of what comes out.
const MOST: usize = 1 << 20;

/// Shorter runs hold no canary.
const SHORTEST: usize = 12;

const URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Shows every layer to `visit`, the text itself first.
pub(super) fn each_layer(text: &[u8], visit: &mut dyn FnMut(&[u8])) {
    visit(text);
    let mut opening = Opening {
        left: MOST,
        seen: HashSet::new(),
        visit,
    };
    opening.open(text, DEPTH);
}

struct Opening<'a> {
    left: usize,
    seen: HashSet<Vec<u8>>,
    visit: &'a mut dyn FnMut(&[u8]),
}

impl Opening<'_> {
    fn open(&mut self, text: &[u8], depth: usize) {
        if depth == 0 {
            return;
        }
        if let Some(plain) = percent(text) {
            self.layer(plain, depth);
        }
        if let Some(plain) = json_escapes(text) {
            self.layer(plain, depth);
        }
        for run in runs(text, |b| b.is_ascii_alphanumeric() || b"+/-_".contains(&b)) {
            self.encoded(run, depth);
        }
    }

    /// A run that may be base64 or hexadecimal from any of its characters on: what is glued before it shifts it.
    fn encoded(&mut self, run: &[u8], depth: usize) {
        for hex in runs(run, |b| b.is_ascii_hexdigit()) {
            for start in 0..2 {
                if let Some(plain) = unhex(&hex[start..]) {
                    self.layer(plain, depth);
                }
            }
        }
        let url: Vec<u8> = run
            .iter()
            .map(|b| match b {
                b'+' => b'-',
                b'/' => b'_',
                other => *other,
            })
            .collect();
        for start in 0..4 {
            let part = url.get(start..).unwrap_or_default();
            // One character more than whole groups holds no byte.
            let whole = part.len() - usize::from(part.len() % 4 == 1);
            if let Ok(plain) = URL.decode(&part[..whole]) {
                self.layer(plain, depth);
            }
        }
    }

    fn layer(&mut self, plain: Vec<u8>, depth: usize) {
        if plain.len() > self.left || !reads_as_text(&plain) || !self.seen.insert(plain.clone()) {
            return;
        }
        self.left -= plain.len();
        (self.visit)(&plain);
        self.open(&plain, depth - 1);
    }
}

/// Maximal runs of such bytes.
fn runs<'a>(text: &'a [u8], of: impl Fn(u8) -> bool + Copy + 'a) -> impl Iterator<Item = &'a [u8]> {
    text.split(move |b| !of(*b)).filter(|run| run.len() >= SHORTEST)
}

/// Chance bytes do not: three in four of a text's bytes are printable, or it is UTF-8 but for its ends.
fn reads_as_text(plain: &[u8]) -> bool {
    let printable = plain
        .iter()
        .filter(|b| (b' '..=b'~').contains(*b) || b"\t\r\n".contains(*b))
        .count();
    let inner = plain.get(3..plain.len().saturating_sub(3)).unwrap_or_default();
    plain.len() >= 6
        && (printable * 4 >= plain.len() * 3 || (inner.len() >= 9 && std::str::from_utf8(inner).is_ok()))
}

/// `%41` → `A`; `None` when there is nothing of the kind.
fn percent(text: &[u8]) -> Option<Vec<u8>> {
    if !text.contains(&b'%') {
        return None;
    }
    let plain: Vec<u8> = percent_encoding::percent_decode(text).collect();
    (plain.len() < text.len()).then_some(plain)
}

/// The escapes of JSON strings, wherever they stand; `None` when there are none.
fn json_escapes(text: &[u8]) -> Option<Vec<u8>> {
    if !text.contains(&b'\\') {
        return None;
    }
    let mut plain = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let (bytes, used) = one_escape(&text[at..]);
        plain.extend_from_slice(&bytes);
        at += used;
    }
    (plain.len() < text.len()).then_some(plain)
}

/// What the text begins with, and how many bytes that took.
fn one_escape(text: &[u8]) -> (Vec<u8>, usize) {
    let simple = |b: u8| (vec![b], 2);
    match text {
        [b'\\', b'n', ..] => simple(b'\n'),
        [b'\\', b't', ..] => simple(b'\t'),
        [b'\\', b'r', ..] => simple(b'\r'),
        [b'\\', b'b' | b'f', ..] => simple(b' '),
        [b'\\', b'u', ..] => match unit(text) {
            Some(high @ 0xd800..=0xdbff) => match text.get(6..).and_then(unit) {
                Some(low @ 0xdc00..=0xdfff) => {
                    (utf8(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00)), 12)
                }
                _ => (utf8(high), 6),
            },
            Some(unit) => (utf8(unit), 6),
            None => (vec![b'\\'], 1),
        },
        [b'\\', other @ (b'"' | b'\\' | b'/'), ..] => simple(*other),
        [first, ..] => (vec![*first], 1),
        [] => (Vec::new(), 1),
    }
}

/// `\u0041`.
fn unit(text: &[u8]) -> Option<u32> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

fn utf8(unit: u32) -> Vec<u8> {
    char::from_u32(unit)
        .unwrap_or(char::REPLACEMENT_CHARACTER)
        .to_string()
        .into_bytes()
}

fn unhex(digits: &[u8]) -> Option<Vec<u8>> {
    digits
        .chunks_exact(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;

    fn holds(text: &[u8], canary: &str) -> bool {
        let mut found = false;
        each_layer(text, &mut |layer| {
            found |= layer
                .windows(canary.len())
                .any(|window| window == canary.as_bytes());
        });
        found
    }

    /// One way to wrap a text; `glued` stands before an encoded run without a separator.
    fn wrap(kind: u8, text: &str, glued: &str) -> String {
        match kind {
            0 => STANDARD.encode(text),
            1 => format!("{glued}{}", URL_SAFE_NO_PAD.encode(text)),
            2 => utf8_percent_encode(text, NON_ALPHANUMERIC).to_string(),
            3 => text.bytes().map(|b| format!("{b:02X}")).collect(),
            4 => serde_json::json!({ "inner": text, "n": 1 }).to_string(),
            5 => text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect(),
            6 => format!(
                "{glued}{}",
                STANDARD_NO_PAD.encode(serde_json::json!([text]).to_string())
            ),
            _ => serde_json::to_string(text).expect("a string"),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn a_canary_is_found_under_any_three_layers(
            kinds in proptest::collection::vec(0_u8..8, 0..4),
            glued in "[a-z_]{0,5}",
            before in "[ -~]{0,9}",
            after in "[ -~]{0,9}",
        ) {
            let canary = "hmc-0123456789ab";
            let mut text = format!("{before} {canary} {after}");
            for kind in &kinds {
                text = wrap(*kind, &text, &glued);
            }
            prop_assert!(holds(text.as_bytes(), canary), "{kinds:?}: {text}");
        }

        #[test]
        fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
            each_layer(&bytes, &mut |_| {});
        }
    }

    #[test]
    fn what_is_opened_is_bounded() {
        let mut opened = 0;
        let huge = STANDARD.encode(vec![b'a'; 3 << 20]);
        each_layer(huge.as_bytes(), &mut |layer| opened += layer.len());
        assert!(opened <= huge.len() + MOST, "{opened}");
    }
}
