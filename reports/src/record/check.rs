//! One judged check with everything needed to believe it.

use super::{Access, Clean, Verdict};
use serde::{Deserialize, Serialize};

/// One verdict, the rule it is about, and the evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Check {
    /// Slug, unique within its case and stable over runs, e.g. `lower-case-accepted`.
    pub id: String,
    /// Rule id of the catalogue, e.g. `BEARER-08`; empty when the check belongs to no rule.
    pub rule: String,
    /// What was found.
    pub verdict: Verdict,
    /// Scenario path without extension, e.g. `bearer/scheme-case`.
    pub scenario: String,
    /// Row id of the case; empty when the scenario has one case only.
    pub case: String,
    /// MCP revision it was judged in, e.g. `2025-11-25`; part of the name of its case. Empty when the scenario depends
    /// on no revision.
    pub revision: String,
    /// Title of the scenario.
    pub title: Clean,
    /// Level of the rule as bound here: `MUST`, `SHOULD`, `MAY`, or empty.
    pub level: String,
    /// The rule in one line, without a full stop; empty when the check belongs to no rule, and in older records.
    #[serde(default, skip_serializing_if = "Clean::is_empty")]
    pub rule_title: Clean,
    /// The rule in a sentence or two, as the revision words it.
    pub statement: Clean,
    /// What makes a target that breaks the rule right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<Clean>,
    /// Who the rule binds: `server`, `authority`, `client`, …
    pub subject: String,
    /// The clauses it rests on, e.g. `RFC 9110 §11.1`, or a link.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Tags of the scenario, sorted.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The `why` of the baseline entry that foretold this verdict. Set only when the entry holds: the verdict stays
    /// as found, and does not count against the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_failure: Option<String>,
    /// Where the check is written.
    pub at: Place,
    /// Why, in one line.
    pub message: Clean,
    /// What differed; empty on a pass.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// What was sent and what came back, in order.
    #[serde(default)]
    pub exchanges: Vec<Exchange>,
    /// What was measured.
    #[serde(default)]
    pub measures: Vec<Measure>,
    /// The cell of the access matrix it judged; absent when it judged none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<Access>,
    /// The command that repeats just this one.
    pub repeat: Clean,
    /// What in the target file would make it testable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unlock: Option<Clean>,
    /// Time spent, in microseconds.
    pub duration_us: u64,
}

/// A place in an authored file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Place {
    /// Path with forward slashes, relative to the repository root; empty when unknown.
    pub file: String,
    /// Line, from 1; 0 when unknown.
    pub line: u32,
    /// Column in characters, from 1; 0 when unknown.
    pub column: u32,
    /// That line of the file, without its line end.
    #[serde(default)]
    pub text: Clean,
}

/// One expectation that was not met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Finding {
    /// What was looked at, e.g. `status` or `header www-authenticate`.
    pub selector: String,
    /// What should have been there.
    pub expected: Clean,
    /// What was there.
    pub actual: Clean,
    /// Where the expectation is written.
    pub place: Place,
    /// True on the decision axis (was access granted, did state change), false on the form axis (status, challenge,
    /// headers).
    pub decision: bool,
}

/// One request and its answer, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Exchange {
    /// What it was for, e.g. `positive control before` or the step's id.
    pub label: Clean,
    /// What was sent.
    pub request: Message,
    /// What came back, as far as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Message>,
    /// What went wrong on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Clean>,
    /// When.
    pub timing: Timing,
    /// Number of the connection it used, from 1, within its case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<u64>,
    /// Whether this is the exchange the verdict is about (else: a control or set-up).
    pub judged: bool,
}

/// One HTTP message as it was on the wire, masked and bounded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Message {
    /// `POST /mcp HTTP/1.1` or `HTTP/1.1 401 Unauthorized`.
    pub line: Clean,
    /// Names and values in the order of the wire; a repeated header is repeated here.
    #[serde(default)]
    pub headers: Vec<(Clean, Clean)>,
    /// The body as text; bytes that are no UTF-8 were replaced.
    #[serde(default)]
    pub body: Clean,
    /// Length of the whole body in bytes, also when it was cut here.
    #[serde(default)]
    pub body_bytes: u64,
    /// Whether `body` is only the beginning.
    #[serde(default)]
    pub truncated: bool,
}

/// Microseconds since the case began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Timing {
    /// First byte of the request was due.
    pub start_us: u64,
    /// First byte of the answer; absent when none came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_byte_us: Option<u64>,
    /// Last byte, or the moment it was given up.
    pub end_us: u64,
}

/// Something measured over several samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Measure {
    /// What, e.g. `first byte`.
    pub name: String,
    /// Unit of the values, e.g. `us`, `bits`, `bytes`.
    pub unit: String,
    /// The values.
    pub values: Values,
    /// Whether it speaks of likelihood only (timing oracles, entropy) and can never fail a run.
    pub statistical: bool,
}

/// A distribution in four numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Values {
    /// Samples.
    pub n: u64,
    /// Median.
    pub p50: f64,
    /// 95th percentile.
    pub p95: f64,
    /// Largest.
    pub max: f64,
}
