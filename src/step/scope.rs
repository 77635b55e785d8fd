//! The names a step can refer to.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

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
    /// `${world.…}`: what a command under test is given, and where its world is.
    world: Arc<BTreeMap<String, Value>>,
    /// Inside `together`: when steps of any branch ended.
    beside: Option<Ends>,
}

/// handle → the end of its step, shared by the branches of one `together`.
type Ends = Arc<Mutex<BTreeMap<String, Instant>>>;

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

    /// What a command under test is given, and where its world is.
    pub fn set_world(&mut self, setting: BTreeMap<String, Value>) {
        self.world = Arc::new(setting);
    }

    /// `${world.NAME}`.
    pub fn of_world(&self, name: &str) -> Option<&Value> {
        self.world.get(name)
    }

    /// Keeps a step's evidence under its handle.
    pub fn keep(&mut self, handle: &str, evidence: Evidence, passed: Duration) {
        if let (Some(beside), Some(end)) = (&self.beside, evidence.end()) {
            lock(beside).insert(handle.to_owned(), end);
        }
        self.evidence.insert(handle.to_owned(), evidence);
        self.passed.insert(handle.to_owned(), passed);
    }

    /// Evidence of a handle.
    pub fn evidence(&self, handle: &str) -> Option<&Evidence> {
        self.evidence.get(handle)
    }

    /// The scopes of branches that run at once: each its own, with one board of when their steps ended.
    pub fn branches(&self, count: usize) -> Vec<Scope> {
        let beside = Some(Ends::default());
        let branch = Scope {
            beside,
            ..self.clone()
        };
        vec![branch; count]
    }

    /// Whether other branches run at the same time.
    pub fn is_branch(&self) -> bool {
        self.beside.is_some()
    }

    /// When a handle's step ended, in this branch or in one beside it.
    pub fn end(&self, handle: &str) -> Option<Instant> {
        let beside = || lock(self.beside.as_ref()?).get(handle).copied();
        self.evidence(handle).and_then(Evidence::end).or_else(beside)
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

fn lock(ends: &Ends) -> std::sync::MutexGuard<'_, BTreeMap<String, Instant>> {
    ends.lock().unwrap_or_else(PoisonError::into_inner)
}
