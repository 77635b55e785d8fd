//! What is tested: the embedded mock, a server that is there, or a command.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::mock::MockSubject;
use super::plan::{Instance, Plan, plan};
use crate::expect::Value;
use crate::mcp::Revision;
use crate::scenario::model::Scenario;
use crate::step::{Door, Stage};
use crate::target::{self, Resolved, Target};

/// What is tested.
pub enum Subject {
    /// The embedded mock: every case its own world.
    Mock(Box<MockSubject>),
    /// A server that is there already.
    Real {
        /// The target.
        target: Arc<Resolved>,
        /// Its test door, if it has one.
        door: Option<Arc<dyn Door>>,
    },
    /// A command under test: every case a mock of its own, and a stage for the command.
    Agent(Arc<dyn Stages>),
}

/// Makes the stages on which a command is run.
pub trait Stages: Send + Sync {
    /// What is known of every world.
    fn declared(&self) -> &Target;
    /// A world for one case, and what stands around the command in it.
    fn stage<'a>(&'a self, instance: &'a Instance) -> BoxFuture<'a, Result<Staged, String>>;
}

/// A world with a stage for a command.
pub struct Staged {
    /// The mock as a target.
    pub target: Arc<Resolved>,
    /// Its test door.
    pub door: Arc<dyn Door>,
    /// Where the command runs. The mock ends with it.
    pub stage: Arc<dyn Stage>,
}

impl Subject {
    pub(super) fn declared(&self) -> &Target {
        match self {
            Subject::Mock(mock) => mock.target(),
            Subject::Agent(stages) => stages.declared(),
            Subject::Real { target, .. } => &target.target,
        }
    }

    pub(super) fn has_clock(&self) -> bool {
        match self {
            Subject::Mock(_) => true,
            // What a command sleeps through, it sleeps through in real time.
            Subject::Agent(_) => false,
            Subject::Real { door, .. } => door.is_some(),
        }
    }
}

/// All cases of some scenarios on this subject, in the `spoken` revisions (oldest first). Axes are drawn from the
/// target's own declaration.
pub async fn plan_for(
    scenarios: &[Arc<Scenario>],
    spoken: &[Revision],
    subject: &Subject,
) -> Result<Plan, String> {
    let made;
    let target = match subject {
        Subject::Real { target, .. } => target,
        Subject::Agent(_) => return Ok(plan(scenarios, spoken, &|_| None)),
        Subject::Mock(mock) => {
            made = mock.world().await?;
            &made.target
        }
    };
    Ok(plan(scenarios, spoken, &|path| {
        let secret = path.first().is_some_and(|root| root == "credentials");
        target::value(target, path).map(|value| Value::json(value).tainted(secret))
    }))
}
