//! The names a step can refer to.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::expect::{Evidence, Value};

/// Names in scope: captures, evidence of earlier steps, the row, the element of a loop. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// `${case.NAME}`.
    pub case: Arc<BTreeMap<String, Value>>,
    /// `${each}`.
    pub each: Option<Value>,
    /// `${round}`: counts the rounds and copies of the innermost repetition from 0.
    pub round: Option<u64>,
    /// `${with.NAME}`.
    pub with: Arc<BTreeMap<String, Value>>,
    /// `${NAME}`.
    captures: BTreeMap<String, Value>,
    /// `${HANDLE.…}`.
    evidence: BTreeMap<String, Evidence>,
    /// Virtual time that had passed when a handle's step ended.
    passed: BTreeMap<String, Duration>,
}

impl Scope {
    /// A scope with the values of a row.
    pub fn of_case(case: BTreeMap<String, Value>) -> Self {
        Self {
            case: Arc::new(case),
            ..Self::default()
        }
    }

    /// A fresh scope for a scenario that is used by another.
    pub fn inside(with: BTreeMap<String, Value>) -> Self {
        Self {
            with: Arc::new(with),
            ..Self::default()
        }
    }

    /// A capture.
    pub fn capture(&mut self, name: &str, value: Value) {
        self.captures.insert(name.to_owned(), value);
    }

    /// The captured value.
    pub fn captured(&self, name: &str) -> Option<&Value> {
        self.captures.get(name)
    }

    /// Keeps a step's evidence under its handle.
    pub fn keep(&mut self, handle: &str, evidence: Evidence, passed: Duration) {
        self.evidence.insert(handle.to_owned(), evidence);
        self.passed.insert(handle.to_owned(), passed);
    }

    /// Evidence of a handle.
    pub fn evidence(&self, handle: &str) -> Option<&Evidence> {
        self.evidence.get(handle)
    }

    /// Virtual time that had passed at the end of a handle's step.
    pub fn passed_at(&self, handle: &str) -> Duration {
        self.passed.get(handle).copied().unwrap_or_default()
    }

    /// What a parallel branch added: captures and handles not here yet (or newer).
    pub fn adopt(&mut self, branch: Scope) {
        self.captures.extend(branch.captures);
        self.evidence.extend(branch.evidence);
        self.passed.extend(branch.passed);
    }

    /// Captures made in `branch` that this scope does not have: used to gather copies into lists.
    pub fn new_captures(&self, branch: &Scope) -> Vec<(String, Value)> {
        branch
            .captures
            .iter()
            .filter(|(name, value)| self.captures.get(*name) != Some(value))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    /// Handles of this scope, for the evidence of a round.
    pub fn handles_since(&self, before: &Scope) -> BTreeMap<String, Evidence> {
        self.evidence
            .iter()
            .filter(|(handle, _)| {
                !before.evidence.contains_key(*handle)
                    || before.passed.get(*handle) != self.passed.get(*handle)
            })
            .map(|(handle, evidence)| (handle.clone(), evidence.clone()))
            .collect()
    }
}
