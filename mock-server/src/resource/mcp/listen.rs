//! `subscriptions/listen` (2026-07-28): one request, one stream, of the kinds it asked for and no others.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::features;
use super::feed::{self, ALL, Change, Notice};
use super::meta::{SERVER_INFO, SUBSCRIPTION};
use super::rpc::{self, Outcome};
use super::session_era::server_info;
use super::stream::{self, HEARTBEAT, Piece};
use crate::defect::{evs, transport};
use crate::platform::Caller;
use crate::serve::answer::Answer;
use crate::serve::exchange::Exchange;
use crate::state::State;
use crate::variant;

/// Resources that one subscription may name.
const MOST: usize = 256;

/// What a subscription is about.
#[derive(Debug, Default, Clone)]
struct Filter {
    tools: bool,
    prompts: bool,
    resources: bool,
    events: bool,
    uris: BTreeSet<String>,
}

struct Subscription {
    world: Arc<State>,
    credential: String,
    /// The id of the request; every message carries it.
    id: Value,
    filter: Filter,
    changes: Receiver<Change>,
    /// Two defects: everything is sent, and nothing is tagged.
    unasked: bool,
    untagged: bool,
    /// Another one: changes of the list of events are sent.
    events_unasked: bool,
}

/// Opens the stream; its first message says what was agreed to.
pub(super) fn open(
    exchange: &mut Exchange<'_>,
    caller: &Caller,
    id: &Value,
    params: &Map<String, Value>,
) -> Result<Answer, Outcome> {
    let asked = params.get("notifications").and_then(Value::as_object);
    let asked = asked.ok_or_else(|| bad("notifications is not an object"))?;
    let mut filter = Filter::read(asked)?;
    if exchange.view.variants.has(variant::TOOLS_ONLY) {
        filter = Filter::default();
    }
    // A resource the caller may not read is left out like one that is not there.
    filter
        .uris
        .retain(|uri| features::may_read(exchange.world, caller, uri));
    let subscription = Subscription {
        world: Arc::clone(exchange.world),
        credential: caller.credential.clone(),
        id: id.clone(),
        changes: exchange.world.feed.subscribe(),
        events_unasked: exchange.view.defects.has(evs::LISTCHANGED_UNASKED),
        unasked: exchange.view.defects.has(transport::LISTEN_UNASKED),
        untagged: exchange.view.defects.has(transport::LISTEN_UNTAGGED),
        filter,
    };
    let agreed = Map::from_iter([("notifications".to_owned(), subscription.filter.agreed())]);
    let defects = &exchange.view.defects;
    if defects.has(transport::LISTEN_UNACKNOWLEDGED) {
        let quiet = stream::follow(stream::alive().text, subscription, Subscription::next);
        return Ok(quiet);
    }
    let first = subscription.message("notifications/subscriptions/acknowledged", agreed);
    Ok(stream::follow(first, subscription, Subscription::next))
}

fn bad(text: &str) -> Outcome {
    Outcome::error(rpc::INVALID_PARAMS, text)
}

impl Filter {
    fn read(asked: &Map<String, Value>) -> Result<Self, Outcome> {
        let flag = |name: &str| match asked.get(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(bad("a kind of notification is neither true nor false")),
        };
        let uris = match asked.get("resourceSubscriptions") {
            None => BTreeSet::new(),
            Some(Value::Array(uris)) if uris.len() <= MOST => uris
                .iter()
                .map(|uri| uri.as_str().map(str::to_owned))
                .collect::<Option<_>>()
                .ok_or_else(|| bad("resourceSubscriptions holds something that is no address"))?,
            Some(_) => {
                return Err(bad(
                    "resourceSubscriptions is not a list of at most 256 addresses",
                ));
            }
        };
        Ok(Self {
            tools: flag("toolsListChanged")?,
            prompts: flag("promptsListChanged")?,
            resources: flag("resourcesListChanged")?,
            events: flag("eventsListChanged")?,
            uris,
        })
    }

    /// What was agreed to, in the form it was asked for.
    fn agreed(&self) -> Value {
        let mut agreed = json!({});
        for (name, on) in [
            ("toolsListChanged", self.tools),
            ("promptsListChanged", self.prompts),
            ("resourcesListChanged", self.resources),
            ("eventsListChanged", self.events),
        ] {
            if on {
                agreed[name] = json!(true);
            }
        }
        if !self.uris.is_empty() {
            agreed["resourceSubscriptions"] = json!(self.uris);
        }
        agreed
    }

    fn wants(&self, notice: &Notice) -> bool {
        match notice {
            Notice::Tools => self.tools,
            Notice::Prompts => self.prompts,
            Notice::Resources => self.resources,
            Notice::Events => self.events,
            Notice::Resource(uri) => self.uris.contains(uri),
        }
    }
}

impl Subscription {
    /// Waits for something to say. Ends with the credential.
    async fn next(mut self) -> Option<(Piece, Self)> {
        loop {
            let change = tokio::time::timeout(HEARTBEAT, self.changes.recv()).await;
            let Some(caller) = feed::live_caller(&self.world, &self.credential) else {
                return Some((self.closed(), self));
            };
            // What it was opened with may be over although its grant lives on.
            if matches!(&change, Ok(Ok(Change::Ended { credential })) if *credential == self.credential) {
                return Some((self.closed(), self));
            }
            let notices = match change {
                Err(_) => return Some((stream::alive(), self)),
                Ok(Ok(change)) => feed::notices(&self.world, &caller, &change),
                Ok(Err(RecvError::Lagged(_))) => [&ALL[..], &[Notice::Events]].concat(),
                Ok(Err(RecvError::Closed)) => return Some((self.closed(), self)),
            };
            let said: String = notices
                .iter()
                .filter(|notice| self.sends(notice))
                .map(|notice| self.message(notice.method(), notice.params()))
                .collect();
            if !said.is_empty() {
                let piece = Piece {
                    text: said,
                    last: false,
                };
                return Some((piece, self));
            }
        }
    }

    fn sends(&self, notice: &Notice) -> bool {
        let unasked = self.unasked || (self.events_unasked && *notice == Notice::Events);
        unasked || self.filter.wants(notice)
    }

    fn message(&self, method: &str, mut params: Map<String, Value>) -> String {
        if !self.untagged {
            params.insert("_meta".to_owned(), json!({ SUBSCRIPTION: self.id }));
        }
        stream::message(&rpc::notification(method, params))
    }

    /// The answer to the request, which tells that the end was meant.
    fn closed(&self) -> Piece {
        let meta = json!({ SUBSCRIPTION: self.id, SERVER_INFO: server_info() });
        let result = json!({ "resultType": "complete", "_meta": meta });
        Piece {
            text: stream::message(&rpc::result(&self.id, result)),
            last: true,
        }
    }
}
