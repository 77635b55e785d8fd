//! How a value is compared.

use std::time::Duration;

use super::expect::Quantifier;
use super::place::{At, Spanned};
use super::template::Data;

/// All tests must hold.
#[derive(Debug, Clone)]
pub struct Matcher {
    /// In the order written.
    pub tests: Vec<Test>,
    /// Where.
    pub at: At,
}

/// One test of a matcher.
#[derive(Debug, Clone)]
pub enum Test {
    /// A plain value.
    Equals(Data),
    /// `3s..6s`, `1..6` (inclusive).
    Range(Operand, Operand),
    /// Status only: `4xx`.
    StatusClass(u16),
    /// One of the listed matchers.
    OneOf(Vec<Matcher>),
    /// `not:`.
    Not(Box<Matcher>),
    /// `matches:` a regular expression, unanchored.
    Matches(regex::Regex),
    /// `contains:`.
    Contains(Data),
    /// `lacks:`.
    Lacks(Data),
    /// `exists:`.
    Exists(bool),
    /// `lt:` …
    Compare(Comparison, Data),
    /// `length:`.
    Length(Box<Matcher>),
    /// `bytes:`.
    Bytes(Box<Matcher>),
    /// `fits:` a JSON Schema.
    Fits(Data),
    /// `type:` string, number, integer, boolean, null, array, object; or `challenges`: the field parses under the
    /// challenge grammar (RFC 9110 §11.6.1); `ratelimit`, `ratelimit-policy`: under those of the rate header fields.
    Type(Spanned<String>),
    /// `differs_from:`.
    DiffersFrom(Data),
    /// `same_as:` (a step id for `answer`, else a value).
    SameAs(Data),
    /// `except:` beside `same_as` on `answer`.
    Except(Vec<Spanned<String>>),
    /// `near: { to, by }`.
    Near(Data, Data),
    /// `grows: 1.5`.
    Grows(f64),
    /// A map of member → matcher (challenge parameters, objects).
    Members(Vec<(Spanned<String>, Matcher)>),
    /// A quantifier over a list (challenges, header lines).
    Quantified(Quantifier, Box<Matcher>),
}

/// `lt lte gt gte`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// <
    Lt,
    /// ≤
    Lte,
    /// >
    Gt,
    /// ≥
    Gte,
}

/// End of a range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Operand {
    /// A number.
    Number(f64),
    /// A duration.
    Duration(Duration),
    /// A share, 95% = 0.95.
    Share(f64),
}
