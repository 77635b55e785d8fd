//! `events` and `socket`: what stays open after the step that opened it.

use super::kinds::Aim;
use super::place::Spanned;
use super::template::{Data, Template};

/// A step of one of the two kinds.
#[derive(Debug, Clone)]
pub enum LiveStep {
    /// Opens a stream or socket that the target declares.
    Open(LiveOpen),
    /// Goes on with what another step opened.
    From(LiveFrom),
}

/// `{ open: NAME, … }`.
#[derive(Debug, Clone)]
pub struct LiveOpen {
    /// As the target file calls it; `mcp` among streams is the MCP endpoint's own.
    pub name: Template,
    /// Inputs of it, and of the probe that brings its ticket.
    pub with: Vec<(Spanned<String>, Data)>,
    /// The place whose ids those inputs take.
    pub aim: Option<Aim>,
    /// Added query members.
    pub query: Vec<(Spanned<String>, Data)>,
}

/// `{ from: ID, … }`.
#[derive(Debug, Clone)]
pub struct LiveFrom {
    /// The step that opened it.
    pub handle: Spanned<String>,
    /// Sent first, on a socket.
    pub send: Option<Said>,
    /// Closed then, from our side.
    pub close: bool,
}

/// What is sent on a socket.
#[derive(Debug, Clone)]
pub enum Said {
    /// A text as written, or anything else as JSON.
    Written(Data),
    /// A message that the target declares.
    Message {
        /// Its name there.
        name: Template,
        /// Its inputs.
        with: Vec<(Spanned<String>, Data)>,
        /// The place whose ids they take.
        aim: Option<Aim>,
    },
}
