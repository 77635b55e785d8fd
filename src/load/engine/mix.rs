//! Which operation a call is of, as a function of its number: the same on every core and machine.

use crate::load::figures::draw;

/// Weighted operations.
#[derive(Debug, Clone)]
pub struct Mix {
    /// Sums of the weights up to and with each operation.
    sums: Vec<u64>,
    seed: u64,
}

impl Mix {
    /// Weights in the order of the operations; `None` where there is none above zero.
    pub fn new(weights: &[u32], seed: u64) -> Option<Self> {
        let mut sum = 0_u64;
        let sums: Vec<u64> = weights
            .iter()
            .map(|weight| {
                sum += u64::from(*weight);
                sum
            })
            .collect();
        (sum > 0).then_some(Self { sums, seed })
    }

    /// The operation of call `number`.
    pub fn operation(&self, number: u64) -> usize {
        let total = self.sums.last().copied().unwrap_or(1);
        // Weights are small beside 2^64: what the remainder favours is far below anything a run could show.
        let drawn = draw(self.seed, number) % total;
        self.sums.partition_point(|sum| *sum <= drawn)
    }

    /// Which of `many` a call draws beside that.
    pub fn among(&self, number: u64, many: usize) -> usize {
        let many = u64::try_from(many.max(1)).unwrap_or(u64::MAX);
        let drawn = draw(!self.seed, number) % many;
        usize::try_from(drawn).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_those_of_the_weights() {
        let mix = Mix::new(&[8, 0, 2, 1], 7).unwrap();
        let mut found = [0_u32; 4];
        for number in 0..110_000 {
            found[mix.operation(number)] += 1;
        }
        assert_eq!(found[1], 0);
        // Four standard deviations of a binomial share are below 600 here.
        for (count, wanted) in found.iter().zip([80_000_u32, 0, 20_000, 10_000]) {
            assert!(count.abs_diff(wanted) < 600, "{found:?}");
        }
    }

    #[test]
    fn operations_and_identities_are_drawn_apart() {
        let mix = Mix::new(&[1, 1], 7).unwrap();
        let together = (0..10_000)
            .filter(|n| mix.operation(*n) == mix.among(*n, 2))
            .count();
        assert!((4_700..5_300).contains(&together), "{together}");
        assert!(Mix::new(&[0, 0], 7).is_none() && Mix::new(&[], 7).is_none());
    }
}
