//! Shapes that several tables share.

use super::expect::EXPECT;
use super::kinds::LIKE;
use super::matcher::MATCHER;
use super::results::{CAPTURE, MEASURE, OR};
use super::scenario::CASE;
use super::step::STEP;
use super::words::{ERAS, PLAIN_SELECTORS, REVISIONS, SCENARIO_ERAS, SUBJECTS};
use crate::scenario::table::Shape;

pub(super) static TEXT: Shape = Shape::Text;

pub(super) static ANY: Shape = Shape::Any;

pub(super) static STEP_SHAPE: Shape = Shape::Table(&STEP);

pub(super) static SUBJECT: Shape = Shape::Word(SUBJECTS);

static REVISION: Shape = Shape::Word(REVISIONS);

pub(super) static REVISIONS_SHAPE: Shape = Shape::Either(&[Shape::Word(ERAS), Shape::OneOrMany(&REVISION)]);

pub(super) static SCENARIO_REVISIONS_SHAPE: Shape =
    Shape::Either(&[Shape::Word(SCENARIO_ERAS), Shape::OneOrMany(&REVISION)]);

pub(super) static CASE_SHAPE: Shape = Shape::Table(&CASE);

pub(super) static HEADER: Shape = Shape::Either(&[Shape::Text, Shape::List(&TEXT)]);

pub(super) static EXPECT_SHAPE: Shape = Shape::Table(&EXPECT);

pub(super) static OR_SHAPE: Shape = Shape::Table(&OR);

pub(super) static CAPTURE_SHAPE: Shape =
    Shape::Either(&[Shape::Word(PLAIN_SELECTORS), Shape::Table(&CAPTURE)]);

pub(super) static MEASURE_SHAPE: Shape = Shape::Table(&MEASURE);

pub(super) static MATCHERS: [Shape; 5] = [
    Shape::Text,
    Shape::Number,
    Shape::Bool,
    Shape::List(&ANY),
    Shape::Table(&MATCHER),
];

/// A matcher: a plain value, a list, or a mapping of tests.
pub(crate) static MATCHER_SHAPE: Shape = Shape::Either(&MATCHERS);

pub(super) const AIM: &str = "The place whose ids the probe's inputs take: `own`, `foreign`, a name below `places`; `{ like: PLACE }`: random ids of the same shape. `with` beats it.";

pub(super) static AIMS: [Shape; 2] = [Shape::Text, Shape::Table(&LIKE)];
