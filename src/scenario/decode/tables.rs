//! What scenario files may hold: one table per mapping, with the sentence an editor shows for each key.

use crate::scenario::table::{Key, Shape, Table};

/// Revisions of MCP that a scenario may name.
pub const REVISIONS: &[&str] = &["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"];
/// The first of them without sessions.
pub const STATELESS_FROM: &str = "2026-07-28";
/// Words for several revisions.
pub const ERAS: &[&str] = &["all", "sessions", "stateless"];
/// The word for the newest revision of each era.
pub const ONCE_PER_ERA: &str = "eras";
const SCENARIO_ERAS: &[&str] = &["all", ONCE_PER_ERA, "sessions", "stateless"];
/// Who can be judged.
pub const SUBJECTS: &[&str] = &[
    "authorization-server",
    "resource-server",
    "client",
    "webhook-sender",
    "webhook-receiver",
    "harness",
];
/// Keywords of RFC 2119.
pub const LEVELS: &[&str] = &["MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY"];
/// Acts of `do`.
pub const VERBS: &[&str] = &[
    "revoke",
    "expire",
    "rotate",
    "restart",
    "set-scopes",
    "remove-member",
    "disable",
    "advance",
    "kill",
];
/// Grades of `or`.
pub const GRADES: &[&str] = &["pass", "warn", "info", "review", "skip"];
/// Values of `outcome`.
pub const OUTCOMES: &[&str] = &["done", "refused", "limited", "broken", "unreached"];
/// Values of `connection`.
pub const CONNECTIONS: &[&str] = &["reused", "new"];
/// Values of `type`.
pub const TYPES: &[&str] = &[
    "string",
    "number",
    "integer",
    "boolean",
    "null",
    "array",
    "object",
    "challenges",
    "ratelimit",
    "ratelimit-policy",
];
/// Kinds of steps this version runs.
pub const KINDS: &[&str] = &[
    "http", "raw", "mcp", "wait", "do", "use", "exec", "steps", "together", "judge", "observe",
];
/// Kinds of steps whose places are kept.
pub const LATER_KINDS: &[&str] = &["oauth", "mint", "webhook", "events", "socket"];
/// Selectors whose places are kept.
pub const LATER_SELECTORS: &[&str] = &[
    "jwt",
    "frame",
    "close",
    "signature",
    "gaps",
    "access_token",
    "refresh_token",
    "id_token",
    "scope",
    "code",
    "token",
];
/// Selectors that need no further word, for `capture` and `entropy`.
pub const PLAIN_SELECTORS: &[&str] = &[
    "outcome",
    "sees",
    "strangers",
    "status",
    "result",
    "rpc_error",
    "body",
    "retry_after",
    "pause",
    "duration",
    "connection",
    "exit",
    "output",
];

static TEXT: Shape = Shape::Text;
static ANY: Shape = Shape::Any;
static STEP_SHAPE: Shape = Shape::Table(&STEP);
static SUBJECT: Shape = Shape::Word(SUBJECTS);
static REVISION: Shape = Shape::Word(REVISIONS);
static REVISIONS_SHAPE: Shape = Shape::Either(&[Shape::Word(ERAS), Shape::OneOrMany(&REVISION)]);
static SCENARIO_REVISIONS_SHAPE: Shape =
    Shape::Either(&[Shape::Word(SCENARIO_ERAS), Shape::OneOrMany(&REVISION)]);
static CASE_SHAPE: Shape = Shape::Table(&CASE);
static HEADER: Shape = Shape::Either(&[Shape::Text, Shape::List(&TEXT)]);
static EXPECT_SHAPE: Shape = Shape::Table(&EXPECT);
static OR_SHAPE: Shape = Shape::Table(&OR);
static CAPTURE_SHAPE: Shape = Shape::Either(&[Shape::Word(PLAIN_SELECTORS), Shape::Table(&CAPTURE)]);
static MEASURE_SHAPE: Shape = Shape::Table(&MEASURE);
static MATCHERS: [Shape; 5] = [
    Shape::Text,
    Shape::Number,
    Shape::Bool,
    Shape::List(&ANY),
    Shape::Table(&MATCHER),
];
/// A matcher: a plain value, a list, or a mapping of tests.
pub(crate) static MATCHER_SHAPE: Shape = Shape::Either(&MATCHERS);

