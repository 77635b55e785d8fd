//! A conversation over HTTP+SSE (2024-11-05): the stream that a GET opened, and the address it named for messages.
//!
//! Every answer comes on the stream, so whoever asks notes where the stream was, POSTs, and waits. Nothing is ever sent
//! to an address of another origin than the stream's own.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::Value as Json;
use url::Url;

use crate::mcp::{self, NoEndpoint};
use crate::wire::{Cut, Exchange, HeaderLine, Listening, Read, Request, Wire};

/// An open stream and where messages go.
pub struct Link {
    /// Where to POST.
    pub post: Url,
    listening: Listening,
    /// Ids asked on this stream.
    asked: Mutex<BTreeSet<String>>,
}

/// Why there is no conversation.
pub struct NotOpen {
    /// What the GET came to.
    pub exchange: Box<Exchange>,
    /// What is wrong with the first event, where the stream was opened.
    pub why: Option<NoEndpoint>,
}

/// Where the stream was when a request went out.
pub struct Mark {
    seen: usize,
    since: Instant,
}

/// The GET that opens a stream; the caller adds credentials. `life`: of the stream.
pub fn opening(url: Url, mut headers: Vec<HeaderLine>, life: Duration) -> Request {
    let accept = HeaderLine::Field("Accept".to_owned(), b"text/event-stream".to_vec());
    headers.insert(0, accept);
    Request {
        method: "GET".to_owned(),
        url,
        target: None,
        headers,
        body: Bytes::new(),
        timeout: life,
        redirects: 0,
        read: Read::Whole,
    }
}

impl Link {
    /// Opens the stream and reads the address for messages, which is its first event.
    pub async fn open(
        wire: &Wire,
        request: &Request,
        patience: Duration,
    ) -> Result<(Self, Exchange), NotOpen> {
        let (listening, mut first) = wire
            .listen(request, patience)
            .await
            .map_err(|exchange| NotOpen { exchange, why: None })?;
        let named = match &first.response {
            Ok(response) if response.status == 200 => response.events.first(),
            _ => None,
        };
        let Some(event) = named else {
            return Err(NotOpen {
                exchange: Box::new(first),
                why: None,
            });
        };
        match mcp::endpoint(event, &request.url) {
            Ok(post) => Ok((
                Self {
                    post,
                    listening,
                    asked: Mutex::default(),
                },
                first,
            )),
            Err(why) => {
                if let Ok(response) = &mut first.response {
                    response.notes.push(why.to_string());
                }
                Err(NotOpen {
                    exchange: Box::new(first),
                    why: Some(why),
                })
            }
        }
    }

    /// Whether the server has ended the stream.
    pub fn is_over(&self) -> bool {
        self.listening.is_over()
    }

    /// A request with this id is about to go out.
    pub fn mark(&self, id: &Json) -> Mark {
        self.lock().insert(id.to_string());
        Mark {
            seen: self.listening.len(),
            since: Instant::now(),
        }
    }

    /// What the stream says to the request: waits for its answer, or, with `read`, for that long whatever comes.
    pub async fn hear(&self, mark: Mark, id: &Json, patience: Duration, read: Option<Duration>) -> Exchange {
        let answered = |event: &crate::wire::SseEvent| read.is_none() && mcp::reply_id(event, id);
        let time = read.map_or(patience, |read| read.min(patience));
        let cut = self.listening.wait(mark.seen, time, answered).await;
        let cut = match (cut, read) {
            (Some(Cut::Time(_)), Some(_)) => Some(Cut::Enough),
            (cut, _) => cut,
        };
        let asked = self.lock().clone();
        let events = mcp::share(self.listening.since(mark.seen), id, &asked);
        self.listening.piece(events, mark.since, cut)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The POST and what the stream said to it, as one account: status and fields are those of the POST, the body is what
/// came on the stream.
pub(super) fn joined(post: Exchange, heard: &Exchange) -> Exchange {
    let mut joined = post;
    if let (Ok(response), Ok(stream)) = (&mut joined.response, &heard.response) {
        response.body = stream.body.clone();
        response.events.clone_from(&stream.events);
        response.retry = stream.retry;
        response.cut = stream.cut;
        response.notes.push(format!(
            "the body is what came on the stream that {} opened",
            heard.request.line
        ));
    }
    joined.timing.end = joined.timing.end.max(heard.timing.end);
    joined.marks.extend(heard.marks.iter().cloned());
    joined
}
