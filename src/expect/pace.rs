//! Whether two kinds of calls can be told apart by how long they take: a rank test over interleaved pairs.
//!
//! A machine that is busy with other things makes durations long, never a pair of them consistently one way round: a
//! test of ranks and signs asks for nothing but that. Wilcoxon's signed-rank statistic over `n` pairs is judged against
//! five standard deviations, which chance reaches less than once in a million checks (computed exactly in the tests),
//! and only where the shift is a tenth of the whole: a nanosecond is no oracle. A machine that stalls often hides a
//! difference; it never invents one.

/// Fewer pairs say nothing.
pub(super) const FEWEST: usize = 40;
/// In standard deviations.
pub(super) const FAR: f64 = 5.0;
/// Smallest shift that counts, as a share of the whole.
pub(super) const SHARE: f64 = 0.1;

/// How two kinds of calls differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pace {
    /// Pairs.
    pub(super) pairs: usize,
    /// Standard deviations from no difference.
    pub(super) z: f64,
    /// Median of the differences, in seconds.
    pub(super) shift: f64,
    /// Median of the second kind, in seconds.
    pub(super) usual: f64,
}

impl Pace {
    /// Of pairs of seconds; nothing of too few.
    pub(super) fn of(pairs: &[(f64, f64)]) -> Option<Pace> {
        if pairs.len() < FEWEST {
            return None;
        }
        let mut differences: Vec<f64> = pairs.iter().map(|(a, b)| a - b).collect();
        let usual = median(&mut pairs.iter().map(|(_, b)| *b).collect::<Vec<_>>());
        let shift = median(&mut differences.clone());
        differences.retain(|difference| *difference != 0.0);
        differences.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
        Some(Pace {
            pairs: pairs.len(),
            z: signed_rank(&differences),
            shift,
            usual,
        })
    }

    /// Whether they can be told apart.
    pub(super) fn differs(&self) -> bool {
        self.z.abs() >= FAR && self.shift.abs() >= SHARE * self.usual
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred pairs")]
fn signed_rank(sorted: &[f64]) -> f64 {
    let n = sorted.len() as f64;
    let (mut above, mut ties) = (0.0, 0.0);
    let mut at = 0;
    while at < sorted.len() {
        let same = sorted[at..]
            .iter()
            .take_while(|d| d.abs().total_cmp(&sorted[at].abs()).is_eq())
            .count();
        let rank = at as f64 + f64::midpoint(same as f64, 1.0);
        above += rank * sorted[at..at + same].iter().filter(|d| **d > 0.0).count() as f64;
        ties += (same as f64).powi(3) - same as f64;
        at += same;
    }
    let variance = n * (n + 1.0) * (2.0 * n + 1.0) / 24.0 - ties / 48.0;
    if variance <= 0.0 {
        return 0.0;
    }
    (above - n * (n + 1.0) / 4.0) / variance.sqrt()
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "a few hundred pairs"
)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// How likely chance reaches the limit with that many pairs: of all ways to sign the ranks, the share that does.
    fn exactly(n: usize) -> f64 {
        let most = n * (n + 1) / 2;
        let mut ways = vec![0.0; most + 1];
        ways[0] = 1.0;
        for rank in 1..=n {
            for sum in (rank..=most).rev() {
                ways[sum] += ways[sum - rank];
            }
        }
        let (n, total) = (n as f64, 2_f64.powi(n as i32));
        let (mean, sd) = (
            n * (n + 1.0) / 4.0,
            (n * (n + 1.0) * (2.0 * n + 1.0) / 24.0).sqrt(),
        );
        let tail: f64 = (0..=most)
            .filter(|sum| (*sum as f64 - mean).abs() >= FAR * sd)
            .map(|sum| ways[sum])
            .sum();
        tail / total
    }

    #[test]
    fn chance_reaches_the_limit_less_than_once_in_a_million_checks() {
        for n in [FEWEST, 60, 100, 200] {
            let likely = exactly(n);
            assert!(likely > 0.0 && likely < 1e-6, "{n}: {likely}");
        }
    }

    /// Pseudo-random durations with the long tail of a busy machine.
    fn noise(seed: &mut u64, stalls: f64) -> f64 {
        *seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let share = (*seed >> 11) as f64 / (1_u64 << 53) as f64;
        0.000_3 + 0.000_2 * share + if share > 1.0 - stalls { 0.02 } else { 0.0 }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn alike_under_any_noise_is_never_told_apart(seed in any::<u64>(), n in FEWEST..120_usize) {
            let mut seed = seed;
            let pairs: Vec<(f64, f64)> = (0..n).map(|_| (noise(&mut seed, 0.05), noise(&mut seed, 0.05))).collect();
            let pace = Pace::of(&pairs).expect("enough pairs");
            prop_assert!(!pace.differs(), "{pace:?}");
        }

        /// Of sixty pairs four may stall on the quick side, wherever they are: their ranks take 234 of 1830, and five
        /// standard deviations are left.
        #[test]
        fn a_delay_is_told_apart_through_four_stalls(
            seed in any::<u64>(),
            stalls in proptest::sample::subsequence((0..60).collect::<Vec<_>>(), 0..=4),
        ) {
            let mut seed = seed;
            let mut pairs: Vec<(f64, f64)> =
                (0..60).map(|_| (noise(&mut seed, 0.0) + 0.003, noise(&mut seed, 0.0))).collect();
            for at in stalls {
                pairs[at].1 += 0.02;
            }
            prop_assert!(Pace::of(&pairs).expect("enough pairs").differs());
        }
    }

    #[test]
    fn too_few_pairs_and_equal_ones_say_nothing() {
        assert_eq!(Pace::of(&[(1.0, 2.0); FEWEST - 1]), None);
        assert!(!Pace::of(&[(1.0, 1.0); FEWEST]).expect("enough").differs());
        // Always one way round, but by next to nothing.
        assert!(!Pace::of(&[(1.001, 1.0); FEWEST]).expect("enough").differs());
    }
}
