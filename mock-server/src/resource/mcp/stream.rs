//! Event streams: the standing one of GET, answers to POST sent as events, and lines kept open by comments.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use serde_json::Value;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::feed::Change;
use super::session::{Place, Session};
use crate::serve::answer::{self, Answer};
use crate::state::State;

/// How long a stream is silent at most.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(15);
const ALIVE: &str = ": alive\n\n";
const MEDIA_TYPE: &str = "text/event-stream";

/// What `follow` hands to a stream, and whether more may come.
pub(crate) struct Piece {
    pub(crate) text: String,
    pub(crate) last: bool,
}

/// A stream that says `first` and then whatever `next` comes up with, until it has nothing more.
pub(crate) fn follow<S, F, N>(first: String, state: S, next: N) -> Answer
where
    S: Send + 'static,
    N: Fn(S) -> F + Clone + Send + 'static,
    F: Future<Output = Option<(Piece, S)>> + Send + 'static,
{
    let begun = (Some(first), Some(state));
    let events = stream::unfold(begun, move |(first, state)| {
        let next = next.clone();
        async move {
            if let Some(text) = first {
                return Some((frame(text), (None, state)));
            }
            let (piece, state) = next(state?).await?;
            Some((frame(piece.text), (None, (!piece.last).then_some(state))))
        }
    });
    streamed(StreamBody::new(events).boxed_unsync())
}

#[expect(clippy::unnecessary_wraps, reason = "has the shape of a body's item")]
fn frame(text: String) -> Result<Frame<Bytes>, Infallible> {
    Ok(Frame::data(Bytes::from(text)))
}

/// Where a standing stream of a session is.
pub(crate) struct Standing {
    pub(crate) world: Arc<State>,
    pub(crate) session: String,
    pub(crate) place: Place,
    pub(crate) moved: watch::Receiver<()>,
    /// Given back when the stream ends.
    pub(crate) _room: OwnedSemaphorePermit,
}

/// The standing stream of a GET: open until the session ends.
pub(crate) fn standing(first: String, at: Standing) -> Answer {
    follow(first, at, |mut at| async move {
        loop {
            let said = {
                let sessions = at.world.sessions();
                sessions.by_id(&at.session)?.after(at.place)
            };
            if let Some((place, _)) = said.last() {
                at.place = *place;
                let piece = Piece {
                    text: replay(said.into_iter()),
                    last: false,
                };
                return Some((piece, at));
            }
            if let Ok(moved) = tokio::time::timeout(HEARTBEAT, at.moved.changed()).await {
                moved.ok()?;
            } else {
                return Some((alive(), at));
            }
        }
    })
}

/// A stream that belongs to no session: it only stays open, until its credential ends.
pub(crate) fn silent(first: String, credential: &str, world: &State) -> Answer {
    let at = (credential.to_owned(), world.feed.subscribe());
    follow(first, at, |(credential, mut changes)| async move {
        loop {
            match tokio::time::timeout(HEARTBEAT, changes.recv()).await {
                Err(_) => return Some((alive(), (credential, changes))),
                Ok(Ok(Change::Ended { credential: ended })) if ended == credential => return None,
                Ok(Err(RecvError::Closed)) => return None,
                Ok(_) => {}
            }
        }
    })
}

/// Events with their ids.
pub(crate) fn replay(said: impl Iterator<Item = (Place, String)>) -> String {
    said.map(|(place, message)| event(&place.id(), &message))
        .collect()
}

/// A comment that keeps a quiet stream open.
pub(crate) fn alive() -> Piece {
    Piece {
        text: ALIVE.to_owned(),
        last: false,
    }
}

/// Messages as one finished stream of a session, which keeps them. `primed` puts an event with an id and no
/// data first (2025-11-25).
pub(crate) fn kept(session: &mut Session, messages: &[Value], primed: bool) -> Answer {
    let opened = session.open_stream();
    let mut text = if primed {
        priming(&opened.id())
    } else {
        String::new()
    };
    for message in messages {
        if let Some(place) = session.say(opened.stream, message.to_string()) {
            text.push_str(&event(&place.id(), &message.to_string()));
        }
    }
    streamed(answer::whole(text))
}

/// Messages as one finished stream without ids: nobody can come back to it.
pub(crate) fn finished(messages: &[Value]) -> Answer {
    let mut text = String::new();
    for message in messages {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "event: message\ndata: {message}\n\n");
    }
    streamed(answer::whole(text))
}

/// Messages whose ids begin anew with every stream, which only a defect sends.
pub(crate) fn counted(messages: &[Value]) -> Answer {
    let numbered = messages.iter().enumerate();
    let text: String = numbered
        .map(|(at, message)| event(&(at + 1).to_string(), &message.to_string()))
        .collect();
    streamed(answer::whole(text))
}

/// One message without an id.
pub(crate) fn message(message: &Value) -> String {
    format!("event: message\ndata: {message}\n\n")
}

fn event(id: &str, message: &str) -> String {
    format!("id: {id}\nevent: message\ndata: {message}\n\n")
}

/// An event that carries an id and nothing else; a client may resume from it.
pub(crate) fn priming(id: &str) -> String {
    format!("id: {id}\ndata: \n\n")
}

/// An answer whose one message is still being made, as an event or as JSON.
pub(crate) fn later(event: bool, said: impl Future<Output = Value> + Send + 'static) -> Answer {
    let body = stream::once(async move {
        let said = said.await;
        frame(if event { message(&said) } else { said.to_string() })
    });
    let body = StreamBody::new(body).boxed_unsync();
    if event {
        return streamed(body);
    }
    let mut answer = answer::typed(200, "application/json", "");
    *answer.body_mut() = body;
    answer
}

/// A finished stream of this text.
pub(crate) fn whole_stream(text: &str) -> Answer {
    streamed(answer::whole(text.to_owned()))
}

fn streamed(body: answer::Body) -> Answer {
    let mut answer = answer::typed(200, MEDIA_TYPE, "");
    *answer.body_mut() = body;
    // Proxies that buffer would hold events back (2026-07-28, receiving messages).
    let answer = answer::with(answer, "x-accel-buffering", "no");
    answer::with(answer, "cache-control", "no-store")
}
