//! A load plan.

use super::kinds::{DO, MCP, USE};
use super::live::{EVENTS, SOCKET};
use super::shapes::{ANY, TEXT};
use super::step::TOKEN;
use crate::scenario::table::{Key, Shape, Table};

/// What can be judged on every answer while a plan runs.
pub(crate) const INVARIANTS: &[&str] = &[
    "own-tenant-only",
    "no-token-in-body",
    "one-winner-per-refresh",
    "challenge-well-formed",
    "no-false-401",
    "no-dead-token",
    "no-invalid-credential",
    "single-cut",
    "streams-stay-open",
];

/// Figures of a threshold that are times.
pub(crate) const TIMES: &[&str] = &[
    "p50",
    "p90",
    "p99",
    "p999",
    "max",
    "first-event",
    "connect",
    "revocation",
    "refresh",
];

/// Figures that are shares of all calls.
pub(crate) const SHARES: &[&str] = &[
    "errors",
    "achieved",
    "dropped",
    "401",
    "403",
    "429",
    "4xx",
    "5xx",
    "timeout",
    "foreign",
    "wrongly-done",
];

/// Figures that are numbers.
pub(crate) const NUMBERS: &[&str] = &["rate"];

static MIX_SHAPE: Shape = Shape::Table(&MIX);
static FLEET_SHAPE: Shape = Shape::Table(&FLEET);
static DURING_SHAPE: Shape = Shape::Table(&DURING);
static THRESHOLD_SHAPE: Shape = Shape::Table(&THRESHOLD);
static INVARIANT_SHAPE: Shape = Shape::Either(&[Shape::Word(INVARIANTS), Shape::Table(&INVARIANT)]);
static PHASE_SHAPE: Shape = Shape::Table(&PHASE);
const RATE: Shape = Shape::Pattern(r"^[0-9]+(\.[0-9]+)?/(s|m|h|min|sec|hour)$");

/// A load file.
pub(crate) static LOAD: Table = Table {
    name: "load plan",
    doc: "Calls made at a rate or by users, what happens meanwhile, and what must hold.",
    rest: None,
    keys: &[
        Key::required(
            "load",
            Shape::Text,
            "What the plan is for, as one sentence; the report shows it.",
        ),
        Key::new("rules", Shape::OneOrMany(&TEXT), "Ids of the rules judged here."),
        Key::new(
            "as",
            Shape::Either(&[Shape::OneOrMany(&TEXT), Shape::Table(&CALLERS)]),
            "Who calls: a principal, a list of them in turn, or `{ identities: N }`. Default: the first principal of the target.",
        ),
        Key::required("mix", Shape::List(&MIX_SHAPE), "What is called, weighted."),
        Key::new(
            "arrivals",
            Shape::Either(&[Shape::List(&PHASE_SHAPE), Shape::Table(&PHASE)]),
            "The open model: calls are due at this rate whatever the server does, and their time counts from then.",
        ),
        Key::new(
            "spacing",
            Shape::Word(&["even", "poisson"]),
            "How arrivals are spread within the rate: evenly (the default), or at random as independent callers come.",
        ),
        Key::new(
            "users",
            Shape::Table(&USERS),
            "The closed model: virtual users who wait for each answer.",
        ),
        Key::new(
            "streams",
            Shape::List(&FLEET_SHAPE),
            "Streams and sockets that callers hold open meanwhile. One whose credential is ended has to end with it; any other has to stay.",
        ),
        Key::new(
            "during",
            Shape::List(&DURING_SHAPE),
            "What happens while it runs.",
        ),
        Key::new(
            "invariants",
            Shape::OneOrMany(&INVARIANT_SHAPE),
            "What is judged on every answer.",
        ),
        Key::new(
            "thresholds",
            Shape::List(&THRESHOLD_SHAPE),
            "What the figures must keep; missed, the run fails.",
        ),
        Key::new(
            "warm-up",
            Shape::Duration,
            "The first part of the run: called, and not measured.",
        ),
        Key::new(
            "seed",
            Shape::Count(0),
            "Of all that is drawn; the same seed draws the same calls.",
        ),
        Key::new(
            "max-in-flight",
            Shape::Count(1),
            "Connections at most. An arrival that finds none free waits, and its wait counts.",
        ),
        Key::new("timeout", Shape::Duration, "How long a call may take."),
        Key::new(
            "pacing",
            Shape::Word(&["fine", "exact"]),
            "`exact` makes arrivals within about ten microseconds of the moment they are due, and spins for it.",
        ),
        Key::new(
            "drop",
            Shape::Bool,
            "An arrival that finds no connection free is dropped instead of waiting; it is counted, and `achieved` misses it.",
        ),
    ],
};

