//! What was missed since a cursor.

use serde_json::{Map, Value};

use super::error::Trouble;
use super::kind::Kind;
use super::occurrence::place;
use crate::defect::{DefectSet, evs};
use crate::platform::{AuditEvent, Trail, parse_stamp};

/// Where somebody goes on reading.
#[derive(Debug, Clone, Copy)]
enum Start {
    /// From now on.
    Now,
    /// At a cursor that is none of ours.
    Nowhere,
    At(u64),
}

/// Where somebody goes on reading, and how old what is read may be.
#[derive(Debug, Clone)]
pub(super) struct From {
    start: Start,
    /// Seconds.
    max_age: Option<i64>,
}

/// What there is from there on.
pub(super) struct Missed {
    /// With their positions, oldest first.
    pub(super) events: Vec<(u64, AuditEvent)>,
    /// Something was left out.
    pub(super) truncated: bool,
}

impl From {
    /// `cursor` and `maxAgeMs` of a request. A cursor nobody knows is a gap and no error.
    pub(super) fn read(params: &Map<String, Value>) -> Result<Self, Trouble> {
        let start = match params.get("cursor") {
            None | Some(Value::Null) => Start::Now,
            Some(Value::String(cursor)) => place(cursor).map_or(Start::Nowhere, Start::At),
            Some(_) => return Err(Trouble::Params("cursor is neither a text nor null")),
        };
        let max_age = match params.get("maxAgeMs") {
            None | Some(Value::Null) => None,
            Some(ms) => Some(
                ms.as_i64()
                    .ok_or(Trouble::Params("maxAgeMs is no whole number"))?
                    / 1_000,
            ),
        };
        Ok(Self { start, max_age })
    }

    /// Everything that is kept.
    pub(super) fn start() -> Self {
        Self {
            start: Start::At(0),
            max_age: None,
        }
    }

    /// Whether it is from now on.
    pub(super) fn is_now(&self) -> bool {
        matches!(self.start, Start::Now)
    }

    /// Everything of this kind from there on that is not too old.
    pub(super) fn missed(
        &self,
        trail: &Trail,
        (kind, arguments): (&Kind, &Value),
        now: i64,
        defects: &DefectSet,
    ) -> Missed {
        let (start, mut truncated) = match self.start {
            Start::Now => (trail.position(), false),
            Start::Nowhere => (trail.position(), true),
            Start::At(place) => (place, place < trail.oldest()),
        };
        let mut events = Vec::new();
        for (position, event) in trail.since(start) {
            if !kind.is(event, arguments, defects) {
                continue;
            }
            let happened = parse_stamp(&event.created).unwrap_or(now);
            if self.max_age.is_some_and(|age| now - happened > age) {
                truncated = true;
            } else {
                events.push((position, event.clone()));
            }
        }
        Missed {
            events,
            truncated: truncated && !defects.has(evs::SILENT_GAP),
        }
    }
}
