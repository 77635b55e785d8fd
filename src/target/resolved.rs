//! A target that can be called, and what the environment failed to provide.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;
use url::Url;

use super::model::Target;
use super::oauth::{ResolvedCredential, ResolvedOAuth};
use super::webhooks::ResolvedWebhooks;
use crate::scenario::model::At;
use crate::secret::Secret;

/// A target whose variables have been read.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// What the file says.
    pub target: Arc<Target>,
    /// The MCP endpoint.
    pub mcp: Url,
    /// Where HTTP+SSE opens its stream, where the file says so.
    pub sse: Option<Url>,
    /// Base of the REST interface.
    pub api: Option<Url>,
    /// The plain origin.
    pub plain: Option<Url>,
    /// Other MCP endpoints.
    pub siblings: BTreeMap<String, Url>,
    /// In the order of the file; the first is the default. `nobody` is not among them.
    pub principals: Vec<ResolvedPrincipal>,
    /// Added to every request; values may be secrets.
    pub headers: Vec<(String, Secret)>,
    /// Credentials of other kinds.
    pub credentials: BTreeMap<String, Secret>,
    /// The mock's door.
    pub control: Option<ResolvedControl>,
    /// The authorization server.
    pub oauth: Option<ResolvedOAuth>,
    /// Its metadata, where it was found before the run.
    pub authority: Option<Arc<serde_json::Map<String, Value>>>,
    /// The identifier of the MCP endpoint, as its own metadata has it.
    pub resource: Option<String>,
    /// Signed webhooks.
    pub webhooks: Option<ResolvedWebhooks>,
    /// Scope lists.
    pub scopes: BTreeMap<String, Vec<String>>,
    /// Certificates, with paths relative to the working directory.
    pub tls: ResolvedTls,
    pub(super) promises: BTreeMap<String, Value>,
    pub(super) rate: BTreeMap<String, Value>,
    pub(super) events: BTreeMap<String, Value>,
    pub(super) own: BTreeMap<String, Value>,
    pub(super) foreign: BTreeMap<String, Value>,
    pub(super) places: BTreeMap<String, ResolvedPlace>,
    pub(super) params: BTreeMap<String, BTreeMap<String, Value>>,
    pub(super) every_param: BTreeMap<String, Value>,
    pub(super) env: BTreeMap<String, Secret>,
}

/// Somebody who calls.
#[derive(Debug, Clone)]
pub struct ResolvedPrincipal {
    /// As scenarios name it.
    pub name: String,
    /// The token; `None` sends no credential, unless one is obtained.
    pub bearer: Option<Secret>,
    /// How a token is obtained.
    pub oauth: Option<ResolvedCredential>,
    /// What the credential may do.
    pub scopes: Vec<String>,
    /// Texts that only its data holds.
    pub canaries: Vec<String>,
    /// Whose tenant.
    pub tenant: Option<String>,
}

/// Somewhere a probe can be aimed.
#[derive(Debug, Clone, Default)]
pub struct ResolvedPlace {
    /// By the input that takes them.
    pub ids: BTreeMap<String, Value>,
    /// Texts that everything there holds.
    pub canaries: Vec<String>,
}

/// Shorter ids turn up by chance and are no canaries.
const TELLING: usize = 16;

/// The mock's test-only door.
#[derive(Debug, Clone)]
pub struct ResolvedControl {
    /// Where.
    pub url: Url,
    /// Sent with every request to it.
    pub secret: Option<Secret>,
}

/// Certificates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResolvedTls {
    /// PEM file of authorities.
    pub ca_file: Option<PathBuf>,
    /// PEM file of client certificate and key.
    pub client_cert: Option<PathBuf>,
    /// Accept any certificate.
    pub insecure: bool,
}

/// Something the environment did not provide. Never holds a value.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{at}: {why} ({used_for})")]
pub struct Unresolved {
    /// What is wrong.
    pub why: Why,
    /// The reference.
    pub at: At,
    /// `the bearer token of principal reader`.
    pub used_for: String,
}

/// What is wrong with a variable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// Not set, or empty.
    #[error("the environment variable {name} is {}", if *.empty { "empty" } else { "not set" })]
    Missing {
        /// The variable.
        name: String,
        /// It is set, to nothing.
        empty: bool,
    },
    /// Set, but what came out is no URL.
    #[error("the URL made of {} is not usable: {reason}", .names.join(" and "))]
    NotAUrl {
        /// The variables in it.
        names: Vec<String>,
        /// Without the value.
        reason: String,
    },
    /// Set, but cannot be sent as a header value.
    #[error("the value of {} holds a control character or a line end", .names.join(" and "))]
    NotAHeader {
        /// The variables in it.
        names: Vec<String>,
    },
}