/// An entry of `invariants` with its rule.
pub(crate) static INVARIANT: Table = Table {
    name: "invariant",
    doc: "Something that holds of every answer.",
    rest: None,
    keys: &[
        Key::required("holds", Shape::Word(INVARIANTS), "Which."),
        Key::new("rule", Shape::Text, "The rule it is judged for."),
    ],
};

/// `as: { identities: N }`.
pub(crate) static CALLERS: Table = Table {
    name: "caller",
    doc: "Many callers.",
    rest: None,
    keys: &[Key::required(
        "identities",
        Shape::Count(1),
        "So many, each with a token of its own.",
    )],
};

/// An entry of `mix`.
pub(crate) static MIX: Table = Table {
    name: "mix entry",
    doc: "One thing that is called.",
    rest: None,
    keys: &[
        Key::new(
            "weight",
            Shape::Count(1),
            "How often beside the others; default 1.",
        ),
        Key::new(
            "name",
            Shape::Text,
            "Its name in reports and in `of`; default: that of the probe, tool, method or file.",
        ),
        Key::new(
            "as",
            Shape::Either(&[Shape::Text, Shape::Table(&TOKEN)]),
            "Another credential than the callers', as in a step: a principal, `nobody`, or `{ token: … }`. It is sent in the caller's session.",
        ),
        Key::new(
            "refused",
            Shape::Bool,
            "It has to be refused; done, it counts as wrongly-done.",
        ),
        Key::new("mcp", Shape::Table(&MCP), "A call, as in a step."),
        Key::new(
            "use",
            Shape::Either(&[Shape::Text, Shape::Table(&USE)]),
            "A scenario as the journey of a user.",
        ),
        Key::new(
            "refresh",
            Shape::Word(&["token"]),
            "A refresh of the caller's token.",
        ),
        Key::new(
            "reopen",
            Shape::Word(&["session"]),
            "The caller's session is ended and a new one opened.",
        ),
    ],
};

/// An entry of `arrivals`.
pub(crate) static PHASE: Table = Table {
    name: "arrival phase",
    doc: "A rate for some time.",
    rest: None,
    keys: &[
        Key::new("at", RATE, "This rate throughout: `500/s`."),
        Key::new(
            "to",
            RATE,
            "Evenly from the rate before (at first zero) to this one.",
        ),
        Key::required("for", Shape::Duration, "How long."),
    ],
};

/// `users`.
pub(crate) static USERS: Table = Table {
    name: "group of users",
    doc: "Virtual users.",
    rest: None,
    keys: &[
        Key::required("count", Shape::Count(1), "How many."),
        Key::new(
            "think",
            Shape::Text,
            "Between two calls: `100ms`, or drawn from `100ms..500ms`.",
        ),
        Key::new("ramp", Shape::Duration, "They come evenly within this time."),
        Key::required("for", Shape::Duration, "From the start on."),
    ],
};

/// An entry of `streams`.
pub(crate) static FLEET: Table = Table {
    name: "fleet of streams",
    doc: "Streams or sockets that are held open.",
    rest: None,
    keys: &[
        Key::required("count", Shape::Count(1), "How many, over all callers in turn."),
        Key::new("events", Shape::Table(&EVENTS), "An event stream, as in a step: `{ open: mcp }`."),
        Key::new("socket", Shape::Table(&SOCKET), "A WebSocket, as in a step: `{ open: live }`."),
    ],
};

