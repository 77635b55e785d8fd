//! Who calls under load, and what a caller presents: its login, its session. Both are renewed while calls go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::engine::Identities;
use crate::step::World;

/// The callers of a run.
pub struct Callers {
    /// Where their steps are carried out.
    pub world: Arc<World>,
    /// Principals of the target.
    pub names: Vec<String>,
    /// What became of their credentials.
    pub standing: Vec<Standing>,
    /// What they present.
    pub identities: Identities,
    /// Moments count from here.
    pub start: Instant,
}

impl std::fmt::Debug for Callers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Callers")
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

/// No moment.
const NEVER: u64 = u64::MAX;

/// What became of one caller's credential. Moments are microseconds from the start of the run.
#[derive(Debug)]
pub struct Standing {
    dead: AtomicU64,
    lapsed: AtomicU64,
    renewed: AtomicU64,
    refused: AtomicU64,
    changed: AtomicU64,
}

impl Default for Standing {
    fn default() -> Self {
        Self {
            dead: AtomicU64::new(NEVER),
            lapsed: AtomicU64::new(NEVER),
            renewed: AtomicU64::new(NEVER),
            refused: AtomicU64::new(NEVER),
            changed: AtomicU64::new(NEVER),
        }
    }
}

/// How a credential stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    /// It is good.
    Good,
    /// It is being ended, has been for less than nothing, or is being replaced: either answer is right.
    Between,
    /// It was ended so long ago, and comes back no more.
    Dead(Duration),
}

impl Callers {
    /// These principals, from now on.
    pub fn new(world: Arc<World>, names: Vec<String>) -> Self {
        Self {
            standing: names.iter().map(|_| Standing::default()).collect(),
            identities: Identities::new(Vec::new()),
            start: Instant::now(),
            world,
            names,
        }
    }

    /// The place of a principal.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|one| one == name)
    }

    fn micros(&self, moment: Instant) -> u64 {
        let since = moment.saturating_duration_since(self.start).as_micros();
        u64::try_from(since).unwrap_or(NEVER - 1)
    }

    /// Its credential is ended for good: `asked` is when that was asked for.
    pub fn ends(&self, caller: usize, asked: Instant) {
        self.standing[caller]
            .lapsed
            .store(self.micros(asked), Ordering::Release);
    }

    /// It is ended.
    pub fn ended(&self, caller: usize, when: Instant) {
        self.standing[caller]
            .dead
            .store(self.micros(when), Ordering::Release);
    }

    /// Its token lapses, and another one will be got.
    pub fn lapses(&self, caller: usize, when: Instant) {
        let standing = &self.standing[caller];
        standing.renewed.store(NEVER, Ordering::Release);
        standing.lapsed.store(self.micros(when), Ordering::Release);
    }

    /// Its rights are others since.
    pub fn changes(&self, caller: usize, when: Instant) {
        self.standing[caller]
            .changed
            .store(self.micros(when), Ordering::Release);
    }

    /// Whether a call begun then comes after a change of its rights.
    pub fn has_changed(&self, caller: usize, begun: Instant) -> bool {
        let standing = self.standing.get(caller);
        standing.is_some_and(|standing| standing.changed.load(Ordering::Acquire) < self.micros(begun))
    }

    /// It has another token since.
    pub fn renewed(&self, caller: usize, when: Instant) {
        self.standing[caller]
            .renewed
            .store(self.micros(when), Ordering::Release);
    }

    /// How the credential stood that a call begun then presented.
    pub fn stood(&self, caller: usize, begun: Instant) -> Stands {
        let standing = self.standing.get(caller);
        standing.map_or(Stands::Good, |standing| standing.stood(self.micros(begun)))
    }

    /// A dead credential was refused in a call that ended then. From now on it must not be taken again.
    pub fn refused(&self, caller: usize, ended: Instant) {
        let refused = &self.standing[caller].refused;
        refused.fetch_min(self.micros(ended), Ordering::AcqRel);
    }

    /// Whether a call begun then comes after a refusal.
    pub fn was_refused_before(&self, caller: usize, begun: Instant) -> bool {
        self.standing[caller].refused.load(Ordering::Acquire) < self.micros(begun)
    }
}

/// Microseconds before an ending in which a call may have been on its way.
const GRACE: u64 = 2_000_000;

impl Standing {
    /// The same, in microseconds from the start.
    fn stood(&self, begun: u64) -> Stands {
        let load = |moment: &AtomicU64| moment.load(Ordering::Acquire);
        let dead = load(&self.dead);
        if begun > dead {
            return Stands::Dead(Duration::from_micros(begun - dead));
        }
        let (lapsed, renewed) = (load(&self.lapsed), load(&self.renewed));
        // What was on its way when the token lapsed is nobody's fault either.
        let after = lapsed != NEVER && begun >= lapsed.saturating_sub(GRACE);
        if after && (renewed == NEVER || begun <= renewed) {
            return Stands::Between;
        }
        Stands::Good
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(dead: u64, lapsed: u64, renewed: u64) -> Standing {
        let standing = Standing::default();
        standing.dead.store(dead, Ordering::Release);
        standing.lapsed.store(lapsed, Ordering::Release);
        standing.renewed.store(renewed, Ordering::Release);
        standing
    }

    #[test]
    fn a_credential_is_good_until_something_ends_it() {
        let second = 1_000_000;
        let good = Standing::default();
        assert_eq!(good.stood(5 * second), Stands::Good);
        // Asked to be ended at 10 s, ended at 10.5 s.
        let dead = standing(10_500_000, 10 * second, NEVER);
        assert_eq!(dead.stood(7 * second), Stands::Good);
        assert_eq!(dead.stood(9 * second), Stands::Between);
        assert_eq!(dead.stood(10_200_000), Stands::Between);
        assert_eq!(dead.stood(11_500_000), Stands::Dead(Duration::from_secs(1)));
        // Lapsed at 10 s, another one since 12 s.
        let renewed = standing(NEVER, 10 * second, 12 * second);
        assert_eq!(renewed.stood(11 * second), Stands::Between);
        assert_eq!(renewed.stood(13 * second), Stands::Good);
    }
}
