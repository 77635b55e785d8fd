//! A scenario file and a row of its table.

use super::shapes::{ANY, CASE_SHAPE, REVISIONS_SHAPE, SCENARIO_REVISIONS_SHAPE, STEP_SHAPE, SUBJECT, TEXT};
use super::step::TOKEN;
use super::words::LEVELS;
use crate::scenario::table::{Key, Shape, Table};

/// A scenario file.
pub(crate) static SCENARIO: Table = Table {
    name: "scenario",
    doc: "A check of a server: what it holds to, and the steps that show it.",
    rest: None,
    keys: &[
        Key::required(
            "scenario",
            Shape::Text,
            "The requirement as one sentence; the report shows it.",
        ),
        Key::new(
            "rules",
            Shape::OneOrMany(&TEXT),
            "Ids of the rules judged here; with several, each check names its `rule`.",
        ),
        Key::new("subject", Shape::OneOrMany(&SUBJECT), "Who is judged."),
        Key::new(
            "revisions",
            SCENARIO_REVISIONS_SHAPE,
            "MCP revisions it holds in: `all`, `streamable` (those over Streamable HTTP), `sessions` (those with `initialize`), `stateless` (the others) or a list; a case runs in each that the target speaks; in 2024-11-05 (HTTP+SSE) only where it speaks none of the others. `eras`: all, but of each era only the newest one that the target speaks, for what no revision within an era changes. Without it, the scenario depends on no revision and runs once, in the newest.",
        ),
        Key::new(
            "tags",
            Shape::OneOrMany(&TEXT),
            "Free labels for --tag and --not-tag.",
        ),
        Key::new(
            "needs",
            Shape::OneOrMany(&TEXT),
            "Capabilities the target must declare; without them the scenario is skipped.",
        ),
        Key::new(
            "exclusive",
            Shape::Text,
            "Cases that share this name run one after another; `all`: where cases share a server, nothing runs beside it.",
        ),
        Key::new(
            "slow",
            Shape::Bool,
            "Runs only with --slow where there is no test clock.",
        ),
        Key::new(
            "as",
            Shape::Either(&[Shape::Text, Shape::Table(&TOKEN)]),
            "Who sends where a step does not say; else the first principal of the target.",
        ),
        Key::new("timeout", Shape::Duration, "Budget of one case."),
        Key::new(
            "inputs",
            Shape::OneOrMany(&TEXT),
            "Names that a scenario using this one passes in `with`.",
        ),
        Key::new(
            "gives",
            Shape::OneOrMany(&TEXT),
            "Captures that a scenario using this one may read.",
        ),
        Key::new(
            "given",
            Shape::List(&STEP_SHAPE),
            "Positive controls: before the steps and again after them; a miss makes the case not testable.",
        ),
        Key::new(
            "cases",
            Shape::Map(&CASE_SHAPE),
            "Rows with stable ids; the steps run once per row.",
        ),
        Key::new(
            "matrix",
            Shape::Map(&ANY),
            "Axes; the steps run once per combination. A list, or a reference to one of the target's.",
        ),
        Key::required("steps", Shape::List(&STEP_SHAPE), "What happens, in order."),
        Key::new(
            "cleanup",
            Shape::List(&STEP_SHAPE),
            "Always runs at the end; a miss is a note.",
        ),
    ],
};

/// A row of `cases`.
pub(crate) static CASE: Table = Table {
    name: "case",
    doc: "A row: reserved keys, and values read as `${case.NAME}`.",
    rest: Some(&ANY),
    keys: &[
        Key::new("rule", Shape::Text, "The rule this row judges."),
        Key::new("level", Shape::Word(LEVELS), "Overrides the level of the rule."),
        Key::new("needs", Shape::OneOrMany(&TEXT), "Capabilities this row needs."),
        Key::new(
            "revisions",
            REVISIONS_SHAPE,
            "MCP revisions that have this row; the others do without it.",
        ),
    ],
};
