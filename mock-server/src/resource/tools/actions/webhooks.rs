//! Subscriptions to webhooks, which belong to `event` and `event_manage`. A secret is in the answer that makes it, here
//! and never again.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::super::arguments::Arguments;
use super::{Answer, Turn, Working, on, told};
use crate::delivery::address;
use crate::platform::{Caller, Demand, Mode, NewSubscription, Platform, Refusal, SubscriptionChange};
use crate::resource::tools::ToolError;

pub(super) const WORKING: &[Working] = &[
    on("event", "webhook-list", workspace_admin, list),
    on("event", "webhook-details", subscription, details),
    on("event_manage", "webhook-create", workspace_admin, create),
    on("event_manage", "webhook-update", subscription, update),
    on("event_manage", "webhook-rotate-secret", subscription, rotate),
    on("event_manage", "webhook-delete", subscription, delete),
];

fn workspace_admin(_: &Platform, _: &Caller, given: Arguments<'_>) -> Result<Demand, ToolError> {
    Ok(Demand::workspace(given.text("workspace_id")?, Mode::Rwa))
}

fn subscription(platform: &Platform, _: &Caller, given: Arguments<'_>) -> Result<Demand, ToolError> {
    Ok(platform.subscription_demand(given.text("subscription_id")?)?)
}

fn list(turn: &mut Turn<'_>) -> Answer {
    let workspace = turn.given.text("workspace_id")?;
    told(
        "subscriptions",
        turn.platform.list_subscriptions(turn.caller, workspace)?,
    )
}

fn details(turn: &mut Turn<'_>) -> Answer {
    let id = turn.given.text("subscription_id")?;
    told("subscription", turn.platform.subscription(turn.caller, id)?)
}

fn create(turn: &mut Turn<'_>) -> Answer {
    let given = turn.given;
    let new = NewSubscription {
        target_url: given.text("target_url")?.to_owned(),
        events: given.words("event_type_subscriptions")?.unwrap_or_default(),
        description: given.owned("description")?.unwrap_or_default(),
        scheme: given.owned("scheme")?.unwrap_or_default(),
        rate_limit_per_hour: given.number("rate_limit_per_hour")?,
    };
    let workspace = given.text("workspace_id")?;
    turn.platform
        .permit(turn.caller, &Demand::workspace(workspace, Mode::Rwa))?;
    permitted(turn.platform, &new.target_url)?;
    let secret = secret(turn, &new.scheme);
    let made = turn
        .platform
        .subscribe(turn.caller, turn.now, workspace, new, secret.clone())?;
    Ok(shown(&made, &secret))
}

fn update(turn: &mut Turn<'_>) -> Answer {
    let given = turn.given;
    let change = SubscriptionChange {
        target_url: given.owned("target_url")?,
        events: given.words("event_type_subscriptions")?,
        description: given.owned("description")?,
        rate_limit_per_hour: given.number("rate_limit_per_hour")?,
    };
    if let Some(url) = &change.target_url {
        permitted(turn.platform, url)?;
    }
    let id = given.text("subscription_id")?;
    told(
        "subscription",
        turn.platform.change_subscription(turn.caller, id, change)?,
    )
}

fn rotate(turn: &mut Turn<'_>) -> Answer {
    let id = turn.given.text("subscription_id")?;
    let scheme = turn.platform.subscription(turn.caller, id)?.scheme;
    let secret = secret(turn, scheme);
    let at_once = turn.platform.switches.webhooks.hard_cut;
    let changed = turn
        .platform
        .rotate_webhook_secret(turn.caller, turn.now, id, secret.clone(), at_once)?;
    Ok(shown(&changed, &secret))
}

fn delete(turn: &mut Turn<'_>) -> Answer {
    let id = turn.given.text("subscription_id")?;
    turn.given.confirmed()?;
    told("subscription", turn.platform.unsubscribe(turn.caller, id)?)
}

/// 406 for an address that nothing may be delivered to.
fn permitted(platform: &Platform, url: &str) -> Result<(), ToolError> {
    if platform.switches.webhooks.anywhere || address::permitted(url, &platform.webhooks.hosts).is_some() {
        return Ok(());
    }
    let what = "must be https and outside private networks";
    Err(Refusal::validation("target_url", what).into())
}

/// 32 bytes in Base64 after `whsec_`. The schemes without that form take the same text as it is.
fn secret(turn: &mut Turn<'_>, scheme: &str) -> String {
    let random = if turn.platform.switches.webhooks.shared_secret {
        turn.caller.user.clone()
    } else {
        (turn.mint)()
    };
    // The authority's values are unguessable; of one the platform keeps nothing.
    let bytes = Sha256::digest(format!("webhook/{scheme}/{random}"));
    format!("whsec_{}", STANDARD.encode(bytes))
}

/// An asymmetric scheme has a public key to show and nothing to keep secret.
fn shown(view: &crate::platform::SubscriptionView, secret: &str) -> Value {
    if view.scheme == "standard-webhooks-ed25519" {
        let public = crate::delivery::public_key(secret);
        return json!({ "subscription": view, "public_key": public });
    }
    json!({ "subscription": view, "secret": secret })
}
