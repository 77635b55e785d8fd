//! The keys of a rule file; the decoder and the JSON Schema are made of them.

use crate::scenario::table::{Key, Shape, Table};

/// A file of `scenarios/rules/`: one family.
pub static RULES_FILE: Table = Table {
    name: "rule family",
    doc: "A family of the rule catalogue.",
    keys: &[
        Key::required("family", Shape::Text, "The prefix of the ids: `BEARER`."),
        Key::required("title", Shape::Text, "What the family is about, one line."),
        Key::required(
            "rules",
            Shape::List(&Shape::Table(&RULE)),
            "The records, in the order of their ids.",
        ),
    ],
    rest: None,
};

const LEVELS: &[&str] = &["MUST", "SHOULD", "MAY"];

pub(super) static RULE: Table = Table {
    name: "rule",
    doc: "One requirement. Planned rules are short records; live rules carry all texts.",
    keys: &[
        Key::required(
            "id",
            Shape::Pattern("^[A-Z]+-[0-9]{2,}$"),
            "Stable for ever; a dropped id is never used again.",
        ),
        Key::required(
            "status",
            Shape::Word(&["live", "planned", "retired"]),
            "live: a scenario judges it; planned: none does yet; retired: no longer a rule.",
        ),
        Key::required("title", Shape::Text, "The requirement in one line."),
        Key::new(
            "aliases",
            Shape::OneOrMany(&Shape::Text),
            "Other ids of the same requirement.",
        ),
        Key::required(
            "subject",
            Shape::OneOrMany(&Shape::Word(&[
                "resource-server",
                "authorization-server",
                "client",
                "webhook-sender",
                "webhook-receiver",
                "harness",
            ])),
            "Who is judged.",
        ),
        Key::required(
            "level",
            Shape::Either(&[Shape::Word(LEVELS), Shape::Map(&Shape::Word(LEVELS))]),
            "The keyword, or a map from MCP revision to keyword; an absent revision does not have the rule.",
        ),
        Key::required(
            "basis",
            Shape::Word(&["standard", "grammar", "draft", "profile", "guide", "harness"]),
            "What it rests on; decides what a miss means.",
        ),
        Key::new(
            "miss",
            Shape::Word(&["failed", "warned", "info"]),
            "What a miss means by default; needed where the basis is guide.",
        ),
        Key::required("tier", Shape::Count(1), "1 first, 2 next, 3 optional."),
        Key::required(
            "judge",
            Shape::Word(&[
                "wire",
                "control",
                "time",
                "load",
                "key",
                "peer",
                "inside",
                "statistical",
                "person",
            ]),
            "What it takes to judge it.",
        ),
        Key::required(
            "sources",
            Shape::List(&Shape::Table(&SOURCE)),
            "The clauses it rests on.",
        ),
        Key::new(
            "statement",
            Shape::Either(&[Shape::Text, Shape::Map(&Shape::Text)]),
            "The requirement in a sentence or two (live rules); or a map from the MCP revision in which a wording came in, which holds until the next.",
        ),
        Key::new(
            "why",
            Shape::Text,
            "What goes wrong in production when it is broken (live rules).",
        ),
        Key::new(
            "tested",
            Shape::Text,
            "How it is tested from outside (live rules).",
        ),
        Key::new(
            "fix",
            Shape::Text,
            "What to do where it is broken, in a sentence or two (live rules); reports show it with each failure.",
        ),
        Key::new(
            "example",
            Shape::Table(&EXAMPLE),
            "Short excerpts of the wire (live rules).",
        ),
        Key::new(
            "params",
            Shape::Map(&Shape::Any),
            "Parameters with their defaults; a target file may override them.",
        ),
        Key::new(
            "defects",
            Shape::List(&Shape::Either(&[Shape::Text, Shape::Table(&DEFECT)])),
            "Misbehaviours of the mock that break it.",
        ),
    ],
    rest: None,
};

pub(super) static SOURCE: Table = Table {
    name: "source",
    doc: "A clause of a document.",
    keys: &[
        Key::required("doc", Shape::Text, "`RFC 9110`."),
        Key::new("section", Shape::Text, "Number or heading."),
        Key::required(
            "read",
            Shape::Word(&["full", "draft", "excerpt", "none"]),
            "How much of it was read when the rule was written.",
        ),
    ],
    rest: None,
};

pub(super) static EXAMPLE: Table = Table {
    name: "example",
    doc: "What broken and right look like.",
    keys: &[
        Key::new("broken", Shape::Text, "What a server that breaks the rule says."),
        Key::new("right", Shape::Text, "What a conforming server says."),
    ],
    rest: None,
};

pub(super) static DEFECT: Table = Table {
    name: "defect",
    doc: "A named misbehaviour of the mock.",
    keys: &[
        Key::required("id", Shape::Text, "Its slug: `scheme-exact`."),
        Key::new("does", Shape::Text, "What it does, one line."),
        Key::new(
            "implies",
            Shape::OneOrMany(&Shape::Text),
            "Other rules it necessarily breaks too.",
        ),
    ],
    rest: None,
};
