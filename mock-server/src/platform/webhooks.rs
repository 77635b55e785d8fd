//! Subscriptions to webhooks, and what happened that they are about. Who signs and delivers is another room.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::Serialize;

use super::{AuditEvent, Caller, Demand, Mode, Platform, Refusal, stamp};

/// How long the old secret signs beside the new one, in seconds.
const OVERLAP: i64 = 3_600;
/// Subscriptions of one workspace.
const MOST: usize = 100;
/// Occurrences that wait for whoever delivers them.
const WAITING: usize = 1_000;
/// The longest address, description and event name.
const LONGEST: usize = 2_048;

/// Signature schemes a subscription can ask for.
const SCHEMES: [&str; 6] = [
    "standard-webhooks",
    "standard-webhooks-ed25519",
    "fastio",
    "fastio-hex",
    "github",
    "stripe",
];

/// A subscription as the platform keeps it.
#[derive(Debug, Clone, Serialize)]
pub struct Subscription {
    /// Opaque id.
    pub id: String,
    /// The account it belongs to.
    pub user: String,
    /// The credential that made it; with that it ends.
    pub credential: String,
    /// The workspace whose events it is about.
    pub workspace: String,
    /// Where deliveries go.
    pub target_url: String,
    /// Names of events; empty: all.
    pub events: Vec<String>,
    /// A switch of defects: about every workspace, not only its own.
    #[serde(skip)]
    pub everywhere: bool,
    /// In its owner's words.
    pub description: String,
    /// One of the schemes that are known.
    pub scheme: &'static str,
    /// Deliveries an hour; more wait for the next one.
    pub rate_limit_per_hour: Option<usize>,
    /// Unix seconds.
    pub created: i64,
    /// Why nothing is delivered any more.
    pub disabled: Option<&'static str>,
    /// As it was shown once.
    #[serde(skip)]
    pub secret: String,
    /// The one before, and until when it signs too.
    #[serde(skip)]
    pub previous: Option<(String, i64)>,
}

/// A subscription as its owner sees it after the first time.
#[derive(Debug, Clone, Serialize)]
pub struct SubscriptionView {
    /// Opaque id.
    pub id: String,
    /// Where deliveries go.
    pub target_url: String,
    /// Names of events; empty: all.
    pub event_type_subscriptions: Vec<String>,
    /// In its owner's words.
    pub description: String,
    /// How deliveries are signed.
    pub scheme: &'static str,
    /// Deliveries an hour.
    pub rate_limit_per_hour: Option<usize>,
    /// When it was made.
    pub created: String,
    /// Whether deliveries go out.
    pub enabled: bool,
    /// Why not.
    pub disabled_reason: Option<&'static str>,
}

/// What a new subscription is asked to be.
#[derive(Debug, Clone, Default)]
pub struct NewSubscription {
    /// Where deliveries go.
    pub target_url: String,
    /// Names of events; empty: all.
    pub events: Vec<String>,
    /// In its owner's words.
    pub description: String,
    /// One of the schemes that are known; the first when empty.
    pub scheme: String,
    /// Deliveries an hour.
    pub rate_limit_per_hour: Option<usize>,
}

/// What changes about a subscription; `None` leaves a thing as it is.
#[derive(Debug, Clone, Default)]
pub struct SubscriptionChange {
    /// Where deliveries go.
    pub target_url: Option<String>,
    /// The whole new list of event names.
    pub events: Option<Vec<String>>,
    /// In its owner's words.
    pub description: Option<String>,
    /// Deliveries an hour.
    pub rate_limit_per_hour: Option<usize>,
}

/// All subscriptions, and what waits to be delivered.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Webhooks {
    subscriptions: BTreeMap<String, Subscription>,
    /// `host:port` that deliveries may go to although they are on this computer.
    pub hosts: BTreeSet<String>,
    #[serde(skip)]
    waiting: VecDeque<AuditEvent>,
}

