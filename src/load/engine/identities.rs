//! The callers and the header fields that are theirs. A refresh or a login replaces them while calls are made.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::load::transport::Lines;

#[derive(Debug)]
struct Shared {
    /// Grows with each change; a core looks at it alone while nothing changes.
    generation: AtomicU64,
    lines: Mutex<Vec<Lines>>,
}

/// All callers of a run. A clone is the same callers.
#[derive(Debug, Clone)]
pub struct Identities(Arc<Shared>);

impl Identities {
    /// In this order.
    pub fn new(lines: Vec<Lines>) -> Self {
        Self(Arc::new(Shared {
            generation: AtomicU64::new(1),
            lines: Mutex::new(lines),
        }))
    }

    /// Replaces the fields of one; calls made from now on have the new ones.
    pub fn set(&self, identity: usize, lines: Lines) {
        let mut all = self.0.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = all.get_mut(identity) {
            *place = lines;
            self.0.generation.fetch_add(1, Ordering::Release);
        }
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.0.lines.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    pub(super) fn view(&self) -> View {
        View {
            of: self.clone(),
            generation: 0,
            lines: Vec::new(),
        }
    }
}

/// What one core knows of them.
#[derive(Debug)]
pub(super) struct View {
    of: Identities,
    generation: u64,
    lines: Vec<Lines>,
}

impl View {
    pub(super) fn of(&mut self, identity: usize) -> Lines {
        let generation = self.of.0.generation.load(Ordering::Acquire);
        if generation != self.generation {
            let lines = self.of.0.lines.lock().unwrap_or_else(PoisonError::into_inner);
            self.lines.clone_from(&lines);
            self.generation = generation;
        }
        self.lines.get(identity).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_seen_by_every_view() {
        let token = |text: &str| Lines::new([("Authorization", text)]).unwrap();
        let identities = Identities::new(vec![token("a"), token("b")]);
        let (mut one, mut two) = (identities.view(), identities.view());
        assert_eq!(one.of(1).bytes(), token("b").bytes());
        identities.set(1, token("c"));
        assert_eq!(one.of(1).bytes(), token("c").bytes());
        assert_eq!(two.of(1).bytes(), token("c").bytes());
        assert_eq!(
            (two.of(0).bytes(), two.of(9).bytes()),
            (token("a").bytes(), &b""[..])
        );
    }
}