/// A scenario file.
pub(crate) static SCENARIO: Table = Table {
    name: "scenario",
    doc: "A check of a server: what it holds to, and the steps that show it.",
    rest: None,
    keys: &[
        Key::required(
            "scenario",
            Shape::Text,
            "The requirement as one sentence; the report shows it.",
        ),
        Key::new(
            "rules",
            Shape::OneOrMany(&TEXT),
            "Ids of the rules judged here; with several, each check names its `rule`.",
        ),
        Key::new("subject", Shape::OneOrMany(&SUBJECT), "Who is judged."),
        Key::new(
            "revisions",
            SCENARIO_REVISIONS_SHAPE,
            "MCP revisions it holds in: `all`, `sessions` (those with `initialize`), `stateless` (the others) or a list; a case runs in each that the target speaks. `eras`: all, but of each era only the newest one that the target speaks, for what no revision within an era changes. Without it, the scenario depends on no revision and runs once, in the newest.",
        ),
        Key::new(
            "tags",
            Shape::OneOrMany(&TEXT),
            "Free labels for --tag and --not-tag.",
        ),
        Key::new(
            "needs",
            Shape::OneOrMany(&TEXT),
            "Capabilities the target must declare; without them the scenario is skipped.",
        ),
        Key::new(
            "exclusive",
            Shape::Text,
            "Cases that share this name run one after another.",
        ),
        Key::new(
            "slow",
            Shape::Bool,
            "Runs only with --slow where there is no test clock.",
        ),
        Key::new(
            "as",
            Shape::Either(&[Shape::Text, Shape::Table(&TOKEN)]),
            "Who sends where a step does not say; else the first principal of the target.",
        ),
        Key::new("timeout", Shape::Duration, "Budget of one case."),
        Key::new(
            "inputs",
            Shape::OneOrMany(&TEXT),
            "Names that a scenario using this one passes in `with`.",
        ),
        Key::new(
            "gives",
            Shape::OneOrMany(&TEXT),
            "Captures that a scenario using this one may read.",
        ),
        Key::new(
            "given",
            Shape::List(&STEP_SHAPE),
            "Positive controls: before the steps and again after them; a miss makes the case not testable.",
        ),
        Key::new(
            "cases",
            Shape::Map(&CASE_SHAPE),
            "Rows with stable ids; the steps run once per row.",
        ),
        Key::new(
            "matrix",
            Shape::Map(&ANY),
            "Axes; the steps run once per combination. A list, or a reference to one of the target's.",
        ),
        Key::required("steps", Shape::List(&STEP_SHAPE), "What happens, in order."),
        Key::new(
            "cleanup",
            Shape::List(&STEP_SHAPE),
            "Always runs at the end; a miss is a note.",
        ),
    ],
};

/// A row of `cases`.
pub(crate) static CASE: Table = Table {
    name: "case",
    doc: "A row: reserved keys, and values read as `${case.NAME}`.",
    rest: Some(&ANY),
    keys: &[
        Key::new("rule", Shape::Text, "The rule this row judges."),
        Key::new("level", Shape::Word(LEVELS), "Overrides the level of the rule."),
        Key::new("needs", Shape::OneOrMany(&TEXT), "Capabilities this row needs."),
        Key::new(
            "revisions",
            REVISIONS_SHAPE,
            "MCP revisions that have this row; the others do without it.",
        ),
    ],
};

