//! Making secrets: API keys, the typed tokens that are not keys, ids and canaries.
//!
//! Everything comes from one seeded generator, so a world is the same for the same seed. The shapes of weak
//! keys that defects ask for live here as well.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::rngs::StdRng;
use rand::{Rng as _, RngCore as _, SeedableRng as _};

use crate::defect::{DefectSet, bearer, key, resource};
use crate::variant::{self, VariantSet};

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const TOKEN68: &[u8; 68] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._~+/";

/// Prefix of every API key.
pub(crate) const KEY_PREFIX: &str = "fiok_";

pub(crate) struct Mint {
    random: StdRng,
    counter: u32,
}

impl Mint {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            random: StdRng::seed_from_u64(seed ^ 0x6d69_6e74_6b65_7973),
            counter: 0,
        }
    }

    /// A new API key in the shape that variants and defects ask for.
    pub(crate) fn api_key(&mut self, variants: &VariantSet, defects: &DefectSet, now: i64) -> String {
        self.counter += 1;
        if defects.has(bearer::UUID_V1) {
            return format!("{KEY_PREFIX}{}", uuid_v1(now, self.counter));
        }
        if defects.has(bearer::TIMESTAMP_PRNG) {
            return format!("{KEY_PREFIX}{now:016x}{:016x}", self.counter);
        }
        if defects.has(bearer::SHORT_TOKEN) {
            return format!("{KEY_PREFIX}{}", self.letters(BASE62, 6));
        }
        if defects.has(key::NO_PREFIX) {
            return self.letters(BASE62, 43);
        }
        if variants.has(variant::TOKEN_SHAPE_LONG) {
            return format!("{KEY_PREFIX}~+/._-{}==", self.letters(TOKEN68, 4096 - 13));
        }
        if variants.has(variant::TOKEN_SHAPE_SHORT) {
            // 20 characters of base62 carry 119 bits; token68 brings them to 121.
            return self.letters(&TOKEN68[..66], 20);
        }
        let body = self.letters(BASE62, 40);
        let check = base62(crc32(body.as_bytes()), 6);
        format!("{KEY_PREFIX}{body}{check}")
    }

    /// 256 bits in base64url.
    pub(crate) fn opaque(&mut self) -> String {
        let mut bytes = [0; 32];
        self.random.fill_bytes(&mut bytes);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// `n` random bytes in lower-case hex.
    pub(crate) fn hex(&mut self, n: usize) -> String {
        let mut bytes = vec![0; n];
        self.random.fill_bytes(&mut bytes);
        hex(&bytes)
    }

    /// A session id: 256 bits in hex, or the next number where `session-counter` is on.
    pub(crate) fn session_id(&mut self, defects: &DefectSet) -> String {
        if defects.has(resource::SESSION_COUNTER) {
            self.counter += 1;
            return format!("session-{:08}", self.counter);
        }
        self.hex(32)
    }

    /// A signed-looking JWT whose payload says it is an ID token.
    pub(crate) fn id_token(&mut self, now: i64) -> String {
        let header = URL_SAFE_NO_PAD.encode(br#"{"alg":"HS256","typ":"JWT"}"#);
        let payload = format!(
            r#"{{"iss":"https://issuer.invalid","aud":"fixture-client","sub":"{}","iat":{now},"exp":{}}}"#,
            self.hex(8),
            now + 3600
        );
        format!("{header}.{}.{}", URL_SAFE_NO_PAD.encode(payload), self.opaque())
    }

    fn letters(&mut self, alphabet: &[u8], n: usize) -> String {
        (0..n)
            .map(|_| char::from(alphabet[self.random.random_range(0..alphabet.len())]))
            .collect()
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|b| [b >> 4, b & 15])
        .map(|n| char::from(b"0123456789abcdef"[usize::from(n)]))
        .collect()
}

/// RFC 9562 §5.1 layout with a fixed node: what a guesser needs is the clock.
fn uuid_v1(now: i64, counter: u32) -> String {
    let ticks = now.unsigned_abs() * 10_000_000 + 0x01b2_1dd2_1381_4000 + u64::from(counter);
    let (low, mid, high) = (
        ticks & 0xffff_ffff,
        (ticks >> 32) & 0xffff,
        (ticks >> 48) & 0x0fff,
    );
    format!("{low:08x}-{mid:04x}-1{high:03x}-8001-02005e100001")
}

/// CRC-32 (ISO-HDLC), bit by bit: it runs over forty bytes a few times per world.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

fn base62(mut value: u32, width: usize) -> String {
    let mut digits = vec![b'0'; width];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(value % 62) as usize];
        value /= 62;
    }
    digits.into_iter().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variant::Variant;

    #[test]
    fn crc32_has_its_check_value() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn shapes_have_their_lengths_and_seeds_repeat() {
        let none = (VariantSet::default(), DefectSet::default());
        let key = |seed| Mint::new(seed).api_key(&none.0, &none.1, 0);
        assert_eq!(key(1).len(), 51);
        assert_eq!(key(1), key(1));
        assert_ne!(key(1), key(2));
        for (id, length) in [("token-shape-long", 4096), ("token-shape-short", 20)] {
            let on = VariantSet::from([Variant::from_id(id).unwrap()].as_slice());
            assert_eq!(Mint::new(1).api_key(&on, &none.1, 0).len(), length, "{id}");
        }
    }
}
