//! The typed project file. References to the environment are still references; see `resolve`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::access::{AccessTable, Place};
use super::channel::Channel;
use super::oauth::{OAuth, OAuthCredential};
use super::probe::{Hook, Probe, Verb};
use super::webhooks::Webhooks;
use crate::rules::Profile;
use crate::scenario::model::{Data, SourceFile, Spanned, Template};

/// The principal that sends no credential; built in.
pub const NOBODY: &str = "nobody";

/// The stream and the socket that shipped scenarios open.
const LIVE: &str = "live";

/// The system under test.
#[derive(Debug, Clone)]
pub struct Target {
    /// Shown in reports.
    pub name: String,
    /// The file; `None` for a target made of command-line arguments or in the program.
    pub file: Option<Arc<SourceFile>>,
    /// URL of the MCP endpoint; may hold `${env.NAME}`.
    pub mcp: Template,
    /// URL where HTTP+SSE (2024-11-05) opens its stream; where there is no other endpoint, `mcp` is the same.
    pub sse: Option<Template>,
    /// HTTP+SSE is all it speaks: the file has `sse` and no `mcp`.
    pub only_sse: bool,
    /// There is no MCP endpoint: the file has an issuer or webhook receivers and no `mcp`; `mcp` is the URL of one of these.
    pub without_mcp: bool,
    /// Base URL of the REST interface.
    pub api: Option<Template>,
    /// The `http://` origin beside an `https` one.
    pub plain: Option<Template>,
    /// Other MCP endpoints by name.
    pub siblings: BTreeMap<String, Template>,
    /// MCP revisions to test; `None`: what the server negotiates.
    pub revisions: Option<Vec<Spanned<String>>>,
    /// In the order written; the first is the default.
    pub principals: Vec<Principal>,
    /// The authorization server.
    pub oauth: Option<Box<OAuth>>,
    /// `${target.scopes.NAME}`.
    pub scopes: BTreeMap<String, Vec<Template>>,
    /// By name.
    pub probes: BTreeMap<String, Probe>,
    /// Event streams by name.
    pub streams: BTreeMap<String, Channel>,
    /// WebSockets by name.
    pub sockets: BTreeMap<String, Channel>,
    /// As written; see [`Target::has`] for what else follows.
    pub declares: BTreeSet<String>,
    /// `${target.promise.NAME}`: texts and numbers.
    pub promises: BTreeMap<String, Data>,
    /// `${target.rate.NAME}`; empty: not declared.
    pub rate: BTreeMap<String, Data>,
    /// `${target.events.NAME}`; empty: not declared.
    pub events: BTreeMap<String, Data>,
    /// Overridden rule parameters.
    pub params: Params,
    /// Which promises bind beyond the standards.
    pub rules_profile: Option<Profile>,
    /// What a run may do.
    pub allow: BTreeSet<Permission>,
    /// Load beyond loopback is wanted.
    pub owner_consents_to_load: bool,
    /// `${target.own.NAME}`.
    pub own: BTreeMap<String, Data>,
    /// `${target.foreign.NAME}`.
    pub foreign: BTreeMap<String, Data>,
    /// Where probes can be aimed.
    pub places: BTreeMap<String, Place>,
    /// Who may do what where.
    pub access: Option<AccessTable>,
    /// Credentials of other kinds.
    pub credentials: BTreeMap<String, Template>,
    /// The mock's door.
    pub control: Option<ControlDoor>,
    /// How acts are done here.
    pub hooks: BTreeMap<Verb, Hook>,
    /// Added to every request, in the order written.
    pub headers: Vec<(Spanned<String>, Template)>,
    /// Signed webhooks.
    pub webhooks: Option<Box<Webhooks>>,
    /// Certificates.
    pub tls: Tls,
    /// How long to wait.
    pub timeouts: Timeouts,
    /// Cases at once.
    pub concurrency: Option<usize>,
    /// Scenarios with one of these tags are not run.
    pub skip_tags: BTreeSet<String>,
}

