//! A stretch of time in which the rate is constant or changes evenly, and its integral both ways.

use std::time::Duration;

use super::ScheduleError;

/// The highest rate a phase can have, per second. Above it a single machine offers nothing anyway.
pub const MAX_RATE: f64 = 1_000_000.0;

/// The longest a phase can be.
pub const MAX_LENGTH: Duration = Duration::from_hours(24);

/// What an author writes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Phase {
    /// One rate throughout.
    At {
        /// Per second.
        rate: f64,
        /// For how long.
        length: Duration,
    },
    /// From the rate of the phase before it (zero for the first), evenly to this one.
    To {
        /// Per second, at the end.
        rate: f64,
        /// For how long.
        length: Duration,
    },
}

impl Phase {
    fn parts(self) -> (f64, Duration) {
        match self {
            Self::At { rate, length } | Self::To { rate, length } => (rate, length),
        }
    }
}

/// A phase in its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leg {
    /// Seconds from the start of the schedule.
    begin: f64,
    seconds: f64,
    from: f64,
    to: f64,
    /// Arrivals expected before it.
    before: f64,
    end: Duration,
}

/// Places phases one after another.
pub(super) fn legs(phases: &[Phase]) -> Result<Vec<Leg>, ScheduleError> {
    let mut legs: Vec<Leg> = Vec::with_capacity(phases.len());
    for (index, phase) in phases.iter().enumerate() {
        let (rate, length) = phase.parts();
        if !(0.0..=MAX_RATE).contains(&rate) {
            return Err(ScheduleError::Rate {
                phase: index + 1,
                rate,
            });
        }
        if !(Duration::from_millis(1)..=MAX_LENGTH).contains(&length) {
            return Err(ScheduleError::Length { phase: index + 1 });
        }
        let last = legs.last();
        let start = last.map_or(Duration::ZERO, Leg::end);
        legs.push(Leg {
            begin: start.as_secs_f64(),
            seconds: length.as_secs_f64(),
            from: match phase {
                Phase::At { rate, .. } => *rate,
                Phase::To { .. } => last.map_or(0.0, |leg| leg.to),
            },
            to: rate,
            before: last.map_or(0.0, Leg::full),
            end: start + length,
        });
    }
    match legs.last() {
        None => Err(ScheduleError::Empty),
        Some(last) if last.full() <= 0.0 => Err(ScheduleError::Silent),
        Some(_) => Ok(legs),
    }
}

impl Leg {
    pub(super) fn end(&self) -> Duration {
        self.end
    }

    pub(super) fn peak(&self) -> f64 {
        self.from.max(self.to)
    }

    /// Rate gained each second.
    fn slope(&self) -> f64 {
        (self.to - self.from) / self.seconds
    }

    fn inside(&self, at: Duration) -> f64 {
        (at.as_secs_f64() - self.begin).clamp(0.0, self.seconds)
    }

    pub(super) fn rate(&self, at: Duration) -> f64 {
        self.from + self.slope() * self.inside(at)
    }

    /// Arrivals expected from the start of the schedule to `at`.
    pub(super) fn expected(&self, at: Duration) -> f64 {
        let t = self.inside(at);
        self.before + t * (self.from + self.slope() * t / 2.0)
    }

    /// Arrivals expected up to its end.
    pub(super) fn full(&self) -> f64 {
        self.before + self.seconds * (self.from + self.to) / 2.0
    }

    /// The inverse of [`Leg::expected`]. The root is taken in the form that loses no digits where the slope is small
    /// or negative, and is plain division where it is zero.
    pub(super) fn when(&self, expected: f64) -> Duration {
        let wanted = (expected - self.before).max(0.0);
        if wanted == 0.0 {
            return Duration::from_secs_f64(self.begin);
        }
        let under = (self.from * self.from + 2.0 * self.slope() * wanted).max(0.0);
        let t = 2.0 * wanted / (self.from + under.sqrt());
        Duration::from_secs_f64(self.begin + t.clamp(0.0, self.seconds))
    }
}