/// A step.
pub(crate) static STEP: Table = Table {
    name: "step",
    doc: "One kind, and its siblings.",
    rest: None,
    keys: &[
        Key::new(
            "check",
            Shape::Pattern("^[a-z][a-z0-9-]*$"),
            "This step judges; the slug names the check and the step.",
        ),
        Key::new(
            "id",
            Shape::Pattern("^[a-z][a-z0-9-]*$"),
            "Names the step for others; it only prepares.",
        ),
        Key::new("http", Shape::Table(&HTTP), "A plain HTTP request."),
        Key::new("raw", Shape::Table(&RAW), "Exactly these bytes."),
        Key::new("mcp", Shape::Table(&MCP), "An MCP request."),
        Key::new(
            "wait",
            Shape::Either(&[Shape::Duration, Shape::Table(&WAIT)]),
            "Time passes; virtual time where there is a test clock.",
        ),
        Key::new(
            "do",
            Shape::Table(&DO),
            "An act on the target, by the best means it has.",
        ),
        Key::new(
            "use",
            Shape::Either(&[Shape::Text, Shape::Table(&USE)]),
            "The steps of another scenario.",
        ),
        Key::new(
            "exec",
            Shape::Either(&[Shape::List(&TEXT), Shape::Table(&EXEC)]),
            "A command without a shell; off unless allowed.",
        ),
        Key::new(
            "steps",
            Shape::List(&STEP_SHAPE),
            "A group of steps, one after another.",
        ),
        Key::new(
            "together",
            Shape::List(&STEP_SHAPE),
            "Different things at once; judged when all ended.",
        ),
        Key::new(
            "judge",
            Shape::Text,
            "Looks again at the evidence of that step; sends nothing.",
        ),
        Key::new(
            "observe",
            Shape::Table(&EXPECT),
            "Every answer of the whole run for which this holds; `expect` is judged on each. Sends nothing.",
        ),
        Key::new("oauth", Shape::Any, "OAuth; not in this version."),
        Key::new("mint", Shape::Any, "A minted token; not in this version."),
        Key::new("webhook", Shape::Any, "Webhooks; not in this version."),
        Key::new("events", Shape::Any, "Server-sent events; not in this version."),
        Key::new("socket", Shape::Any, "WebSocket; not in this version."),
        Key::new(
            "as",
            Shape::Either(&[Shape::Text, Shape::Table(&TOKEN)]),
            "Who sends: a principal, `nobody`, or `{ token: … }`.",
        ),
        Key::new(
            "over",
            Shape::Either(&[Shape::Text, Shape::Table(&OVER)]),
            "The named connection that carries it; opened at first use.",
        ),
        Key::new(
            "headers",
            Shape::Either(&[Shape::Map(&HEADER), Shape::List(&TEXT), Shape::Text]),
            "Explicit beats derived. Text, a list (one line each), `${omit}`; or a list of verbatim lines.",
        ),
        Key::new("needs", Shape::OneOrMany(&TEXT), "Capabilities this step needs."),
        Key::new(
            "revisions",
            REVISIONS_SHAPE,
            "MCP revisions that have this step; the others do without it.",
        ),
        Key::new("rule", Shape::Text, "The rule this check judges."),
        Key::new("level", Shape::Word(LEVELS), "Overrides the level of the rule."),
        Key::new("timeout", Shape::Duration, "For one exchange."),
        Key::new(
            "copies",
            Shape::Either(&[Shape::Count(1), Shape::Text]),
            "This many at once, from one barrier; each is a `${round}`.",
        ),
        Key::new(
            "times",
            Shape::Either(&[Shape::Count(1), Shape::Text]),
            "This often, one after another; the bound of `until`.",
        ),
        Key::new("every", Shape::Duration, "The pause from start to start."),
        Key::new("for", Shape::Duration, "With `every`: how long."),
        Key::new(
            "until",
            Shape::Table(&EXPECT),
            "Repeats until this holds; bounded by `times` or `timeout`.",
        ),
        Key::new(
            "each_of",
            Shape::Text,
            "Once per element of a list, as `${each}`.",
        ),
        Key::new(
            "expect",
            Shape::Table(&EXPECT),
            "What is wanted; all of it must hold.",
        ),
        Key::new(
            "or",
            Shape::OneOrMany(&OR_SHAPE),
            "Alternatives when `expect` misses; the first that holds sets the grade.",
        ),
        Key::new(
            "capture",
            Shape::Map(&CAPTURE_SHAPE),
            "Names for values of the answer.",
        ),
        Key::new(
            "measure",
            Shape::Map(&MEASURE_SHAPE),
            "Times that are reported, and judged when they have a matcher.",
        ),
    ],
};

/// `as: { token }`.
pub(crate) static TOKEN: Table = Table {
    name: "credential",
    doc: "A credential at hand.",
    rest: None,
    keys: &[Key::required("token", Shape::Text, "Sent as a bearer token.")],
};

