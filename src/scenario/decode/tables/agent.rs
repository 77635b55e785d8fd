//! An agent file: its world, its plan, and what of the transcript is looked at.

use super::expect::EXPECT;
use super::kinds::DO;
use super::shapes::{ANY, CASE_SHAPE, SCENARIO_REVISIONS_SHAPE, STEP_SHAPE, TEXT};
use super::words::DECISIONS;
use crate::scenario::table::{Key, Shape, Table};

/// What a command can be asked to do.
pub const TASKS: &[&str] = &[
    "list-tools",
    "call-once",
    "call-twice",
    "call-in-parallel",
    "idle-then-call",
    "receive-webhook",
    "listen",
];

/// What a command is given to begin with.
pub const STARTS: &[&str] = &["key", "login", "refresh-token", "client", "nothing"];

/// Where a request can go.
pub const PLACES: &[&str] = &[
    "resource",
    "rest",
    "metadata",
    "resource-metadata",
    "server-metadata",
    "authorize",
    "token",
    "registration",
    "revoke",
    "trap",
    "other",
];

/// Parts of a request in which a text can be.
pub const PARTS: &[&str] = &[
    "url",
    "header",
    "authorization",
    "cookie",
    "referer",
    "body",
    "arguments",
];

/// When the acts of a plan happen.
pub const MOMENTS: &[&str] = &["arrival", "effect", "reply"];

/// Where a connection can be dropped.
pub const DROPS: &[&str] = &["before", "after"];

static PLACE: Shape = Shape::Word(PLACES);
static PART: Shape = Shape::Word(PARTS);
static ENTRY: Shape = Shape::Table(&PLAN);
static ACTS: Shape = Shape::Table(&DO);

/// An agent file.
pub(crate) static AGENT: Table = Table {
    name: "agent check",
    doc: "A check of an agent: what it is asked to do, how the world behaves, and what is judged of what it did.",
    rest: None,
    keys: &[
        Key::required(
            "agent",
            Shape::Text,
            "The requirement as one sentence; the report shows it.",
        ),
        Key::new(
            "rules",
            Shape::OneOrMany(&TEXT),
            "Ids of the rules judged here; with several, each check names its `rule`.",
        ),
        Key::new(
            "revisions",
            SCENARIO_REVISIONS_SHAPE,
            "MCP revisions whose rules these are; the level of a rule can differ between them.",
        ),
        Key::new(
            "tags",
            Shape::OneOrMany(&TEXT),
            "Free labels for --tag and --not-tag.",
        ),
        Key::new(
            "slow",
            Shape::Bool,
            "Runs only with --slow: it takes long in real time.",
        ),
        Key::new(
            "timeout",
            Shape::Duration,
            "Budget of one case; the command is ended when it is over.",
        ),
        Key::required(
            "task",
            Shape::Either(&[Shape::Word(TASKS), Shape::Table(&TASK)]),
            "What the command is asked to do.",
        ),
        Key::new(
            "cases",
            Shape::Map(&CASE_SHAPE),
            "Rows with stable ids; the command runs once per row, each time in a world of its own.",
        ),
        Key::new(
            "world",
            Shape::Table(&WORLD),
            "What the command is given, and how the world behaves around it.",
        ),
        Key::required(
            "judge",
            Shape::List(&STEP_SHAPE),
            "What is judged of what it did: steps of the kinds `requests` and `ended`.",
        ),
    ],
};

/// `task` in its long form.
pub(crate) static TASK: Table = Table {
    name: "task",
    doc: "A task and its details.",
    rest: None,
    keys: &[
        Key::required("name", Shape::Word(TASKS), "Which task."),
        Key::new(
            "tool",
            Shape::Text,
            "The tool of the calls; a harmless read where nothing is said.",
        ),
        Key::new("arguments", Shape::Any, "Its arguments."),
        Key::new(
            "count",
            Shape::Count(1),
            "How many calls at once (`call-in-parallel`).",
        ),
        Key::new(
            "idle",
            Shape::Duration,
            "How long it is idle before the (second) call.",
        ),
        Key::new(
            "stay",
            Shape::Duration,
            "How long it stays (`receive-webhook`, `listen`).",
        ),
    ],
};

