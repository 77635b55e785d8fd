//! `events` and `socket`.

use super::shapes::{AIM, AIMS, ANY};
use crate::scenario::table::{Key, Shape, Table};

/// `events`.
pub(crate) static EVENTS: Table = Table {
    name: "event stream",
    doc: "Opens a stream of the target, or goes on with one: it stays open until the case ends. `for` and `until` say how long is looked at it.",
    rest: None,
    keys: &[
        Key::new(
            "open",
            Shape::Text,
            "A stream of the target (`streams:`); `mcp` is that of the MCP endpoint itself: GET in a session, `subscriptions/listen` without.",
        ),
        Key::new(
            "with",
            Shape::Map(&ANY),
            "Inputs of the stream, and of the probe that brings its ticket.",
        ),
        Key::new("aim", Shape::Either(&AIMS), AIM),
        Key::new("query", Shape::Map(&ANY), "Added to the query."),
        Key::new(
            "from",
            Shape::Text,
            "Instead of `open`: the step that opened it. Shows everything that has come since it was opened.",
        ),
        Key::new("close", Shape::Bool, "Ends it from our side."),
    ],
};

/// `socket`.
pub(crate) static SOCKET: Table = Table {
    name: "socket",
    doc: "Opens a WebSocket of the target, or goes on with one: it stays open until the case ends. `for` and `until` say how long is looked at it.",
    rest: None,
    keys: &[
        Key::new("open", Shape::Text, "A socket of the target (`sockets:`)."),
        Key::new(
            "with",
            Shape::Map(&ANY),
            "Inputs of the socket and of the probe that brings its ticket, or of the message.",
        ),
        Key::new("aim", Shape::Either(&AIMS), AIM),
        Key::new("query", Shape::Map(&ANY), "Added to the query."),
        Key::new(
            "from",
            Shape::Text,
            "Instead of `open`: the step that opened it. Shows everything that has come since it was opened; beside `send` or `message`, what came after that was sent.",
        ),
        Key::new(
            "send",
            Shape::Any,
            "Sent first: a text as written, anything else as JSON.",
        ),
        Key::new(
            "message",
            Shape::Text,
            "Sent first: a message that the target declares (`sockets.NAME.messages`).",
        ),
        Key::new("close", Shape::Bool, "Closed from our side with 1000."),
    ],
};
