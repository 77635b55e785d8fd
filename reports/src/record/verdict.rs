//! The seven verdicts and their order.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What is said of one check, and, rolled up, of a case or a run.
///
/// Ordered from harmless to worst, so the roll-up is `max`. JSON: kebab-case (`not-testable`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Does not apply or is not declared; the message says why.
    Skipped,
    /// A measurement, or something the text leaves open (MAY).
    Info,
    /// The rule was exercised and held.
    Passed,
    /// A SHOULD was missed.
    Warned,
    /// Declared, but its control or prerequisite failed, or it was not exercised. Never green.
    NotTestable,
    /// The harness' own trouble, or a peer that cannot be judged.
    Errored,
    /// A MUST was broken.
    Failed,
}

impl Verdict {
    /// Every verdict, worst first: the order in which counts and lists are shown.
    pub const WORST_FIRST: [Verdict; 7] = [
        Verdict::Failed,
        Verdict::Errored,
        Verdict::NotTestable,
        Verdict::Warned,
        Verdict::Passed,
        Verdict::Info,
        Verdict::Skipped,
    ];

    /// The worst of them; of none, [`Verdict::Skipped`], because nothing was shown to hold.
    pub fn worst(verdicts: impl IntoIterator<Item = Verdict>) -> Verdict {
        verdicts.into_iter().max().unwrap_or(Verdict::Skipped)
    }

    /// The word used in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Skipped => "skipped",
            Verdict::Info => "info",
            Verdict::Passed => "passed",
            Verdict::Warned => "warned",
            Verdict::NotTestable => "not-testable",
            Verdict::Errored => "errored",
            Verdict::Failed => "failed",
        }
    }

    /// The word for people: as in JSON, but `not testable` without the hyphen.
    pub fn words(self) -> &'static str {
        match self {
            Verdict::NotTestable => "not testable",
            other => other.as_str(),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
