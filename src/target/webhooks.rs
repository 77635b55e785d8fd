//! The webhook setting of a target.

use std::collections::BTreeMap;
use std::time::Duration;

use url::Url;

use crate::scenario::model::{Data, Spanned, Template};
use crate::secret::Secret;

/// `webhooks:`.
#[derive(Debug, Clone, Default)]
pub struct Webhooks {
    /// What the system signs with.
    pub scheme: Option<Spanned<String>>,
    /// What else it can be asked to sign with: scheme and the probe that asks for it.
    pub also: Vec<(Spanned<String>, Spanned<String>)>,
    /// Descriptions of its own.
    pub schemes: Vec<OwnScheme>,
    /// Where inboxes listen.
    pub listen: Option<u16>,
    /// How the system gets there.
    pub url: Option<Template>,
    /// The endpoints under test; [`MAIN`] is the one of `receiver`.
    pub receivers: BTreeMap<String, Receiver>,
}

/// A scheme as described; the words are known to be good.
#[derive(Debug, Clone)]
pub struct OwnScheme {
    /// Its name.
    pub name: Spanned<String>,
    /// Header of the id.
    pub id: Option<String>,
    /// Header of the timestamp.
    pub timestamp: Option<String>,
    /// Header of the signature.
    pub signature: String,
    /// With `{id}`, `{timestamp}`, `{body}`.
    pub signed: String,
    /// `hmac-sha256`, ….
    pub digest: String,
    /// `base64` or `hex`.
    pub encoding: String,
    /// `text`, `base64` or `hex`.
    pub secret: String,
    /// In front of a signature; empty: nothing.
    pub label: String,
    /// Between label and signature.
    pub joint: String,
    /// Between entries.
    pub between: String,
    /// Label of the timestamp in the signature header.
    pub timestamp_label: Option<String>,
    /// How far the timestamp may be from now.
    pub tolerance: Option<Duration>,
}

/// An endpoint that receives.
#[derive(Debug, Clone)]
pub struct Receiver {
    /// Where.
    pub url: Template,
    /// What it verifies with.
    pub secret: Option<Template>,
    /// The private half of the key whose public half it knows.
    pub signing_key: Option<Template>,
    /// Of the deliveries.
    pub scheme: Option<Spanned<String>>,
    /// The body of a genuine delivery.
    pub payload: Option<Data>,
    /// The same endpoint without its secret.
    pub unconfigured: Option<Template>,
    /// Of an endpoint of MCP Events: by role, one of [`ROLES`].
    pub subscriptions: BTreeMap<String, Subscription>,
}

/// What an endpoint of MCP Events knows deliveries of one subscription by.
#[derive(Debug, Clone)]
pub struct Subscription {
    /// Absent where the secret was offered and the answer with the id has not come.
    pub id: Option<Template>,
    /// What its deliveries are signed with.
    pub secret: Template,
}

/// What of it had to be read from the environment.
#[derive(Debug, Clone)]
pub struct ResolvedWebhooks {
    /// How the system reaches an inbox.
    pub url: Option<Url>,
    /// The endpoints under test.
    pub receivers: BTreeMap<String, ResolvedReceiver>,
}

/// An endpoint that receives.
#[derive(Debug, Clone)]
pub struct ResolvedReceiver {
    /// Where.
    pub url: Url,
    /// What it verifies with.
    pub secret: Option<Secret>,
    /// Signs for it.
    pub signing_key: Option<Secret>,
    /// The same endpoint without its secret.
    pub unconfigured: Option<Url>,
    /// By role.
    pub subscriptions: BTreeMap<String, ResolvedSubscription>,
}

/// A subscription of an endpoint of MCP Events.
#[derive(Debug, Clone)]
pub struct ResolvedSubscription {
    /// What `X-MCP-Subscription-Id` holds.
    pub id: Option<String>,
    /// What its deliveries are signed with.
    pub secret: Secret,
}

/// What senders and receivers sign with where nothing is said.
const STANDARD: &str = "standard-webhooks";
/// Standard Webhooks, the subscription named in a header: MCP Events.
pub(super) const EVENTS: &str = "mcp-events";
/// The subscription that deliveries are of where none is named.
pub const OWN: &str = "own";
/// The role of a secret that has no id yet.
pub(super) const OFFERED: &str = "new";
/// What subscriptions are there for.
pub const ROLES: &[&str] = &[OWN, "other", OFFERED];
/// The name of the receiver that is meant where none is named.
pub const MAIN: &str = "main";

impl Webhooks {
    /// The scheme of the sender.
    pub fn sender_scheme(&self) -> &str {
        self.scheme.as_ref().map_or(STANDARD, |name| full(&name.value))
    }