/// `world`.
pub(crate) static WORLD: Table = Table {
    name: "world",
    doc: "The mock around the command.",
    rest: None,
    keys: &[
        Key::new(
            "principal",
            Shape::Text,
            "Whose credential the command is given: a principal of the mock's target file.",
        ),
        Key::new(
            "start",
            Shape::Word(STARTS),
            "What it is given: an API `key`, a stored `login`, its `refresh-token` alone, a registered `client` and a browser, or `nothing`.",
        ),
        Key::new(
            "behaviour",
            Shape::Text,
            "How the mock answers where standards and services differ: seed, fastio, strict.",
        ),
        Key::new(
            "defects",
            Shape::OneOrMany(&TEXT),
            "Misbehaviours of the mock that are on.",
        ),
        Key::new(
            "variants",
            Shape::OneOrMany(&TEXT),
            "Conforming peculiarities of the mock that are on.",
        ),
        Key::new(
            "consent",
            Shape::Word(DECISIONS),
            "What the person at the browser decides; without it there is no browser, but for `start: client`.",
        ),
        Key::new(
            "lives",
            Shape::Count(1),
            "How often the command is run, one after the other, with what it has kept; it is given a login in its first life only.",
        ),
        Key::new(
            "copies",
            Shape::Count(1),
            "How many commands run at once, on one state folder; all of them must end well for `exit` to be 0.",
        ),
        Key::new(
            "callback",
            Shape::Map(&ANY),
            "Parameters with which the browser comes back to the command, instead of the right ones; `${omit}` leaves one out.",
        ),
        Key::new(
            "env",
            Shape::Map(&ANY),
            "Variables of the command's environment, instead of the derived ones; `${omit}` removes one.",
        ),
        Key::new(
            "plan",
            Shape::List(&ENTRY),
            "What happens. An entry that never fires makes the checks that refer to it not testable.",
        ),
    ],
};

/// An entry of `plan`.
pub(crate) static PLAN: Table = Table {
    name: "plan entry",
    doc: "Which requests, and what becomes of them.",
    rest: None,
    keys: &[
        Key::new(
            "id",
            Shape::Pattern("^[a-z][a-z0-9-]*$"),
            "Names the entry for checks and other entries.",
        ),
        Key::required("when", Shape::Table(&WHEN), "Which requests it is about."),
        Key::new(
            "reply",
            Shape::Table(&REPLY),
            "The reply; the server sees nothing of the request.",
        ),
        Key::new(
            "change",
            Shape::Table(&REPLY),
            "What of the server's reply is changed; members of `json` are set, `${omit}` removes one.",
        ),
        Key::new("delay", Shape::Duration, "How long the reply is held back."),
        Key::new(
            "drop",
            Shape::Word(DROPS),
            "The connection ends without a reply, `before` or `after` the server has done what was asked.",
        ),
        Key::new(
            "half",
            Shape::Bool,
            "Half of the reply is written, then the connection ends.",
        ),
        Key::new(
            "redirect",
            Shape::Either(&[Shape::Text, Shape::Table(&REDIRECT)]),
            "A redirect there; `trap` is another origin, where whatever comes is recorded.",
        ),
        Key::new(
            "do",
            Shape::OneOrMany(&ACTS),
            "Acts on the world; `kill: agent` and `restart: agent` end the command and start it again with what it has kept.",
        ),
        Key::new(
            "moment",
            Shape::Word(MOMENTS),
            "When they happen: at the `arrival` of the request, after its `effect` and before the reply, or when the `reply` is out.",
        ),
        Key::new(
            "date-skew",
            Shape::Text,
            "How far the server's `Date` is from the true one: `10m`, `-10m`.",
        ),
    ],
};

