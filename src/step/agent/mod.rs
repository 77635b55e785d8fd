//! The kinds `agent`, `requests` and `ended`: a command runs in its world, and what the world saw of it is looked at.
//!
//! Who starts the command and stands around it is a [`Stage`]; it is made above this room, once for each case.

mod nature;
mod select;
mod transcript;

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::BoxFuture;

pub use nature::{Nature, Wanted};
pub use select::{ended, requests};
pub use transcript::{Heard, Transcript};

use super::oauth::token_of;
use super::{Fill, Problem, Scope, World};
use crate::expect::Value;
use crate::scenario::model::AgentStep;
use crate::secret::Secret;

/// Where a command runs.
pub trait Stage: Send + Sync {
    /// What a plan and the checks may name as `${world.…}`: addresses, and what the command is given.
    fn setting<'a>(
        &'a self,
        agent: &'a AgentStep,
        world: &'a Arc<World>,
    ) -> BoxFuture<'a, Result<BTreeMap<String, Value>, Problem>>;
    /// Runs the command to its end.
    fn play<'a>(
        &'a self,
        agent: &'a AgentStep,
        world: &'a Arc<World>,
        scope: &'a Scope,
    ) -> BoxFuture<'a, Result<Transcript, Problem>>;
}

/// A login of a principal with `oauth:`.
#[derive(Debug, Clone)]
pub struct Login {
    /// The access token.
    pub access: Secret,
    /// The refresh token, where there is one.
    pub refresh: Option<Secret>,
    /// Seconds until the access token expires.
    pub expires_in: Option<i64>,
}

/// Logs a principal in, as a person would.
pub async fn login(principal: &str, world: &World) -> Result<Login, Problem> {
    let scope = Scope::default();
    let fill = Fill::new(world, &scope);
    let access = token_of(principal, fill).await?;
    let access = access.ok_or_else(|| Problem::Unusable(format!("`{principal}` has no `oauth`")))?;
    let (refresh, expires) = world.parts.accounts.login(principal);
    if let Some(refresh) = &refresh {
        world
            .scrubber()
            .learn(&format!("{principal} refresh"), refresh.expose());
    }
    Ok(Login {
        access,
        refresh,
        expires_in: expires.map(|at| at - world.now()),
    })
}

/// Carries out an act of a plan.
pub async fn act(
    act: &crate::scenario::model::DoStep,
    world: &Arc<World>,
    scope: &Scope,
) -> Result<(), Problem> {
    use crate::scenario::model::{Kind, Step};
    let step = Step::bare(act.verb.at.clone(), Kind::Do(act.clone()));
    super::perform(&step, world, scope).await.map(drop)
}

impl World {
    /// Where a command runs in this case.
    pub fn stage(&self) -> Result<Arc<dyn Stage>, Problem> {
        let none =
            || Problem::Unusable("no command is under test here: `hallmark agent FILE -- CMD`".to_owned());
        self.parts.stage.clone().ok_or_else(none)
    }

    /// Keeps what was seen of the command.
    pub fn keep_transcript(&self, transcript: Transcript) {
        *transcript::lock(&self.transcript) = Some(Arc::new(transcript));
    }

    /// Requests that came.
    pub(super) fn came(&self) -> u64 {
        let kept = transcript::lock(&self.transcript);
        kept.as_ref()
            .map_or(0, |all| all.requests.len() as u64 + all.beyond)
    }

    fn transcript(&self) -> Result<Arc<Transcript>, Problem> {
        let kept = transcript::lock(&self.transcript).clone();
        kept.ok_or_else(|| Problem::Unusable("the command has not run".to_owned()))
    }
}
