//! What each kind of step does.

use std::sync::Arc;
use std::time::Duration;

use super::place::Spanned;
use super::scenario::Scenario;
use super::template::{Data, Template};

/// `http:`.
#[derive(Debug, Clone)]
pub struct HttpStep {
    /// `GET` when absent (`POST` with a body).
    pub method: Option<Template>,
    /// Absolute, or starting with `/` (on the MCP endpoint's origin). Sent as written: no normalisation.
    pub url: Option<Template>,
    /// Instead of `url`: a probe of the target that has `http:`.
    pub probe: Option<Template>,
    /// Probe inputs.
    pub with: Vec<(Spanned<String>, Data)>,
    /// The place the probe is aimed at.
    pub aim: Option<Aim>,
    /// Added query members.
    pub query: Vec<(Spanned<String>, Data)>,
    /// Raw body.
    pub body: Option<Template>,
    /// JSON body.
    pub json: Option<Data>,
    /// Form body.
    pub form: Vec<(Spanned<String>, Data)>,
    /// Read this long, then stop reading (streams).
    pub read: Option<Time>,
    /// Whose open MCP session carries it.
    pub session: Option<Template>,
    /// Follow redirects (default: no).
    pub follow: bool,
}

/// `raw:`.
#[derive(Debug, Clone)]
pub enum RawStep {
    /// `{ head: |, body: }`: line ends of the head become CRLF; nothing is added.
    Parts {
        /// Request line and header lines.
        head: Template,
        /// As written.
        body: Option<Template>,
    },
    /// `{ bytes: "…" }`: each character U+0000–U+00FF is that byte.
    Bytes(Template),
}

/// `mcp:`.
#[derive(Debug, Clone)]
pub struct McpStep {
    /// What is asked.
    pub call: McpCall,
    /// Probe inputs.
    pub with: Vec<(Spanned<String>, Data)>,
    /// The place the probe is aimed at.
    pub aim: Option<Aim>,
    /// Whose open session carries it (`session: reader`); default: the sender's own, opened when needed.
    pub session: Option<Template>,
    /// Another endpoint of the target (`at: sibling`).
    pub endpoint: Option<Spanned<String>>,
    /// Added query members of the request URL.
    pub query: Vec<(Spanned<String>, Data)>,
    /// Members added to the JSON-RPC envelope.
    pub envelope: Vec<(Spanned<String>, Data)>,
    /// What the client declares that it can do, instead of nothing.
    pub capabilities: Option<Data>,
    /// Members of `params._meta`, or a reference to what stands there instead.
    pub meta: Option<Data>,
    /// Streams: how long to read; default: until the answer.
    pub read: Option<Time>,
    /// With `read`: how many events are enough.
    pub events: Option<u64>,
    /// Form body instead of JSON is never sent here; see `http`.
    pub notification: bool,
}

impl McpStep {
    /// A call with nothing beside it.
    pub fn bare(call: McpCall) -> Self {
        McpStep {
            call,
            with: Vec::new(),
            aim: None,
            session: None,
            endpoint: None,
            query: Vec::new(),
            envelope: Vec::new(),
            capabilities: None,
            meta: None,
            read: None,
            events: None,
            notification: false,
        }
    }
}

/// `aim:`: which ids the inputs of a probe take.
#[derive(Debug, Clone)]
pub enum Aim {
    /// Those of a place.
    At(Template),
    /// Random ones of the same shape.
    Like(Template),
}

/// What an `mcp` step asks.
#[derive(Debug, Clone)]
pub enum McpCall {
    /// A probe of the target.
    Probe(Template),
    /// A tool with arguments.
    Tool {
        /// Name.
        tool: Template,
        /// Arguments.
        arguments: Option<Data>,
    },
    /// Any method.
    Method {
        /// Such as `tools/list`.
        method: Template,
        /// Params.
        params: Option<Data>,
    },
}

/// A duration written `3s`, or a reference to one.
#[derive(Debug, Clone)]
pub enum Time {
    /// Written out.
    Fixed(Spanned<Duration>),
    /// `${target.promise.revocation | plus 2s}`.
    Reference(Template),
}

/// How often or how many: a number, or a reference to one.
#[derive(Debug, Clone)]
pub enum Count {
    /// Written out.
    Fixed(u32),
    /// `${target.rate.flood}`; a fraction is rounded up.
    Reference(Template),
}

/// `wait: 3s` or `wait: { since: ID, for: 4s }`.
#[derive(Debug, Clone)]
pub struct WaitStep {
    /// Counted from the end of that step's answer instead of from now.
    pub since: Option<Spanned<String>>,
    /// How long.
    pub lasting: Time,
}

/// `do: { VERB: OBJECT }`.
#[derive(Debug, Clone)]
pub struct DoStep {
    /// revoke, expire, rotate, restart, set-scopes, advance, kill.
    pub verb: Spanned<String>,
    /// Its object.
    pub object: Data,
}

/// `use: path` with inputs.
#[derive(Debug, Clone)]
pub struct UseStep {
    /// Path relative to the using file, below the project root.
    pub path: Spanned<String>,
    /// Inputs.
    pub with: Vec<(Spanned<String>, Data)>,
    /// The scenario it names, resolved after loading.
    pub scenario: Option<Arc<Scenario>>,
}

/// `exec: [program, argument …]`.
#[derive(Debug, Clone)]
pub struct ExecStep {
    /// Program and arguments; no shell.
    pub argv: Vec<Template>,
    /// Input on stdin.
    pub stdin: Option<Template>,
}

/// `headers:`.
#[derive(Debug, Clone, Default)]
pub enum Headers {
    /// Nothing written.
    #[default]
    Derived,
    /// A map: text, a list (one line each), or `${omit}`.
    Map(Vec<(Spanned<String>, HeaderValue)>),
    /// Lines sent verbatim, in addition to the derived ones that are not named by them.
    Lines(Vec<Template>),
    /// One reference to a map: `headers: "${case.headers}"`.
    Reference(Template),
}

/// Value of a header.
#[derive(Debug, Clone)]
pub enum HeaderValue {
    /// One line.
    One(Template),
    /// One line each, in order.
    Many(Vec<Template>),
}
