//! Calls that scenarios use by name, and how acts such as *revoke* are done on a target.

use std::collections::{BTreeMap, BTreeSet};

use super::channel::Takes;
use crate::scenario::model::{At, Data, HeaderValue, Spanned, Template};

/// A call by name.
#[derive(Debug, Clone)]
pub struct Probe {
    /// As scenarios name it, and where.
    pub name: Spanned<String>,
    /// What it does to the system.
    pub effect: Effect,
    /// The call.
    pub call: Call,
    /// Inputs with their defaults.
    pub with: BTreeMap<String, Data>,
    /// Every input the call reads, with or without a default.
    pub inputs: BTreeSet<String>,
    /// Outputs: name → JSONPath (RFC 9535) into what the call said.
    pub gives: BTreeMap<String, Spanned<String>>,
    /// The call that takes it back.
    pub undo: Option<Call>,
    /// Who may make it.
    pub who: Option<Spanned<String>>,
    /// What it belongs to.
    pub area: Area,
}

impl Probe {
    /// Its inputs.
    pub fn takes(&self) -> Takes<'_> {
        Takes {
            what: "probe",
            name: &self.name.value,
            key: "probes",
            with: &self.with,
            inputs: &self.inputs,
        }
    }

    /// A read of a tool without arguments: what discovery finds.
    pub fn reading(name: &str, tool: &str, at: At) -> Probe {
        Probe {
            name: Spanned {
                value: name.to_owned(),
                at: at.clone(),
            },
            effect: Effect::Read,
            call: Call::Tool {
                tool: Template::literal(tool, at),
                arguments: None,
            },
            with: BTreeMap::new(),
            inputs: BTreeSet::new(),
            gives: BTreeMap::new(),
            undo: None,
            who: None,
            area: Area::Data,
        }
    }
}

/// What a call belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Area {
    /// Files, notes, whatever the system is for.
    #[default]
    Data,
    /// The account: keys, members, billing, webhooks.
    Account,
}

impl Area {
    /// The area a word names.
    pub fn parse(word: &str) -> Option<Area> {
        match word {
            "data" => Some(Area::Data),
            "account" => Some(Area::Account),
            _ => None,
        }
    }
}

/// What a call does to the system. Ordered from harmless to harmful.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Effect {
    /// Nothing.
    #[default]
    Read,
    /// Adds or changes.
    Write,
    /// Removes, or cannot be taken back.
    Destructive,
}

impl Effect {
    /// The word of the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Effect::Read => "read",
            Effect::Write => "write",
            Effect::Destructive => "destructive",
        }
    }

    /// The effect a word names.
    pub fn parse(word: &str) -> Option<Effect> {
        [Effect::Read, Effect::Write, Effect::Destructive]
            .into_iter()
            .find(|effect| effect.as_str() == word)
    }

    /// The permission a run needs for it.
    pub fn needs(self) -> Option<super::Permission> {
        match self {
            Effect::Read => None,
            Effect::Write => Some(super::Permission::Write),
            Effect::Destructive => Some(super::Permission::Destructive),
        }
    }
}

/// What is sent. Texts may hold `${env.…}`, `${with.…}`, `${run.…}`, `${fresh.…}`, `${target.…}`, `${principal.…}`.
#[derive(Debug, Clone)]
pub enum Call {
    /// `tools/call`.
    Tool {
        /// Name.
        tool: Template,
        /// Arguments.
        arguments: Option<Data>,
    },
    /// Any MCP method.
    Method {
        /// Such as `resources/list`.
        method: Template,
        /// Params.
        params: Option<Data>,
    },
    /// A plain HTTP request.
    Http(HttpCall),
}

/// A plain HTTP request.
#[derive(Debug, Clone)]
pub struct HttpCall {
    /// `GET` when absent, `POST` with content.
    pub method: Option<Template>,
    /// Absolute, or starting with `/`.
    pub url: Template,
    /// In the order written.
    pub headers: Vec<(Spanned<String>, HeaderValue)>,
    /// Added query members.
    pub query: Vec<(Spanned<String>, Data)>,
    /// What is sent along.
    pub content: HttpContent,
}

impl HttpCall {
    /// The method it is sent with; `None` where that is a template.
    pub fn sent_with(&self) -> Option<&str> {
        match (&self.method, &self.content) {
            (Some(method), _) => method.as_literal(),
            (None, HttpContent::Empty) => Some("GET"),
            (None, _) => Some("POST"),
        }
    }
}

/// Content of a request.
#[derive(Debug, Clone, Default)]
pub enum HttpContent {
    /// None.
    #[default]
    Empty,
    /// JSON.
    Json(Data),
    /// `application/x-www-form-urlencoded`.
    Form(Vec<(Spanned<String>, Data)>),
    /// As written.
    Body(Template),
}

/// How an act is done on this target.
#[derive(Debug, Clone)]
pub enum Hook {
    /// A call, by a principal (default: the first).
    Call(Box<Call>, Option<Spanned<String>>),
    /// A command without a shell.
    Exec(Vec<Template>),
}

/// Acts that `do:` knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// Ends a credential.
    Revoke,
    /// Lets a credential run out.
    Expire,
    /// Replaces a credential or key.
    Rotate,
    /// Starts the server again.
    Restart,
    /// Changes what a credential may do.
    SetScopes,
    /// Ends a membership.
    RemoveMember,
    /// Closes the account behind a credential.
    Disable,
    /// Ends a sign-in at the third party it was made at.
    SignOut,
    /// Lets something fail that the server depends on.
    Break,
    /// Lets it work again.
    Mend,
    /// Turns the host of an endpoint into an internal address.
    Repoint,
    /// Gives the schema of an event one optional member more.
    Extend,
    /// Moves the clock.
    Advance,
    /// Ends the server without warning.
    Kill,
}

impl Verb {
    /// Every verb.
    pub const ALL: [Verb; 14] = [
        Verb::Revoke,
        Verb::Expire,
        Verb::Rotate,
        Verb::Restart,
        Verb::SetScopes,
        Verb::RemoveMember,
        Verb::Disable,
        Verb::SignOut,
        Verb::Break,
        Verb::Mend,
        Verb::Repoint,
        Verb::Extend,
        Verb::Advance,
        Verb::Kill,
    ];

    /// The word of the files.
    pub fn as_str(self) -> &'static str {
        match self {
            Verb::Revoke => "revoke",
            Verb::Expire => "expire",
            Verb::Rotate => "rotate",
            Verb::Restart => "restart",
            Verb::SetScopes => "set-scopes",
            Verb::RemoveMember => "remove-member",
            Verb::Disable => "disable",
            Verb::SignOut => "sign-out",
            Verb::Break => "break",
            Verb::Mend => "mend",
            Verb::Repoint => "repoint",
            Verb::Extend => "extend",
            Verb::Advance => "advance",
            Verb::Kill => "kill",
        }
    }

    /// The verb a word names.
    pub fn parse(word: &str) -> Option<Verb> {
        Verb::ALL.into_iter().find(|verb| verb.as_str() == word)
    }
}
