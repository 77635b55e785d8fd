//! What each kind of step holds.

use super::shapes::{AIM, AIMS, ANY, TEXT};
use crate::scenario::table::{Key, Shape, Table};

/// `http`.
pub(crate) static HTTP: Table = Table {
    name: "HTTP request",
    doc: "A plain HTTP request; the URL is sent as written.",
    rest: None,
    keys: &[
        Key::new(
            "method",
            Shape::Text,
            "`GET` when absent, `POST` with a body; beside `probe`, instead of the probe's own.",
        ),
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
            "capabilities",
            Shape::Map(&ANY),
            "What the client declares that it can do, instead of nothing: in `initialize` of a session of its own, or in `params._meta` of 2026-07-28.",
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
            "events",
            Shape::Count(1),
            "How many events are enough; `read` bounds the wait for them.",
        ),
        Key::new(
            "notification",
            Shape::Bool,
            "Without an id; no answer is awaited.",
        ),
    ],
};

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
        Key::new(
            "sign-out",
            Shape::Any,
            "The third party that a principal signed in at ends that sign-in.",
        ),
        Key::new(
            "break",
            Shape::Any,
            "Something the server depends on fails: `{ what: token-check, how: refused }`.",
        ),
        Key::new("mend", Shape::Any, "What was broken works again, by its name."),
        Key::new(
            "repoint",
            Shape::Any,
            "The host in the address of an inbox, by `${INBOX.host}`, is an internal address from now on, where the inbox still hears.",
        ),
        Key::new(
            "extend",
            Shape::Any,
            "The schema of an event of MCP Events, by its name, gets one optional member more.",
        ),
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
