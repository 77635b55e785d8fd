//! What follows from a step besides its verdict: alternatives and measures.

use super::expect::Expect;
use super::matcher::Matcher;
use super::place::Spanned;

/// An entry of `or:`; the first that holds sets the grade.
#[derive(Debug, Clone)]
pub struct Alternative {
    /// The grade.
    pub grade: Spanned<Grade>,
    /// The sentence for the report.
    pub says: String,
    /// What must hold.
    pub expect: Expect,
}

/// Grades of an alternative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grade {
    /// `pass`: as good as expected, worth saying.
    Pass,
    /// `warn`.
    Warn,
    /// `info`.
    Info,
    /// `review`: `info` marked statistical.
    Review,
    /// `skip`: does not apply here after all.
    Skip,
}

/// `measure: { NAME: { since, to, … matcher } }`.
#[derive(Debug, Clone)]
pub struct Measure {
    /// Name in the report.
    pub name: Spanned<String>,
    /// Counted from the end of that step; absent: from the step's own start.
    pub since: Option<Spanned<String>>,
    /// To what.
    pub to: MeasureEnd,
    /// Judged when present.
    pub matcher: Option<Matcher>,
}

/// Where a measure ends.
#[derive(Debug, Clone)]
pub enum MeasureEnd {
    /// The end of the answer.
    End,
    /// The first byte of the answer.
    FirstByte,
    /// The end of a stream or socket.
    Close,
    /// `{ first: {…} }`: the end of the first element that satisfies it.
    First(Expect),
    /// `{ last: {…} }`: the end of the last element that satisfies it.
    Last(Expect),
}
