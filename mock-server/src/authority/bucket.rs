//! Rate buckets: several windows at once, the tightest one speaks. A window slides: it holds the moments of what it let
//! through, and lets one more through when the oldest has left.

use std::collections::{BTreeMap, VecDeque};

use crate::world::Limits;

/// Counters by bucket name.
#[derive(Debug, Default)]
pub(crate) struct Buckets {
    used: BTreeMap<String, Vec<VecDeque<i64>>>,
}

/// How a bucket counts; the healthy way is `default()`.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counting {
    /// Windows start with their first request and end all at once.
    pub(crate) fixed: bool,
    /// A refused request makes everybody wait a whole window again.
    pub(crate) slides: bool,
}

/// Where the tightest window stands after a request. Times are Unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) limited: bool,
    pub(crate) avail: u32,
    pub(crate) max: u32,
    /// Length of the window in seconds.
    pub(crate) window: u32,
    pub(crate) resets_at: i64,
}

impl Buckets {
    /// Counts requests that came together. Refused ones are not counted, so that waiting until the reset is always
    /// enough.
    pub(crate) fn take(
        &mut self,
        bucket: &str,
        limits: &Limits,
        cost: u32,
        counting: Counting,
        now: i64,
    ) -> Option<Standing> {
        let standing = self.look(bucket, limits, cost, counting, now)?;
        if !standing.limited {
            return self.add(bucket, limits, cost, now);
        }
        if counting.slides {
            for moments in self.used.get_mut(bucket).into_iter().flatten() {
                for moment in moments.iter_mut() {
                    *moment = now;
                }
            }
        }
        Some(standing)
    }

    /// Where a request would stand; `avail` is without it.
    pub(crate) fn look(
        &mut self,
        bucket: &str,
        limits: &Limits,
        cost: u32,
        counting: Counting,
        now: i64,
    ) -> Option<Standing> {
        let used = self.used.entry(bucket.to_owned()).or_default();
        used.resize(limits.windows.len(), VecDeque::new());
        for (moments, window) in used.iter_mut().zip(&limits.windows) {
            forget(moments, length(window.seconds), counting, now);
        }
        let standings = used.iter().zip(&limits.windows).map(|(moments, window)| {
            let count = u32::try_from(moments.len()).unwrap_or(u32::MAX);
            let over = count.saturating_add(cost).saturating_sub(window.max);
            // When that many of the oldest have left, there is room.
            let leaves = moments
                .get((over.max(1) - 1) as usize)
                .or(moments.back())
                .copied()
                .unwrap_or(now);
            Standing {
                limited: over > 0,
                avail: window.max.saturating_sub(count),
                max: window.max,
                window: window.seconds,
                resets_at: leaves + length(window.seconds),
            }
        });
        let standings: Vec<Standing> = standings.collect();
        let full = standings.iter().filter(|standing| standing.limited);
        match full.max_by_key(|standing| standing.resets_at) {
            Some(standing) => Some(*standing),
            None => standings.into_iter().min_by_key(|standing| standing.avail),
        }
    }

    /// Counts requests without a look.
    pub(crate) fn add(&mut self, bucket: &str, limits: &Limits, cost: u32, now: i64) -> Option<Standing> {
        let used = self.used.get_mut(bucket)?;
        for moments in used.iter_mut() {
            moments.extend((0..cost).map(|_| now));
        }
        let standings = used
            .iter()
            .zip(&limits.windows)
            .map(|(moments, window)| Standing {
                limited: false,
                avail: window
                    .max
                    .saturating_sub(u32::try_from(moments.len()).unwrap_or(u32::MAX)),
                max: window.max,
                window: window.seconds,
                resets_at: moments.front().copied().unwrap_or(now) + length(window.seconds),
            });
        standings.min_by_key(|standing| standing.avail)
    }

    /// Everything counted in all buckets that still counts in their first window.
    pub(crate) fn total(&self) -> u32 {
        let all: usize = self
            .used
            .values()
            .filter_map(|used| used.first())
            .map(VecDeque::len)
            .sum();
        u32::try_from(all).unwrap_or(u32::MAX)
    }
}

fn length(seconds: u32) -> i64 {
    i64::from(seconds.max(1)) * 1000
}

fn forget(moments: &mut VecDeque<i64>, length: i64, counting: Counting, now: i64) {
    if counting.fixed {
        if moments.front().is_some_and(|first| first + length <= now) {
            moments.clear();
        }
        return;
    }
    while moments.front().is_some_and(|first| first + length <= now) {
        moments.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Window;

    fn limits(windows: &[(u32, u32)]) -> Limits {
        let windows = windows.iter().map(|(max, seconds)| Window {
            max: *max,
            seconds: *seconds,
        });
        Limits {
            windows: windows.collect(),
        }
    }

    #[test]
    fn the_tightest_window_speaks_and_time_opens_it_again() {
        let limits = limits(&[(2, 3), (3, 30)]);
        let mut buckets = Buckets::default();
        let mut take = |seconds: i64| {
            buckets
                .take("k", &limits, 1, Counting::default(), seconds * 1000)
                .map(|s| (s.limited, s.avail, s.resets_at / 1000))
        };
        assert_eq!(take(100), Some((false, 1, 103)));
        assert_eq!(take(100), Some((false, 0, 103)));
        assert_eq!(take(101), Some((true, 0, 103)));
        assert_eq!(take(103), Some((false, 0, 130)));
        assert_eq!(take(106), Some((true, 0, 130)));
        assert_eq!(take(130), Some((false, 1, 133)));
    }

    #[test]
    fn no_span_of_a_window_lets_more_through_and_a_fixed_one_does() {
        let limits = limits(&[(4, 10)]);
        let accepted = |fixed: bool| {
            let mut buckets = Buckets::default();
            let counting = Counting {
                fixed,
                ..Counting::default()
            };
            let moments = [0, 9_000, 9_000, 9_000, 9_000, 10_000, 10_000, 10_000, 10_000];
            let taken = moments.map(|now| buckets.take("k", &limits, 1, counting, now));
            taken.iter().flatten().filter(|s| !s.limited).count()
        };
        assert_eq!(accepted(false), 5, "four, and one when the first has left");
        assert_eq!(accepted(true), 8, "twice the limit around the edge");
    }

    #[test]
    fn what_comes_together_is_counted_together() {
        let limits = limits(&[(10, 10)]);
        let mut buckets = Buckets::default();
        let mut take = |cost, now| {
            let standing = buckets.take("k", &limits, cost, Counting::default(), now);
            standing.map(|s| (s.limited, s.avail))
        };
        assert_eq!(take(8, 0), Some((false, 2)));
        assert_eq!(take(3, 1), Some((true, 2)));
        assert_eq!(take(2, 2), Some((false, 0)));
        assert_eq!(take(8, 10_000), Some((false, 0)));
    }
}
