//! What a step leaves behind for judging.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Outcome, Trace};
use crate::mcp::Answer;
use crate::wire::{Ended, Exchange, Live};

/// Evidence of a step.
#[derive(Debug, Clone)]
pub enum Evidence {
    /// One exchange, wait or command.
    One(Arc<Single>),
    /// From `copies`, `times`, `every`, `each_of`.
    Series(Vec<Evidence>),
    /// One round of a group: the evidence of its named steps, and all of it in order.
    Round {
        /// By handle.
        named: BTreeMap<String, Evidence>,
        /// In the order they ended.
        all: Vec<Evidence>,
    },
}

/// Evidence of one act.
#[derive(Debug, Clone)]
pub struct Single {
    /// The exchange that is judged.
    pub exchange: Option<Exchange>,
    /// Exchanges that led to it (opening a session), for the report.
    pub before: Vec<Exchange>,
    /// What an `mcp` step read in it.
    pub answer: Option<Answer>,
    /// The decision.
    pub outcome: Outcome,
    /// Canaries that came back.
    pub canaries: Vec<String>,
    /// Principals of other tenants whose data came back; `None` where the caller's tenant is not known.
    pub strangers: Option<Vec<String>>,
    /// Named outputs of the probe: name → JSONPath into what the tool said.
    pub gives: BTreeMap<String, String>,
    /// Values sent that differ by nature (ids), taken out before answers are compared.
    pub sent_ids: Vec<String>,
    /// What a command did.
    pub executed: Option<Executed>,
    /// What an OAuth step knows beside its exchanges.
    pub trace: Trace,
    /// Begin and end.
    pub span: (Instant, Instant),
    /// Virtual time that had passed when it was sent.
    pub passed: Duration,
    /// Who it was sent as.
    pub sender: String,
    /// The stream or socket that it opened.
    pub live: Option<Arc<Live>>,
}

/// What an `exec` step saw.
#[derive(Debug, Clone)]
pub struct Executed {
    /// Exit status; `None` when ended by a signal or the timeout.
    pub code: Option<i32>,
    /// Standard output and error, bounded.
    pub output: String,
    /// How it ended, by a word of the language: `exit`, `signal`, `killed`, `time-out`.
    pub end: &'static str,
    /// What it left behind, as objects: `path`, `folder`, `mode`, `size`, `holds`.
    pub files: Vec<serde_json::Value>,
}

impl Single {
    /// How the stream or socket in it ended; `None` while it is open.
    pub fn ended(&self) -> Option<&Ended> {
        self.exchange.as_ref()?.response.as_ref().ok()?.ended.as_ref()
    }
}

impl Evidence {
    /// The elements of a series or round; a single is a series of one.
    pub fn elements(&self) -> Vec<&Evidence> {
        match self {
            Evidence::One(_) => vec![self],
            Evidence::Series(elements) => elements.iter().collect(),
            Evidence::Round { all, .. } => all.iter().collect(),
        }
    }

    /// The last single in it.
    pub fn last_single(&self) -> Option<&Arc<Single>> {
        match self {
            Evidence::One(single) => Some(single),
            Evidence::Series(elements) => elements.iter().rev().find_map(Evidence::last_single),
            Evidence::Round { all, .. } => all.iter().rev().find_map(Evidence::last_single),
        }
    }

    /// Every single in it, in order.
    pub fn singles(&self) -> Vec<&Arc<Single>> {
        match self {
            Evidence::One(single) => vec![single],
            Evidence::Series(elements) => elements.iter().flat_map(Evidence::singles).collect(),
            Evidence::Round { all, .. } => all.iter().flat_map(Evidence::singles).collect(),
        }
    }

    /// The element of median duration; of two in the middle the quicker one.
    pub fn median(&self) -> Option<&Evidence> {
        let mut elements = self.elements();
        elements.sort_by_key(|element| element.duration());
        elements.get(elements.len().checked_sub(1)? / 2).copied()
    }

    /// How long its exchanges took together.
    fn duration(&self) -> Duration {
        let of = |single: &&Arc<Single>| match &single.exchange {
            Some(exchange) => exchange
                .timing
                .end
                .saturating_duration_since(exchange.timing.start),
            None => single.span.1.saturating_duration_since(single.span.0),
        };
        self.singles().iter().map(of).sum()
    }

    /// When it ended.
    pub fn end(&self) -> Option<Instant> {
        self.singles().iter().map(|single| single.span.1).max()
    }
}
