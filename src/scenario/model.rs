//! The typed scenario. Everything an author wrote keeps the place where it stands.
//!
//! Made only by `decode`; read by `lint`, `run`, `step` and `expect`. Holds no behaviour beyond small accessors.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A YAML file as it was read.
#[derive(Debug)]
pub struct SourceFile {
    /// Path as a person would type it: relative to the project, or `<shipped>/bearer/scheme.yaml`.
    pub path: String,
    /// The whole text.
    pub text: String,
}

/// A place in a file: 1-based line and column (in characters), and the length in characters.
#[derive(Clone)]
pub struct At {
    /// The file.
    pub file: Arc<SourceFile>,
    /// 1-based.
    pub line: u32,
    /// 1-based, in characters.
    pub column: u32,
    /// In characters; at least 1.
    pub len: u32,
}

impl At {
    /// The text of the line, without its line end.
    pub fn line_text(&self) -> &str {
        self.file
            .text
            .lines()
            .nth(self.line.saturating_sub(1) as usize)
            .unwrap_or("")
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file.path, self.line, self.column)
    }
}

impl fmt::Debug for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A value and where it was written.
#[derive(Debug, Clone)]
pub struct Spanned<T> {
    /// What.
    pub value: T,
    /// Where.
    pub at: At,
}

/// A text with `${…}` references in it.
#[derive(Debug, Clone)]
pub struct Template {
    /// In order; a text without references is one literal.
    pub pieces: Vec<Piece>,
    /// Where the text starts.
    pub at: At,
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// As written.
    Text(String),
    /// `${path | filter arg | …}`.
    Reference(Reference),
}

/// `${principal.reader.token}`, `${ttl | plus 1s}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The dotted path; at least one name.
    pub path: Vec<String>,
    /// Applied left to right.
    pub filters: Vec<Filter>,
}

/// One `| name argument`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// See `template::FILTERS`.
    pub name: String,
    /// The rest of the filter after one blank.
    pub argument: Option<String>,
}

/// Data written in YAML: arguments, bodies, case values, matcher operands.
///
/// Plain scalars are typed by the YAML 1.2 core schema, strictly: `true`/`false`, decimal numbers without leading
/// zeros; `no`, `007`, `2025-11-25` are texts.
#[derive(Debug, Clone)]
pub enum Data {
    /// `null` or `~`; only inside payloads.
    Null(At),
    /// `true` or `false`.
    Bool(bool, At),
    /// A decimal number.
    Number(serde_json::Number, At),
    /// Text, quoted or plain, possibly with references.
    Text(Template),
    /// A list.
    List(Vec<Data>, At),
    /// A mapping in the order written. Keys are never templates.
    Map(Vec<(Spanned<String>, Data)>, At),
}

impl Data {
    /// Where it stands.
    pub fn at(&self) -> &At {
        match self {
            Data::Null(at)
            | Data::Bool(_, at)
            | Data::Number(_, at)
            | Data::List(_, at)
            | Data::Map(_, at) => at,
            Data::Text(template) => &template.at,
        }
    }
}

/// A scenario file.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Stable id: the path below `scenarios/` (or the project root) without the ending, `bearer/scheme-case`.
    pub id: String,
    /// The file.
    pub file: Arc<SourceFile>,
    /// The sentence after `scenario:`.
    pub title: Spanned<String>,
    /// Rules judged here.
    pub rules: Vec<Spanned<String>>,
    /// Who is judged.
    pub subject: Vec<Spanned<String>>,
    /// MCP revisions it holds in, one case for each; `None`: it depends on none and runs once.
    pub revisions: Option<Vec<Spanned<String>>>,
    /// `revisions: eras`: of those that are spoken, only the newest of each era.
    pub once_per_era: bool,
    /// Free labels for `--tag`.
    pub tags: Vec<Spanned<String>>,
    /// Capabilities the target must declare.
    pub needs: Vec<Spanned<String>>,
    /// Cases that share this name run one after another.
    pub exclusive: Option<Spanned<String>>,
    /// Runs only with `--slow` where there is no test clock.
    pub slow: bool,
    /// Default principal.
    pub who: Option<Who>,
    /// Budget for one case.
    pub timeout: Option<Duration>,
    /// Positive controls: run before the steps and again after them.
    pub given: Vec<Step>,
    /// Written rows.
    pub cases: Vec<Case>,
    /// Axes whose product makes rows.
    pub matrix: Vec<Axis>,
    /// The steps.
    pub steps: Vec<Step>,
    /// Always run at the end; a miss is a note.
    pub cleanup: Vec<Step>,
    /// `inputs:` of a scenario that others `use`.
    pub inputs: Vec<Spanned<String>>,
    /// `gives:` of a scenario that others `use`.
    pub gives: Vec<Spanned<String>>,
}

