//! A scenario and the rows of its table.

use std::sync::Arc;
use std::time::Duration;

use super::agent::AgentStep;
use super::place::{SourceFile, Spanned};
use super::step::{Kind, Step, Who};
use super::template::Data;

/// A scenario file.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Stable id: the path below `scenarios/` (or the project root) without the ending, `bearer/scheme-case`.
    pub id: String,
    /// The file.
    pub file: Arc<SourceFile>,
    /// The sentence after `scenario:`.
    pub title: Spanned<String>,
    /// Rules judged here.
    pub rules: Vec<Spanned<String>>,
    /// Who is judged.
    pub subject: Vec<Spanned<String>>,
    /// MCP revisions it holds in, one case for each; `None`: it depends on none and runs once.
    pub revisions: Option<Vec<Spanned<String>>>,
    /// `revisions: eras`: of those that are spoken, only the newest of each era.
    pub once_per_era: bool,
    /// Free labels for `--tag`.
    pub tags: Vec<Spanned<String>>,
    /// Capabilities the target must declare.
    pub needs: Vec<Spanned<String>>,
    /// Cases that share this name run one after another.
    pub exclusive: Option<Spanned<String>>,
    /// Runs only with `--slow` where there is no test clock.
    pub slow: bool,
    /// Default principal.
    pub who: Option<Who>,
    /// Budget for one case.
    pub timeout: Option<Duration>,
    /// Positive controls: run before the steps and again after them.
    pub given: Vec<Step>,
    /// Written rows.
    pub cases: Vec<Case>,
    /// Axes whose product makes rows.
    pub matrix: Vec<Axis>,
    /// The steps.
    pub steps: Vec<Step>,
    /// Always run at the end; a miss is a note.
    pub cleanup: Vec<Step>,
    /// `inputs:` of a scenario that others `use`.
    pub inputs: Vec<Spanned<String>>,
    /// `gives:` of a scenario that others `use`.
    pub gives: Vec<Spanned<String>>,
}

impl Scenario {
    /// The step that runs a command, where it is a check of an agent.
    pub fn agent(&self) -> Option<&AgentStep> {
        self.steps.iter().find_map(|step| match &step.kind {
            Kind::Agent(agent) => Some(&**agent),
            _ => None,
        })
    }

    /// Whether it looks at what other cases brought to light and sends nothing itself.
    pub fn observes(&self) -> bool {
        self.steps
            .iter()
            .any(|step| matches!(step.kind, Kind::Observe(_)))
    }
}

/// A row of `cases:`.
#[derive(Debug, Clone)]
pub struct Case {
    /// `[a-z][a-z0-9-]*`.
    pub id: Spanned<String>,
    /// The rule this row judges.
    pub rule: Option<Spanned<String>>,
    /// Overrides the rule's level.
    pub level: Option<Spanned<Level>>,
    /// Capabilities this row needs.
    pub needs: Vec<Spanned<String>>,
    /// MCP revisions that have this row; `None`: all.
    pub revisions: Option<Vec<Spanned<String>>>,
    /// `${case.NAME}`.
    pub values: Vec<(Spanned<String>, Data)>,
}

/// An axis of `matrix:`.
#[derive(Debug, Clone)]
pub struct Axis {
    /// `${case.NAME}`.
    pub name: Spanned<String>,
    /// A written list, or one reference to a list or map of the target.
    pub values: Data,
}

/// A keyword of RFC 2119.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// MUST, MUST NOT.
    Must,
    /// SHOULD, SHOULD NOT.
    Should,
    /// MAY.
    May,
}
