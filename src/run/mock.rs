//! The embedded mock as a target: a fresh world for every case.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use hallmark_mock::{ConsentDecision, Control, OAuthFixtures, Outage, World, WorldConfig};
use serde_json::Value as Json;

use crate::mcp::{Mirrored, Revision};
use crate::step::{Door, DoorProblem, capabilities, fault_of, look_up, removal, scopes_of};
use crate::target::{Resolved, Target, resolve_env};
use crate::wire::Wire;

/// The target file of the mock, below `scenarios/`.
pub const MOCK_TARGET: &str = "targets/mock.yaml";

/// Makes worlds. All worlds of a run start with the same seed, so their credentials are the same.
pub struct MockSubject {
    config: WorldConfig,
    target: Arc<Target>,
}

/// A world, and the target that it is.
pub struct MockWorld {
    /// As its target file describes it.
    pub target: Arc<Resolved>,
    /// Its test door.
    pub door: Arc<dyn Door>,
    /// Ends with this.
    pub world: World,
}

impl MockSubject {
    /// Worlds of this configuration, described by the mock's target file.
    pub fn new(config: WorldConfig, target: Target) -> Self {
        Self {
            config,
            target: Arc::new(target),
        }
    }

    /// The target as declared.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Adds the capabilities that follow from what the mock's authorization server says of itself.
    pub async fn learn(&mut self, wire: &Wire) -> Result<(), String> {
        if self.target.oauth.is_none() {
            return Ok(());
        }
        let made = self.world().await?;
        if let Ok(found) = look_up(wire, &made.target).await {
            let names = capabilities(&found.members);
            let declares = &mut Arc::make_mut(&mut self.target).declares;
            declares.extend(names.iter().map(|&name| name.to_owned()));
            declares.insert("test-clock".to_owned());
        }
        Ok(())
    }

    /// The revisions this mock speaks, as it says itself, oldest first; and the arguments it wants mirrored.
    pub async fn speaks(&self, wire: &Wire) -> Result<(Vec<Revision>, Mirrored), String> {
        let made = self.world().await?;
        let said = made.world.revisions();
        let old = made.world.urls().sse.map(|_| Revision::V2024_11_05);
        let revisions: Vec<Revision> = old
            .into_iter()
            .chain(said.into_iter().filter_map(Revision::parse))
            .collect();
        let mirrored = match revisions.last().filter(|revision| revision.is_stateless()) {
            Some(revision) => super::discover::mirrored_by(wire, &made.target, *revision).await,
            None => Mirrored::new(),
        };
        Ok((revisions, mirrored))
    }

    /// A fresh world on ports of its own.
    pub(super) async fn world(&self) -> Result<MockWorld, String> {
        // Its journal stands for an access log.
        self.world_of(WorldConfig {
            control_door: true,
            ..self.config.clone()
        })
        .await
    }

    /// How its worlds are made.
    pub fn config(&self) -> &WorldConfig {
        &self.config
    }

    /// A fresh world of another make than the others.
    pub async fn world_of(&self, config: WorldConfig) -> Result<MockWorld, String> {
        let world = World::start(config)
            .await
            .map_err(|error| format!("the mock could not start: {error}"))?;
        let env = environment(&world);
        let resolved = resolve_env(&self.target, &|name| env.get(name).cloned()).map_err(|problems| {
            problems
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("; ")
        })?;
        Ok(MockWorld {
            door: Arc::new(Inside(world.control(), credentials(&resolved, &world))),
            target: Arc::new(resolved),
            world,
        })
    }
}

