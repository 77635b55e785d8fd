//! One request on its way to its answer.

use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use serde_json::Value;

use crate::authority::bucket::Standing;
use crate::defect::wstk;
use crate::journal::{JournalEntry, path_without_values, shortened};
use crate::serve::listener::Connection;
use crate::state::{State, View};

/// Characters that the journal keeps of the name of a call.
const LONGEST_CALL: usize = 64;

/// A request with its whole body, the world it came to, and what is known about it so far.
pub(crate) struct Exchange<'a> {
    pub(crate) world: &'a Arc<State>,
    pub(crate) connection: &'a Connection,
    pub(crate) view: View,
    pub(crate) head: Parts,
    pub(crate) body: Bytes,
    /// Id of the credential that was recognised.
    pub(crate) credential: Option<String>,
    /// The gate was passed by; only the defect `post-only-gate` sets this.
    pub(crate) ungated: bool,
    /// What was seen of its bucket ahead of the count; only the defect `counter-race` sets this.
    pub(crate) looked: Option<Standing>,
    /// Keys from an address in the token; only the defect `jku-trusted` fetches any.
    pub(crate) fetched: Option<Value>,
    /// Nobody was admitted, and calls are told so inside the conversation: only on `/mcp`.
    pub(crate) lapsed: Option<&'static str>,
    /// The `jti` of the access token that was admitted.
    pub(crate) token: Option<String>,
    /// A ticket was looked at ahead and found unused; only the defect `ticket-toctou` looks.
    pub(crate) ticket_seen: bool,
    /// The body as JSON, once somebody has read it and until it is taken.
    pub(crate) message: Option<Value>,
    call: Option<String>,
    stopped: &'static str,
    reason: Option<&'static str>,
}

impl<'a> Exchange<'a> {
    pub(crate) fn new(world: &'a Arc<State>, connection: &'a Connection, head: Parts, body: Bytes) -> Self {
        Self {
            world,
            connection,
            view: world.view(),
            head,
            body,
            credential: None,
            ungated: false,
            looked: None,
            fetched: None,
            lapsed: None,
            token: None,
            ticket_seen: false,
            message: None,
            call: None,
            stopped: "done",
            reason: None,
        }
    }

    /// Notes where the decision fell. The first note counts.
    pub(crate) fn stop(&mut self, stage: &'static str, reason: &'static str) {
        if self.reason.is_none() {
            self.stopped = stage;
            self.reason = Some(reason);
        }
    }

    /// Where the decision fell: `done` when nowhere.
    pub(crate) fn stopped_at(&self) -> &'static str {
        self.stopped
    }

    /// Notes what is called: a JSON-RPC method or a REST operation, never an argument.
    pub(crate) fn call(&mut self, what: &str) {
        // Method names come from the client; a short prefix is enough to recognise one.
        let plain = what.len() <= LONGEST_CALL && what.bytes().all(|byte| (b' '..0x7f).contains(&byte));
        self.call = Some(if plain {
            what.to_owned()
        } else {
            what.chars()
                .filter(|c| !c.is_control())
                .take(LONGEST_CALL)
                .collect()
        });
    }

    /// The journal's line for this exchange.
    pub(crate) fn line(&self, status: u16) -> JournalEntry {
        JournalEntry {
            sequence: 0,
            time_ms: self.world.clock.millis(),
            method: shortened(self.head.method.as_str(), 16),
            path: if self.view.defects.has(wstk::TICKET_LOGGED) {
                self.head.uri.to_string()
            } else {
                path_without_values(&self.head.uri)
            },
            call: self.call.clone(),
            credential: self.credential.clone(),
            status,
            stopped: self.stopped,
            reason: self.reason.map(str::to_owned),
        }
    }
}
