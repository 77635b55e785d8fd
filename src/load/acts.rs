//! What a mix can hold besides single requests: refreshes of tokens and sessions opened anew.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use tokio::runtime::Handle;

use super::meter::Class;
use super::renew::Renewer;
use super::transport::{self, Trouble};
use crate::run::{Journey, Setup};
use crate::scenario::model::{LoadPlan, MixAct};
use crate::step::World;

/// How long a journey may take.
const JOURNEY: Duration = Duration::from_mins(2);

/// Carries them out on the runtime that outlives the cores.
pub(super) struct Acts {
    pub(super) plan: Arc<LoadPlan>,
    pub(super) renewer: Arc<Renewer>,
    /// By operation.
    pub(super) journeys: Vec<Option<Arc<Journey>>>,
    pub(super) home: Handle,
}

impl Acts {
    /// The journeys of a plan.
    pub(super) async fn journeys(
        plan: &LoadPlan,
        world: &World,
        setup: &Setup,
    ) -> Result<Vec<Option<Arc<Journey>>>, String> {
        let mut all = Vec::new();
        for entry in &plan.mix {
            all.push(match &entry.act {
                MixAct::Use(call) => {
                    let scenario = call
                        .scenario
                        .as_ref()
                        .ok_or_else(|| format!("there is no file `{}`", call.path.value))?;
                    let journey = Journey::of(scenario, world.revision(), world.target(), setup).await?;
                    Some(Arc::new(journey))
                }
                _ => None,
            });
        }
        Ok(all)
    }
}

async fn travel(journey: &Journey, world: &World, caller: &str) -> (Class, Option<Trouble>) {
    let parts = world.like(caller, format!("load/{caller}"), Instant::now() + JOURNEY);
    match journey.go(parts).await {
        Ok(()) => (Class::Ok, None),
        Err(why) => (Class::Journey, Some(Trouble::new(Class::Journey, why))),
    }
}

impl transport::Acts for Acts {
    fn act(&self, operation: usize, caller: usize) -> BoxFuture<'static, (Class, Option<Trouble>)> {
        let renewer = Arc::clone(&self.renewer);
        let session = matches!(
            self.plan.mix.get(operation).map(|entry| &entry.act),
            Some(MixAct::Reopen)
        );
        let journey = self.journeys.get(operation).cloned().flatten();
        let doing = self.home.spawn(async move {
            match journey {
                Some(journey) => {
                    let name = renewer.callers.names[caller].clone();
                    travel(&journey, &renewer.callers.world, &name).await
                }
                None if session => renewer.session(caller).await,
                None => renewer.token_now(caller).await,
            }
        });
        Box::pin(async move {
            let ended = Trouble::new(Class::Unfinished, "the run was ended");
            doing.await.unwrap_or((Class::Unfinished, Some(ended)))
        })
    }
}