impl Scenario {
    /// Whether it looks at what other cases brought to light and sends nothing itself.
    pub fn observes(&self) -> bool {
        self.steps
            .iter()
            .any(|step| matches!(step.kind, Kind::Observe(_)))
    }
}

/// A row of `cases:`.
#[derive(Debug, Clone)]
pub struct Case {
    /// `[a-z][a-z0-9-]*`.
    pub id: Spanned<String>,
    /// The rule this row judges.
    pub rule: Option<Spanned<String>>,
    /// Overrides the rule's level.
    pub level: Option<Spanned<Level>>,
    /// Capabilities this row needs.
    pub needs: Vec<Spanned<String>>,
    /// MCP revisions that have this row; `None`: all.
    pub revisions: Option<Vec<Spanned<String>>>,
    /// `${case.NAME}`.
    pub values: Vec<(Spanned<String>, Data)>,
}

/// An axis of `matrix:`.
#[derive(Debug, Clone)]
pub struct Axis {
    /// `${case.NAME}`.
    pub name: Spanned<String>,
    /// A written list, or one reference to a list or map of the target.
    pub values: Data,
}

/// A keyword of RFC 2119.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// MUST, MUST NOT.
    Must,
    /// SHOULD, SHOULD NOT.
    Should,
    /// MAY.
    May,
}

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
            || matches!(self.kind, Kind::Steps(_) | Kind::Together(_))
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
    /// Members of `params._meta`, or a reference to what stands there instead.
    pub meta: Option<Data>,
    /// Streams: how long to read; default: until the answer.
    pub read: Option<Time>,
    /// Form body instead of JSON is never sent here; see `http`.
    pub notification: bool,
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

/// `over: c1` or `over: { id: c1, http: h2 }`.
#[derive(Debug, Clone)]
pub struct Over {
    /// Names the connection.
    pub id: Spanned<String>,
    /// `h1` or `h2`, possibly `${case.http}`.
    pub http: Option<Template>,
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

/// `expect:`; all clauses must hold.
#[derive(Debug, Clone)]
pub struct Expect {
    /// In the order written.
    pub clauses: Vec<Clause>,
    /// Where.
    pub at: At,
}

/// One key of an `expect`.
#[derive(Debug, Clone)]
pub struct Clause {
    /// What it says.
    pub kind: ClauseKind,
    /// Where its key stands.
    pub at: At,
}

/// What a clause says.
#[derive(Debug, Clone)]
pub enum ClauseKind {
    /// selector: matcher.
    Is(Selector, Matcher),
    /// Every element of the series (over nothing: a miss).
    Each(Expect),
    /// Some element.
    Any(Expect),
    /// No element (over nothing: holds).
    None(Expect),
    /// The first element.
    First(Expect),
    /// The last element.
    Last(Expect),
    /// How many elements satisfy `of` (all when absent).
    Count {
        /// Selectors an element must satisfy.
        of: Option<Expect>,
        /// Not all of them, but the most in any span of this length.
        within: Option<Data>,
        /// A number, a range or a share.
        is: Matcher,
    },
    /// The element whose duration is the median.
    Median(Expect),
    /// The events of the answer's event stream, as a series.
    Event(Expect),
    /// A named step inside a group: its evidence in this round.
    Of(Spanned<String>, Expect),
    /// `pace: { of: STEP, like: STEP }`: the times of steps of each round, compared.
    Pace {
        /// Steps of a round.
        of: Vec<Spanned<String>>,
        /// Those they are compared with.
        like: Vec<Spanned<String>>,
    },
    /// `entropy: { of: SELECTOR, bits: MATCHER }`: what guessing one of the series' values costs; repeats are 0 bits.
    Entropy {
        /// Which value of each element.
        of: Captured,
        /// In bits.
        bits: Matcher,
    },
}

/// Where in the evidence a value is taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// done, refused, limited, broken.
    Outcome,
    /// Whose canary came back.
    Sees,
    /// Principals of other tenants whose canary came back.
    Strangers,
    /// The answer as a whole, for `same_as`.
    Answer,
    /// HTTP status.
    Status,
    /// A response header, several lines combined; case-insensitive name.
    Header(String),
    /// Some challenge of `WWW-Authenticate` satisfies all of the matcher map.
    Challenge,
    /// All challenges: `each`, `any`, `none` or `count` over them.
    Challenges,
    /// A JSONPath (RFC 9535) into the HTTP body.
    Json(String),
    /// What the tool said: a JSONPath, or the name of a probe's output.
    Result(String),
    /// The whole `result`.
    ResultWhole,
    /// JSON-RPC error code.
    RpcError,
    /// Body text.
    Body,
    /// The first group of a regular expression in the body.
    InBody(String),
    /// A duration, from seconds or an HTTP-date.
    RetryAfter,
    /// How long the answer asks to wait: `Retry-After`, else the reset of its rate headers.
    Pause,
    /// Some statement about a rate limit satisfies all of the matcher map.
    Rate,
    /// All statements: `each`, `any`, `none` or `count` over them.
    Rates,
    /// First byte sent → last byte read.
    Duration,
    /// `reused` or `new`.
    Connection,
    /// Time since the end of that step.
    Since(String),
    /// Exit status of `exec`.
    Exit,
    /// Output of `exec`.
    Output,
}