/// Somebody who calls.
#[derive(Debug, Clone)]
pub struct Principal {
    /// As scenarios name it, and where.
    pub name: Spanned<String>,
    /// What it presents.
    pub credential: Credential,
    /// What the credential may do, as the target names it.
    pub scopes: Vec<Template>,
    /// Texts that only its data holds.
    pub canaries: Vec<Template>,
    /// Whose tenant.
    pub tenant: Option<Template>,
}

/// What a principal presents.
#[derive(Debug, Clone)]
pub enum Credential {
    /// An access token or API key under the Bearer scheme.
    Bearer(Template),
    /// An access token that is obtained at the first call.
    OAuth(Box<OAuthCredential>),
    /// Nothing.
    None,
}

/// Overridden rule parameters.
#[derive(Debug, Clone, Default)]
pub struct Params {
    /// For every rule that has a parameter of this name.
    pub every: BTreeMap<String, Data>,
    /// For one rule, by id or alias as written.
    pub by_rule: BTreeMap<String, BTreeMap<String, Data>>,
}

impl Params {
    /// The value for a parameter of a rule: the rule's own line beats the common one. `names`: its id and aliases.
    pub fn get<'a>(&'a self, names: impl IntoIterator<Item = &'a str>, param: &str) -> Option<&'a Data> {
        let own = names
            .into_iter()
            .find_map(|name| self.by_rule.get(name)?.get(param));
        own.or_else(|| self.every.get(param))
    }
}

/// What a run may do to the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// Probes with `effect: write`.
    Write,
    /// Probes with `effect: destructive`.
    Destructive,
    /// `exec` steps and hooks.
    Exec,
}

impl Permission {
    /// The word of the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Permission::Write => "write",
            Permission::Destructive => "destructive",
            Permission::Exec => "exec",
        }
    }

    /// The permission a word names.
    pub fn parse(word: &str) -> Option<Permission> {
        let all = [Permission::Write, Permission::Destructive, Permission::Exec];
        all.into_iter().find(|permission| permission.as_str() == word)
    }
}

/// The mock's test-only door.
#[derive(Debug, Clone)]
pub struct ControlDoor {
    /// Where.
    pub url: Template,
    /// Sent with every request to it.
    pub secret: Option<Template>,
}

/// Certificates; paths as written, relative to the file.
#[derive(Debug, Clone, Default)]
pub struct Tls {
    /// Authorities to trust besides the system's.
    pub ca_file: Option<Spanned<String>>,
    /// Client certificate and key in one PEM file.
    pub client_cert: Option<Spanned<String>>,
    /// Accept any certificate.
    pub insecure: bool,
}

/// How long to wait; `None` leaves it to the run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection.
    pub connect: Option<Duration>,
    /// For one request and its answer.
    pub exchange: Option<Duration>,
    /// For one case.
    pub case: Option<Duration>,
}

impl Target {
    /// A target with a name and an endpoint and nothing else; the fields are public.
    pub fn bare(name: impl Into<String>, mcp: Template) -> Target {
        Target {
            name: name.into(),
            file: None,
            mcp,
            sse: None,
            only_sse: false,
            without_mcp: false,
            api: None,
            plain: None,
            siblings: BTreeMap::new(),
            revisions: None,
            principals: Vec::new(),
            oauth: None,
            scopes: BTreeMap::new(),
            probes: BTreeMap::new(),
            streams: BTreeMap::new(),
            sockets: BTreeMap::new(),
            declares: BTreeSet::new(),
            promises: BTreeMap::new(),
            rate: BTreeMap::new(),
            events: BTreeMap::new(),
            params: Params::default(),
            rules_profile: None,
            allow: BTreeSet::new(),
            owner_consents_to_load: false,
            own: BTreeMap::new(),
            foreign: BTreeMap::new(),
            places: BTreeMap::new(),
            access: None,
            credentials: BTreeMap::new(),
            control: None,
            hooks: BTreeMap::new(),
            headers: Vec::new(),
            webhooks: None,
            tls: Tls::default(),
            timeouts: Timeouts::default(),
            concurrency: None,
            skip_tags: BTreeSet::new(),
        }
    }

    /// The default principal's name.
    pub fn first_principal(&self) -> Option<&str> {
        self.principals
            .first()
            .map(|principal| principal.name.value.as_str())
    }

