//! The intervals of all cores, added up.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Counts, Hlog, Interval, Measure, Quantiles};

/// One second of the run, over all operations and cores.
#[derive(Debug, Clone, PartialEq)]
pub struct Second {
    /// Counted from the start.
    pub at: u32,
    /// What became of the calls that ended in it.
    pub counts: Counts,
    /// Arrivals that were due in it.
    pub offered: u64,
    /// Response times of those that ended in it.
    pub response: Quantiles,
    /// Of those sent in it, how late we were.
    pub pacer_lag: Quantiles,
    /// Share of their time that the cores were busy.
    pub busy: f64,
}

/// All that was seen.
#[derive(Debug)]
pub struct Account {
    cores: usize,
    /// The measured part.
    pub total: Interval,
    /// What was seen while warming up.
    pub warm: Counts,
    /// Second by second.
    pub seconds: Vec<Second>,
    open: BTreeMap<u32, (usize, Interval)>,
    log: Option<Hlog>,
}

impl Account {
    /// For so many operations on so many cores.
    pub fn new(operations: usize, cores: usize, log: Option<Hlog>) -> Self {
        Self {
            cores,
            total: Interval::new(operations),
            warm: Counts::default(),
            seconds: Vec::new(),
            open: BTreeMap::new(),
            log,
        }
    }

    /// Takes what one core saw in second `at`. The second that became complete with it.
    pub fn take(&mut self, at: u32, interval: &Interval) -> Option<&Second> {
        let operations = self.total.operations.len();
        let (come, merged) = self
            .open
            .entry(at)
            .or_insert_with(|| (0, Interval::new(operations)));
        merged.add(interval);
        *come += 1;
        if *come < self.cores {
            return None;
        }
        let (_, merged) = self.open.remove(&at)?;
        self.close(at, &merged);
        self.seconds.last()
    }

    fn close(&mut self, at: u32, merged: &Interval) {
        self.total.add(merged);
        let second = Duration::from_secs(1);
        if let Some(log) = &mut self.log {
            log.write(merged, second * at, second);
        }
        let all = merged.overall();
        let busy = merged.busy.as_secs_f64() / merged.length.as_secs_f64().max(f64::EPSILON);
        self.seconds.push(Second {
            at,
            offered: merged.offered,
            response: Quantiles::of(all.of(Measure::Response)),
            pacer_lag: Quantiles::of(all.of(Measure::PacerLag)),
            counts: all.counts,
            busy,
        });
    }

    /// Ends the account: seconds that not every core saw are closed as they are. What went wrong with the log.
    pub fn end(&mut self) -> std::io::Result<()> {
        while let Some((at, (_, merged))) = self.open.pop_first() {
            self.close(at, &merged);
        }
        self.log.take().map_or(Ok(()), Hlog::end)
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
    fn a_second_is_complete_when_every_core_has_told_its_part() {
        let mut account = Account::new(1, 2, None);
        assert!(account.take(0, &one(Class::Ok)).is_none());
        assert!(account.take(1, &one(Class::Ok)).is_none());
        let second = account.take(0, &one(Class::Server)).unwrap();
        assert_eq!((second.at, second.counts.total(), second.counts.errors()), (0, 2, 1));
        account.end().unwrap();
        assert_eq!(account.seconds.len(), 2);
        assert_eq!(account.total.overall().counts.total(), 3);
    }
}
