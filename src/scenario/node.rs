//! The tree of a YAML file: values that know where and how they were written. Knows no YAML library.

use super::model::{At, Spanned};

/// A value and where it stands.
#[derive(Debug, Clone)]
pub struct Node {
    /// What.
    pub value: Value,
    /// Where it is written (for an alias: where the anchor is).
    pub at: At,
    /// How it is written.
    pub style: Style,
    /// Inside `{…}` or `[…]`.
    pub in_flow: bool,
}

/// What a node is.
#[derive(Debug, Clone)]
pub enum Value {
    /// Text, number, boolean or null.
    Scalar(Scalar),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order written. Keys occur once.
    Map(Vec<(Spanned<String>, Node)>),
}

/// A scalar: its type by the strict core schema, and always its text.
#[derive(Debug, Clone)]
pub struct Scalar {
    /// Source text of a plain scalar, decoded text of a quoted or block one.
    pub text: String,
    /// The type.
    pub kind: ScalarKind,
}

/// Types of scalars.
#[derive(Debug, Clone, PartialEq)]
pub enum ScalarKind {
    /// Empty, `~`, `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A decimal number.
    Number(serde_json::Number),
    /// Everything else.
    Text,
}

/// How a node is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes; of collections: block style.
    Plain,
    /// `'…'`.
    Single,
    /// `"…"`.
    Double,
    /// `|` or `>`.
    Block,
    /// Of collections: `{…}`, `[…]`.
    Flow,
}

impl Node {
    /// `text`, `a number`, `a list`, … for messages.
    pub fn type_name(&self) -> &'static str {
        match &self.value {
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
            Value::Scalar(scalar) => match scalar.kind {
                ScalarKind::Null if scalar.text.is_empty() => "nothing",
                ScalarKind::Null => "null",
                ScalarKind::Bool(_) => "a boolean",
                ScalarKind::Number(_) => "a number",
                ScalarKind::Text => "text",
            },
        }
    }

    /// The text of a scalar that is not null.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(scalar) if scalar.kind != ScalarKind::Null => Some(&scalar.text),
            _ => None,
        }
    }

    /// The entries of a mapping.
    pub fn map(&self) -> Option<&[(Spanned<String>, Node)]> {
        match &self.value {
            Value::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The items of a list.
    pub fn list(&self) -> Option<&[Node]> {
        match &self.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.map()?
            .iter()
            .find(|(name, _)| name.value == key)
            .map(|(_, node)| node)
    }

    /// As JSON, for validation against a schema. References stay text.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::List(items) => items.iter().map(Self::to_json).collect(),
            Value::Map(map) => map
                .iter()
                .map(|(key, value)| (key.value.clone(), value.to_json()))
                .collect(),
            Value::Scalar(scalar) => match &scalar.kind {
                ScalarKind::Null => serde_json::Value::Null,
                ScalarKind::Bool(value) => (*value).into(),
                ScalarKind::Number(number) => serde_json::Value::Number(number.clone()),
                ScalarKind::Text => scalar.text.clone().into(),
            },
        }
    }

    /// Null or empty.
    pub fn is_null(&self) -> bool {
        matches!(
            &self.value,
            Value::Scalar(Scalar {
                kind: ScalarKind::Null,
                ..
            })
        )
    }
}
