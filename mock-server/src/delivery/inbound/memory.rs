//! What was received: ids that are being worked on or were, and effects by what they were about.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Ids and effects that are kept; the oldest go first.
const KEPT: usize = 10_000;

/// Whether something is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Begun {
    Now,
    Before,
}

/// The memory of a world's receivers.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    seen: BTreeSet<String>,
    order: VecDeque<String>,
    effects: BTreeMap<String, usize>,
    fails: bool,
    /// Signatures that verified, with their bodies; only the defect `body-only-mac` looks at them.
    good: BTreeSet<String>,
}

impl Memory {
    /// Looks and notes in one.
    pub(super) fn begin(&mut self, key: &str) -> Begun {
        if !self.seen.insert(key.to_owned()) {
            return Begun::Before;
        }
        self.order.push_back(key.to_owned());
        if self.order.len() > KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.seen.remove(&oldest);
        }
        Begun::Now
    }

    pub(super) fn knows(&self, key: &str) -> bool {
        self.seen.contains(key)
    }

    pub(super) fn forget(&mut self, key: &str) {
        self.seen.remove(key);
        self.order.retain(|known| known != key);
    }

    pub(super) fn fail_next(&mut self) {
        self.fails = true;
    }

    /// Once.
    pub(super) fn must_fail(&mut self) -> bool {
        std::mem::take(&mut self.fails)
    }

    pub(super) fn did(&mut self, subject: &str) {
        if self.effects.len() < KEPT || self.effects.contains_key(subject) {
            *self.effects.entry(subject.to_owned()).or_default() += 1;
        }
    }

    pub(super) fn effects(&self, subject: &str) -> usize {
        self.effects.get(subject).copied().unwrap_or(0)
    }

    pub(super) fn remember_good(&mut self, signature: &str) {
        if self.good.len() < KEPT {
            self.good.insert(signature.to_owned());
        }
    }

    pub(super) fn was_good(&self, signature: &str) -> bool {
        self.good.contains(signature)
    }
}
