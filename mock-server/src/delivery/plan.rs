//! When a delivery is tried again: 5 s, 30 s, 2 min, 10 min and then every hour for a day, each up to a fifth longer.

use sha2::{Digest, Sha256};

/// Seconds after an attempt that failed.
const GAPS: [i64; 5] = [5, 30, 120, 600, 3_600];
/// Seconds after which nothing is tried any more.
const LONGEST: i64 = 86_400;
/// The longest that `Retry-After` is heeded, in seconds.
const LONGEST_ASKED: i64 = 21_600;

/// Milliseconds from a failed attempt to the next. `failed` counts from 1; `asked` is what the receiver asked to wait, in
/// seconds. `None`: it is given up. The jitter follows from the message, so that a world repeats itself.
pub(super) fn pause(message: &str, failed: usize, since_first: i64, asked: Option<i64>) -> Option<i64> {
    if since_first >= LONGEST {
        return None;
    }
    let gap = GAPS[failed.saturating_sub(1).min(GAPS.len() - 1)] * 1_000;
    let draw = Sha256::digest(format!("{message}/{failed}"));
    let jitter = gap / 5 * i64::from(draw[0]) / 255;
    let asked = asked.unwrap_or(0).clamp(0, LONGEST_ASKED) * 1_000;
    Some((gap + jitter).max(asked))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_grow_and_end() {
        let gaps: Vec<i64> = (1..=6).filter_map(|failed| pause("m", failed, 0, None)).collect();
        assert_eq!(gaps.len(), 6);
        for (gap, least) in gaps.iter().zip([5, 30, 120, 600, 3_600, 3_600]) {
            assert!((least * 1_000..=least * 1_200).contains(gap), "{gap}");
        }
        assert_eq!(pause("m", 3, 0, Some(7_200)), Some(7_200_000));
        assert_eq!(pause("m", 3, LONGEST, None), None);
        assert_ne!(pause("m", 1, 0, None), pause("n", 1, 0, None));
    }
}
