//! When arrivals are due: a pure function of the plan. It is never `last + interval`, so what is late never moves
//! what comes after.
//!
//! Phases give the rate over time; its integral is the number of arrivals expected up to a moment. With [`Spacing::Even`]
//! arrival `i` is due when that number reaches `i`; with [`Spacing::Poisson`] when it reaches the sum of `i + 1`
//! exponential draws, which makes the arrivals a Poisson process of that rate.

mod dues;
mod phase;
mod share;

use std::time::Duration;

pub use dues::Dues;
pub use phase::{MAX_LENGTH, MAX_RATE, Phase};
pub use share::Share;

use super::figures::{draw, fraction, unit};
use phase::Leg;

/// How arrivals are spread within the rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spacing {
    /// As evenly as the rate allows.
    Even,
    /// At random, as independent callers come.
    Poisson {
        /// The same seed draws the same arrivals on every machine.
        seed: u64,
    },
}

/// Why there is no schedule.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScheduleError {
    /// No phases.
    #[error("no phase: nothing would ever be due")]
    Empty,
    /// A rate that is no rate.
    #[error("phase {phase}: a rate of {rate} per second is outside 0..{MAX_RATE}")]
    Rate {
        /// Counted from one.
        phase: usize,
        /// Per second.
        rate: f64,
    },
    /// Phases that never end, or end at once.
    #[error("phase {phase}: its length is outside 1 ms..24 h")]
    Length {
        /// Counted from one.
        phase: usize,
    },
    /// All rates are zero.
    #[error("the rate is never above zero")]
    Silent,
}

/// Room for rounding, in arrivals: what is due this close to the end of a phase is due after it.
const SLACK: f64 = 1e-6;

/// When each arrival is due, counted from the start.
#[derive(Debug, Clone)]
pub struct Schedule {
    legs: Vec<Leg>,
    spacing: Spacing,
}

impl Schedule {
    /// The phases one after another.
    pub fn new(phases: &[Phase], spacing: Spacing) -> Result<Self, ScheduleError> {
        let legs = phase::legs(phases)?;
        Ok(Self { legs, spacing })
    }

    /// One rate for some time.
    pub fn constant(rate: f64, length: Duration) -> Result<Self, ScheduleError> {
        Self::new(&[Phase::At { rate, length }], Spacing::Even)
    }

    /// From the start to the end of the last phase.
    pub fn length(&self) -> Duration {
        self.legs.last().map_or(Duration::ZERO, Leg::end)
    }

    /// How arrivals are spread.
    pub fn spacing(&self) -> Spacing {
        self.spacing
    }

    /// Rate per second at `at`; zero outside the schedule.
    pub fn rate(&self, at: Duration) -> f64 {
        self.legs
            .iter()
            .find(|leg| at < leg.end())
            .map_or(0.0, |leg| leg.rate(at))
    }

    /// The highest rate per second.
    pub fn peak(&self) -> f64 {
        self.legs.iter().map(Leg::peak).fold(0.0, f64::max)
    }

    /// How many arrivals are expected before `at`: the integral of the rate.
    pub fn expected(&self, at: Duration) -> f64 {
        let leg = self.legs.iter().find(|leg| at < leg.end()).or(self.legs.last());
        leg.map_or(0.0, |leg| leg.expected(at))
    }

    /// How many arrivals there are. With [`Spacing::Poisson`] all are drawn to know it.
    pub fn total(&self) -> u64 {
        match self.spacing {
            Spacing::Even => self.even_total(),
            Spacing::Poisson { .. } => whole(self.dues(Share::WHOLE).count()),
        }
    }

    fn even_total(&self) -> u64 {
        super::figures::count((self.full() - SLACK).ceil())
    }

    /// When arrival `index` is due; `None` after the last. With [`Spacing::Poisson`] all before it are drawn: whoever
    /// wants them in order takes [`Schedule::dues`].
    pub fn due(&self, index: u64) -> Option<Duration> {
        match self.spacing {
            Spacing::Even => self.when(fraction(index)),
            Spacing::Poisson { seed } => {
                let gaps = (0..=index).map(|i| gap(seed, i));
                self.when(gaps.sum())
            }
        }
    }

    /// The arrivals of a share, in order.
    pub fn dues(&self, share: Share) -> Dues {
        Dues::new(self.clone(), share)
    }

    /// When the expected number reaches `expected`.
    fn when(&self, expected: f64) -> Option<Duration> {
        if expected > self.full() - SLACK {
            return None;
        }
        let index = self.legs.partition_point(|leg| leg.full() <= expected);
        self.legs.get(index).map(|leg| leg.when(expected))
    }

    fn full(&self) -> f64 {
        self.legs.last().map_or(0.0, Leg::full)
    }
}

/// Arrivals expected between arrival `index` and the one before it: exponential with mean one.
fn gap(seed: u64, index: u64) -> f64 {
    -unit(draw(seed, index)).ln()
}

fn whole(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
