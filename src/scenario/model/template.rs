//! Texts with references in them, and written data.

use super::place::{At, Spanned};

/// A text with `${…}` references in it.
#[derive(Debug, Clone)]
pub struct Template {
    /// In order; a text without references is one literal.
    pub pieces: Vec<Piece>,
    /// Where the text starts.
    pub at: At,
}

impl PartialEq for Template {
    /// The same text, wherever it stands.
    fn eq(&self, other: &Self) -> bool {
        self.pieces == other.pieces
    }
}

impl Eq for Template {}

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// As written.
    Text(String),
    /// `${path | filter arg | …}`.
    Reference(Reference),
}

/// `${principal.reader.token}`, `${ttl | plus 1s}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The dotted path; at least one name.
    pub path: Vec<String>,
    /// Applied left to right.
    pub filters: Vec<Filter>,
}

/// One `| name argument`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// See `template::FILTERS`.
    pub name: String,
    /// The rest of the filter after one blank.
    pub argument: Option<String>,
}

/// Data written in YAML: arguments, bodies, case values, matcher operands.
///
/// Plain scalars are typed by the YAML 1.2 core schema, strictly: `true`/`false`, decimal numbers without leading
/// zeros; `no`, `007`, `2025-11-25` are texts.
#[derive(Debug, Clone)]
pub enum Data {
    /// `null` or `~`; only inside payloads.
    Null(At),
    /// `true` or `false`.
    Bool(bool, At),
    /// A decimal number.
    Number(serde_json::Number, At),
    /// Text, quoted or plain, possibly with references.
    Text(Template),
    /// A list.
    List(Vec<Data>, At),
    /// A mapping in the order written. Keys are never templates.
    Map(Vec<(Spanned<String>, Data)>, At),
}

impl Data {
    /// Where it stands.
    pub fn at(&self) -> &At {
        match self {
            Data::Null(at)
            | Data::Bool(_, at)
            | Data::Number(_, at)
            | Data::List(_, at)
            | Data::Map(_, at) => at,
            Data::Text(template) => &template.at,
        }
    }
}
