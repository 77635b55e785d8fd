//! What one core saw in one second.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::{Class, Counts, Measure, Series};

/// A call that ended.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// Which operation, by its place in the plan.
    pub operation: usize,
    /// What became of it.
    pub class: Class,
    /// When it was due.
    pub due: Instant,
    /// When it was handed over: to a connection, or to the backlog.
    pub handed: Instant,
    /// When a connection was free for it and its first byte was written; `None`: it was never sent.
    pub sent: Option<Instant>,
    /// When the first event of its stream came.
    pub first_event: Option<Instant>,
    /// When it ended.
    pub ended: Instant,
    /// Bytes of the answer.
    pub bytes: u64,
}

/// What one core saw in one second, or what all saw in all.
#[derive(Debug, Clone, Default)]
pub struct Interval {
    /// By operation.
    pub operations: Vec<Series>,
    /// Of connections, which belong to no operation: [`Measure::Connect`] and [`Measure::Tls`].
    pub connections: Series,
    /// Connections opened.
    pub opened: u64,
    /// Arrivals that were due in it and handed over or dropped.
    pub offered: u64,
    /// Calls sent.
    pub sent: u64,
    /// Processor time of the core's thread, without the spinning that exact pacing asks for.
    pub busy: Duration,
    /// Calls that were due while warming up. They are in nothing else.
    pub warm: Counts,
    /// What went wrong first, by class.
    pub troubles: BTreeMap<Class, String>,
    /// Wall time it covers; with several cores the sum of theirs.
    pub length: Duration,
}

impl Interval {
    /// For so many operations.
    pub fn new(operations: usize) -> Self {
        Self {
            operations: (0..operations).map(|_| Series::default()).collect(),
            ..Self::default()
        }
    }

    /// Takes a call into the account.
    pub fn record(&mut self, call: &Call) {
        let Some(series) = self.operations.get_mut(call.operation) else {
            return;
        };
        let place = series.ended(call.class);
        series.bytes += call.bytes;
        if let Some(measure) = place {
            series.record(measure, call.ended.saturating_duration_since(call.due));
        }
        let Some(sent) = call.sent else { return };
        self.sent += 1;
        series.record(Measure::PacerLag, call.handed.saturating_duration_since(call.due));
        series.record(Measure::Backlog, sent.saturating_duration_since(call.handed));
        if place == Some(Measure::Response) {
            series.record(Measure::Service, call.ended.saturating_duration_since(sent));
        }
        if let Some(event) = call.first_event {
            series.record(Measure::FirstEvent, event.saturating_duration_since(sent));
        }
    }

    /// Adds another one of the same plan.
    pub fn add(&mut self, other: &Self) {
        for (mine, more) in self.operations.iter_mut().zip(&other.operations) {
            mine.add(more);
        }
        self.connections.add(&other.connections);
        self.opened += other.opened;
        self.offered += other.offered;
        self.sent += other.sent;
        self.busy += other.busy;
        self.warm.add(&other.warm);
        for (class, why) in &other.troubles {
            self.troubles.entry(*class).or_insert_with(|| why.clone());
        }
        self.length += other.length;
    }

    /// Back to nothing; the memory is kept.
    pub fn clear(&mut self) {
        self.operations.iter_mut().for_each(Series::clear);
        self.connections.clear();
        self.warm.clear();
        self.troubles.clear();
        (self.opened, self.offered, self.sent) = (0, 0, 0);
        (self.busy, self.length) = (Duration::ZERO, Duration::ZERO);
    }

    /// Share of their time that the cores were busy.
    pub fn busy_share(&self) -> f64 {
        if self.length.is_zero() {
            return 0.0;
        }
        self.busy.as_secs_f64() / self.length.as_secs_f64()
    }

    /// All operations together.
    pub fn overall(&self) -> Series {
        let mut all = Series::default();
        for series in &self.operations {
            all.add(series);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(class: Class, sent: bool) -> Call {
        let due = Instant::now();
        let after = |millis| due + Duration::from_millis(millis);
        Call {
            operation: 0,
            class,
            due,
            handed: after(1),
            sent: sent.then(|| after(3)),
            first_event: Some(after(5)),
            ended: after(10),
            bytes: 7,
        }
    }

    fn counts(calls: &[Call]) -> Vec<u64> {
        let mut interval = Interval::new(1);
        for call in calls {
            interval.record(call);
        }
        let series = &interval.operations[0];
        Measure::ALL.iter().map(|m| series.of(*m).len()).collect()
    }

    #[test]
    fn the_parts_add_up() {
        let mut interval = Interval::new(1);
        interval.record(&call(Class::Ok, true));
        let max = |measure| interval.operations[0].of(measure).max();
        assert!(max(Measure::PacerLag).abs_diff(1_000) <= 1);
        assert!(max(Measure::Backlog).abs_diff(2_000) <= 2);
        assert!(max(Measure::Response).abs_diff(10_000) <= 10);
        assert!(max(Measure::Service).abs_diff(7_000) <= 7);
        assert!(max(Measure::FirstEvent).abs_diff(2_000) <= 2);
    }

    /// Response, service, backlog, pacer lag, first event, failed.
    #[test]
    fn refusals_stay_out_of_the_response_times_and_time_outs_do_not() {
        assert_eq!(counts(&[call(Class::Ok, true)])[..6], [1, 1, 1, 1, 1, 0]);
        assert_eq!(counts(&[call(Class::Timeout, true)])[..6], [1, 1, 1, 1, 1, 0]);
        assert_eq!(counts(&[call(Class::TooMany, true)])[..6], [0, 0, 1, 1, 1, 1]);
        assert_eq!(counts(&[call(Class::Refused, false)])[..6], [0, 0, 0, 0, 0, 1]);
        assert_eq!(counts(&[call(Class::Dropped, false)])[..6], [0, 0, 0, 0, 0, 0]);
        assert_eq!(counts(&[call(Class::Unfinished, true)])[..6], [0, 0, 1, 1, 1, 0]);
    }
}