/// `http`.
pub(crate) static HTTP: Table = Table {
    name: "HTTP request",
    doc: "A plain HTTP request; the URL is sent as written.",
    rest: None,
    keys: &[
        Key::new("method", Shape::Text, "`GET` when absent, `POST` with a body."),
        Key::new(
            "url",
            Shape::Text,
            "Absolute, or starting with `/` on the origin of the MCP endpoint.",
        ),
        Key::new(
            "probe",
            Shape::Text,
            "Instead of `url`: a probe of the target that has `http`.",
        ),
        Key::new("with", Shape::Map(&ANY), "Inputs of the probe."),
        Key::new("aim", Shape::Either(&AIMS), AIM),
        Key::new("query", Shape::Map(&ANY), "Added to the query."),
        Key::new("body", Shape::Text, "Sent as written."),
        Key::new("json", Shape::Any, "Sent as JSON."),
        Key::new("form", Shape::Map(&ANY), "Sent as a form."),
        Key::new("read", Shape::Duration, "Stops reading after this long."),
        Key::new(
            "session",
            Shape::Text,
            "Whose open session carries it: its id and version, where the server keeps sessions.",
        ),
        Key::new("follow", Shape::Bool, "Follows redirects; not by itself."),
    ],
};

/// `raw`.
pub(crate) static RAW: Table = Table {
    name: "raw request",
    doc: "Exactly what is written: `head` and `body`, or `bytes`.",
    rest: None,
    keys: &[
        Key::new(
            "head",
            Shape::Text,
            "Request line and header lines; line ends become CRLF, nothing is added.",
        ),
        Key::new("body", Shape::Text, "Sent as written."),
        Key::new("bytes", Shape::Text, "Each character U+0000–U+00FF is that byte."),
    ],
};

/// `mcp`.
pub(crate) static MCP: Table = Table {
    name: "MCP request",
    doc: "An MCP request; session and envelope are made for it.",
    rest: None,
    keys: &[
        Key::new(
            "probe",
            Shape::Text,
            "A probe of the target; one that is a plain HTTP request is sent as such.",
        ),
        Key::new("with", Shape::Map(&ANY), "Inputs of the probe."),
        Key::new("aim", Shape::Either(&AIMS), AIM),
        Key::new("tool", Shape::Text, "A tool by name."),
        Key::new("arguments", Shape::Any, "Arguments of the tool."),
        Key::new("method", Shape::Text, "Any method, such as `tools/list`."),
        Key::new("params", Shape::Any, "Params of the method."),
        Key::new("session", Shape::Text, "Whose open session carries it."),
        Key::new("at", Shape::Text, "Another endpoint of the target."),
        Key::new(
            "query",
            Shape::Map(&ANY),
            "Added to the query of the request URL.",
        ),
        Key::new(
            "envelope",
            Shape::Map(&ANY),
            "Members of the JSON-RPC envelope; they beat the derived ones.",
        ),
        Key::new(
            "meta",
            Shape::Either(&[Shape::Text, Shape::Map(&ANY)]),
            "Members of `params._meta`; they beat the derived ones, `${omit}` leaves one out, and instead of the map all of it.",
        ),
        Key::new(
            "read",
            Shape::Duration,
            "How long an event stream is read, instead of until the answer.",
        ),
        Key::new(
            "notification",
            Shape::Bool,
            "Without an id; no answer is awaited.",
        ),
    ],
};

const AIM: &str = "The place whose ids the probe's inputs take: `own`, `foreign`, a name below `places`; `{ like: PLACE }`: random ids of the same shape. `with` beats it.";
static AIMS: [Shape; 2] = [Shape::Text, Shape::Table(&LIKE)];

/// `aim: { like }`.
pub(crate) static LIKE: Table = Table {
    name: "aim",
    doc: "Ids that nobody gave to anything.",
    rest: None,
    keys: &[Key::required(
        "like",
        Shape::Text,
        "The place whose ids they look like.",
    )],
};

/// `wait`.
pub(crate) static WAIT: Table = Table {
    name: "wait",
    doc: "A pause counted from the end of a step.",
    rest: None,
    keys: &[
        Key::new("since", Shape::Text, "The step whose end it counts from."),
        Key::required("for", Shape::Duration, "How long."),
    ],
};

/// `do`.
pub(crate) static DO: Table = Table {
    name: "act",
    doc: "One verb and its object.",
    rest: None,
    keys: &[
        Key::new(
            "revoke",
            Shape::Any,
            "A principal, or a credential, loses its access.",
        ),
        Key::new("expire", Shape::Any, "Credentials expire now."),
        Key::new("rotate", Shape::Any, "A key or secret is replaced."),
        Key::new("restart", Shape::Any, "The server starts again."),
        Key::new(
            "set-scopes",
            Shape::Any,
            "A principal gets other scopes: `{ of: NAME, to: [SCOPE, …] }`.",
        ),
        Key::new(
            "remove-member",
            Shape::Any,
            "A principal's user is no member any more: of everything, or `{ who: NAME, from: ID }`.",
        ),
        Key::new("disable", Shape::Any, "The account behind a principal is closed."),
        Key::new("advance", Shape::Any, "The test clock moves."),
        Key::new("kill", Shape::Any, "A process ends by a signal."),
    ],
};

