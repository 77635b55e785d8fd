//! The typed scenario. Everything an author wrote keeps the place where it stands.
//!
//! Made only by `decode`; read by `lint`, `run`, `step` and `expect`. Holds no behaviour beyond small accessors.

mod agent;
mod expect;
mod kinds;
mod live;
mod load;
mod matcher;
mod oauth;
mod place;
mod results;
mod scenario;
mod step;
mod template;
mod webhook;

pub use agent::{
    AgentStep, AgentWorld, Carrying, EndedLook, PlanEntry, PlanReply, Redirect, Selection, Task, Traits, When,
};
pub use expect::{Captured, Clause, ClauseKind, Expect, Quantifier, Selector};
pub use kinds::{
    Aim, Count, DoStep, ExecStep, HeaderValue, Headers, HttpStep, McpCall, McpStep, RawStep, Time, UseStep,
    WaitStep,
};
pub use live::{LiveFrom, LiveOpen, LiveStep, Said};
pub use load::{
    ArrivalPhase, Bound, Callers, During, Fleet, Invariant, LoadModel, LoadPlan, MixAct, MixEntry, Threshold,
    VirtualUsers,
};
pub use matcher::{Comparison, Matcher, Operand, Test};
pub use oauth::{Grant, MintSource, MintStep, OAuthAct, OAuthStep, Route, ServeStep};
pub use place::{At, SourceFile, Spanned};
pub use results::{Alternative, Grade, Measure, MeasureEnd};
pub use scenario::{Axis, Case, Level, Scenario};
pub use step::{Kind, Over, Step, Who, holds_in};
pub use template::{Data, Filter, Piece, Reference, Template};
pub use webhook::{ChallengeAnswer, DeliveryContent, InboxAnswer, Sending, WebhookStep};
