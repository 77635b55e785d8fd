//! Event streams: the standing one of GET, and answers to POST sent as events.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use serde_json::Value;
use tokio::sync::watch;

use crate::serve::answer::{self, Answer};

const HEARTBEAT: Duration = Duration::from_secs(15);
const MEDIA_TYPE: &str = "text/event-stream";

/// The standing stream of a GET: open until the session ends, with comments to keep it alive.
pub(crate) fn standing(first: Bytes, ended: Option<watch::Receiver<()>>) -> Answer {
    struct Standing {
        first: Option<Bytes>,
        ended: Option<watch::Receiver<()>>,
    }
    let state = Standing {
        first: Some(first),
        ended,
    };
    let events = stream::unfold(state, |mut state| async move {
        if let Some(first) = state.first.take() {
            return Some((Ok::<_, Infallible>(Frame::data(first)), state));
        }
        match &mut state.ended {
            Some(ended) => tokio::select! {
                _ = ended.changed() => return None,
                () = tokio::time::sleep(HEARTBEAT) => {}
            },
            None => tokio::time::sleep(HEARTBEAT).await,
        }
        Some((Ok(Frame::data(Bytes::from_static(b": alive\n\n"))), state))
    });
    streamed(StreamBody::new(events).boxed_unsync())
}

/// Messages as one finished stream. `primed` puts an event with an id and no data first (2025-11-25).
pub(crate) fn finished(messages: &[Value], primed: bool) -> Answer {
    let mut text = if primed { priming(0) } else { String::new() };
    for (index, message) in messages.iter().enumerate() {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "id: {}\nevent: message\ndata: {message}\n\n", index + 1);
    }
    streamed(answer::whole(text))
}

/// An event that carries an id and nothing else; a client may resume from it.
pub(crate) fn priming(id: usize) -> String {
    format!("id: {id}\ndata: \n\n")
}

fn streamed(body: answer::Body) -> Answer {
    let mut answer = answer::typed(200, MEDIA_TYPE, "");
    *answer.body_mut() = body;
    answer::with(answer, "cache-control", "no-store")
}
