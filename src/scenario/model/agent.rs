//! A check of an agent: what it is to do, the world it does it in, and what of its conduct is looked at.

use super::expect::Expect;
use super::kinds::{DoStep, Time};
use super::place::{At, Spanned};
use super::template::{Data, Template};

/// The kind `agent`: the command runs in its world until it ends, or its time is over.
#[derive(Debug, Clone)]
pub struct AgentStep {
    /// What it is asked to do.
    pub task: Task,
    /// The world around it.
    pub world: AgentWorld,
}

/// `task:`.
#[derive(Debug, Clone)]
pub struct Task {
    /// A word of `TASKS`.
    pub name: Spanned<String>,
    /// The tool of the calls; a harmless read where nothing is said.
    pub tool: Option<Template>,
    /// Its arguments.
    pub arguments: Option<Data>,
    /// How many calls at once.
    pub count: Option<u64>,
    /// How long it is idle before a call.
    pub idle: Option<Time>,
    /// How long it stays.
    pub stay: Option<Time>,
}

/// `world:`.
#[derive(Debug, Clone, Default)]
pub struct AgentWorld {
    /// Whose credential it is given; `reader` or `grantee` where nothing is said.
    pub principal: Option<Spanned<String>>,
    /// A word of `STARTS`; `key` where nothing is said.
    pub start: Option<Spanned<String>>,
    /// How the mock answers where services differ.
    pub behaviour: Option<Spanned<String>>,
    /// Misbehaviours of the mock.
    pub defects: Vec<Spanned<String>>,
    /// Conforming peculiarities of the mock.
    pub variants: Vec<Spanned<String>>,
    /// How often the command is run, one after the other; once where nothing is said.
    pub lives: Option<u64>,
    /// How many commands run at once on one store; one where nothing is said.
    pub copies: Option<u64>,
    /// What the person at the browser decides: a word of `DECISIONS`.
    pub consent: Option<Spanned<String>>,
    /// Parameters of the callback that beat the derived ones; `${omit}` leaves one out.
    pub callback: Vec<(Spanned<String>, Data)>,
    /// Environment of the command that beats the derived one.
    pub env: Vec<(Spanned<String>, Data)>,
    /// What happens.
    pub plan: Vec<PlanEntry>,
}

/// An entry of `plan:`.
#[derive(Debug, Clone)]
pub struct PlanEntry {
    /// Its first line.
    pub at: At,
    /// Other entries and checks refer to it by this.
    pub id: Option<Spanned<String>>,
    /// Which requests it is about.
    pub when: When,
    /// The reply, instead of the server's.
    pub reply: Option<PlanReply>,
    /// What of the server's reply is changed.
    pub change: Option<PlanReply>,
    /// How long the reply is held back.
    pub delay: Option<Time>,
    /// `before` or `after` the effect the connection ends without a reply.
    pub drop: Option<Spanned<String>>,
    /// Half of the reply is written.
    pub half: bool,
    /// Redirects there.
    pub redirect: Option<Redirect>,
    /// Acts on the world or on the command.
    pub acts: Vec<DoStep>,
    /// When they happen: a word of `MOMENTS`.
    pub moment: Option<Spanned<String>>,
    /// The server's `Date` is this far from the true one.
    pub skew: Option<Template>,
}

/// `when:`.
#[derive(Debug, Clone, Default)]
pub struct When {
    /// What the request is.
    pub traits: Traits,
    /// Only these of the requests that are so, counted from 1: first and last; every one where nothing is said.
    pub nth: Option<(u64, u64)>,
    /// Only once that entry has fired.
    pub after: Option<Spanned<String>>,
}

/// What a request is.
#[derive(Debug, Clone, Default)]
pub struct Traits {
    /// Words of `PLACES`.
    pub to: Vec<Spanned<String>>,
    /// The tool that is called.
    pub tool: Option<Template>,
    /// The JSON-RPC method.
    pub rpc: Option<Template>,
    /// The HTTP method.
    pub method: Option<Template>,
    /// `grant_type` of a token request.
    pub grant: Option<Template>,
    /// The path.
    pub path: Option<Template>,
    /// The credential in it, whole.
    pub credential: Option<Template>,
}

/// A reply, or what of one is changed.
#[derive(Debug, Clone, Default)]
pub struct PlanReply {
    /// Status.
    pub status: Option<Template>,
    /// Header lines: text, a list (one line each), or `${omit}`.
    pub headers: Vec<(Spanned<String>, Data)>,
    /// JSON body; of a change: members that are set, `${omit}` removes one.
    pub json: Option<Data>,
    /// Body as written.
    pub body: Option<Template>,
}

/// `redirect:`.
#[derive(Debug, Clone)]
pub struct Redirect {
    /// An address; `trap` is one of another origin, where whatever comes is recorded.
    pub to: Template,
    /// 307 where nothing is said.
    pub status: Option<Template>,
}

/// The kind `requests`: those of the agent that are so, as a series.
#[derive(Debug, Clone)]
pub struct Selection {
    /// What they are.
    pub traits: Traits,
    /// They came when that entry of the plan had fired and its reply was out.
    pub after: Option<Spanned<String>>,
    /// They came before that.
    pub before: Option<Spanned<String>>,
    /// Further: what holds of each.
    pub that: Option<Expect>,
    /// They carry this text.
    pub carrying: Option<Carrying>,
    /// They came in this life of the command, counted from 1.
    pub life: Option<u64>,
}

/// What is searched for in a request, and where.
#[derive(Debug, Clone)]
pub struct Carrying {
    /// A text or a list of texts; one of them is enough.
    pub what: Data,
    /// Words of `PARTS`; all where nothing is said.
    pub within: Vec<Spanned<String>>,
}

/// The kind `ended`: how the command ended, what it wrote and what it left behind.
#[derive(Debug, Clone)]
pub struct EndedLook {
    /// Only where that entry of the plan has fired.
    pub after: Option<Spanned<String>>,
    /// A life of the command, counted from 1; the last where nothing is said.
    pub life: Option<u64>,
}
