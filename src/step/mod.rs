//! Runs one step: values in, evidence and captures out.
//!
//! May use everything below it (`mcp`, `oauth`, `expect`, `wire`, `target`, `scenario`). Must never decide a verdict,
//! print, or know what a rule is.

mod act;
mod agent;
mod door;
mod elapsed;
mod exec;
mod fill;
mod filters;
mod hook;
mod http;
mod http_sse;
mod live;
mod mcp;
mod mint;
mod oauth;
mod raw;
mod scan;
mod scope;
mod send;
mod serve;
mod session;
mod undo;
mod webhook;
mod world;

pub use act::{obtain, perform, ready, ready_for, refresh};
pub use agent::{
    Heard, Login, Nature, Stage, Transcript, Wanted, act as act_of_plan, ended, login, requests,
};
pub use door::{ControlDoor, Door, DoorProblem};
pub(crate) use door::{fault_of, removal, scopes_of};
pub use fill::Fill;
pub use http_sse::{Link, Mark, NotOpen, opening};
pub use live::{Look, look};
pub use oauth::{Accounts, Authority, Login as StoredLogin, Refreshed, Vault, capabilities, look_up};
pub use scan::Scan;
pub use scope::Scope;
pub use serve::heard;
pub use webhook::{delivered, pause};
pub use world::{World, WorldParts};

use crate::expect::Unresolved;

/// Why a step could not be carried out. Not a miss of the target: the case cannot be judged, or does not apply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The target file does not declare what the step needs.
    #[error("{what} is not declared")]
    Undeclared {
        /// What is missing.
        what: String,
        /// The line of a target file that would supply it.
        unlock: String,
    },
    /// Permission is missing.
    #[error("{what} needs permission")]
    NotAllowed {
        /// What would have been done.
        what: String,
        /// The line that would allow it.
        unlock: String,
    },
    /// The peer does not speak what the step would speak: it does not apply.
    #[error("{0}")]
    NotSpoken(String),
    /// A reference without a value.
    #[error("{0}")]
    Unresolved(#[from] Unresolved),
    /// The thing cannot be done with what was written.
    #[error("{0}")]
    Unusable(String),
    /// A principal got no token: what needs one cannot be judged.
    #[error("{0}")]
    NoToken(String),
    /// What the check is about never came about.
    #[error("not exercised: {0}")]
    NotExercised(String),
    /// An act on the target failed.
    #[error("{0}")]
    Failed(String),
}
