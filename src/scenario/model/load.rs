//! A load plan: what is called, how often, what happens meanwhile, and what must hold.

use std::sync::Arc;
use std::time::Duration;

use super::kinds::{DoStep, McpStep, UseStep};
use super::matcher::Comparison;
use super::place::{At, SourceFile, Spanned};
use super::step::{Kind, Who};

/// A load file.
#[derive(Debug, Clone)]
pub struct LoadPlan {
    /// Stable id, as of a scenario.
    pub id: String,
    /// The file.
    pub file: Arc<SourceFile>,
    /// The sentence after `load:`.
    pub title: Spanned<String>,
    /// Rules judged here.
    pub rules: Vec<Spanned<String>>,
    /// Who calls.
    pub callers: Callers,
    /// What is called, weighted.
    pub mix: Vec<MixEntry>,
    /// Streams and sockets that are held open meanwhile.
    pub streams: Vec<Fleet>,
    /// When it is called; `None` where the file does not say it soundly.
    pub model: Option<LoadModel>,
    /// What happens while it runs.
    pub during: Vec<During>,
    /// What is judged on every answer.
    pub invariants: Vec<Invariant>,
    /// What the figures must keep.
    pub thresholds: Vec<Threshold>,
    /// The first part of the run, which is not measured.
    pub warm_up: Duration,
    /// Of all that is drawn; `None`: of the run.
    pub seed: Option<u64>,
    /// Connections at most; `None`: the default.
    pub in_flight: Option<Spanned<u64>>,
    /// How long a call may take; `None`: the default.
    pub timeout: Option<Duration>,
    /// `exact` instead of `fine`.
    pub exact: bool,
    /// An arrival that finds no connection is dropped and counted.
    pub may_drop: bool,
}

/// `as:` of a load plan.
#[derive(Debug, Clone)]
pub enum Callers {
    /// The first principal of the target.
    Default,
    /// These principals of the target, in turn.
    Principals(Vec<Spanned<String>>),
    /// So many identities, made by the mock or taken from the target.
    Identities(Spanned<u64>),
}

/// An entry of `mix:`.
#[derive(Debug, Clone)]
pub struct MixEntry {
    /// How often beside the others.
    pub weight: Spanned<u64>,
    /// Its name in reports and in `of`; default: the probe, tool, method or file.
    pub name: Option<Spanned<String>>,
    /// Who calls instead of the plan's callers: a credential that should not pass, say.
    pub who: Option<Who>,
    /// It has to be refused.
    pub refused: bool,
    /// What it is.
    pub act: MixAct,
    /// Where.
    pub at: At,
}

/// What an entry of `mix:` does.
#[derive(Debug, Clone)]
pub enum MixAct {
    /// A call.
    Mcp(Box<McpStep>),
    /// A scenario as the journey of a user.
    Use(UseStep),
    /// A refresh of the caller's token.
    Refresh,
    /// The caller's session is ended and a new one opened.
    Reopen,
}

/// The open or the closed model.
#[derive(Debug, Clone)]
pub enum LoadModel {
    /// `arrivals:`.
    Arrivals {
        /// One after another.
        phases: Vec<ArrivalPhase>,
        /// At random instead of evenly.
        poisson: bool,
    },
    /// `users:`.
    Users(VirtualUsers),
}

/// An entry of `arrivals:`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ArrivalPhase {
    /// Evenly from the rate before it (`to`), instead of at once (`at`).
    pub ramps: bool,
    /// Per second, at its end.
    pub rate: f64,
    /// How long.
    pub length: Duration,
}

/// `users:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VirtualUsers {
    /// How many.
    pub count: u64,
    /// They think at least and at most so long between calls.
    pub think: (Duration, Duration),
    /// They come within this time.
    pub ramp: Duration,
    /// From the start on.
    pub length: Duration,
}

/// An entry of `streams:`.
#[derive(Debug, Clone)]
pub struct Fleet {
    /// How many, over all callers in turn.
    pub count: Spanned<u64>,
    /// What is opened.
    pub kind: Kind,
    /// Where.
    pub at: At,
}

/// An entry of `during:`.
#[derive(Debug, Clone)]
pub struct During {
    /// Counted from the start.
    pub at: Spanned<Duration>,
    /// What happens.
    pub act: DoStep,
}

/// An entry of `invariants:`.
#[derive(Debug, Clone)]
pub struct Invariant {
    /// Which, by its word in the tables.
    pub name: Spanned<String>,
    /// The rule it is judged for.
    pub rule: Option<Spanned<String>>,
}

/// An entry of `thresholds:`.
#[derive(Debug, Clone)]
pub struct Threshold {
    /// What is measured, by its word in the tables.
    pub metric: Spanned<String>,
    /// All of them must hold.
    pub bounds: Vec<(Comparison, Bound)>,
    /// One operation instead of all, by its name.
    pub of: Option<Spanned<String>>,
    /// The rule it is judged for.
    pub rule: Option<Spanned<String>>,
    /// Missed for so long, it ends the run.
    pub abort_after: Option<Duration>,
}

/// What a figure is compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// A time.
    Duration(Duration),
    /// A share, 0.1% = 0.001.
    Share(f64),
    /// A number, or so many per second.
    Number(f64),
    /// What the baseline had, times this.
    Baseline(f64),
}

impl LoadPlan {
    /// From the start to the last arrival, or the last call of a user.
    pub fn length(&self) -> Duration {
        match &self.model {
            Some(LoadModel::Arrivals { phases, .. }) => phases.iter().map(|phase| phase.length).sum(),
            Some(LoadModel::Users(users)) => users.length,
            None => Duration::ZERO,
        }
    }

    /// The highest rate of the open model, per second.
    pub fn peak(&self) -> Option<f64> {
        match &self.model {
            Some(LoadModel::Arrivals { phases, .. }) => {
                Some(phases.iter().map(|phase| phase.rate).fold(0.0, f64::max))
            }
            _ => None,
        }
    }
}

impl MixEntry {
    /// Its name in reports and in `of`. `None` where it is only known when the run begins.
    pub fn called(&self) -> Option<&str> {
        use super::kinds::McpCall;
        if let Some(name) = &self.name {
            return Some(&name.value);
        }
        match &self.act {
            MixAct::Mcp(step) => match &step.call {
                McpCall::Probe(name)
                | McpCall::Tool { tool: name, .. }
                | McpCall::Method { method: name, .. } => name.as_literal(),
            },
            MixAct::Use(used) => Some(&used.path.value),
            MixAct::Refresh => Some("refresh"),
            MixAct::Reopen => Some("reopen"),
        }
    }
}