/// `use`.
pub(crate) static USE: Table = Table {
    name: "used scenario",
    doc: "Another scenario's steps, with inputs.",
    rest: None,
    keys: &[
        Key::required("path", Shape::Text, "Relative to this file, below the project."),
        Key::new("with", Shape::Map(&ANY), "Its inputs."),
    ],
};

/// `exec`.
pub(crate) static EXEC: Table = Table {
    name: "command",
    doc: "A program with arguments; no shell.",
    rest: None,
    keys: &[
        Key::required("argv", Shape::List(&TEXT), "Program and arguments."),
        Key::new("stdin", Shape::Text, "Its input."),
    ],
};

/// `over`.
pub(crate) static OVER: Table = Table {
    name: "connection",
    doc: "A named connection.",
    rest: None,
    keys: &[
        Key::required("id", Shape::Text, "Its name."),
        Key::new("http", Shape::Text, "`h1` or `h2`."),
    ],
};

/// `expect`, `until`, and what a quantifier holds.
pub(crate) static EXPECT: Table = Table {
    name: "expectation",
    doc: "Selectors and matchers; all must hold. The name of a step in the group opens its evidence.",
    rest: Some(&EXPECT_SHAPE),
    keys: &[
        Key::new(
            "outcome",
            Shape::Either(&MATCHERS),
            "The decision: done, refused, limited, broken; unreached where nobody listens.",
        ),
        Key::new(
            "sees",
            Shape::Either(&MATCHERS),
            "Whose canary came back; `nobody` for none.",
        ),
        Key::new(
            "strangers",
            Shape::Either(&MATCHERS),
            "Principals of other tenants than the caller's whose canary came back unasked; `nobody` for none, nothing where the caller's tenant is not known.",
        ),
        Key::new(
            "answer",
            Shape::Table(&ANSWER),
            "The answer as a whole, compared with that of another step.",
        ),
        Key::new(
            "status",
            Shape::Either(&MATCHERS),
            "HTTP status: a number, a list, `4xx`.",
        ),
        Key::new(
            "headers",
            Shape::Map(&MATCHER_SHAPE),
            "Response headers; several lines are combined.",
        ),
        Key::new(
            "challenge",
            Shape::Map(&MATCHER_SHAPE),
            "Some challenge of WWW-Authenticate satisfies all of it.",
        ),
        Key::new(
            "challenges",
            Shape::Table(&CHALLENGES),
            "All challenges: `each`, `any`, `none`, `count`.",
        ),
        Key::new(
            "json",
            Shape::Map(&ANY),
            "JSONPaths (RFC 9535) into the HTTP body.",
        ),
        Key::new(
            "result",
            Shape::Any,
            "What the tool said: JSONPaths, or outputs of the probe.",
        ),
        Key::new("rpc_error", Shape::Either(&MATCHERS), "JSON-RPC error code."),
        Key::new("body", Shape::Either(&MATCHERS), "Body text."),
        Key::new(
            "retry_after",
            Shape::Either(&MATCHERS),
            "A duration, from seconds or a date.",
        ),
        Key::new(
            "pause",
            Shape::Either(&MATCHERS),
            "How long the answer asks to wait: Retry-After, else the reset of its rate headers.",
        ),
        Key::new(
            "rate",
            Shape::Map(&MATCHER_SHAPE),
            "Some statement about a limit satisfies all of it: `dialect` `policy` `limit` `remaining` `window` `reset` `unit` `beyond`.",
        ),
        Key::new(
            "rates",
            Shape::Table(&CHALLENGES),
            "All statements about limits: `each`, `any`, `none`, `count`.",
        ),
        Key::new(
            "duration",
            Shape::Either(&MATCHERS),
            "First byte sent to last byte read.",
        ),
        Key::new("connection", Shape::Either(&MATCHERS), "`reused` or `new`."),
        Key::new(
            "since",
            Shape::Map(&MATCHER_SHAPE),
            "Time since the end of a step: `since: { STEP: MATCHER }`.",
        ),
        Key::new("exit", Shape::Either(&MATCHERS), "Exit status of a command."),
        Key::new("output", Shape::Either(&MATCHERS), "Output of a command."),
        Key::new(
            "each",
            Shape::Table(&EXPECT),
            "Every element of the series; over nothing a miss.",
        ),
        Key::new("any", Shape::Table(&EXPECT), "Some element."),
        Key::new("none", Shape::Table(&EXPECT), "No element."),
        Key::new("first", Shape::Table(&EXPECT), "The first element."),
        Key::new("last", Shape::Table(&EXPECT), "The last element."),
        Key::new(
            "median",
            Shape::Table(&EXPECT),
            "The element of median duration: steadier than any single one.",
        ),
        Key::new(
            "count",
            Shape::Any,
            "How many: a matcher, or `{ of, within, is }`.",
        ),
        Key::new(
            "event",
            Shape::Table(&EXPECT),
            "The events of an event stream as a series: `each`, `any`, `none`, `first`, `last` or `count`; inside, `json` and `body` are an event's data, `headers` its fields `event` and `id`, `duration` the time until it came.",
        ),
        Key::new(
            "entropy",
            Shape::Table(&ENTROPY),
            "What guessing one of the values costs, in bits.",
        ),
        Key::new(
            "pace",
            Shape::Table(&PACE),
            "Two kinds of calls in each round take equally long, as far as a rank test can tell.",
        ),
    ],
};