/// What a `capture` takes, or `of` an entropy clause.
#[derive(Debug, Clone)]
pub struct Captured {
    /// Which.
    pub selector: Selector,
    /// `secret: true`, or a name that says so: masked everywhere.
    pub secret: bool,
    /// Where.
    pub at: At,
}

/// All tests must hold.
#[derive(Debug, Clone)]
pub struct Matcher {
    /// In the order written.
    pub tests: Vec<Test>,
    /// Where.
    pub at: At,
}

/// One test of a matcher.
#[derive(Debug, Clone)]
pub enum Test {
    /// A plain value.
    Equals(Data),
    /// `3s..6s`, `1..6` (inclusive).
    Range(Operand, Operand),
    /// Status only: `4xx`.
    StatusClass(u16),
    /// One of the listed matchers.
    OneOf(Vec<Matcher>),
    /// `not:`.
    Not(Box<Matcher>),
    /// `matches:` a regular expression, unanchored.
    Matches(regex::Regex),
    /// `contains:`.
    Contains(Data),
    /// `lacks:`.
    Lacks(Data),
    /// `exists:`.
    Exists(bool),
    /// `lt:` …
    Compare(Comparison, Data),
    /// `length:`.
    Length(Box<Matcher>),
    /// `type:` string, number, integer, boolean, null, array, object; or `challenges`: the field parses under the
    /// challenge grammar (RFC 9110 §11.6.1); `ratelimit`, `ratelimit-policy`: under those of the rate header fields.
    Type(Spanned<String>),
    /// `differs_from:`.
    DiffersFrom(Data),
    /// `same_as:` (a step id for `answer`, else a value).
    SameAs(Data),
    /// `except:` beside `same_as` on `answer`.
    Except(Vec<Spanned<String>>),
    /// `near: { to, by }`.
    Near(Data, Data),
    /// `grows: 1.5`.
    Grows(f64),
    /// A map of member → matcher (challenge parameters, objects).
    Members(Vec<(Spanned<String>, Matcher)>),
    /// A quantifier over a list (challenges, header lines).
    Quantified(Quantifier, Box<Matcher>),
}

/// Over the elements of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantifier {
    /// All.
    Each,
    /// Some.
    Any,
    /// None.
    None,
    /// How many.
    Count,
}

/// `lt lte gt gte`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// <
    Lt,
    /// ≤
    Lte,
    /// >
    Gt,
    /// ≥
    Gte,
}

/// End of a range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Operand {
    /// A number.
    Number(f64),
    /// A duration.
    Duration(Duration),
    /// A share, 95% = 0.95.
    Share(f64),
}

/// An entry of `or:`; the first that holds sets the grade.
#[derive(Debug, Clone)]
pub struct Alternative {
    /// The grade.
    pub grade: Spanned<Grade>,
    /// The sentence for the report.
    pub says: String,
    /// What must hold.
    pub expect: Expect,
}

/// Grades of an alternative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grade {
    /// `pass`: as good as expected, worth saying.
    Pass,
    /// `warn`.
    Warn,
    /// `info`.
    Info,
    /// `review`: `info` marked statistical.
    Review,
    /// `skip`: does not apply here after all.
    Skip,
}

/// `measure: { NAME: { since, to, … matcher } }`.
#[derive(Debug, Clone)]
pub struct Measure {
    /// Name in the report.
    pub name: Spanned<String>,
    /// Counted from the end of that step; absent: from the step's own start.
    pub since: Option<Spanned<String>>,
    /// To what.
    pub to: MeasureEnd,
    /// Judged when present.
    pub matcher: Option<Matcher>,
}

/// Where a measure ends.
#[derive(Debug, Clone)]
pub enum MeasureEnd {
    /// The end of the answer.
    End,
    /// The first byte of the answer.
    FirstByte,
    /// `{ first: {…} }`: the end of the first element that satisfies it.
    First(Expect),
    /// `{ last: {…} }`: the end of the last element that satisfies it.
    Last(Expect),
}