impl Subscription {
    fn view(&self) -> SubscriptionView {
        SubscriptionView {
            id: self.id.clone(),
            target_url: self.target_url.clone(),
            event_type_subscriptions: self.events.clone(),
            description: self.description.clone(),
            scheme: self.scheme,
            rate_limit_per_hour: self.rate_limit_per_hour,
            created: stamp(self.created),
            enabled: self.disabled.is_none(),
            disabled_reason: self.disabled,
        }
    }

    /// What signs at that time, the newest first.
    pub fn secrets(&self, now: i64) -> Vec<&str> {
        let old = self.previous.as_ref().filter(|(_, until)| now < *until);
        let old = old.map(|(secret, _)| secret.as_str());
        std::iter::once(self.secret.as_str()).chain(old).collect()
    }

    /// Whether an event is one of those asked for.
    pub fn wants(&self, event: &AuditEvent) -> bool {
        (self.everywhere || event.workspace_id.as_deref() == Some(self.workspace.as_str()))
            && (self.events.is_empty() || self.events.contains(&event.event))
    }
}

impl Webhooks {
    /// A subscription by id. For whoever delivers, never for answers to a caller.
    pub fn get(&self, id: &str) -> Option<&Subscription> {
        self.subscriptions.get(id)
    }

    /// Those that an event is for, by id.
    pub fn about(&self, event: &AuditEvent) -> Vec<Subscription> {
        let live = self.subscriptions.values().filter(|one| one.disabled.is_none());
        live.filter(|one| one.wants(event)).cloned().collect()
    }

    /// Ends deliveries of a subscription; it can be looked at still.
    pub fn disable(&mut self, id: &str, why: &'static str) {
        if let Some(subscription) = self.subscriptions.get_mut(id) {
            subscription.disabled.get_or_insert(why);
        }
    }

    /// Whether anything happened since the last time.
    pub fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// What happened since the last time, oldest first.
    pub fn take_waiting(&mut self) -> Vec<AuditEvent> {
        self.waiting.drain(..).collect()
    }

    pub(super) fn happened(&mut self, event: &AuditEvent) {
        if self.subscriptions.values().any(|one| one.wants(event)) {
            if self.waiting.len() == WAITING {
                self.waiting.pop_front();
            }
            self.waiting.push_back(event.clone());
        }
    }
}

impl Platform {
    /// Subscribes to events of a workspace. Whether the address may be delivered to is for its caller to judge first.
    ///
    /// # Errors
    /// 403 without administration mode or role; 406 for what no subscription can be.
    pub fn subscribe(
        &mut self,
        caller: &Caller,
        now: i64,
        workspace: &str,
        new: NewSubscription,
        secret: String,
    ) -> Result<SubscriptionView, Refusal> {
        self.permit(caller, &Demand::workspace(workspace, Mode::Rwa))?;
        let all = self.webhooks.subscriptions.values();
        if all.filter(|one| one.workspace == workspace).count() >= MOST {
            return Err(Refusal::validation(
                "workspace_id",
                "has no room for another subscription",
            ));
        }
        short("target_url", &new.target_url)?;
        short("description", &new.description)?;
        let subscription = Subscription {
            id: self.next_id("w"),
            user: caller.user.clone(),
            credential: caller.credential.clone(),
            workspace: workspace.to_owned(),
            target_url: new.target_url,
            everywhere: self.switches.webhooks.all_is_everything && new.events.is_empty(),
            events: names(new.events)?,
            description: new.description,
            scheme: scheme(&new.scheme)?,
            rate_limit_per_hour: new.rate_limit_per_hour,
            created: now,
            disabled: None,
            secret,
            previous: None,
        };
        let (id, view) = (subscription.id.clone(), subscription.view());
        self.webhooks.subscriptions.insert(id.clone(), subscription);
        let line = "webhook subscription created";
        self.note(
            caller,
            now,
            "webhook_subscription_created",
            Some(workspace),
            Some(&id),
            line,
        );
        Ok(view)
    }

