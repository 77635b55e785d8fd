//! What a command is given, and what a plan can name: the addresses of its world and its credentials.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::expect::Value;
use crate::scenario::model::AgentStep;
use crate::secret::{Secret, spellings};
use crate::step::{Authority, Problem, World, login};
use crate::target::ResolvedClient;

use super::remains::Known;

/// Names of `${world.…}` that are credentials.
const SECRETS: &[&str] = &[
    "key",
    "client_secret",
    "access_token",
    "refresh_token",
    "webhook_secret",
];

/// Values by name, as `${world.NAME}` gives them.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts(BTreeMap<String, Secret>);

impl Facts {
    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(name.to_owned(), Secret::new(value.into()));
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(Secret::expose)
    }

    /// For templates.
    pub(super) fn values(&self) -> BTreeMap<String, Value> {
        let value = |(name, value): (&String, &Secret)| {
            let secret = SECRETS.contains(&name.as_str());
            (name.clone(), Value::json(value.expose()).tainted(secret))
        };
        self.0.iter().map(value).collect()
    }

    /// What must not be found where it does not belong.
    pub(super) fn secrets(&self) -> Vec<Known> {
        let known = SECRETS.iter().filter_map(|name| {
            Some(Known {
                name: (*name).to_owned(),
                forms: spellings(self.get(name)?),
            })
        });
        known.collect()
    }

    /// Every output masks them from now on.
    pub(super) fn teach(&self, world: &World) {
        for name in SECRETS {
            if let Some(value) = self.get(name).filter(|value| !value.is_empty()) {
                world.scrubber().learn(name, value);
            }
        }
    }
}

/// A principal's credential, in the way the world starts.
pub(super) async fn give(
    facts: &mut Facts,
    agent: &AgentStep,
    authority: &Authority,
    world: &Arc<World>,
) -> Result<(), Problem> {
    let start = agent
        .world
        .start
        .as_ref()
        .map_or("key", |word| word.value.as_str());
    let principal = agent.world.principal.as_ref().map(|name| name.value.as_str());
    let target = world.target();
    match start {
        "nothing" => {}
        "key" => {
            let name = principal.unwrap_or("reader");
            let found = target.principal(name).and_then(|one| one.bearer.clone());
            let key = found.ok_or_else(|| Problem::Unusable(format!("`{name}` has no key")))?;
            facts.set("key", key.expose());
        }
        _ => {
            let name = principal.unwrap_or("grantee");
            client(facts, target, name)?;
            if start == "client" {
                return Ok(());
            }
            let held = login(name, world).await?;
            if start == "login" {
                facts.set("access_token", held.access.expose());
                if let Some(seconds) = held.expires_in {
                    facts.set("expires_in", seconds.to_string());
                }
            }
            if let Some(refresh) = &held.refresh {
                facts.set("refresh_token", refresh.expose());
            }
            if let Some(endpoint) = authority
                .members
                .get("token_endpoint")
                .and_then(|one| one.as_str())
            {
                facts.set("token_endpoint", endpoint);
            }
        }
    }
    Ok(())
}

/// The client that a principal uses.
fn client(facts: &mut Facts, target: &crate::target::Resolved, name: &str) -> Result<(), Problem> {
    let credential = target.principal(name).and_then(|one| one.oauth.as_ref());
    let called = credential.and_then(|one| one.client.clone());
    let clients = target.oauth.iter().flat_map(|oauth| &oauth.clients);
    let found: Option<&ResolvedClient> = clients.into_iter().find(|one| Some(&one.name) == called.as_ref());
    let found = found.ok_or_else(|| Problem::Unusable(format!("`{name}` has no client")))?;
    facts.set("client_id", found.id.clone());
    if let Some(secret) = &found.secret {
        facts.set("client_secret", secret.expose());
    }
    Ok(())
}
