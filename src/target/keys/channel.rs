//! `streams:` and `sockets:`.

use super::{EFFECTS, HTTP_CALL, NAMED};
use crate::scenario::table::{Key, Shape, Table};

const TICKET: &str = "The probe that brings a connection ticket: its output `ticket` is read here as ${with.ticket}, and the credential itself is not sent.";

pub(in crate::target) static STREAM: Table = Table {
    name: "declared event stream",
    doc: "An event stream that stays open.",
    keys: &[
        Key::required(
            "http",
            Shape::Table(&HTTP_CALL),
            "The request whose answer it is.",
        ),
        Key::new("ticket", Shape::Text, TICKET),
        Key::new("with", NAMED, "Inputs with their defaults, read as ${with.NAME}."),
    ],
    rest: None,
};

pub(in crate::target) static SOCKET: Table = Table {
    name: "declared socket",
    doc: "A WebSocket that stays open.",
    keys: &[
        Key::required(
            "http",
            Shape::Table(&HTTP_CALL),
            "The request that opens it: a GET; `url` may begin with ws:// or wss://.",
        ),
        Key::new("ticket", Shape::Text, TICKET),
        Key::new("with", NAMED, "Inputs with their defaults, read as ${with.NAME}."),
        Key::new(
            "first",
            Shape::Any,
            "Sent as soon as it is open: where the ticket travels in a first message.",
        ),
        Key::new(
            "messages",
            Shape::Map(&Shape::Table(&MESSAGE)),
            "What can be said on it, by name (`message: NAME` in a step).",
        ),
    ],
    rest: None,
};

pub(in crate::target) static MESSAGE: Table = Table {
    name: "message of a socket",
    doc: "Something that can be said on a socket.",
    keys: &[
        Key::required("send", Shape::Any, "A text as written, anything else as JSON."),
        Key::new(
            "effect",
            Shape::Word(EFFECTS),
            "What it does to the system: read (default), write, destructive.",
        ),
        Key::new("with", NAMED, "Inputs with their defaults, read as ${with.NAME}."),
    ],
    rest: None,
};
