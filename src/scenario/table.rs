//! Tables of keys: what a mapping may hold, with a description of each key.
//!
//! Decoders ask them for *did you mean*, the JSON Schema is made of them. A key that is in no table does not exist.

/// What a value may look like; enough for an editor, the decoders know the rest.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// Anything.
    Any,
    /// Text; numbers and booleans keep their source text.
    Text,
    /// `true` or `false`.
    Bool,
    /// A whole number, at least the given one.
    Count(u64),
    /// A number.
    Number,
    /// `250ms`, `5s`, `1m30s`, or a reference.
    Duration,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list of at least one.
    List(&'static Shape),
    /// One, or a list.
    OneOrMany(&'static Shape),
    /// Free keys.
    Map(&'static Shape),
    /// A mapping with known keys.
    Table(&'static Table),
    /// Any of these.
    Either(&'static [Shape]),
    /// Text of a pattern.
    Pattern(&'static str),
}

/// A mapping with known keys.
#[derive(Debug)]
pub struct Table {
    /// What it is called in messages and in `$defs`: `step`, `http request`.
    pub name: &'static str,
    /// One sentence.
    pub doc: &'static str,
    /// In the order a person would write them.
    pub keys: &'static [Key],
    /// Shape of keys that are not listed; `None`: they are errors.
    pub rest: Option<&'static Shape>,
}

/// A key of a mapping.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// As written.
    pub name: &'static str,
    /// What it means, one sentence; shown by editors.
    pub doc: &'static str,
    /// Of its value.
    pub shape: Shape,
    /// Must be there.
    pub required: bool,
}

impl Key {
    /// A key that may be left out.
    pub const fn new(name: &'static str, shape: Shape, doc: &'static str) -> Self {
        Self {
            name,
            doc,
            shape,
            required: false,
        }
    }

    /// A key that must be there.
    pub const fn required(name: &'static str, shape: Shape, doc: &'static str) -> Self {
        Self {
            name,
            doc,
            shape,
            required: true,
        }
    }
}

impl Table {
    /// The names of its keys.
    pub fn names(&'static self) -> impl Iterator<Item = &'static str> {
        self.keys.iter().map(|key| key.name)
    }
}
