//! Takes in what happened, and keeps delivering for as long as the world lives.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::attempt::{Fate, attempt};
use super::event;
use super::queue::{For, Job};
use crate::defect::whs;
use crate::platform::{AuditEvent, Subscription};
use crate::state::State;

/// Attempts at once.
const AT_ONCE: usize = 16;
/// The longest sleep; the clock may have moved meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_mins(1);
/// How long whoever moved the clock waits for what became due.
const SETTLING: Duration = Duration::from_millis(100);

/// Puts what happened since the last time into the queue, for every subscription that it is about.
pub(crate) fn collect(state: &State) {
    {
        let platform = state.platform();
        // Reads change nothing, and there are many of them.
        if !platform.webhooks.is_waiting() && state.events().is_collected(platform.trail()) {
            return;
        }
    }
    event::put(state, event::collect(state));
    let pairs: Vec<(AuditEvent, Subscription)> = {
        let mut platform = state.platform();
        let happened = platform.webhooks.take_waiting();
        let about = happened.into_iter().flat_map(|event| {
            let subscriptions = platform.webhooks.about(&event);
            subscriptions.into_iter().map(move |one| (event.clone(), one))
        });
        about.collect()
    };
    for (event, subscription) in pairs {
        state.deliveries.put(Job {
            body: body(state, &event, &subscription).to_string().into(),
            message: format!("msg_{}", event.event_id),
            to: For::Webhook(subscription.id),
            first: None,
            failed: 0,
            due: state.clock.millis(),
        });
    }
}

fn body(state: &State, event: &AuditEvent, subscription: &Subscription) -> Value {
    let mut body = json!({
        "id": event.event_id,
        "event": event.event,
        "created": event.created,
        "org_id": event.org_id,
        "workspace_id": event.workspace_id,
        "object_id": event.object_id,
        "actor": { "user_id": event.calling_user, "credential_id": event.credential.id },
        "data": { "line": event.template },
    });
    if state.view().defects.has(whs::TOKEN_IN_PAYLOAD) {
        let ledger = state.ledger();
        let own = ledger.keys.iter().find(|(_, id)| *id == subscription.credential);
        body["data"]["authorization"] = own.map(|(token, _)| format!("Bearer {token}")).into();
    }
    body
}

/// Delivers whatever is due, several at once.
pub(crate) async fn run(state: Arc<State>) {
    let mut running = JoinSet::new();
    loop {
        let now = state.clock.millis();
        while running.len() < AT_ONCE
            && let Some(job) = state.deliveries.take_due(now)
        {
            let state = Arc::clone(&state);
            running.spawn(async move {
                if let Fate::Again(job) = attempt(&state, job).await {
                    state.deliveries.put(job);
                }
                state.deliveries.ended();
            });
        }
        let pause = state.deliveries.next_due().map_or(LONGEST_SLEEP, |due| {
            Duration::from_millis(u64::try_from(due - now).unwrap_or(1).max(1)).min(LONGEST_SLEEP)
        });
        tokio::select! {
            () = state.deliveries.news() => {}
            Some(_) = running.join_next() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Waits a moment for what is due to be delivered, so that whoever moves the clock in steps sees it in its step.
pub(crate) async fn settle(state: &State) {
    state.deliveries.wake();
    let end = Instant::now() + SETTLING;
    while !state.deliveries.is_quiet(state.clock.millis()) && Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
