//! Calls by name, and the places they are aimed at.

use super::{AREAS, EFFECTS, NAMED, TEXTS};
use crate::scenario::table::{Key, Shape, Table};
use crate::target::access::Grant;

static ANY: Shape = Shape::Any;
static ENTRIES: Shape = Shape::Map(&Shape::Either(&[
    Shape::Word(Grant::WORDS),
    Shape::Map(&Shape::Word(Grant::WORDS)),
]));

pub(in crate::target) static PLACE: Table = Table {
    name: "place",
    doc: "The ids of one place, each under the name of the probe input that takes it. An id of 16 characters or more counts as a canary of those who may see the place.",
    keys: &[Key::new(
        "canary",
        TEXTS,
        "Text that everything in this place holds, and nothing elsewhere.",
    )],
    rest: Some(&ANY),
};

pub(in crate::target) static ACCESS: Table = Table {
    name: "access table",
    doc: "A row for each principal: place → what is permitted there; `read` (probes that only read), `write` (those that change things too), `all`, `deny`, `invisible`, or `{ rest: read, PROBE: deny }`.",
    keys: &[
        Key::new(
            "probes",
            Shape::List(&Shape::Text),
            "Which probes are tried; every one that can be aimed at a place when absent.",
        ),
        Key::new(
            "unlisted",
            Shape::Word(&["deny", "invisible"]),
            "How a place stands that a row does not name: invisible (default: refused like an id that does not exist) or deny.",
        ),
    ],
    rest: Some(&ENTRIES),
};

pub(in crate::target) static PROBE: Table = Table {
    name: "probe",
    doc: "A call by name: a tool, an MCP method or an HTTP request.",
    keys: &[
        Key::new("tool", Shape::Text, "Name of the MCP tool."),
        Key::new("arguments", NAMED, "Arguments of the tool."),
        Key::new("method", Shape::Text, "MCP method, such as `resources/list`."),
        Key::new("params", NAMED, "Params of the method."),
        Key::new("http", Shape::Table(&HTTP_CALL), "A plain HTTP request."),
        Key::new(
            "effect",
            Shape::Word(EFFECTS),
            "What it does to the system: read (default), write, destructive.",
        ),
        Key::new(
            "with",
            NAMED,
            "Inputs with their defaults, read as ${with.NAME}; a scenario sets them with `with:`.",
        ),
        Key::new(
            "gives",
            Shape::Map(&Shape::Text),
            "Outputs by name, as JSONPath into what the call says.",
        ),
        Key::new(
            "undo",
            Shape::Table(&UNDO),
            "The call that takes it back; it may read the outputs as ${NAME}.",
        ),
        Key::new(
            "as",
            Shape::Text,
            "Who may make it: the positive control where scenarios try it as somebody who may not.",
        ),
        Key::new(
            "area",
            Shape::Word(AREAS),
            "What it belongs to: data (default), or account: keys, members, billing, webhooks.",
        ),
    ],
    rest: None,
};

pub(in crate::target) static UNDO: Table = Table {
    name: "undo call",
    doc: "A call that takes another one back.",
    keys: &[
        Key::new("tool", Shape::Text, "Name of the MCP tool."),
        Key::new("arguments", NAMED, "Arguments of the tool."),
        Key::new("method", Shape::Text, "MCP method."),
        Key::new("params", NAMED, "Params of the method."),
        Key::new("http", Shape::Table(&HTTP_CALL), "A plain HTTP request."),
    ],
    rest: None,
};

pub(in crate::target) static HOOK: Table = Table {
    name: "hook",
    doc: "How an act is done here. ${with.object} is what the scenario named, ${with.token} its credential, ${with.scopes} what set-scopes gives it, ${with.how} in which way break lets it fail.",
    keys: &[
        Key::new("tool", Shape::Text, "Name of the MCP tool."),
        Key::new("arguments", NAMED, "Arguments of the tool."),
        Key::new("method", Shape::Text, "MCP method."),
        Key::new("params", NAMED, "Params of the method."),
        Key::new("http", Shape::Table(&HTTP_CALL), "A plain HTTP request."),
        Key::new(
            "exec",
            Shape::List(&Shape::Text),
            "Program and arguments, without a shell; needs `allow: [exec]`.",
        ),
        Key::new("as", Shape::Text, "Who calls it; default: the first principal."),
    ],
    rest: None,
};

pub(in crate::target) static HTTP_CALL: Table = Table {
    name: "plain request",
    doc: "A plain HTTP request.",
    keys: &[
        Key::new("method", Shape::Text, "GET when absent; POST with content."),
        Key::required(
            "url",
            Shape::Text,
            "Absolute, or starting with `/` on the origin of `api` (else of `mcp`).",
        ),
        Key::new("headers", Shape::Map(&Shape::Text), "Header lines."),
        Key::new("query", NAMED, "Added query members."),
        Key::new("json", Shape::Any, "JSON content."),
        Key::new("form", NAMED, "Form content."),
        Key::new("body", Shape::Text, "Content as written."),
    ],
    rest: None,
};
