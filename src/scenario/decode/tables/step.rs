//! A step, and what stands around its kind.

use super::agent::{ENDED, REQUESTS};
use super::expect::EXPECT;
use super::kinds::{DO, EXEC, HTTP, MCP, RAW, USE, WAIT};
use super::live::{EVENTS, SOCKET};
use super::oauth::{MINT, OAUTH, SERVE};
use super::shapes::{CAPTURE_SHAPE, HEADER, MEASURE_SHAPE, OR_SHAPE, REVISIONS_SHAPE, STEP_SHAPE, TEXT};
use super::webhook::WEBHOOK;
use super::words::LEVELS;
use crate::scenario::table::{Key, Shape, Table};

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
            "oauth",
            Shape::Table(&OAUTH),
            "A request to the authorization server, or a whole flow up to the token.",
        ),
        Key::new(
            "mint",
            Shape::Table(&MINT),
            "Makes a token out of another; sends nothing.",
        ),
        Key::new(
            "serve",
            Shape::Table(&SERVE),
            "Listens on 127.0.0.1, and shows later what came.",
        ),
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
        Key::new(
            "webhook",
            Shape::Table(&WEBHOOK),
            "An inbox for signed deliveries, what came to it, or a delivery to the receiver under test.",
        ),
        Key::new(
            "events",
            Shape::Table(&EVENTS),
            "An event stream that stays open.",
        ),
        Key::new("socket", Shape::Table(&SOCKET), "A WebSocket that stays open."),
        Key::new(
            "requests",
            Shape::Table(&REQUESTS),
            "In an agent file: those of the agent's requests that are so, as a series. Inside, `headers`, `json`, `form`, `query` and `body` are of the request, `status` is of its reply.",
        ),
        Key::new(
            "ended",
            Shape::Table(&ENDED),
            "In an agent file: how the command ended, what it wrote and what it left behind.",
        ),
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
        Key::new(
            "for",
            Shape::Duration,
            "With `every`: how long. With `from` of a stream or socket: how long it is looked at, unless it ends before.",
        ),
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
