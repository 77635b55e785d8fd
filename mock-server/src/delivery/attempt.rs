//! One attempt: whether it may be made, and what its answer means.

use std::io;
use std::sync::Arc;

use super::event;
use super::letterbox::Letterbox;
use super::plan::{self, pause};
use super::post::Reply;
use super::queue::{For, Job};
use super::sign::Letter;
use crate::defect::{DefectSet, evs, whs};
use crate::platform::{Demand, Mode};
use crate::state::{State, View};

/// What becomes of a delivery.
pub(super) enum Fate {
    /// It was taken, or nobody may have it any more.
    Over,
    /// It is due again, with that said of its attempts.
    Again(Job),
}

pub(super) async fn attempt(state: &Arc<State>, mut job: Job) -> Fate {
    let view = state.view();
    let now = state.clock.now();
    let letterbox = match &job.to {
        For::Webhook(id) => standing(state, &view, id, now),
        For::Event { .. } => event::letterbox(state, &view, &job, now),
        For::Farewell(letterbox) => Some((**letterbox).clone()),
    };
    let Some(letterbox) = letterbox else {
        return Fate::Over;
    };
    if let Some(cap) = letterbox.cap
        && let Some(next) = state.deliveries.over_cap(job.to.subscription(), cap, now)
    {
        job.due = next * 1_000;
        return Fate::Again(job);
    }
    job.first.get_or_insert(now);
    let said = send(state, &view, &letterbox, &job, now).await;
    match &job.to {
        For::Webhook(id) => match said {
            Ok(reply) if (200..300).contains(&reply.status) => Fate::Over,
            Ok(reply) if reply.status == 410 && !view.defects.has(whs::CONTINUES_AFTER_410) => {
                state.platform().webhooks.disable(id, "410 Gone");
                Fate::Over
            }
            _ if view.defects.has(whs::NO_RETRY) => Fate::Over,
            failed => again(state, job, failed.ok(), plan::WEBHOOKS).unwrap_or(Fate::Over),
        },
        For::Event { .. } => event::fate(state, &view, job, said),
        For::Farewell(_) => match said {
            Ok(reply) if (200..500).contains(&reply.status) => Fate::Over,
            failed => again(state, job, failed.ok(), plan::EVENTS).unwrap_or(Fate::Over),
        },
    }
}

/// The same delivery later; `None` where it is given up.
pub(super) fn again(state: &State, mut job: Job, said: Option<Reply>, plan: plan::Plan) -> Option<Fate> {
    job.failed += 1;
    let ended = state.clock.millis();
    let asked = said.and_then(|reply| reply.retry_after);
    let since_first = ended / 1_000 - job.first.unwrap_or(ended / 1_000);
    job.due = ended + pause(plan, &job.message, job.failed, since_first, asked)?;
    Some(Fate::Again(job))
}

/// Where a webhook goes, while its subscription stands and whoever made it may still read what it is about.
fn standing(state: &State, view: &View, id: &str, now: i64) -> Option<Letterbox> {
    let subscription = state.platform().webhooks.get(id).cloned()?;
    let wanted = subscription.disabled.is_none();
    let permitted = view.defects.has(whs::HOOK_OUTLIVES_KEY)
        || may_read(state, view, &subscription.credential, &subscription.workspace);
    (wanted && permitted).then(|| Letterbox::webhook(&subscription, now))
}

/// Whether a credential lives and may read a workspace.
pub(super) fn may_read(state: &State, view: &View, credential: &str, workspace: &str) -> bool {
    state.live_caller(credential).is_some_and(|caller| {
        let demand = Demand::workspace(workspace, Mode::R);
        state.platform_for(view).permit(&caller, &demand).is_ok()
    })
}

async fn send(
    state: &Arc<State>,
    view: &View,
    letterbox: &Letterbox,
    job: &Job,
    now: i64,
) -> io::Result<Reply> {
    let defects = &view.defects;
    let id = if job.to.bent(defects, whs::ID_PER_ATTEMPT, evs::ID_PER_ATTEMPT) {
        format!("{}-{}", job.message, job.failed)
    } else {
        job.message.clone()
    };
    let letter = Letter {
        id: &id,
        timestamp: &timestamp(now, job.first, defects),
        body: &job.body,
    };
    letterbox.send(state, view, &letter, false).await
}

/// Seconds of this attempt.
pub(super) fn timestamp(now: i64, first: Option<i64>, defects: &DefectSet) -> String {
    match now {
        _ if defects.has(whs::TS_FROZEN) => first.unwrap_or(now).to_string(),
        now if defects.has(whs::TS_MS) => format!("{now}000"),
        now => now.to_string(),
    }
}
