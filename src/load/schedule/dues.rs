//! Arrivals in order.

use std::time::Duration;

use super::{Schedule, Share, Spacing, gap};
use crate::load::figures::fraction;

/// The arrivals of one share, with their indices in the whole. Each is what [`Schedule::due`] says; only the sum of
/// the draws is carried from one to the next.
#[derive(Debug, Clone)]
pub struct Dues {
    schedule: Schedule,
    share: Share,
    next: u64,
    /// Sum of the draws before `drawn`.
    sum: f64,
    drawn: u64,
}

impl Dues {
    pub(super) fn new(schedule: Schedule, share: Share) -> Self {
        Self {
            schedule,
            share,
            next: share.first(),
            sum: 0.0,
            drawn: 0,
        }
    }

    fn expected(&mut self, index: u64) -> f64 {
        let Spacing::Poisson { seed } = self.schedule.spacing else {
            return fraction(index);
        };
        // Draws of other shares are made too: where an arrival falls depends on all before it.
        while self.drawn <= index {
            self.sum += gap(seed, self.drawn);
            self.drawn += 1;
        }
        self.sum
    }
}

impl Iterator for Dues {
    type Item = (u64, Duration);

    fn next(&mut self) -> Option<Self::Item> {
        let index = self.next;
        let expected = self.expected(index);
        let due = self.schedule.when(expected)?;
        self.next = index.checked_add(self.share.stride())?;
        Some((index, due))
    }
}
