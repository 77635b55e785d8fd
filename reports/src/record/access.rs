//! Isolation as a record shows it: the cells of the access matrix, and how much was searched for foreign data.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One cell of the access matrix: who asked, with which probe, for what, what should have come of it and what did.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Access {
    /// Principal of the target file, e.g. `reader`.
    pub who: String,
    /// Probe of the target file, e.g. `read`.
    pub probe: String,
    /// Place it was aimed at, e.g. a workspace; empty when the probe knows no places.
    pub place: String,
    /// What the target file declares.
    pub expected: Standing,
    /// What was found.
    pub found: Standing,
}

/// How somebody stands towards something. JSON: one lower-case word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The call was carried out.
    Permit,
    /// Refused, and the refusal admits that the thing exists.
    Deny,
    /// Answered as for a thing that does not exist.
    Invisible,
    /// Stopped by a rate limit, so nothing is known. Found only.
    Limited,
    /// No answer that can be read, so nothing is known. Found only.
    Broken,
}

impl Standing {
    /// The word used in JSON and for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Standing::Permit => "permit",
            Standing::Deny => "deny",
            Standing::Invisible => "invisible",
            Standing::Limited => "limited",
            Standing::Broken => "broken",
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How much of what came back was searched for data of somebody else. A finding of none is worth as much as this.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Scanned {
    /// Answers searched.
    pub calls: u64,
    /// Bytes searched, as they came over the wire: status lines, headers, bodies, event frames.
    pub bytes: u64,
    /// Different canaries searched for.
    pub canaries: u32,
    /// In which forms each was searched for, e.g. `raw`, `base64`, `json-escaped`; sorted.
    pub encodings: Vec<String>,
}

impl Scanned {
    /// For people: how much was searched, for what, in which forms.
    pub fn sentence(&self) -> String {
        let plural = |count: u64| if count == 1 { "" } else { "s" };
        format!(
            "Searched {} answer{}, {} byte{}, for {} canar{} of other principals, in these forms and nests of them: {}.",
            self.calls,
            plural(self.calls),
            self.bytes,
            plural(self.bytes),
            self.canaries,
            if self.canaries == 1 { "y" } else { "ies" },
            self.encodings.join(", ")
        )
    }

    /// Takes the count of another part of the same run. Calls and bytes add up; every part searches for the same
    /// canaries, so the larger number of them holds.
    pub fn add(&mut self, other: &Scanned) {
        self.calls = self.calls.saturating_add(other.calls);
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.canaries = self.canaries.max(other.canaries);
        self.encodings.extend(other.encodings.iter().cloned());
        self.encodings.sort();
        self.encodings.dedup();
    }
}
