//! Plans the cases, schedules them, emits events and rolls findings up into verdicts.
//!
//! May use everything below it (`step`, `expect`, `rules`, `target`, `scenario`, `secret`, the record's types and, for
//! the embedded target, the mock's library). Must never print, draw a report or read the command line.

mod account;
mod baseline;
mod case;
mod check;
mod coverage;
pub mod discover;
mod draft;
mod journey;
mod mock;
mod observe;
mod plan;
mod schedule;
mod select;
mod setup;
mod silence;
mod subject;
mod turns;
mod walk;

pub use account::place;
pub use coverage::coverage;
pub use journey::Journey;
pub use mock::{MOCK_TARGET, MockSubject, MockWorld, environment};
pub use plan::{Instance, Known, Plan, Row, Skip, case_name};
pub use schedule::{Finished, run, started};
pub use select::{CaseName, PlaceFilter, Selection, SelectionProblem};
pub use setup::{Settings, Setup};
pub use subject::{Staged, Stages, Subject, plan_for};