/// `answer`.
pub(crate) static ANSWER: Table = Table {
    name: "answer comparison",
    doc: "Alike but for what differs by nature (Date, ids).",
    rest: None,
    keys: &[
        Key::new("same_as", Shape::Text, "The other step."),
        Key::new("differs_from", Shape::Text, "The other step."),
        Key::new(
            "except",
            Shape::OneOrMany(&TEXT),
            "Parts left out: `headers.X-Foo`.",
        ),
    ],
};

/// `challenges`.
pub(crate) static CHALLENGES: Table = Table {
    name: "list of an answer",
    doc: "One quantifier over all challenges, or all statements about limits.",
    rest: None,
    keys: &[
        Key::new("each", Shape::Map(&MATCHER_SHAPE), "All satisfy it."),
        Key::new("any", Shape::Map(&MATCHER_SHAPE), "Some satisfies it."),
        Key::new("none", Shape::Map(&MATCHER_SHAPE), "None satisfies it."),
        Key::new("count", Shape::Either(&MATCHERS), "How many there are."),
    ],
};

/// `count`.
pub(crate) static COUNT: Table = Table {
    name: "count",
    doc: "How many elements satisfy `of`.",
    rest: None,
    keys: &[
        Key::new(
            "of",
            Shape::Table(&EXPECT),
            "What an element must satisfy; all count without it.",
        ),
        Key::new(
            "within",
            Shape::Duration,
            "Counts the most in any span of this length instead of all.",
        ),
        Key::required("is", Shape::Either(&MATCHERS), "A number, a range or a share."),
    ],
};

/// `pace`.
pub(crate) static PACE: Table = Table {
    name: "pace",
    doc: "Steps of a round whose times are compared, round by round: at least 40 rounds, five standard deviations, a tenth of the whole.",
    rest: None,
    keys: &[
        Key::required("of", Shape::OneOrMany(&TEXT), "Names of steps in the round."),
        Key::required("like", Shape::OneOrMany(&TEXT), "Those they are compared with."),
    ],
};

/// `entropy`.
pub(crate) static ENTROPY: Table = Table {
    name: "entropy",
    doc: "Bits of one value of each element; repeats are 0 bits.",
    rest: None,
    keys: &[
        Key::required(
            "of",
            Shape::Either(&[Shape::Word(PLAIN_SELECTORS), Shape::Table(&CAPTURE)]),
            "Which value of each element.",
        ),
        Key::required("bits", Shape::Either(&MATCHERS), "How many bits."),
    ],
};

