//! A call whose client asked to hear of its progress: a stream that is open while the tool works (2026-07-28).
//!
//! The tool takes its time before it does anything. Closing the stream ends the call (transports, cancellation):
//! what is left of it is dropped with the stream.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::sync::oneshot;

use super::rpc::{self, Outcome};
use super::stateless_era::dressed;
use super::{call, stream};
use crate::defect::transport;
use crate::platform::Caller;
use crate::serve::answer::Answer;
use crate::serve::exchange::Exchange;
use crate::state::{State, View};

/// How long the tool works before its effect.
const WORK: Duration = Duration::from_millis(300);

/// The progress token of a call, if it has one.
pub(super) fn token(params: &Map<String, Value>) -> Option<&Value> {
    let token = params.get("_meta")?.get("progressToken")?;
    (token.is_string() || token.is_i64() || token.is_u64()).then_some(token)
}

struct Work {
    world: Arc<State>,
    view: View,
    caller: Caller,
    name: String,
    arguments: Map<String, Value>,
}

impl Work {
    async fn done(self) -> Value {
        tokio::time::sleep(WORK).await;
        let Self {
            world, view, caller, ..
        } = &self;
        match world.run_tool(view, caller, &self.name, &self.arguments) {
            Ok(answer) => call::said(answer),
            // The status has gone out long ago.
            Err(error) => call::told_inside(&error),
        }
    }
}

/// Opens the stream; its first message says that the work has begun.
pub(super) fn open(
    exchange: &mut Exchange<'_>,
    caller: &Caller,
    (id, params, token): (&Value, &Map<String, Value>, &Value),
) -> Result<Answer, Outcome> {
    let (name, arguments) = call::read(params)?;
    exchange.call(&format!("tools/call {name}"));
    let work = Work {
        world: Arc::clone(exchange.world),
        view: exchange.view.clone(),
        caller: caller.clone(),
        name: name.to_owned(),
        arguments,
    };
    let (send, result) = oneshot::channel();
    let detached = exchange.view.defects.has(transport::CLOSED_STREAM_RUNS);
    let own = if detached {
        tokio::spawn(async move { send.send(work.done().await) });
        None
    } else {
        Some((work, send))
    };
    let begun = Map::from_iter([
        ("progressToken".to_owned(), token.clone()),
        ("progress".to_owned(), json!(0)),
    ]);
    let first = stream::message(&rpc::notification("notifications/progress", begun));
    let (id, defects) = (id.clone(), exchange.view.defects.clone());
    Ok(stream::follow(first, (own, result), move |(own, result)| {
        let (id, defects) = (id.clone(), defects.clone());
        async move {
            if let Some((work, send)) = own {
                let _ = send.send(work.done().await);
            }
            let result = dressed(&defects, "tools/call", result.await.ok()?);
            let text = stream::message(&rpc::result(&id, result));
            Some((stream::Piece { text, last: true }, (None, oneshot::channel().1)))
        }
    }))
}
