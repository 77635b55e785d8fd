//! What follows from a step: alternatives, captures, measures.

use super::expect::EXPECT;
use super::matcher::NEAR;
use super::shapes::{ANY, MATCHERS};
use super::words::PLAIN_SELECTORS;
use crate::scenario::table::{Key, Shape, Table};

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
            "challenge",
            Shape::Text,
            "A parameter of the first challenge that has it.",
        ),
        Key::new("callback", Shape::Text, "A parameter of the callback by name."),
        Key::new(
            "form",
            Shape::Text,
            "A member of the form of a request that came.",
        ),
        Key::new(
            "query",
            Shape::Text,
            "A member of the query of a request that came.",
        ),
        Key::new(
            "jwt",
            Shape::Text,
            "A JSONPath into `{ header, claims }` of the access token: `$.claims.jti`.",
        ),
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
            Shape::Either(&[
                Shape::Word(&["end", "first_byte", "close"]),
                Shape::Table(&MEASURE_TO),
            ]),
            "Where it ends: `end`, `first_byte`, `close` (of a stream or socket; one that is still open misses every bound), `{ first: … }`, `{ last: … }`.",
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
