//! How much of a difference between two runs is their own noise.
//!
//! Method. A figure of all operations: the measured seconds of a run are put into at most twenty blocks of equal
//! length, the figure is taken again and again with one of the blocks left out, and from the spread of what comes its
//! standard error is estimated (the jackknife, Quenouille and Tukey). Neighbouring seconds resemble each other; blocks
//! of several seconds carry that into the spread instead of hiding it, and an incident counts for those figures alone
//! that depend on it. A figure of one operation, of which the record has no seconds: half the distance between the
//! values three standard deviations of the rank below and above (the rank of a quantile `q` among `n` values has the
//! variance `n q (1 - q)`). That takes the calls for independent, which calls of one bad second are not, so it is never
//! taken for smaller, in proportion, than that of all operations. A difference exceeds the noise of both runs when it is larger than three times the root of the sum of their squared errors.
//!
//! What differs between runs and not within one, such as another machine or a neighbour on it, is in neither.

use super::figures::{fraction, share};
use crate::record::{Distribution, Load, Second, sum};

/// Most blocks, and fewest of which something can be said.
const BLOCKS: usize = 20;
const FEWEST: usize = 5;
/// How many standard errors a difference must exceed. Many figures are compared at once, so two would cry wolf.
const SIGMAS: f64 = 3.0;

/// A figure that is compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Figure {
    /// A quantile of the response times, 0 to 1.
    Quantile(f64),
    /// Calls answered as asked, per second.
    Rate,
    /// Share of the calls that were errors.
    Errors,
}

/// The noise of the difference between two runs; `None` where either has too little to say.
pub(crate) fn of_all(before: &Load, after: &Load, figure: Figure) -> Option<f64> {
    Some(both(by_blocks(before, figure)?, by_blocks(after, figure)?))
}

/// The same of one operation's response times; `of_all` is the noise of all operations as a share of their figure.
pub(crate) fn of_one(
    before: &Distribution,
    after: &Distribution,
    quantile: f64,
    of_all: Option<f64>,
) -> Option<f64> {
    let by_rank = both(by_rank(before, quantile)?, by_rank(after, quantile)?);
    let least = of_all
        .zip(kept(before, quantile))
        .map(|(share, value)| share * value);
    Some(by_rank.max(least.unwrap_or_default()))
}

fn both(one: f64, other: f64) -> f64 {
    SIGMAS * one.hypot(other)
}

/// Standard error of a figure within a run.
fn by_blocks(load: &Load, figure: Figure) -> Option<f64> {
    let measured: Vec<&Second> = load
        .seconds
        .iter()
        .filter(|second| second.at_ms >= load.warm_up_ms && second.length_ms >= 500)
        .collect();
    let length = measured.len().div_ceil(BLOCKS).max(1);
    let blocks: Vec<&[&Second]> = measured.chunks_exact(length).collect();
    match figure {
        Figure::Rate => jackknife(&ratios(&blocks, |second| {
            (second.counts.of("ok") * 1_000, second.length_ms)
        })),
        Figure::Errors => jackknife(&ratios(&blocks, |second| {
            (second.counts.errors(), second.counts.total())
        })),
        Figure::Quantile(q) => jackknife(&quantiles(&blocks, q)?),
    }
}

/// From the figure without each of the blocks.
fn jackknife(without: &[f64]) -> Option<f64> {
    if without.len() < FEWEST {
        return None;
    }
    let n = fraction(without.len() as u64);
    let mean = without.iter().sum::<f64>() / n;
    let squares: f64 = without.iter().map(|value| (value - mean).powi(2)).sum();
    Some((squares * (n - 1.0) / n).sqrt())
}

/// Part and whole of all blocks but one.
fn ratios(blocks: &[&[&Second]], of: impl Fn(&Second) -> (u64, u64)) -> Vec<f64> {
    let add = |sum: (u64, u64), one: (u64, u64)| (sum.0 + one.0, sum.1 + one.1);
    let each: Vec<(u64, u64)> = blocks
        .iter()
        .map(|block| block.iter().map(|second| of(second)).fold((0, 0), add))
        .collect();
    let all = each.iter().copied().fold((0, 0), add);
    each.iter()
        .map(|one| share(all.0 - one.0, all.1 - one.1))
        .collect()
}

