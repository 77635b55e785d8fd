//! `events:`: what MCP Events (SEP-3415) can be heard of here, and by whom.

use super::NAMED;
use crate::scenario::table::{Key, Shape, Table};

pub(in crate::target) static EVENTS: Table = Table {
    name: "events setting",
    doc: "MCP Events of the system (`io.modelcontextprotocol/events`). The probe `cause-event` makes one happen.",
    keys: &[
        Key::required(
            "name",
            Shape::Text,
            "Name of an event that is delivered to webhooks and that `cause-event` makes happen.",
        ),
        Key::required(
            "arguments",
            NAMED,
            "Arguments with which `subscriber` hears of it.",
        ),
        Key::required("subscriber", Shape::Text, "The principal that subscribes."),
        Key::new(
            "neighbour",
            Shape::Text,
            "Another principal that may subscribe to the same.",
        ),
        Key::new(
            "stranger",
            Shape::Text,
            "A principal of another tenant, which may not: `arguments` are refused to it.",
        ),
        Key::new(
            "leaver",
            Shape::Text,
            "A principal that may subscribe to the same and is revoked for it.",
        ),
        Key::new(
            "causer",
            Shape::Text,
            "The principal that makes `cause-event` happen; `subscriber` when absent.",
        ),
        Key::new(
            "reordered",
            NAMED,
            "`arguments` again, with their members in another order; at least two.",
        ),
        Key::new(
            "other",
            NAMED,
            "Other arguments with which `subscriber` may hear of something.",
        ),
        Key::new(
            "wrong",
            NAMED,
            "Arguments that do not fit the schema of the event.",
        ),
        Key::new(
            "undelivered",
            Shape::Text,
            "Name of an event that `subscriber` may know of and that is not delivered to webhooks; it takes `arguments`.",
        ),
    ],
    rest: None,
};
