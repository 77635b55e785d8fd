//! Seeded randomness: the same seed and label always give the same draw. Not for secrets.

const LOWER: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// A small deterministic generator (SplitMix64), started from a seed and a label.
#[derive(Debug, Clone)]
pub(super) struct Draw(u64);

impl Draw {
    /// The draw a seed makes for a label; labels keep draws apart, so adding one never shifts another.
    pub(super) fn named(seed: u64, label: &str) -> Draw {
        let mut state = 0xcbf2_9ce4_8422_2325_u64;
        for byte in seed.to_le_bytes().into_iter().chain(label.bytes()) {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Draw(state)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound` (which is small, so the bias of the remainder does not matter).
    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).unwrap_or(0)
    }

    /// One of the items; `None` only for an empty slice.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        let at = self.below(items.len());
        items.get(at)
    }

    /// The size of the alphabet is known where this is called: a division by a constant is cheap.
    fn text<const N: usize>(&mut self, length: usize, alphabet: &[u8; N]) -> String {
        let mut text = String::with_capacity(length);
        for _ in 0..length {
            let at = usize::try_from(self.next() % N as u64).unwrap_or(0);
            text.extend(alphabet.get(at).map(|&byte| char::from(byte)));
        }
        text
    }

    /// A canary: `hmc-` and twelve hex digits.
    pub(super) fn canary(&mut self) -> String {
        format!("hmc-{}", self.text(12, b"0123456789abcdef"))
    }

    /// A word of ten letters.
    pub(super) fn word(&mut self) -> String {
        self.text(10, b"abcdefghijklmnoprstuvwz")
    }

    /// A profile id: nineteen digits, the first of which is `lead`.
    pub(super) fn profile_id(&mut self, lead: char) -> String {
        format!("{lead}{}", self.text(18, b"0123456789"))
    }

    /// An opaque id: the type letters, 26 characters, and a two-character check of what went before.
    pub(super) fn opaque_id(&mut self, kind: &str) -> String {
        let body = format!("{kind}{}", self.text(26, LOWER));
        let check = Draw::named(0, &body).text(2, LOWER);
        body + &check
    }
}
