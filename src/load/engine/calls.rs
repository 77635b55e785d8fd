//! What a run calls.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Identities, Mix};
use crate::load::meter::Class;
use crate::load::transport::{Seen, Template};

/// Which call an answer belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// Number in the run.
    pub number: u64,
    /// Place of its operation in the plan.
    pub operation: usize,
    /// Place of its caller.
    pub identity: usize,
    /// When its first byte was written; before that, when it was looked at.
    pub begun: Instant,
}

/// Judges every answer: canaries, secrets, challenges, promises.
pub trait Judge: Send + Sync {
    /// A class to count the call under instead, where an invariant does not hold.
    fn judge(&self, about: &About, seen: &Seen<'_>) -> Option<Class>;
}

/// What a run calls, as whom, and how its answers are judged.
#[derive(Clone)]
pub struct Calls {
    /// By operation, and there by caller, or one for all callers.
    pub templates: Vec<Vec<Template>>,
    /// Which operation is drawn how often.
    pub mix: Mix,
    /// Who calls.
    pub identities: Identities,
    /// Beside the typed verification of the transport.
    pub judge: Option<Arc<dyn Judge>>,
    /// How long a call may take from its first byte on, and a connection to open.
    pub timeout: Duration,
}

impl fmt::Debug for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calls")
            .field("operations", &self.templates.len())
            .field("identities", &self.identities.count())
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl Calls {
    /// What a call of that operation by that caller sends.
    pub fn template(&self, operation: usize, identity: usize) -> Option<&Template> {
        let all = self.templates.get(operation)?;
        all.get(identity).or(all.first())
    }

    /// What call `number` is, where callers are drawn by number.
    pub fn about(&self, number: u64, identities: usize) -> About {
        About {
            number,
            operation: self.mix.operation(number),
            identity: self.mix.among(number, identities),
            begun: Instant::now(),
        }
    }

    pub(super) fn judge(&self, about: &About, seen: &Seen<'_>) -> Option<Class> {
        self.judge.as_ref().and_then(|judge| judge.judge(about, seen))
    }
}
