//! A step: who makes it, when, which kind, and what becomes of it.

use std::time::Duration;

use super::agent::{AgentStep, EndedLook, Selection};
use super::expect::{Captured, Expect};
use super::kinds::{Count, DoStep, ExecStep, Headers, HttpStep, McpStep, RawStep, Time, UseStep, WaitStep};
use super::live::LiveStep;
use super::oauth::{MintStep, OAuthStep, ServeStep};
use super::place::{At, Spanned};
use super::results::{Alternative, Measure};
use super::scenario::Level;
use super::template::Template;
use super::webhook::WebhookStep;

/// Who sends.
#[derive(Debug, Clone)]
pub enum Who {
    /// A principal of the target, by name (may hold a reference such as `${case.who}`); `nobody` is built in.
    Principal(Template),
    /// A credential at hand: `as: { token: "${x}" }`.
    Token(Template),
}

/// A step with its siblings.
#[derive(Debug, Clone)]
pub struct Step {
    /// The step's own first line.
    pub at: At,
    /// `check: slug`: this step judges.
    pub check: Option<Spanned<String>>,
    /// `id: slug`: a handle. A check's slug is a handle too.
    pub id: Option<Spanned<String>>,
    /// What it does.
    pub kind: Kind,
    /// `as:`.
    pub who: Option<Who>,
    /// `over:`.
    pub over: Option<Over>,
    /// `headers:`.
    pub headers: Headers,
    /// `needs:`.
    pub needs: Vec<Spanned<String>>,
    /// MCP revisions that have this step; `None`: all.
    pub revisions: Option<Vec<Spanned<String>>>,
    /// `rule:` (may be `${case.rule}`-free: a plain id).
    pub rule: Option<Spanned<String>>,
    /// `level:`.
    pub level: Option<Spanned<Level>>,
    /// `timeout:` for one exchange.
    pub timeout: Option<Duration>,
    /// `copies:` at once, from one barrier.
    pub copies: Option<Count>,
    /// `times:` one after another; with `until`, the bound.
    pub times: Option<Count>,
    /// `every:`.
    pub every: Option<Time>,
    /// `for:`, with `every`.
    pub lasting: Option<Time>,
    /// `until:`.
    pub until: Option<Expect>,
    /// `each_of:`: once per element, as `${each}`.
    pub each_of: Option<Template>,
    /// `expect:`.
    pub expect: Option<Expect>,
    /// `or:`.
    pub or: Vec<Alternative>,
    /// `capture:` name ← selector.
    pub capture: Vec<(Spanned<String>, Captured)>,
    /// `measure:`.
    pub measure: Vec<Measure>,
}

impl Step {
    /// A step of this kind and nothing else: what hooks and undoing are carried out as.
    pub fn bare(at: At, kind: Kind) -> Self {
        Step {
            at,
            check: None,
            id: None,
            kind,
            who: None,
            over: None,
            headers: Headers::Derived,
            needs: Vec::new(),
            revisions: None,
            rule: None,
            level: None,
            timeout: None,
            copies: None,
            times: None,
            every: None,
            lasting: None,
            until: None,
            each_of: None,
            expect: None,
            or: Vec::new(),
            capture: Vec::new(),
            measure: Vec::new(),
        }
    }

    /// Whether its evidence is a series (and quantifiers may be used).
    pub fn is_series(&self) -> bool {
        self.copies.is_some()
            || self.times.is_some()
            || self.every.is_some()
            || self.each_of.is_some()
            || matches!(
                self.kind,
                Kind::Steps(_)
                    | Kind::Together(_)
                    | Kind::Serve(ServeStep::From(_))
                    | Kind::Requests(_)
                    | Kind::Webhook(WebhookStep::From { .. })
            )
    }

    /// The step that opened what this one goes on with.
    pub fn continues(&self) -> Option<&Spanned<String>> {
        match &self.kind {
            Kind::Events(LiveStep::From(from)) | Kind::Socket(LiveStep::From(from)) => Some(&from.handle),
            _ => None,
        }
    }

    /// The name other steps use for it.
    pub fn handle(&self) -> Option<&Spanned<String>> {
        self.check.as_ref().or(self.id.as_ref())
    }
}

/// One key names the kind.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A plain HTTP request.
    Http(HttpStep),
    /// Exactly these bytes.
    Raw(RawStep),
    /// An MCP request.
    Mcp(McpStep),
    /// A request to the authorization server, or a whole flow.
    OAuth(Box<OAuthStep>),
    /// A token made of another.
    Mint(MintStep),
    /// A listener, or what came to it.
    Serve(ServeStep),
    /// An inbox, what came to it, or a delivery of ours.
    Webhook(WebhookStep),
    /// Time passes.
    Wait(WaitStep),
    /// An act on the target: revoke, expire, …
    Do(DoStep),
    /// Another scenario's steps.
    Use(UseStep),
    /// A command; off unless allowed.
    Exec(ExecStep),
    /// A group.
    Steps(Vec<Step>),
    /// Different things at once.
    Together(Vec<Step>),
    /// Look again; send nothing.
    Judge(Spanned<String>),
    /// Look at every answer of the run for which this holds; send nothing.
    Observe(Expect),
    /// An event stream that stays open.
    Events(LiveStep),
    /// A WebSocket that stays open.
    Socket(LiveStep),
    /// The command under test runs in its world.
    Agent(Box<AgentStep>),
    /// What it asked for, as a series.
    Requests(Box<Selection>),
    /// How it ended.
    Ended(EndedLook),
}

impl Step {
    /// Whether an MCP revision has this step.
    pub fn is_in(&self, revision: &str) -> bool {
        holds_in(self.revisions.as_deref(), revision)
    }
}

/// Whether a revision is among those named; all are where none is.
pub fn holds_in(named: Option<&[Spanned<String>]>, revision: &str) -> bool {
    named.is_none_or(|named| named.iter().any(|one| one.value == revision))
}

/// `over: c1` or `over: { id: c1, http: h2 }`.
#[derive(Debug, Clone)]
pub struct Over {
    /// Names the connection.
    pub id: Spanned<String>,
    /// `h1` or `h2`, possibly `${case.http}`.
    pub http: Option<Template>,
}
