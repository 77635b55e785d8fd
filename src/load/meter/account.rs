//! The seconds of a run, added up.

use std::io;
use std::time::Duration;

use hdrhistogram::Histogram;

use super::{Counts, Hlog, Interval, Measure, Quantiles, encoded};

/// One second of the run, over all operations and cores.
#[derive(Debug, Clone, PartialEq)]
pub struct Second {
    /// When it began, counted from the start.
    pub from: Duration,
    /// The last one may be shorter.
    pub length: Duration,
    /// What became of the calls that ended in it.
    pub counts: Counts,
    /// Arrivals that were handed over in it.
    pub offered: u64,
    /// Response times of those that ended in it.
    pub response: Quantiles,
    /// Their mean, in microseconds.
    pub response_mean: f64,
    /// The same as a histogram, in the form of records.
    pub response_hdr: String,
    /// How late those were made that ended in it.
    pub pacer_lag: Quantiles,
    /// Share of their time that the cores were busy.
    pub busy: f64,
}

/// All that was seen.
#[derive(Debug)]
pub struct Account {
    /// The measured part.
    pub total: Interval,
    /// Second by second.
    pub seconds: Vec<Second>,
    log: Option<Hlog>,
}

impl Account {
    /// For so many operations.
    pub fn new(operations: usize, log: Option<Hlog>) -> Self {
        Self {
            total: Interval::new(operations),
            seconds: Vec::new(),
            log,
        }
    }

    /// Takes what all cores saw in the second that began at `from`.
    pub fn take(&mut self, from: Duration, length: Duration, seen: &Interval) -> &Second {
        self.total.add(seen);
        if let Some(log) = &mut self.log {
            log.write(seen, from, length);
        }
        let all = seen.overall();
        self.seconds.push(Second {
            from,
            length,
            offered: seen.offered,
            response: Quantiles::of(all.of(Measure::Response)),
            response_mean: mean(all.of(Measure::Response)),
            response_hdr: encoded(all.of(Measure::Response)),
            pacer_lag: Quantiles::of(all.of(Measure::PacerLag)),
            counts: all.counts,
            busy: seen.busy_share(),
        });
        &self.seconds[self.seconds.len() - 1]
    }

    /// Ends the log; what went wrong with it.
    pub fn end(&mut self) -> io::Result<()> {
        self.log.take().map_or(Ok(()), Hlog::end)
    }
}

/// Zero where there is nothing.
fn mean(histogram: &Histogram<u64>) -> f64 {
    if histogram.is_empty() {
        0.0
    } else {
        histogram.mean()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::load::meter::{Call, Class};

    fn one(class: Class) -> Interval {
        let (mut interval, now) = (Interval::new(1), Instant::now());
        interval.record(&Call {
            operation: 0,
            class,
            due: now,
            handed: now,
            sent: Some(now),
            first_event: None,
            ended: now + Duration::from_millis(2),
            bytes: 0,
        });
        interval
    }

    #[test]
    fn seconds_add_up_to_the_whole() {
        let (mut account, second) = (Account::new(1, None), Duration::from_secs(1));
        let first = account.take(Duration::ZERO, second, &one(Class::Ok));
        assert_eq!(
            (first.counts.total(), first.counts.errors(), first.response.count),
            (1, 0, 1)
        );
        let next = account.take(second, second, &one(Class::Server));
        assert_eq!((next.counts.errors(), next.response.count), (1, 0));
        account.end().unwrap();
        assert_eq!(account.total.overall().counts.total(), 2);
    }
}
