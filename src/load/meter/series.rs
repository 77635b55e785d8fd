//! The histograms of one operation.

use std::time::Duration;

use hdrhistogram::Histogram;

use super::{Class, Counts};
use crate::load::figures::micros;

/// The longest time that is told apart, in microseconds: one hour. What took longer is recorded as this.
pub const LONGEST: u64 = 3_600_000_000;

const DIGITS: u8 = 3;

/// What a histogram is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Due → last byte, or the event that answers. Calls that succeeded or were given up.
    Response,
    /// First byte written → last byte, or the event that answers. The same calls.
    Service,
    /// Handed over → a connection was free. Every call that was sent.
    Backlog,
    /// Due → handed over. Every call that was sent.
    PacerLag,
    /// First byte written → first event, where the answer came as a stream.
    FirstEvent,
    /// Due → end of the calls that are not among the response times.
    Failed,
    /// TCP handshake.
    Connect,
    /// TLS handshake.
    Tls,
}

impl Measure {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Response,
        Self::Service,
        Self::Backlog,
        Self::PacerLag,
        Self::FirstEvent,
        Self::Failed,
        Self::Connect,
        Self::Tls,
    ];

    /// The word in records, tags and thresholds.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Response => "response",
            Self::Service => "service",
            Self::Backlog => "backlog",
            Self::PacerLag => "pacer_lag",
            Self::FirstEvent => "first_event",
            Self::Failed => "failed",
            Self::Connect => "connect",
            Self::Tls => "tls",
        }
    }

    const fn index(self) -> usize {
        self as usize
    }
}

/// A histogram for each [`Measure`], and the counts. They begin small and grow with what they hold.
#[derive(Debug, Clone)]
pub struct Series {
    histograms: Vec<Histogram<u64>>,
    /// What became of the calls.
    pub counts: Counts,
    /// Bytes of answers, heads included.
    pub bytes: u64,
}

impl Default for Series {
    fn default() -> Self {
        Self {
            histograms: Measure::ALL.iter().map(|_| empty()).collect(),
            counts: Counts::default(),
            bytes: 0,
        }
    }
}

#[expect(
    clippy::expect_used,
    reason = "constant bounds that the library accepts; a test makes one"
)]
fn empty() -> Histogram<u64> {
    let mut histogram = Histogram::new_with_bounds(1, 2, DIGITS).expect("valid bounds");
    histogram.auto(true);
    histogram
}

impl Series {
    /// Records a time. What is below a microsecond is one.
    pub fn record(&mut self, measure: Measure, time: Duration) {
        let value = micros(time).clamp(1, LONGEST);
        // Growth fails only beyond the address space, and `LONGEST` bounds it far below.
        let _ = self.histograms[measure.index()].record(value);
    }

    /// The histogram.
    pub fn of(&self, measure: Measure) -> &Histogram<u64> {
        &self.histograms[measure.index()]
    }

    /// Adds another one. Bucket by bucket, so nothing is lost.
    pub fn add(&mut self, other: &Self) {
        for (mine, more) in self.histograms.iter_mut().zip(&other.histograms) {
            // As in `record`.
            let _ = mine.add(more);
        }
        self.counts.add(&other.counts);
        self.bytes += other.bytes;
    }

    /// Back to nothing; the memory is kept.
    pub fn clear(&mut self) {
        self.histograms
            .iter_mut()
            .filter(|h| !h.is_empty())
            .for_each(Histogram::reset);
        self.counts.clear();
        self.bytes = 0;
    }

    /// Where a call's times go.
    pub(super) fn ended(&mut self, class: Class) -> Option<Measure> {
        self.counts.note(class);
        match class {
            Class::Dropped | Class::Unfinished => None,
            class if class.is_timed() => Some(Measure::Response),
            _ => Some(Measure::Failed),
        }
    }
}

/// The figures of a report, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quantiles {
    /// How many values.
    pub count: u64,
    /// Median.
    pub p50: u64,
    /// 90 of 100 are not above it.
    pub p90: u64,
    /// 99 of 100.
    pub p99: u64,
    /// 999 of 1000.
    pub p999: u64,
    /// The largest.
    pub max: u64,
}

impl Quantiles {
    /// Of a histogram; all zero where it is empty.
    pub fn of(histogram: &Histogram<u64>) -> Self {
        let [p50, p90, p99, p999] = [0.5, 0.9, 0.99, 0.999].map(|q| histogram.value_at_quantile(q));
        Self {
            count: histogram.len(),
            p50,
            p90,
            p99,
            p999,
            max: histogram.max(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(times: &[u64]) -> Series {
        let mut series = Series::default();
        for time in times {
            series.record(Measure::Response, Duration::from_micros(*time));
        }
        series
    }

    #[test]
    fn the_ends_of_the_range() {
        let series = of(&[0, LONGEST, LONGEST * 3]);
        let histogram = series.of(Measure::Response);
        assert_eq!((histogram.len(), histogram.min()), (3, 1));
        assert!(histogram.equivalent(histogram.max(), LONGEST));
    }

    fn times() -> impl Strategy<Value = Vec<u64>> {
        let time = prop_oneof![0_u64..5_000, 0..LONGEST, Just(LONGEST)];
        prop::collection::vec(time, 0..200)
    }

    proptest! {
        #[test]
        fn three_digits_are_kept(time in 1_u64..LONGEST) {
            let seen = of(&[time]).of(Measure::Response).value_at_quantile(0.5);
            prop_assert!(seen >= time && seen - time <= time / 1_000, "{time} became {seen}");
        }

        #[test]
        fn a_merge_equals_the_whole(parts in prop::collection::vec(times(), 1..5)) {
            let mut merged = Series::default();
            for part in &parts {
                merged.add(&of(part));
            }
            let whole = of(&parts.concat());
            let (merged, whole) = (merged.of(Measure::Response), whole.of(Measure::Response));
            prop_assert_eq!(Quantiles::of(merged), Quantiles::of(whole));
            let pairs = |h: &Histogram<u64>| -> Vec<(u64, u64)> {
                h.iter_recorded().map(|v| (v.value_iterated_to(), v.count_at_value())).collect()
            };
            prop_assert_eq!(pairs(merged), pairs(whole));
        }

        #[test]
        fn cleared_is_as_new(first in times(), second in times()) {
            let mut series = of(&first);
            series.clear();
            series.add(&of(&second));
            prop_assert_eq!(Quantiles::of(series.of(Measure::Response)), Quantiles::of(of(&second).of(Measure::Response)));
        }
    }
}