    /// Whether a scenario that needs this capability applies: declared, or implied by another key.
    pub fn has(&self, capability: &str) -> bool {
        self.declares.contains(capability)
            || match capability {
                "api" => self.api.is_some(),
                "control" | "test-clock" => self.control.is_some(),
                "plain" => self.plain.is_some(),
                "events" => !self.events.is_empty(),
                "rate-limit" => !self.rate.is_empty(),
                "realtime" => !self.streams.is_empty() || !self.sockets.is_empty(),
                "sibling" => !self.siblings.is_empty(),
                "sockets" => self.sockets.contains_key(LIVE),
                "streams" => self.streams.contains_key(LIVE),
                "tickets" => self.sockets.get(LIVE).is_some_and(|live| live.ticket.is_some()),
                other => {
                    self.oauth.as_ref().is_some_and(|oauth| oauth.has(other))
                        || self.webhooks.as_ref().is_some_and(|webhooks| webhooks.has(other))
                }
            }
    }

    /// Whether scenarios about this subject (`webhook-receiver`, …) apply: what they are about is there.
    pub fn is_a(&self, subject: &str) -> bool {
        !self.without_mcp
            || match subject {
                "authorization-server" => self.has_issuer(),
                "webhook-receiver" => self.has_receiver(),
                _ => false,
            }
    }

    /// What there is where there is no MCP endpoint; `None` where there is one.
    pub fn alone(&self) -> Option<&'static str> {
        let kind = match (self.has_issuer(), self.has_receiver()) {
            (true, true) => "an authorization server and a webhook receiver",
            (true, false) => "an authorization server",
            (false, _) => "a webhook receiver",
        };
        self.without_mcp.then_some(kind)
    }

    /// Whether there is nothing but receivers of webhooks, whose credential is the secret of the sender.
    pub fn is_receiver_alone(&self) -> bool {
        self.without_mcp && !self.has_issuer()
    }

    fn has_issuer(&self) -> bool {
        self.oauth.as_ref().is_some_and(|oauth| oauth.issuer.is_some())
    }

    fn has_receiver(&self) -> bool {
        let webhooks = self.webhooks.as_ref();
        webhooks.is_some_and(|webhooks| !webhooks.receivers.is_empty())
    }

    /// The line of a target file that would declare a capability, for *skipped* and *not testable*.
    pub fn line_for(capability: &str) -> String {
        match capability {
            "api" => "api: https://…".to_owned(),
            "control" => "control: { url: \"http://127.0.0.1:…\", secret: \"${env.NAME}\" }".to_owned(),
            "plain" => "plain: http://…".to_owned(),
            "events" => "events: { name: NAME, arguments: {}, subscriber: PRINCIPAL }".to_owned(),
            "rate-limit" => "rate: { exhaust: NAME, limit: 60, window: 1m }".to_owned(),
            "sibling" => "siblings: { sibling: \"https://…\" }".to_owned(),
            "realtime" | "sockets" => "sockets: { live: { http: { url: \"wss://…\" } } }".to_owned(),
            "streams" => "streams: { live: { http: { url: \"https://…\" } } }".to_owned(),
            "tickets" => {
                "sockets: { live: { http: { url: \"wss://…?${with.ticket}\" }, ticket: PROBE } }".to_owned()
            }
            other => OAuth::line_for(other)
                .or_else(|| Webhooks::line_for(other).map(str::to_owned))
                .unwrap_or_else(|| format!("declares: [{other}]")),
        }
    }

    /// The line of a target file that would give `${target.PATH}` something to name.
    pub fn line_of(path: &[String]) -> String {
        let parts: Vec<&str> = path.iter().map(String::as_str).collect();
        match parts.as_slice() {
            ["probes", "restricted", door, class] => {
                let call = if *door == "http" {
                    "http: { url: … }"
                } else {
                    "tool: …"
                };
                let more = match *class {
                    "account" => ", area: account",
                    "writing" => ", effect: write",
                    _ => "",
                };
                format!("probes: {{ NAME: {{ {call}{more}, as: WHO-MAY }} }}")
            }
            ["principals", "reading"] => "scopes: { read: [SCOPE, …] }".to_owned(),
            _ => format!("{}: …", parts.join(".")),
        }
    }
}