/// An entry of `during`.
pub(crate) static DURING: Table = Table {
    name: "event of a plan",
    doc: "Something that happens while calls are made.",
    rest: None,
    keys: &[
        Key::required("at", Shape::Duration, "Counted from the start."),
        Key::required("do", Shape::Table(&DO), "One verb and its object, as in a step."),
    ],
};

/// An entry of `thresholds`: a figure and its bound, and what they are about.
pub(crate) static THRESHOLD: Table = Table {
    name: "threshold",
    doc: "A figure and its bound: `p99: { lt: 50ms }`.",
    rest: None,
    keys: &[
        Key::new("p50", BOUND_SHAPE, "Median of the response times."),
        Key::new("p90", BOUND_SHAPE, "90 of 100 response times are not above it."),
        Key::new("p99", BOUND_SHAPE, "99 of 100."),
        Key::new("p999", BOUND_SHAPE, "999 of 1000."),
        Key::new("max", BOUND_SHAPE, "The longest response time."),
        Key::new(
            "first-event",
            BOUND_SHAPE,
            "p99 of the time to the first event of a stream.",
        ),
        Key::new("connect", BOUND_SHAPE, "p99 of the TCP handshake."),
        Key::new(
            "revocation",
            BOUND_SHAPE,
            "The longest that a revoked token was still taken.",
        ),
        Key::new("refresh", BOUND_SHAPE, "p99 of a refresh."),
        Key::new(
            "errors",
            BOUND_SHAPE,
            "Share of calls that were not answered as asked.",
        ),
        Key::new(
            "achieved",
            BOUND_SHAPE,
            "Share of the arrivals that were answered as asked or refused, none of them dropped or given up.",
        ),
        Key::new("dropped", BOUND_SHAPE, "Share of the arrivals that were dropped."),
        Key::new("401", BOUND_SHAPE, "Share of answers 401."),
        Key::new("403", BOUND_SHAPE, "Share of answers 403."),
        Key::new("429", BOUND_SHAPE, "Share of answers 429."),
        Key::new("4xx", BOUND_SHAPE, "Share of other answers 4xx."),
        Key::new("5xx", BOUND_SHAPE, "Share of answers 5xx."),
        Key::new("timeout", BOUND_SHAPE, "Share of calls that were given up."),
        Key::new(
            "foreign",
            BOUND_SHAPE,
            "Share of answers with data of somebody else.",
        ),
        Key::new(
            "wrongly-done",
            BOUND_SHAPE,
            "Share of answers to a credential that is not good.",
        ),
        Key::new("rate", BOUND_SHAPE, "Calls answered as asked, each second."),
        Key::new(
            "of",
            Shape::Either(&[Shape::Text, Shape::Table(&OF)]),
            "One entry of the mix instead of all: its name, or `{ probe: NAME }`.",
        ),
        Key::new("rule", Shape::Text, "The rule it is judged for."),
        Key::new("abort", Shape::Duration, "Missed for so long, it ends the run."),
    ],
};

const BOUND_SHAPE: Shape = Shape::Table(&BOUND);

/// A bound.
pub(crate) static BOUND: Table = Table {
    name: "bound",
    doc: "`50ms`, `0.1%`, `500/s`, or `baseline + 10%`.",
    rest: None,
    keys: &[
        Key::new("lt", ANY, "Below."),
        Key::new("lte", ANY, "Not above."),
        Key::new("gt", ANY, "Above."),
        Key::new("gte", ANY, "Not below."),
    ],
};

/// `of: { probe: NAME }`.
pub(crate) static OF: Table = Table {
    name: "part of the mix",
    doc: "Which entry of the mix.",
    rest: None,
    keys: &[
        Key::new("probe", Shape::Text, "That calls this probe."),
        Key::new("tool", Shape::Text, "That calls this tool."),
        Key::new("name", Shape::Text, "That has this name."),
    ],
};
