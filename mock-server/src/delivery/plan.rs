//! When a delivery is tried again, each time up to a fifth later than the plan says.

use sha2::{Digest, Sha256};

/// Seconds after each attempt that failed, the last again and again, until so many seconds are over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    gaps: &'static [i64],
    longest: i64,
}

/// Webhooks of the platform: for a day.
pub(super) const WEBHOOKS: Plan = Plan {
    gaps: &[5, 30, 120, 600, 3_600],
    longest: 86_400,
};
/// MCP Events: about five attempts within ten minutes.
pub(super) const EVENTS: Plan = Plan {
    gaps: &[5, 30, 120, 300],
    longest: 400,
};
/// The same without an end; only the defect `ev-retry-forever` has it.
pub(super) const ENDLESS: Plan = Plan {
    gaps: &[5, 30, 60],
    longest: i64::MAX,
};

/// The longest that `Retry-After` is heeded, in seconds.
const LONGEST_ASKED: i64 = 21_600;

/// Milliseconds from a failed attempt to the next. `failed` counts from 1; `asked` is what the receiver asked to wait, in
/// seconds. `None`: it is given up. The jitter follows from the message, so that a world repeats itself.
pub(super) fn pause(
    plan: Plan,
    message: &str,
    failed: usize,
    since_first: i64,
    asked: Option<i64>,
) -> Option<i64> {
    if since_first >= plan.longest {
        return None;
    }
    let gap = plan.gaps[failed.saturating_sub(1).min(plan.gaps.len() - 1)] * 1_000;
    let draw = Sha256::digest(format!("{message}/{failed}"));
    let jitter = gap / 5 * i64::from(draw[0]) / 255;
    let asked = asked.unwrap_or(0).clamp(0, LONGEST_ASKED) * 1_000;
    Some((gap + jitter).max(asked))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_grow_and_end() {
        let gaps: Vec<i64> = (1..=6)
            .filter_map(|failed| pause(WEBHOOKS, "m", failed, 0, None))
            .collect();
        assert_eq!(gaps.len(), 6);
        for (gap, least) in gaps.iter().zip([5, 30, 120, 600, 3_600, 3_600]) {
            assert!((least * 1_000..=least * 1_200).contains(gap), "{gap}");
        }
        assert_eq!(pause(WEBHOOKS, "m", 3, 0, Some(7_200)), Some(7_200_000));
        assert_eq!(pause(WEBHOOKS, "m", 3, WEBHOOKS.longest, None), None);
        assert_ne!(pause(WEBHOOKS, "m", 1, 0, None), pause(WEBHOOKS, "n", 1, 0, None));
    }
}