/// From the summed histograms; where a record has none, the mean of what its seconds kept.
fn quantiles(blocks: &[&[&Second]], q: f64) -> Option<Vec<f64>> {
    let responses = |block: &[&Second]| -> Vec<Distribution> {
        let some = block.iter().filter(|second| second.response.count > 0);
        some.map(|second| second.response.clone()).collect()
    };
    let blocks: Vec<Vec<Distribution>> = blocks
        .iter()
        .map(|block| responses(block))
        .filter(|block| !block.is_empty())
        .collect();
    let summed: Option<Vec<_>> = blocks
        .iter()
        .map(|block| {
            let histograms: Result<Vec<_>, _> = block.iter().map(Distribution::histogram).collect();
            sum(histograms.ok()?.iter())
        })
        .collect();
    let others = |left: usize| (0..blocks.len()).filter(move |place| *place != left);
    let without = |left: usize| match &summed {
        Some(summed) => {
            let whole = sum(others(left).map(|place| &summed[place]))?;
            Some(fraction(whole.value_at_quantile(q)))
        }
        None => mean(
            others(left)
                .flat_map(|place| &blocks[place])
                .map(|one| kept(one, q)),
        ),
    };
    (0..blocks.len()).map(without).collect()
}

fn mean(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let values: Vec<f64> = values.collect::<Option<_>>()?;
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / fraction(values.len() as u64))
}

/// A quantile that is among the figures of a record.
#[expect(clippy::float_cmp, reason = "the quantiles are the same constants everywhere")]
pub(crate) fn kept(distribution: &Distribution, q: f64) -> Option<f64> {
    let kept = [
        (0.5, distribution.p50),
        (0.9, distribution.p90),
        (0.99, distribution.p99),
        (0.999, distribution.p999),
    ];
    kept.into_iter()
        .find(|(known, _)| *known == q)
        .map(|(_, value)| fraction(value))
}

/// Standard error of a quantile by the spread of its rank; `None` where so few values are above it that its upper
/// end would be the largest value.
fn by_rank(distribution: &Distribution, q: f64) -> Option<f64> {
    let histogram = distribution.histogram().ok()?;
    let n = fraction(histogram.len());
    let spread = SIGMAS * (q * (1.0 - q) / n).sqrt();
    if histogram.is_empty() || q + spread >= 1.0 || q - spread <= 0.0 {
        return None;
    }
    let (low, high) = (
        histogram.value_at_quantile(q - spread),
        histogram.value_at_quantile(q + spread),
    );
    Some(fraction(high - low) / 2.0 / SIGMAS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn exceeds(before: &Load, after: &Load, figure: Figure) -> bool {
        let of = |load: &Load| match figure {
            Figure::Quantile(q) => kept(&load.overall.response, q).unwrap(),
            Figure::Rate => load.rate,
            Figure::Errors => share(load.overall.counts.errors(), load.overall.counts.total()),
        };
        (of(after) - of(before)).abs() > of_all(before, after, figure).unwrap()
    }

    /// Twenty pairs of runs that differ in nothing but chance, and as many in which the later one is a tenth slower.
    #[test]
    fn chance_is_noise_and_a_tenth_is_not() {
        let figures = [0.5, 0.9, 0.99].map(Figure::Quantile);
        let (mut false_alarms, mut missed) = (0, 0);
        for seed in 0..20 {
            let (one, other) = (testing::load(seed, 100), testing::load(seed + 1_000, 100));
            let slower = testing::load(seed + 1_000, 110);
            let all = figures.into_iter().chain([Figure::Rate, Figure::Errors]);
            false_alarms += all.filter(|figure| exceeds(&one, &other, *figure)).count();
            missed += usize::from(!exceeds(&one, &slower, figures[0]));
        }
        assert!(false_alarms <= 2, "{false_alarms} of 100");
        assert_eq!(missed, 0);
    }

    #[test]
    fn without_seconds_nothing_is_said() {
        let mut load = testing::load(1, 100);
        load.seconds.truncate(8);
        assert_eq!(of_all(&load, &load, Figure::Quantile(0.5)), None);
        let few = testing::load(1, 100).revocation.unwrap();
        assert_eq!(of_one(&few, &few, 0.5, None), None);
        assert_eq!(of_one(&few, &few, 0.99, None), None);
    }

    #[test]
    fn operations_are_told_apart_by_rank() {
        let of = |seed, slower| testing::load(seed, slower).operations.remove(0).response;
        let (one, other, slower) = (of(1, 100), of(2, 100), of(2, 120));
        let noise = of_one(&one, &other, 0.5, None).unwrap();
        let apart = |a: &Distribution, b: &Distribution| fraction(a.p50.abs_diff(b.p50));
        assert!(apart(&one, &other) < noise, "{} {noise}", apart(&one, &other));
        assert!(apart(&one, &slower) > of_one(&one, &slower, 0.5, None).unwrap());
        let as_all = of_one(&one, &other, 0.5, Some(0.5)).unwrap();
        assert!((as_all - 0.5 * fraction(one.p50)).abs() < 1.0, "{as_all}");
    }
}