/// A matcher that is a mapping.
pub(crate) static MATCHER: Table = Table {
    name: "matcher",
    doc: "Tests; all must hold.",
    rest: None,
    keys: &[
        Key::new("not", Shape::Either(&MATCHERS), "The matcher misses."),
        Key::new(
            "one_of",
            Shape::List(&MATCHER_SHAPE),
            "One of the matchers holds.",
        ),
        Key::new(
            "matches",
            Shape::Text,
            "A regular expression, unanchored, in single quotes.",
        ),
        Key::new("contains", Shape::Any, "Holds this text or element."),
        Key::new("lacks", Shape::Any, "Does not hold this text or element."),
        Key::new("exists", Shape::Bool, "There is a value, or there is none."),
        Key::new("lt", Shape::Any, "Less than this."),
        Key::new("lte", Shape::Any, "Less than or equal."),
        Key::new("gt", Shape::Any, "Greater than."),
        Key::new("gte", Shape::Any, "Greater than or equal."),
        Key::new(
            "length",
            Shape::Either(&MATCHERS),
            "Of a text in characters, of a list in elements.",
        ),
        Key::new("type", Shape::Word(TYPES), "Type of a JSON value."),
        Key::new("differs_from", Shape::Any, "Not this value."),
        Key::new("same_as", Shape::Any, "This value."),
        Key::new("near", Shape::Table(&NEAR), "Not further than `by` from `to`."),
        Key::new(
            "grows",
            Shape::Number,
            "Each is at least this many times the one before.",
        ),
        Key::new(
            "each",
            Shape::Either(&MATCHERS),
            "Every element, every header line.",
        ),
        Key::new("any", Shape::Either(&MATCHERS), "Some element."),
        Key::new("none", Shape::Either(&MATCHERS), "No element."),
        Key::new("count", Shape::Either(&MATCHERS), "How many elements."),
    ],
};

/// `near`.
pub(crate) static NEAR: Table = Table {
    name: "near",
    doc: "A distance.",
    rest: None,
    keys: &[
        Key::required("to", Shape::Any, "The middle."),
        Key::required("by", Shape::Any, "The largest distance."),
    ],
};

/// An entry of `or`.
pub(crate) static OR: Table = Table {
    name: "alternative",
    doc: "A grade with its sentence, and what must hold for it.",
    rest: Some(&ANY),
    keys: &[
        Key::new("pass", Shape::Text, "As good as expected, worth saying."),
        Key::new("warn", Shape::Text, "A warning."),
        Key::new("info", Shape::Text, "A remark."),
        Key::new(
            "review",
            Shape::Text,
            "A remark for a person to look at; statistical.",
        ),
        Key::new("skip", Shape::Text, "Does not apply here after all."),
    ],
};

/// `capture` in its long form.
pub(crate) static CAPTURE: Table = Table {
    name: "capture",
    doc: "One selector, and whether its value is a secret.",
    rest: None,
    keys: &[
        Key::new(
            "of",
            Shape::Word(PLAIN_SELECTORS),
            "A selector without a further word.",
        ),
        Key::new("headers", Shape::Text, "A response header by name."),
        Key::new(
            "body",
            Shape::Text,
            "The first group of a regular expression, found in the body.",
        ),
        Key::new("json", Shape::Text, "A JSONPath into the HTTP body."),
        Key::new(
            "result",
            Shape::Text,
            "A JSONPath into what the tool said, or an output of the probe.",
        ),
        Key::new("since", Shape::Text, "Time since the end of that step."),
        Key::new(
            "secret",
            Shape::Bool,
            "Masked everywhere; by itself for names such as `token`.",
        ),
    ],
};

/// `measure`.
pub(crate) static MEASURE: Table = Table {
    name: "measure",
    doc: "A time between two moments, with tests when it is judged.",
    rest: None,
    keys: &[
        Key::new(
            "since",
            Shape::Text,
            "Counted from the end of that step; else from the start of this one.",
        ),
        Key::new(
            "to",
            Shape::Either(&[Shape::Word(&["end", "first_byte"]), Shape::Table(&MEASURE_TO)]),
            "Where it ends: `end`, `first_byte`, `{ first: … }`, `{ last: … }`.",
        ),
        Key::new("lt", Shape::Any, "Less than this."),
        Key::new("lte", Shape::Any, "Less than or equal."),
        Key::new("gt", Shape::Any, "Greater than."),
        Key::new("gte", Shape::Any, "Greater than or equal."),
        Key::new("near", Shape::Table(&NEAR), "Not further than `by` from `to`."),
        Key::new("not", Shape::Either(&MATCHERS), "The matcher misses."),
    ],
};

/// `to` of a measure.
pub(crate) static MEASURE_TO: Table = Table {
    name: "end of a measure",
    doc: "The end of the first or last element that satisfies it.",
    rest: None,
    keys: &[
        Key::new("first", Shape::Table(&EXPECT), "The first element."),
        Key::new("last", Shape::Table(&EXPECT), "The last element."),
    ],
};