/// What the mock's target file reads as environment: `HALLMARK_MOCK_MCP`, `HALLMARK_MOCK_KEY_FINANCE_RO`, ….
pub fn environment(world: &World) -> BTreeMap<String, String> {
    let urls = world.urls();
    let fixtures = world.fixtures();
    let mut env = BTreeMap::new();
    let mut set = |name: &str, value: &str| {
        let name: String = name
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() {
                    c.to_ascii_uppercase()
                } else {
                    '_'
                }
            })
            .collect();
        env.insert(format!("HALLMARK_MOCK_{name}"), value.to_owned());
    };
    set("mcp", &urls.mcp);
    set("mcp_tools", &urls.mcp_tools);
    set("mcp_key", &urls.mcp_key);
    set("mcp_inband", &urls.mcp_in_band);
    set("sse", urls.sse.as_deref().unwrap_or(&urls.mcp));
    set("api", &urls.api);
    set("source", &format!("{}/sources/rates.csv", urls.origin));
    set("origin", &urls.origin);
    set("outside", &urls.outside);
    set(
        "journal",
        &format!("{}/journal", urls.control.as_deref().unwrap_or(&urls.origin)),
    );
    set("control_secret", world.control_secret());
    set("plain", urls.plain.as_deref().unwrap_or(&urls.origin));
    for credential in &fixtures.credentials {
        set(&format!("key_{}", credential.name), &credential.token);
        set(&format!("user_{}", credential.name), &credential.user);
        set(
            &format!("canary_{}", credential.name),
            credential.canary.as_deref().unwrap_or("none-at-all"),
        );
    }
    // Every case has a world of its own, so who leaves may be who stays in another.
    if let Some(owner) = fixtures.credential("hook-owner") {
        set("key_hook-leaver", &owner.token);
    }
    for workspace in &fixtures.workspaces {
        let name = format!("{}_{}", workspace.tenant, workspace.name);
        set(&format!("id_{name}"), &workspace.id);
        set(&format!("canary_{name}"), &workspace.canary);
        set(&format!("canary_{}", workspace.tenant), &workspace.org_canary);
        set(&format!("org_{}", workspace.tenant), &workspace.org);
        set(&format!("file_{name}"), &workspace.file);
        set(&format!("other_file_{name}"), &workspace.other_file);
        set(&format!("uri_{name}"), &workspace.uri);
        set(&format!("folder_{name}"), &workspace.folder);
        set(&format!("code_{name}"), &workspace.code);
        set(&format!("share_{name}"), &workspace.share);
    }
    set("hooks", &format!("{}/hooks", urls.origin));
    set("receiver_secret", &fixtures.inbound.secret);
    set("receiver_signing_key", &fixtures.inbound.signing_key);
    for (role, subscription) in &fixtures.inbound.subscriptions {
        set(&format!("subscription_{role}_secret"), &subscription.secret);
        if let Some(id) = &subscription.id {
            set(&format!("subscription_{role}_id"), id);
        }
    }
    set("rate_reset", world.rate_reset());
    set("rotation_grace", &format!("{}s", world.rotation_grace()));
    oauth(&fixtures.oauth, &mut set);
    for (kind, value) in &fixtures.others {
        set(&format!("other_{kind}"), value);
    }
    env
}

/// What belongs to the authorization server. A client without a secret has an empty one.
fn oauth(fixtures: &OAuthFixtures, set: &mut impl FnMut(&str, &str)) {
    set("issuer", &fixtures.issuer);
    set("signing_key", &fixtures.signing_key);
    for (name, client) in &fixtures.clients {
        set(&format!("client_{name}_id"), &client.id);
        set(
            &format!("client_{name}_secret"),
            client.secret.as_deref().unwrap_or_default(),
        );
        let redirect = client.redirect_uris.first().map_or("", String::as_str);
        set(&format!("client_{name}_redirect"), redirect);
        set(
            &format!("client_{name}_key"),
            client.key.as_deref().unwrap_or_default(),
        );
    }
    for (name, user) in &fixtures.users {
        set(&format!("user_{name}_password"), &user.password);
        set(&format!("user_{name}_id"), &user.id);
        set(&format!("canary_{name}"), &user.canary);
    }
}

/// Principals of the target file by the name of their credential in the mock.
fn credentials(target: &Resolved, world: &World) -> BTreeMap<String, String> {
    let held = |token: &str| world.fixtures().credentials.iter().find(|one| one.token == token);
    let named = target.principals.iter().filter_map(|principal| {
        let credential = held(principal.bearer.as_ref()?.expose())?;
        Some((principal.name.clone(), credential.name.clone()))
    });
    named.collect()
}

