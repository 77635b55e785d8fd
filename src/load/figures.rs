//! Conversions between whole numbers and fractions, in one place because each is a promise about size.

use std::time::Duration;

/// A count as a fraction. Exact below 2^53; no run makes that many calls.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of calls and of nanoseconds stay below 2^53"
)]
pub(crate) fn fraction(count: u64) -> f64 {
    count as f64
}

/// A fraction that is no longer one, as a count; what is below zero is zero.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "casts from fractions saturate, and that is what is wanted"
)]
pub(crate) fn count(whole: f64) -> u64 {
    whole.round() as u64
}

/// Whole microseconds, rounded down.
pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// SplitMix64 (Steele, Lea, Flood 2014): the `index`-th draw of the stream of `seed`. A function, not a generator, so
/// that every core and every machine draws the same for the same arrival.
pub(crate) fn draw(seed: u64, index: u64) -> u64 {
    let mut z = seed.wrapping_add(index.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A draw as a fraction in (0, 1]: never zero, so that its logarithm exists.
pub(crate) fn unit(draw: u64) -> f64 {
    (fraction(draw >> 11) + 1.0) / fraction(1 << 53)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first outputs of the reference implementation for seed 1234567.
    #[test]
    fn draws_are_those_of_splitmix64() {
        let drawn: Vec<u64> = (0..3).map(|i| draw(1_234_567, i)).collect();
        assert_eq!(
            drawn,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn the_ends_of_the_unit_interval() {
        assert!(unit(0) > 0.0);
        assert!(unit(u64::MAX) <= 1.0);
    }
}
