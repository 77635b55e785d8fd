//! What was received: ids that are being worked on or were, effects by what they were about, and what the log says.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::events::Book;

/// Ids and effects that are kept; the oldest go first.
const KEPT: usize = 10_000;
/// Lines of the log.
const LINES: usize = 500;

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
    /// How many seconds the next work takes.
    slow: Option<i64>,
    /// Work that is not done yet: when it will be, and what it is about.
    later: Vec<(i64, String)>,
    log: VecDeque<String>,
    /// What the endpoint of MCP Events knows of its subscriptions.
    pub(super) events: Book,
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

    /// All of them at once: whatever one of them knows is known.
    pub(super) fn begin_all(&mut self, keys: &[String]) -> Begun {
        if keys.iter().any(|key| self.knows(key)) {
            return Begun::Before;
        }
        for key in keys {
            let _ = self.begin(key);
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

    pub(super) fn slow_next(&mut self, seconds: i64) {
        self.slow = Some(seconds);
    }

    /// Once.
    pub(super) fn is_slow(&mut self) -> Option<i64> {
        self.slow.take()
    }

    pub(super) fn will_do(&mut self, due: i64, subject: &str) {
        if self.later.len() < KEPT {
            self.later.push((due, subject.to_owned()));
        }
    }

    pub(super) fn did(&mut self, subject: &str) {
        if self.effects.len() < KEPT || self.effects.contains_key(subject) {
            *self.effects.entry(subject.to_owned()).or_default() += 1;
        }
    }

    /// How often it was done by now.
    pub(super) fn effects(&mut self, subject: &str, now: i64) -> usize {
        let (due, later) = std::mem::take(&mut self.later)
            .into_iter()
            .partition(|(due, _)| *due <= now);
        self.later = later;
        let due: Vec<(i64, String)> = due;
        for (_, subject) in &due {
            self.did(subject);
        }
        self.effects.get(subject).copied().unwrap_or(0)
    }

    pub(super) fn note(&mut self, line: String) {
        if self.log.len() == LINES {
            self.log.pop_front();
        }
        self.log.push_back(line);
    }

    pub(super) fn log(&self) -> String {
        self.log.iter().map(|line| format!("{line}\n")).collect()
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