/// What can be broken: the question whether a token stands.
const TOKEN_CHECK: &str = "token-check";

/// The texts of a list.
fn texts(list: &Json) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    items
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
}

/// The door of a world in this process, and what its target file calls whose credential.
struct Inside(Control, BTreeMap<String, String>);

impl Door for Inside {
    fn advance(&self, by: Duration) -> BoxFuture<'_, Result<(), DoorProblem>> {
        self.0.advance(by);
        Box::pin(async {
            self.0.settle().await;
            Ok(())
        })
    }

    fn act<'a>(&'a self, verb: &'a str, object: &'a Json) -> BoxFuture<'a, Result<(), DoorProblem>> {
        // A principal of the target file, or a credential of the mock by its own name.
        let own = |name: &str| self.1.get(name).map_or_else(|| name.to_owned(), Clone::clone);
        let result = match (verb, object.as_str()) {
            ("revoke", Some(name)) => self
                .0
                .revoke(&own(name))
                .map_err(|error| DoorProblem::Failed(error.to_string())),
            ("expire", Some(name)) => self
                .0
                .expire(&own(name))
                .map_err(|error| DoorProblem::Failed(error.to_string())),
            ("remove-member", _) => match removal(object) {
                Some((name, from)) => self
                    .0
                    .remove_member(&own(name), from)
                    .map_err(|error| DoorProblem::Failed(error.to_string())),
                None => Err(DoorProblem::Failed("remove-member names nobody".to_owned())),
            },
            ("disable", Some(name)) => self
                .0
                .disable(&own(name))
                .map_err(|error| DoorProblem::Failed(error.to_string())),
            ("set-scopes", _) => scopes_of(object).and_then(|(name, scopes)| {
                self.0
                    .set_scopes(&own(&name), &scopes)
                    .map_err(|error| DoorProblem::Failed(error.to_string()))
            }),
            ("rotate", Some(what)) => self
                .0
                .rotate(what)
                .map(|_| ())
                .map_err(|_| DoorProblem::Unsupported(format!("rotate {what}"))),
            ("sign-out", Some(name)) => self
                .0
                .sign_out(&own(name))
                .map_err(|error| DoorProblem::Failed(error.to_string())),
            ("break", _) => fault_of(object).and_then(|(what, how)| {
                let unknown = || DoorProblem::Unsupported(format!("break {what} so that it is {how}"));
                let outage = Outage::from_name(how).filter(|_| what == TOKEN_CHECK);
                self.0.set_outage(Some(outage.ok_or_else(unknown)?));
                Ok(())
            }),
            ("mend", Some(TOKEN_CHECK)) => {
                self.0.set_outage(None);
                Ok(())
            }
            ("restart", _) => {
                self.0.restart();
                Ok(())
            }
            ("extend", _) => {
                self.0.extend_events();
                Ok(())
            }
            ("repoint", Some(host)) => {
                self.0.repoint(host);
                Ok(())
            }
            ("documents", _) => {
                self.0.documents(&texts(object));
                Ok(())
            }
            ("webhook-hosts", _) => {
                self.0.webhook_hosts(&texts(object));
                Ok(())
            }
            _ => Err(DoorProblem::Unsupported(verb.to_owned())),
        };
        Box::pin(async { result })
    }

    fn consent<'a>(
        &'a self,
        request: &'a str,
        user: &'a str,
        approve: bool,
        scopes: Option<&'a [String]>,
    ) -> BoxFuture<'a, Result<String, DoorProblem>> {
        let decision = if approve {
            ConsentDecision::Approve
        } else {
            ConsentDecision::Deny
        };
        let location = self.0.consent(request, user, decision, scopes);
        Box::pin(async { location.map_err(|problem| DoorProblem::Failed(problem.to_string())) })
    }
}