/// Keys that say what a request is.
macro_rules! traits {
    ($($more:expr),* $(,)?) => {
        &[
            Key::new("to", Shape::OneOrMany(&PLACE), "Where it goes."),
            Key::new("tool", Shape::Text, "The tool that it calls."),
            Key::new("rpc", Shape::Text, "Its JSON-RPC method."),
            Key::new("method", Shape::Text, "Its HTTP method."),
            Key::new("grant", Shape::Text, "The `grant_type` of a token request."),
            Key::new("path", Shape::Text, "Its path."),
            Key::new("credential", Shape::Text, "The credential that it presents."),
            $($more),*
        ]
    };
}

/// `when`.
pub(crate) static WHEN: Table = Table {
    name: "condition",
    doc: "All of it must hold of a request.",
    rest: None,
    keys: traits![
        Key::new(
            "nth",
            Shape::Text,
            "Which of the requests that are so: `2`, `1..3`, `3..`; all of them where nothing is said."
        ),
        Key::new(
            "after",
            Shape::Text,
            "Only once that entry of the plan has fired."
        ),
    ],
};

/// `reply` and `change`.
pub(crate) static REPLY: Table = Table {
    name: "planned reply",
    doc: "A reply, or what of one is changed.",
    rest: None,
    keys: &[
        Key::new("status", Shape::Text, "Status; 200 where nothing is said."),
        Key::new(
            "headers",
            Shape::Map(&PLAN_HEADER),
            "Header lines; a list makes several, `{ in: 3s, as: http-date }` is a moment after the reply.",
        ),
        Key::new("json", Shape::Any, "Sent as JSON."),
        Key::new("body", Shape::Text, "Sent as written."),
    ],
};

static PLAN_HEADER: Shape = Shape::Either(&[Shape::Text, Shape::List(&ANY), Shape::Table(&DUE)]);

/// How a moment can be written in a header.
pub const DUE_FORMS: &[&str] = &[
    "seconds",
    "http-date",
    "rfc850-date",
    "asctime-date",
    "epoch",
    "epoch-ms",
];

/// A moment in a header of a planned reply.
pub(crate) static DUE: Table = Table {
    name: "moment",
    doc: "A moment after the reply, on the server's clock.",
    rest: None,
    keys: &[
        Key::required("in", Shape::Text, "How long after the reply: `3s`, `-5s`."),
        Key::required("as", Shape::Word(DUE_FORMS), "How it is written."),
    ],
};

/// `redirect`.
pub(crate) static REDIRECT: Table = Table {
    name: "planned redirect",
    doc: "Where to, and with which status.",
    rest: None,
    keys: &[
        Key::required("to", Shape::Text, "An address, or `trap`."),
        Key::new("status", Shape::Text, "307 where nothing is said."),
    ],
};

/// The kind `requests`.
pub(crate) static REQUESTS: Table = Table {
    name: "selection of requests",
    doc: "All of it must hold of a request of the agent.",
    rest: None,
    keys: traits![
        Key::new(
            "status",
            Shape::Any,
            "The status of its reply: a number, a list, `4xx`."
        ),
        Key::new(
            "after",
            Shape::Text,
            "It came when that entry of the plan had fired and its reply was out."
        ),
        Key::new("before", Shape::Text, "It came before that entry fired."),
        Key::new("that", Shape::Table(&EXPECT), "Further: what holds of it."),
        Key::new(
            "carrying",
            Shape::Any,
            "It carries this text, as it is or percent-encoded or in base64; of a list, one of them."
        ),
        Key::new(
            "in",
            Shape::OneOrMany(&PART),
            "Where that is searched for; everywhere where nothing is said."
        ),
        Key::new("life", Shape::Count(1), "It came in this life of the command."),
    ],
};

/// The kind `ended`.
pub(crate) static ENDED: Table = Table {
    name: "end of the command",
    doc: "How it ended, what it wrote and what it left behind.",
    rest: None,
    keys: &[
        Key::new(
            "after",
            Shape::Text,
            "Only where that entry of the plan has fired.",
        ),
        Key::new(
            "life",
            Shape::Count(1),
            "A life of the command; the last where nothing is said.",
        ),
    ],
};