    /// The receiver that is meant where none is named.
    pub fn main(&self) -> Option<&Receiver> {
        self.receivers.get(MAIN)
    }

    /// Receivers of a scheme whose signature is not over the id: names.
    pub fn with_unsigned_ids(&self) -> impl Iterator<Item = &str> {
        let unsigned = |scheme: &str| match self.schemes.iter().find(|own| own.name.value == scheme) {
            Some(own) => own.id.is_some() && !own.signed.contains("{id}"),
            None => scheme == "github",
        };
        let all = self.receivers.iter();
        all.filter(move |(_, receiver)| unsigned(receiver.scheme_name()))
            .map(|(name, _)| name.as_str())
    }

    /// The endpoint of MCP Events: its name and what is said of it. The receiver that is meant where none is named comes
    /// first.
    pub fn events(&self) -> Option<(&str, &Receiver)> {
        let main = self.receivers.get_key_value(MAIN).into_iter();
        main.chain(&self.receivers)
            .find(|(_, receiver)| receiver.scheme_name() == EVENTS)
            .map(|(name, receiver)| (name.as_str(), receiver))
    }

    /// Whether a scenario applies that needs this: `standard-sender` and `standard-receiver` (that scheme is used),
    /// `receiver` and `signing-receiver` (there is one, and we hold an Ed25519 key for it), `timed-receiver` (deliveries
    /// to it carry a time), `unconfigured-receiver` (there is one without its secret), `events-receiver`, `second-subscription` and
    /// `offered-secret` (there is an endpoint of MCP Events, with such subscriptions), `guarded-webhooks` (private addresses
    /// can be refused: the inbox is not at one).
    pub fn has(&self, capability: &str) -> bool {
        let receiver = self.main();
        let subscribed = |role: &str| {
            self.events()
                .is_some_and(|(_, receiver)| receiver.subscriptions.contains_key(role))
        };
        match capability {
            "receiver" => receiver
                .is_some_and(|receiver| receiver.secret.is_some() || !receiver.subscriptions.is_empty()),
            "events-receiver" => subscribed(OWN),
            "second-subscription" => subscribed("other"),
            "offered-secret" => subscribed(OFFERED),
            "signing-receiver" => receiver.is_some_and(|receiver| receiver.signing_key.is_some()),
            "standard-sender" => self.sender_scheme() == STANDARD,
            "standard-receiver" => {
                receiver.is_some_and(|receiver| matches!(receiver.scheme_name(), STANDARD | EVENTS))
            }
            "timed-receiver" => receiver.is_some_and(|receiver| !self.is_timeless(receiver.scheme_name())),
            "unconfigured-receiver" => receiver.is_some_and(|receiver| receiver.unconfigured.is_some()),
            "guarded-webhooks" => self.url.is_some(),
            _ => false,
        }
    }

    /// Whether deliveries of a scheme carry no time.
    fn is_timeless(&self, scheme: &str) -> bool {
        match self.schemes.iter().find(|own| own.name.value == scheme) {
            Some(own) => own.timestamp.is_none() && own.timestamp_label.is_none(),
            None => scheme == "github",
        }
    }

    /// The line of a target file that would declare it.
    pub fn line_for(capability: &str) -> Option<&'static str> {
        Some(match capability {
            "receiver" | "timed-receiver" => {
                "webhooks: { receiver: { url: https://…, secret: \"${env.NAME}\" } }"
            }
            "signing-receiver" => "webhooks: { receiver: { url: https://…, signing-key: \"${env.NAME}\" } }",
            "unconfigured-receiver" => "webhooks: { receiver: { url: https://…, unconfigured: https://… } }",
            "standard-receiver" => "webhooks: { receiver: { url: https://…, scheme: standard-webhooks } }",
            "events-receiver" => {
                "webhooks: { receiver: { url: https://…, scheme: mcp-events, subscriptions: { own: { id: …, secret: \"${env.NAME}\" } } } }"
            }
            "second-subscription" => "subscriptions: { other: { id: …, secret: \"${env.NAME}\" } }",
            "offered-secret" => "subscriptions: { new: { secret: \"${env.NAME}\" } }",
            "standard-sender" => "webhooks: { scheme: standard-webhooks }",
            "guarded-webhooks" => "webhooks: { listen: 9099, url: https://… }",
            _ => return None,
        })
    }
}

impl Receiver {
    /// The scheme of its deliveries; that of the sender is none of its business.
    pub fn scheme_name(&self) -> &str {
        self.scheme.as_ref().map_or(STANDARD, |name| full(&name.value))
    }
}

/// The whole name for the short one.
fn full(name: &str) -> &str {
    if name == "standard" { STANDARD } else { name }
}
