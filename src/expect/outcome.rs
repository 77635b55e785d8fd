//! The decision axis: HTTP, JSON-RPC and tool errors folded into one word. Never decided by form.

use std::fmt;

use crate::mcp::{Answer, Rpc, tool_said};
use crate::wire::{End, Exchange, Frame, FrameKind, Response, WireError};

/// What the peer decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It did what was asked.
    Done,
    /// It declined: 3xx, 4xx, a JSON-RPC error, a tool error.
    Refused,
    /// Too many requests: 429, or 503 with `Retry-After`.
    Limited,
    /// No answer that says anything: 5xx, closed, not the protocol.
    Broken,
    /// Nobody listens there.
    Unreached,
}

impl Outcome {
    /// The word used in scenarios.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Done => "done",
            Outcome::Refused => "refused",
            Outcome::Limited => "limited",
            Outcome::Broken => "broken",
            Outcome::Unreached => "unreached",
        }
    }

    /// Folds an exchange; `answer` is what an `mcp` step read in it.
    pub fn of(exchange: &Exchange, answer: Option<&Answer>) -> Self {
        let response = match &exchange.response {
            Ok(response) => response,
            Err(WireError::Connect { .. }) => return Outcome::Unreached,
            Err(_) => return Outcome::Broken,
        };
        match response.status {
            429 => Outcome::Limited,
            503 if response.header("retry-after").is_some() => Outcome::Limited,
            101 => Self::of_socket(response),
            500.. | 0..200 => Outcome::Broken,
            300..500 => Outcome::Refused,
            200..300 => answer.map_or(Outcome::Done, |answer| Self::in_band(answer, response.status)),
        }
    }

    /// A WebSocket that is closed before it said anything was refused, whatever its 101 promised. 1006, 1011 and 1012
    /// tell of trouble, 1013 of another time (RFC 6455 §7.4.1 and its registry).
    fn of_socket(response: &Response) -> Self {
        let told = |frame: &Frame| matches!(frame.kind, FrameKind::Text | FrameKind::Binary);
        match response.ended.as_ref().map(|ended| &ended.how) {
            Some(End::Closed { code, .. }) if !response.frames.iter().any(told) => match code {
                1006 | 1011 | 1012 => Outcome::Broken,
                1013 => Outcome::Limited,
                _ => Outcome::Refused,
            },
            _ => Outcome::Done,
        }
    }

    fn in_band(answer: &Answer, status: u16) -> Self {
        match &answer.rpc {
            Rpc::Result(result) if tool_said(result).is_some_and(|said| said.is_error) => Outcome::Refused,
            Rpc::Result(_) => Outcome::Done,
            Rpc::Error { .. } => Outcome::Refused,
            Rpc::None(_) if status == 202 => Outcome::Done,
            Rpc::None(_) => Outcome::Broken,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
