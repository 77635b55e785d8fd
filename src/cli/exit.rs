//! Exit codes. One exhaustive place.

use hallmark_reports::record::{BaselineResult, Check, Verdict};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All is well.
    Good,
    /// The target broke a rule.
    Broke,
    /// Wrong command line.
    Usage,
    /// A scenario or configuration is invalid.
    Invalid,
    /// Could not judge: unreachable, not testable, the harness' own trouble.
    Unjudged,
    /// A load threshold was missed.
    Threshold,
    /// The baseline is stale.
    Stale,
    /// Nothing was selected.
    Nothing,
    /// A bug in Hallmark.
    Bug,
    /// Interrupted.
    Interrupted,
}

impl Exit {
    /// The number the process ends with.
    pub fn code(self) -> u8 {
        match self {
            Exit::Good => 0,
            Exit::Broke => 1,
            Exit::Usage => 2,
            Exit::Invalid => 3,
            Exit::Unjudged => 4,
            Exit::Threshold => 5,
            Exit::Stale => 6,
            Exit::Nothing => 7,
            Exit::Bug => 70,
            Exit::Interrupted => 130,
        }
    }

    /// When several apply: 70 > 130 > 2 > 3 > 1 > 4 > 5 > 6 > 7 > 0.
    fn rank(self) -> u8 {
        match self {
            Exit::Bug => 9,
            Exit::Interrupted => 8,
            Exit::Usage => 7,
            Exit::Invalid => 6,
            Exit::Broke => 5,
            Exit::Unjudged => 4,
            Exit::Threshold => 3,
            Exit::Stale => 2,
            Exit::Nothing => 1,
            Exit::Good => 0,
        }
    }

    /// The one that decides.
    #[must_use]
    pub fn and(self, other: Exit) -> Exit {
        if other.rank() > self.rank() { other } else { self }
    }

    /// Of a run's checks. Skipped checks do not count unless coverage is required.
    pub(super) fn of(checks: &[Check], baseline: Option<&BaselineResult>, require_coverage: bool) -> Exit {
        let mut exit = if checks.is_empty() {
            Exit::Nothing
        } else {
            Exit::Good
        };
        for check in checks.iter().filter(|check| check.expected_failure.is_none()) {
            exit = exit.and(match check.verdict {
                Verdict::Failed => Exit::Broke,
                Verdict::Errored | Verdict::NotTestable => Exit::Unjudged,
                Verdict::Skipped if require_coverage => Exit::Unjudged,
                Verdict::Passed | Verdict::Warned | Verdict::Info | Verdict::Skipped => Exit::Good,
            });
        }
        if baseline.is_some_and(|baseline| !baseline.stale.is_empty()) {
            exit = exit.and(Exit::Stale);
        }
        exit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_decides() {
        let order = [
            Exit::Bug,
            Exit::Interrupted,
            Exit::Usage,
            Exit::Invalid,
            Exit::Broke,
            Exit::Unjudged,
            Exit::Threshold,
            Exit::Stale,
            Exit::Nothing,
            Exit::Good,
        ];
        for (i, worse) in order.iter().enumerate() {
            for milder in &order[i..] {
                assert_eq!(worse.and(*milder), *worse);
                assert_eq!(milder.and(*worse), *worse);
            }
        }
        assert_eq!(Exit::of(&[], None, false), Exit::Nothing);
    }
}
