//! How often each invariant was judged, how often it did not hold, and how that looked first.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// What is judged on every answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::load) enum Invariant {
    OwnTenantOnly,
    NoTokenInBody,
    OneWinnerPerRefresh,
    ChallengeWellFormed,
    NoFalse401,
    NoDeadToken,
    NoInvalidCredential,
    SingleCut,
    StreamsStayOpen,
}

impl Invariant {
    pub(in crate::load) const ALL: [Self; 9] = [
        Self::OwnTenantOnly,
        Self::NoTokenInBody,
        Self::OneWinnerPerRefresh,
        Self::ChallengeWellFormed,
        Self::NoFalse401,
        Self::NoDeadToken,
        Self::NoInvalidCredential,
        Self::SingleCut,
        Self::StreamsStayOpen,
    ];

    /// The word of plans.
    pub(in crate::load) fn as_str(self) -> &'static str {
        match self {
            Self::OwnTenantOnly => "own-tenant-only",
            Self::NoTokenInBody => "no-token-in-body",
            Self::OneWinnerPerRefresh => "one-winner-per-refresh",
            Self::ChallengeWellFormed => "challenge-well-formed",
            Self::NoFalse401 => "no-false-401",
            Self::NoDeadToken => "no-dead-token",
            Self::NoInvalidCredential => "no-invalid-credential",
            Self::SingleCut => "single-cut",
            Self::StreamsStayOpen => "streams-stay-open",
        }
    }

    /// What it says of an answer.
    pub(in crate::load) fn says(self) -> &'static str {
        match self {
            Self::OwnTenantOnly => "every answer holds data of its caller's tenant, and of nobody else's",
            Self::NoTokenInBody => "no answer holds a credential",
            Self::OneWinnerPerRefresh => "every refresh of a good login is answered with one new token",
            Self::ChallengeWellFormed => "every 401 has a well-formed Bearer challenge",
            Self::NoFalse401 => "no good credential is answered 401",
            Self::NoDeadToken => "no credential is taken for longer after its end than is promised",
            Self::NoInvalidCredential => "nothing is done for a credential that is not good",
            Self::StreamsStayOpen => "no stream of a good credential ends",
            Self::SingleCut => "what was refused once after rights were taken is not done again",
        }
    }

    /// The share of answers in which it may fail to hold.
    pub(in crate::load) fn budget(self) -> f64 {
        match self {
            Self::NoFalse401 => 1e-4,
            _ => 0.0,
        }
    }
}

/// How many examples are kept.
const KEPT: usize = 3;

/// One invariant's account.
#[derive(Debug, Default)]
pub(in crate::load) struct Tally {
    judged: AtomicU64,
    broken: AtomicU64,
    first: Mutex<Vec<String>>,
}

impl Tally {
    /// Answers it was judged on.
    pub(in crate::load) fn judged(&self) -> u64 {
        self.judged.load(Ordering::Relaxed)
    }

    /// Answers in which it did not hold.
    pub(in crate::load) fn broken(&self) -> u64 {
        self.broken.load(Ordering::Relaxed)
    }

    /// The first of those.
    pub(in crate::load) fn first(&self) -> Vec<String> {
        self.first.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(in crate::load) struct Tallies([Tally; Invariant::ALL.len()]);

impl Tallies {
    /// One more answer.
    pub(in crate::load) fn judge(&self, invariant: Invariant, holds: bool, how: impl FnOnce() -> String) {
        let tally = self.of(invariant);
        tally.judged.fetch_add(1, Ordering::Relaxed);
        if holds {
            return;
        }
        let before = tally.broken.fetch_add(1, Ordering::Relaxed);
        if before < KEPT as u64 {
            tally
                .first
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(how());
        }
    }

    /// Its account.
    pub(in crate::load) fn of(&self, invariant: Invariant) -> &Tally {
        &self.0[invariant as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_an_account_of_its_own() {
        let tallies = Tallies::default();
        for (place, invariant) in Invariant::ALL.into_iter().enumerate() {
            assert_eq!(invariant as usize, place);
            for n in 0..=place {
                tallies.judge(invariant, n == 0, || n.to_string());
            }
        }
        let last = tallies.of(Invariant::StreamsStayOpen);
        assert_eq!((last.judged(), last.broken()), (9, 8));
        assert_eq!(last.first(), ["1", "2", "3"]);
    }
}