    /// The subscriptions of a workspace, by id, without their secrets.
    pub fn list_subscriptions(
        &self,
        caller: &Caller,
        workspace: &str,
    ) -> Result<Vec<SubscriptionView>, Refusal> {
        self.permit(caller, &Demand::workspace(workspace, Mode::Rwa))?;
        let all = self.webhooks.subscriptions.values();
        Ok(all
            .filter(|one| one.workspace == workspace)
            .map(Subscription::view)
            .collect())
    }

    /// What looking at or changing a subscription asks of its caller.
    pub fn subscription_demand(&self, id: &str) -> Result<Demand, Refusal> {
        let subscription = self.webhooks.get(id).ok_or_else(Refusal::not_found)?;
        Ok(Demand::workspace(&subscription.workspace, Mode::Rwa))
    }

    /// One subscription, without its secret.
    pub fn subscription(&self, caller: &Caller, id: &str) -> Result<SubscriptionView, Refusal> {
        self.permit(caller, &self.subscription_demand(id)?)?;
        self.webhooks
            .get(id)
            .map(Subscription::view)
            .ok_or_else(Refusal::not_found)
    }

    /// Changes a subscription. Whether a new address may be delivered to is for its caller to judge first.
    pub fn change_subscription(
        &mut self,
        caller: &Caller,
        id: &str,
        change: SubscriptionChange,
    ) -> Result<SubscriptionView, Refusal> {
        let subscription = self.own_subscription(caller, id)?;
        if let Some(url) = change.target_url {
            short("target_url", &url)?;
            subscription.target_url = url;
        }
        if let Some(events) = change.events {
            subscription.events = names(events)?;
        }
        if let Some(description) = change.description {
            short("description", &description)?;
            subscription.description = description;
        }
        if let Some(cap) = change.rate_limit_per_hour {
            subscription.rate_limit_per_hour = Some(cap);
        }
        Ok(subscription.view())
    }

    /// Gives a subscription another secret; the one before signs too for an hour (`OVERLAP`) or ends at once.
    pub fn rotate_webhook_secret(
        &mut self,
        caller: &Caller,
        now: i64,
        id: &str,
        secret: String,
        at_once: bool,
    ) -> Result<SubscriptionView, Refusal> {
        let subscription = self.own_subscription(caller, id)?;
        let old = std::mem::replace(&mut subscription.secret, secret);
        subscription.previous = (!at_once).then_some((old, now + OVERLAP));
        Ok(subscription.view())
    }

    /// Ends a subscription.
    pub fn unsubscribe(&mut self, caller: &Caller, id: &str) -> Result<SubscriptionView, Refusal> {
        let view = self.own_subscription(caller, id)?.view();
        self.webhooks.subscriptions.remove(id);
        Ok(view)
    }

    fn own_subscription(&mut self, caller: &Caller, id: &str) -> Result<&mut Subscription, Refusal> {
        self.permit(caller, &self.subscription_demand(id)?)?;
        self.webhooks
            .subscriptions
            .get_mut(id)
            .ok_or_else(Refusal::not_found)
    }
}

fn scheme(asked: &str) -> Result<&'static str, Refusal> {
    if asked.is_empty() {
        return Ok(SCHEMES[0]);
    }
    let known = SCHEMES.iter().find(|known| **known == asked);
    known
        .copied()
        .ok_or_else(|| Refusal::validation("scheme", "is not a signature scheme of this service"))
}

fn names(events: Vec<String>) -> Result<Vec<String>, Refusal> {
    if events.len() > 100 || events.iter().any(|name| name.is_empty() || name.len() > 128) {
        return Err(Refusal::validation(
            "event_type_subscriptions",
            "must be up to 100 names of events",
        ));
    }
    Ok(events)
}

fn short(name: &'static str, text: &str) -> Result<(), Refusal> {
    if text.len() > LONGEST {
        return Err(Refusal::validation(name, "is too long"));
    }
    Ok(())
}
