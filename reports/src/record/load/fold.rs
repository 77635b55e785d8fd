//! The events of a load run made one again.

use super::{Counts, Distribution, Load, Second, sum};
use std::collections::BTreeMap;

/// What was seen of a load run so far.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Seen {
    told: Option<Load>,
    seconds: BTreeMap<u64, Second>,
}

impl Seen {
    /// A second that went by. A second of the same time is a correction.
    pub(in super::super) fn second(&mut self, second: Second) {
        self.seconds.insert(second.at_ms, second);
    }

    /// The run as it tells itself: the plan at its beginning, everything at its end. Seconds that it does not repeat
    /// are those that were seen.
    pub(in super::super) fn told(&mut self, mut load: Load) {
        for second in std::mem::take(&mut load.seconds) {
            self.second(second);
        }
        let ended = self
            .told
            .as_ref()
            .is_some_and(|told| !told.overall.counts.is_empty());
        if !ended || !load.overall.counts.is_empty() {
            self.told = Some(load);
        }
    }

    /// The run; `None` when nothing of any was seen. Of one that was killed, the sums are those of its seconds.
    pub(in super::super) fn load(&self) -> Option<Load> {
        if self.told.is_none() && self.seconds.is_empty() {
            return None;
        }
        let mut load = self.told.clone().unwrap_or_default();
        load.seconds = self.seconds.values().cloned().collect();
        if load.overall.counts.is_empty() && load.asked == 0 {
            so_far(&mut load);
        }
        Some(load)
    }
}

/// Sums over the seconds after the warm-up. Whether the generator kept up is judged at the end, which never came.
fn so_far(load: &mut Load) {
    load.valid = false;
    let from = load.warm_up_ms;
    let measured = || load.seconds.iter().filter(|second| second.at_ms >= from);
    let mut counts = Counts::default();
    measured().for_each(|second| counts.add(&second.counts));
    let ms: u64 = measured().map(|second| second.length_ms).sum();
    load.asked = measured().map(|second| second.offered).sum();
    load.achieved = counts.answered();
    load.dropped = counts.of("dropped");
    // Calls under way when the run was killed were sent as well; how many, nobody knows any more.
    load.sent = counts.total() - load.dropped;
    load.rate = per_second(counts.of("ok"), ms);
    load.overall.counts = counts;
    let histograms: Result<Vec<_>, _> = measured().map(|second| second.response.histogram()).collect();
    if let Some(whole) = histograms.ok().as_deref().and_then(|all| sum(all.iter())) {
        load.overall.response = Distribution::of(&whole);
    }
}

/// Zero where no time went by.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of calls and milliseconds stay below 2^53"
)]
fn per_second(n: u64, ms: u64) -> f64 {
    if ms == 0 {
        0.0
    } else {
        n as f64 * 1_000.0 / ms as f64
    }
}

#[cfg(test)]
mod tests {
    use crate::record::{Event, Load, Record, Second};
    use crate::testing;

    fn second(at_ms: u64, ok: u64, late: u64) -> Second {
        Second {
            at_ms,
            length_ms: 1_000,
            offered: ok + late,
            counts: [("ok", ok), ("timeout", late)].into_iter().collect(),
            ..Second::default()
        }
    }

    fn seconds() -> Vec<Second> {
        vec![second(0, 0, 0), second(1_000, 40, 2), second(2_000, 50, 0)]
    }

    fn head() -> Load {
        Load {
            profile: "gate".to_owned(),
            // Nothing speaks against it yet.
            valid: true,
            warm_up_ms: 1_000,
            ..Load::default()
        }
    }

    /// A run that wrote so many of its events and was killed inside the next line.
    fn killed(events: &[Event]) -> Record {
        let mut lines = testing::record().events()[0].to_line().unwrap();
        for event in events {
            lines.extend(event.to_line().unwrap());
        }
        let next = Event::LoadSecond(second(3_000, 1, 1)).to_line().unwrap();
        lines.extend(&next[..next.len() / 2]);
        Record::from_events(&lines[..]).unwrap()
    }

    #[test]
    fn a_killed_run_keeps_its_seconds_and_says_so() {
        let mut events = vec![Event::Load(Box::new(head()))];
        events.extend(seconds().into_iter().map(Event::LoadSecond));
        let record = killed(&events);
        let load = record.load.clone().unwrap();
        assert!(!record.complete && !load.valid);
        assert_eq!((load.profile.as_str(), &load.seconds), ("gate", &seconds()));
        assert_eq!(
            (load.asked, load.sent, load.achieved, load.dropped),
            (92, 92, 90, 0)
        );
        assert!((load.rate - 45.0).abs() < 1e-9, "{}", load.rate);
        assert_eq!(load.overall.counts.of("timeout"), 2);
    }

    #[test]
    fn without_a_beginning_the_seconds_are_still_there() {
        let events: Vec<Event> = seconds().into_iter().map(Event::LoadSecond).collect();
        let load = killed(&events).load.unwrap();
        assert_eq!((load.asked, load.seconds.len()), (92, 3));
        assert_eq!(killed(&[]).load, None);
    }

    #[test]
    fn the_end_counts_whatever_came_between() {
        let mut whole = head();
        (whole.valid, whole.asked, whole.achieved) = (true, 93, 91);
        whole.overall.counts = [("ok", 91), ("unfinished", 2)].into_iter().collect();
        let mut events: Vec<Event> = seconds().into_iter().map(Event::LoadSecond).collect();
        events.push(Event::Load(Box::new(whole.clone())));
        events.push(Event::Load(Box::new(head())));
        let load = killed(&events).load.unwrap();
        whole.seconds = seconds();
        assert_eq!(load, whole);
        let mut record = testing::record();
        record.load = Some(whole);
        let mut lines = Vec::new();
        for event in record.events() {
            lines.extend(event.to_line().unwrap());
        }
        assert_eq!(Record::from_events(&lines[..]).unwrap(), record);
    }
}
