//! How a value is compared.

use super::shapes::{MATCHER_SHAPE, MATCHERS};
use super::words::TYPES;
use crate::scenario::table::{Key, Shape, Table};

/// A matcher that is a mapping.
pub(crate) static MATCHER: Table = Table {
    name: "matcher",
    doc: "Tests; all must hold.",
    rest: None,
    keys: &[
        Key::new("not", Shape::Either(&MATCHERS), "The matcher misses."),
        Key::new(
            "one_of",
            Shape::List(&MATCHER_SHAPE),
            "One of the matchers holds.",
        ),
        Key::new(
            "matches",
            Shape::Text,
            "A regular expression, unanchored, in single quotes.",
        ),
        Key::new("contains", Shape::Any, "Holds this text or element."),
        Key::new("lacks", Shape::Any, "Does not hold this text or element."),
        Key::new("exists", Shape::Bool, "There is a value, or there is none."),
        Key::new(
            "lt",
            Shape::Any,
            "Less than this; of two RFC 3339 times, before it.",
        ),
        Key::new("lte", Shape::Any, "Less than or equal."),
        Key::new("gt", Shape::Any, "Greater than."),
        Key::new("gte", Shape::Any, "Greater than or equal."),
        Key::new(
            "length",
            Shape::Either(&MATCHERS),
            "Of a text in characters, of a list in elements.",
        ),
        Key::new("bytes", Shape::Either(&MATCHERS), "Of a text in bytes of UTF-8."),
        Key::new("type", Shape::Word(TYPES), "Type of a JSON value."),
        Key::new(
            "fits",
            Shape::Any,
            "A JSON Schema that the value fits, as far as type, enum, const, required, properties, additionalProperties, items, sizes, bounds, pattern, allOf, anyOf, oneOf, not and $ref within it go; other keywords are not looked at.",
        ),
        Key::new("differs_from", Shape::Any, "Not this value."),
        Key::new("same_as", Shape::Any, "This value."),
        Key::new("near", Shape::Table(&NEAR), "Not further than `by` from `to`."),
        Key::new(
            "grows",
            Shape::Number,
            "Each is at least this many times the one before.",
        ),
        Key::new(
            "each",
            Shape::Either(&MATCHERS),
            "Every element, every header line.",
        ),
        Key::new("any", Shape::Either(&MATCHERS), "Some element."),
        Key::new("none", Shape::Either(&MATCHERS), "No element."),
        Key::new("count", Shape::Either(&MATCHERS), "How many elements."),
    ],
};

/// `near`.
pub(crate) static NEAR: Table = Table {
    name: "near",
    doc: "A distance.",
    rest: None,
    keys: &[
        Key::required("to", Shape::Any, "The middle."),
        Key::required("by", Shape::Any, "The largest distance."),
    ],
};
