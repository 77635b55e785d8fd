//! What comes back from a request: JSON, or a stream in which its answer is one message among others.

use serde_json::{Value, json};
use tokio::time::sleep;

use super::peer::{Era, Peer, Understood, in_session};
use super::rpc;
use super::sse::Events;
use super::wire::Kind;
use crate::failure::Failure;
use crate::habits::{self, on};
use crate::http::{Answer, Request};
use crate::retry::Tries;

/// A reply that came whole.
pub(super) enum Reply {
    Understood(Understood),
    /// A refusal that is no message for this request: its status and what it says.
    Status(u16, String),
}

/// A reply that broke off.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) why: String,
    /// How far the stream came.
    events: Events,
}

impl Broken {
    fn new(why: &str, events: Events) -> Self {
        Self {
            why: why.to_owned(),
            events,
        }
    }
}

/// Reads the answer to the request of this id.
pub(super) async fn read(peer: &Peer, answer: Answer, id: u64) -> Result<Reply, Broken> {
    let streams = answer
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("text/event-stream"));
    if streams && answer.status == 200 {
        return follow(peer, answer, id, Events::default())
            .await
            .map(Reply::Understood);
    }
    let status = answer.status;
    let body = answer
        .body()
        .await
        .map_err(|fault| Broken::new(&fault.to_string(), Events::default()))?;
    let message: Value = serde_json::from_slice(&body).unwrap_or_default();
    if let Some(understood) = rpc::answer_to(&message, id) {
        return Ok(Reply::Understood(understood));
    }
    match rpc::error_of(&message) {
        Some(error) if status >= 400 => Ok(Reply::Understood(Err(error))),
        // Half of an answer looks like none; a server that meant to say nothing would have said so by its status.
        _ if status == 200 => Err(Broken::new("the answer is no message", Events::default())),
        _ => Ok(Reply::Status(status, String::new())),
    }
}

async fn follow(peer: &Peer, mut answer: Answer, id: u64, mut events: Events) -> Result<Understood, Broken> {
    loop {
        let piece = match answer.piece().await {
            Ok(Some(piece)) => piece,
            Ok(None) => return Err(Broken::new("the stream ended without the answer", events)),
            Err(fault) => return Err(Broken::new(&fault.to_string(), events)),
        };
        for event in events.push(&piece) {
            let Ok(message) = serde_json::from_str::<Value>(&event.data) else {
                continue;
            };
            if let Some(understood) = rpc::answer_to(&message, id) {
                return Ok(understood);
            }
            peer.asked_back(&message).await;
        }
    }
}

impl Peer {
    /// A stream that ended early and said where it was is gone on with by GET (2025-11-25, resumability), after the pause
    /// that it asked for. What breaks again, or cannot be resumed, comes back.
    pub(super) async fn resumed(
        &self,
        era: &Era,
        id: u64,
        mut broken: Broken,
    ) -> Result<Result<Understood, Broken>, Failure> {
        const MOST: usize = 5;
        if *era == Era::Stateless {
            return Ok(Err(broken));
        }
        for _ in 0..MOST {
            let Some(last) = broken.events.last_id.clone() else {
                break;
            };
            if !on(habits::SSE_RETRY_IGNORED) {
                sleep(broken.events.retry.unwrap_or(super::listen::DEFAULT_RETRY)).await;
            }
            let request = Request::get(self.wire.endpoint()).with("Accept", "text/event-stream");
            let request = in_session(request, era, true).with("Last-Event-ID", &last);
            let answer = self
                .wire
                .exchange(&request, Kind::Stream, &mut Tries::default())
                .await?;
            if answer.status != 200 {
                break;
            }
            broken.events.reconnect();
            broken = match follow(self, answer, id, broken.events).await {
                Ok(understood) => return Ok(Ok(understood)),
                Err(broken) => broken,
            };
        }
        Ok(Err(broken))
    }

    /// A request of the server: a ping is answered; a person who could agree to anything is not here.
    pub(super) async fn asked_back(&self, message: &Value) {
        let (Some(id), Some(method)) = (message.get("id"), message["method"].as_str()) else {
            return;
        };
        let answer = match method {
            "ping" => json!({ "jsonrpc": "2.0", "id": id, "result": {} }),
            "elicitation/create" => json!({ "jsonrpc": "2.0", "id": id, "result": { "action": "decline" } }),
            _ => {
                json!({ "jsonrpc": "2.0", "id": id, "error": { "code": -32601, "message": "not known here" } })
            }
        };
        self.tell(&answer).await.ok();
    }
}
