//! Rate buckets per credential: several windows at once, the tightest one speaks.

use std::collections::BTreeMap;

use crate::behaviour::Behaviour;
use crate::serve::answer::{self, Answer};
use crate::world::Limits;

/// Counters of every credential.
#[derive(Debug, Default)]
pub(crate) struct Buckets {
    used: BTreeMap<String, Vec<Used>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Used {
    count: u32,
    resets_at: i64,
}

/// Where the tightest window stands after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) limited: bool,
    pub(crate) avail: u32,
    pub(crate) max: u32,
    pub(crate) resets_at: i64,
}

impl Buckets {
    /// Counts a request. A refused one is not counted, so that waiting until the reset is always enough.
    pub(crate) fn take(&mut self, credential: &str, limits: &Limits, now: i64) -> Option<Standing> {
        let used = self.used.entry(credential.to_owned()).or_default();
        used.resize(limits.windows.len(), Used::default());
        for (used, window) in used.iter_mut().zip(&limits.windows) {
            if used.resets_at <= now {
                *used = Used {
                    count: 0,
                    resets_at: now + i64::from(window.seconds.max(1)),
                };
            }
        }
        let pairs = || used.iter().zip(&limits.windows);
        let full = pairs()
            .filter(|(used, window)| used.count >= window.max)
            .max_by_key(|(used, _)| used.resets_at);
        if let Some((used, window)) = full {
            return Some(Standing {
                limited: true,
                avail: 0,
                max: window.max,
                resets_at: used.resets_at,
            });
        }
        for used in used.iter_mut() {
            used.count += 1;
        }
        let standings = used.iter().zip(&limits.windows).map(|(used, window)| Standing {
            limited: false,
            avail: window.max - used.count,
            max: window.max,
            resets_at: used.resets_at,
        });
        standings.min_by_key(|standing| standing.avail)
    }
}

impl Standing {
    /// Adds the headers every limited answer carries.
    pub(crate) fn mark(&self, answer: Answer) -> Answer {
        let answer = answer::with(answer, "x-ve-limit-avail", &self.avail.to_string());
        let answer = answer::with(answer, "x-ve-limit-max", &self.max.to_string());
        answer::with(answer, "x-ve-limit-expires", &self.resets_at.to_string())
    }

    /// 429. `Retry-After` (RFC 9110 §10.2.3) comes in `strict` only.
    pub(crate) fn refuse(&self, behaviour: Behaviour, now: i64) -> Answer {
        let answer = answer::failure(
            429,
            1671,
            "Too many requests. Come back when the window has passed.",
            None,
        );
        if behaviour == Behaviour::Strict {
            return answer::with(answer, "retry-after", &(self.resets_at - now).max(1).to_string());
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Window;

    #[test]
    fn the_tightest_window_speaks_and_time_opens_it_again() {
        let limits = Limits {
            windows: vec![Window { max: 2, seconds: 3 }, Window { max: 3, seconds: 30 }],
        };
        let mut buckets = Buckets::default();
        let mut take = |now| {
            buckets
                .take("k", &limits, now)
                .map(|s| (s.limited, s.avail, s.resets_at))
        };
        assert_eq!(take(100), Some((false, 1, 103)));
        assert_eq!(take(100), Some((false, 0, 103)));
        assert_eq!(take(101), Some((true, 0, 103)));
        assert_eq!(take(103), Some((false, 0, 130)));
        assert_eq!(take(106), Some((true, 0, 130)));
        assert_eq!(take(130), Some((false, 1, 133)));
    }
}
