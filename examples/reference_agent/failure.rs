//! Why a task was not done.

use thiserror::Error;

/// What ends a task; its text goes to stderr.
#[derive(Debug, Clone, Error)]
pub(crate) enum Failure {
    /// The environment lacks something, or says something that cannot be.
    #[error("{0}")]
    Setup(String),
    /// The grant is dead, or there is none.
    #[error("disconnected: {0}")]
    Disconnected(String),
    /// The server refused, and another try would change nothing.
    #[error("refused: {0}")]
    Refused(String),
    /// Too many tries.
    #[error("CRITICAL: gave up: {0}")]
    GaveUp(String),
    /// The server asks for a wait that is not worth it.
    #[error("CRITICAL: gave up: the server asks for a pause of {seconds} seconds")]
    TooLong {
        /// How long.
        seconds: u64,
    },
    /// A call may have been carried out; its answer was lost.
    #[error("outcome unknown: {0}")]
    Unknown(String),
    /// An authorization server or its metadata is not as it must be.
    #[error("no login: {0}")]
    Login(String),
    /// The peer did not keep to the protocol.
    #[error("protocol: {0}")]
    Protocol(String),
    /// The machine did not do something.
    #[error("{what}: {why}")]
    Machine {
        /// What was tried.
        what: &'static str,
        /// What the system said.
        why: String,
    },
}

impl Failure {
    /// For `map_err` of errors of the system.
    pub(crate) fn machine<E: std::fmt::Display>(what: &'static str) -> impl Fn(E) -> Self {
        move |error| Self::Machine {
            what,
            why: error.to_string(),
        }
    }
}