impl Resolved {
    /// A principal by name; `nobody` is none.
    pub fn principal(&self, name: &str) -> Option<&ResolvedPrincipal> {
        self.principals.iter().find(|principal| principal.name == name)
    }

    /// The ids of a place by name; `own` and `foreign` are the keys of those names.
    pub fn place(&self, name: &str) -> Option<&BTreeMap<String, Value>> {
        let declared = |ids| Some(ids).filter(|ids: &&BTreeMap<_, _>| !ids.is_empty());
        match name {
            "own" => declared(&self.own),
            "foreign" => declared(&self.foreign),
            name => self.places.get(name).map(|place| &place.ids),
        }
    }

    /// The same with that principal as the first, which is who calls where nothing is said.
    #[must_use]
    pub fn led_by(&self, name: &str) -> Resolved {
        let mut led = self.clone();
        let target = Arc::make_mut(&mut led.target);
        target.principals.sort_by_key(|one| one.name.value != name);
        led.principals.sort_by_key(|one| one.name != name);
        led
    }

    /// What only somebody's data holds: principal → texts, with those of the places where the access table permits
    /// something; and which of them are ids.
    pub fn canaries(&self) -> (BTreeMap<String, Vec<String>>, BTreeSet<String>) {
        let mut by_principal: BTreeMap<String, Vec<String>> = self
            .principals
            .iter()
            .map(|principal| (principal.name.clone(), principal.canaries.clone()))
            .collect();
        let mut ids = BTreeSet::new();
        for (who, place) in self.target.permitted() {
            let (Some(place), Some(own)) = (self.places.get(place), by_principal.get_mut(who)) else {
                continue;
            };
            let telling = place.ids.values().filter_map(Value::as_str);
            let telling = telling.filter(|id| id.len() >= TELLING).map(str::to_owned);
            for id in telling {
                ids.insert(id.clone());
                own.push(id);
            }
            own.extend(place.canaries.iter().cloned());
            own.sort();
            own.dedup();
        }
        (by_principal, ids)
    }

    /// A variable that a probe or hook refers to.
    pub fn env(&self, name: &str) -> Option<&Secret> {
        self.env.get(name)
    }

    /// An overridden rule parameter; `names`: the rule's id and aliases.
    pub fn param<'a>(&self, names: impl IntoIterator<Item = &'a str>, param: &str) -> Option<&Value> {
        let own = names
            .into_iter()
            .find_map(|name| self.params.get(name)?.get(param));
        own.or_else(|| self.every_param.get(param))
    }

    /// Everything that must never be shown, with what it is.
    pub fn secrets(&self) -> Vec<(String, &Secret)> {
        let principals = self.principals.iter().filter_map(|principal| {
            Some((
                format!("bearer token of {}", principal.name),
                principal.bearer.as_ref()?,
            ))
        });
        let others = self
            .credentials
            .iter()
            .map(|(name, secret)| (name.clone(), secret));
        let control = self.control.iter().filter_map(|control| control.secret.as_ref());
        let control = control.map(|secret| ("control secret".to_owned(), secret));
        let env = self
            .env
            .iter()
            .map(|(name, secret)| (format!("variable {name}"), secret));
        let from_env = |name: &str| {
            let written = self.target.headers.iter().find(|(key, _)| key.value == name);
            written.is_some_and(|(_, template)| template.as_literal().is_none())
        };
        let headers = self.headers.iter().filter(|(name, _)| from_env(name));
        let headers = headers.map(|(name, secret)| (format!("header {name}"), secret));
        let oauth = self.oauth.iter().flat_map(ResolvedOAuth::secrets);
        let receiver = self
            .webhooks
            .iter()
            .flat_map(|webhooks| webhooks.receivers.values());
        let receiver = receiver.flat_map(|receiver| {
            let secret = receiver
                .secret
                .iter()
                .map(|secret| ("webhook secret".to_owned(), secret));
            let key = receiver
                .signing_key
                .iter()
                .map(|key| ("webhook signing key".to_owned(), key));
            let subscriptions = receiver.subscriptions.values();
            let subscriptions =
                subscriptions.map(|subscription| ("webhook secret".to_owned(), &subscription.secret));
            secret.chain(key).chain(subscriptions)
        });
        principals
            .chain(oauth)
            .chain(receiver)
            .chain(others)
            .chain(control)
            .chain(env)
            .chain(headers)
            .collect()
    }
}
