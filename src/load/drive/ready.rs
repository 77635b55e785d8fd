//! What there is before the first call: the world of all callers, and the eye on their answers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hallmark_reports::record::{CaseRef, Event, RunKind};
use tokio::sync::mpsc::UnboundedSender;

use super::NotBegun;
use crate::expect::Canaries;
use crate::load::callers::Callers;
use crate::load::rehearse::Rehearsed;
use crate::load::renew::{Presented, Renewal};
use crate::load::watch::{Data, Operation, Tallies, Tokens, Watcher};
use crate::run::{Setup, Subject, started};
use crate::scenario::model::LoadPlan;
use crate::secret::Scrubber;
use crate::step::{Fill, Scope, World, WorldParts};

/// The first event.
pub(super) fn opening(plan: &LoadPlan, setup: &Setup) -> Event {
    let planned = CaseRef {
        scenario: plan.id.clone(),
        case: String::new(),
        revision: String::new(),
        title: Scrubber::own_words(&plan.title.value),
    };
    started(RunKind::Load, vec![planned], setup)
}

/// The world of all callers.
pub(super) fn world(setup: &Setup) -> Result<Arc<World>, NotBegun> {
    let Subject::Real { target, door } = &setup.subject else {
        return Err(NotBegun::Other("load needs a server that is there".to_owned()));
    };
    let (by_principal, ids) = target.canaries();
    let revision = setup
        .settings
        .revisions
        .iter()
        .rev()
        .find(|revision| !revision.is_http_sse());
    let revision = revision.copied().ok_or_else(|| {
        NotBegun::Other(
            "the target speaks HTTP+SSE of 2024-11-05 alone, which is not driven under load".to_owned(),
        )
    })?;
    Ok(Arc::new(World::new(WorldParts {
        target: Arc::clone(target),
        canaries: Arc::new(Canaries::new(by_principal, ids)),
        wire: setup.wire.clone(),
        scrubber: setup.scrubber.clone(),
        accounts: Arc::clone(&setup.accounts),
        door: door.clone(),
        revision,
        mirrored: Arc::clone(&setup.mirrored),
        seed: setup.settings.seed,
        run_id: setup.settings.run_id.clone(),
        case: "load".to_owned(),
        // A run is bounded by its plan.
        deadline: Instant::now() + Duration::from_hours(48),
        params: std::collections::BTreeMap::new(),
        stage: None,
    })))
}

/// Judges every answer.
pub(super) fn watcher(
    plan: &LoadPlan,
    callers: &Arc<Callers>,
    rehearsed: &Rehearsed,
    presented: &[Presented],
    renewals: UnboundedSender<Renewal>,
) -> Watcher {
    let operations = plan.mix.iter().zip(&rehearsed.own).map(|(entry, own)| Operation {
        refused: entry.refused,
        alone: entry.who.is_some(),
        own: *own,
    });
    let tokens = Tokens::default();
    for (name, one) in callers.names.iter().zip(presented) {
        if let Some(token) = one.token() {
            tokens.learn(name, token.clone());
        }
    }
    tokens.settle();
    Watcher {
        operations: operations.collect(),
        data: Data::new(callers, &rehearsed.templates),
        tokens,
        promise: promised(&callers.world),
        tallies: Tallies::default(),
        revocation: std::sync::Mutex::default(),
        renewals,
        callers: Arc::clone(callers),
    }
}

/// How long a credential that was ended may still be taken, where the target promises nothing: as REVK-04 has it.
const REVOKED: Duration = Duration::from_secs(5);

fn promised(world: &World) -> Duration {
    let scope = Scope::default();
    let written = world.target().target.promises.get("revocation");
    let value = written.and_then(|data| Fill::new(world, &scope).data(data).ok());
    value.and_then(|value| value.as_duration()).unwrap_or(REVOKED)
}
