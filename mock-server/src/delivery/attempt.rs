//! One attempt: whether it may be made, and what its answer means.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::address;
use super::plan::pause;
use super::post::{Said, post};
use super::queue::Job;
use super::sign::{Letter, headers};
use crate::defect::whs;
use crate::platform::{Demand, Mode, Subscription};
use crate::state::{State, View};

/// How long a receiver may take, in seconds of the world's clock.
const PATIENCE: i64 = 20;
/// How often the world's clock is looked at meanwhile.
const GLANCE: Duration = Duration::from_millis(10);

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
    let Some(subscription) = standing(state, &view, &job) else {
        return Fate::Over;
    };
    if let Some(cap) = subscription.rate_limit_per_hour
        && let Some(next) = state.deliveries.over_cap(&subscription.id, cap, now)
    {
        job.due = next * 1_000;
        return Fate::Again(job);
    }
    let first = *job.first.get_or_insert(now);
    let said = send(state, &view, &subscription, &job, now).await;
    match said {
        Ok(said) if (200..300).contains(&said.status) => Fate::Over,
        Ok(said) if said.status == 410 && !view.defects.has(whs::CONTINUES_AFTER_410) => {
            state.platform().webhooks.disable(&subscription.id, "410 Gone");
            Fate::Over
        }
        _ if view.defects.has(whs::NO_RETRY) => Fate::Over,
        failed => {
            job.failed += 1;
            let ended = state.clock.millis();
            let asked = failed.ok().and_then(|said| said.retry_after);
            match pause(&job.message, job.failed, ended / 1_000 - first, asked) {
                Some(pause) => {
                    job.due = ended + pause;
                    Fate::Again(job)
                }
                None => Fate::Over,
            }
        }
    }
}

/// The subscription, while it stands and whoever made it may still read what it is about.
fn standing(state: &State, view: &View, job: &Job) -> Option<Subscription> {
    let subscription = state.platform().webhooks.get(&job.subscription).cloned()?;
    let wanted = subscription.disabled.is_none();
    let permitted = view.defects.has(whs::HOOK_OUTLIVES_KEY)
        || state.live_caller(&subscription.credential).is_some_and(|caller| {
            let demand = Demand::workspace(&subscription.workspace, Mode::R);
            state.platform_for(view).permit(&caller, &demand).is_ok()
        });
    (wanted && permitted).then_some(subscription)
}

async fn send(
    state: &Arc<State>,
    view: &View,
    subscription: &Subscription,
    job: &Job,
    now: i64,
) -> io::Result<Said> {
    let defects = &view.defects;
    let hosts = state.platform().webhooks.hosts.clone();
    let lead = |url: &str| {
        if defects.has(whs::SSRF_WEBHOOK) {
            address::socket(url)
        } else {
            address::permitted(url, &hosts)
        }
    };
    let nowhere = || io::Error::other("nothing is delivered there");
    let to = lead(&subscription.target_url).ok_or_else(nowhere)?;
    let stamp = match now {
        _ if defects.has(whs::TS_FROZEN) => job.first.unwrap_or(now).to_string(),
        now if defects.has(whs::TS_MS) => format!("{now}000"),
        now => now.to_string(),
    };
    let id = if defects.has(whs::ID_PER_ATTEMPT) {
        format!("{}-{}", job.message, job.failed)
    } else {
        job.message.clone()
    };
    let letter = Letter {
        id: &id,
        timestamp: &stamp,
        body: &job.body,
    };
    let lines = headers(subscription.scheme, &subscription.secrets(now), &letter, defects);
    let patience = if defects.has(whs::TIMEOUT_1S) { 1 } else { PATIENCE };
    let said = in_time(
        state,
        patience,
        post(to, &subscription.target_url, &lines, &job.body),
    )
    .await?;
    if defects.has(whs::FOLLOW_REDIRECT)
        && said.status / 100 == 3
        && let Some(location) = &said.location
        && let Some(to) = address::socket(location)
    {
        return in_time(state, patience, post(to, location, &lines, &job.body)).await;
    }
    Ok(said)
}

/// At most so many seconds of the world's clock.
async fn in_time(
    state: &State,
    seconds: i64,
    sending: impl Future<Output = io::Result<Said>>,
) -> io::Result<Said> {
    let end = state.clock.millis() + seconds * 1_000;
    let over = async {
        while state.clock.millis() < end {
            tokio::time::sleep(GLANCE).await;
        }
    };
    tokio::select! {
        said = sending => said,
        () = over => Err(io::ErrorKind::TimedOut.into()),
    }
}
