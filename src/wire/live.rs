//! An event stream that stays open while other requests go out: read in the background, looked at as it grows.
//!
//! What comes is bounded like any other answer; reading ends with the handle. The exchanges made here are pieces of
//! one answer, each shown to whoever watches the network.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{Cut, End, Ended, Exchange, Read, Request, Response, Sent, SseEvent, Timing, Wire, WireError};

/// Where the events of one answer are told as they come.
#[derive(Debug, Clone)]
pub struct Tap(Arc<watch::Sender<Heard>>);

/// What has come of one answer.
#[derive(Debug, Default)]
struct Heard {
    /// Status and header fields, once they are there.
    head: Option<Response>,
    events: Vec<SseEvent>,
    /// The whole, once it is over.
    end: Option<Exchange>,
}

impl PartialEq for Tap {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Tap {
    /// The answer has begun.
    pub(super) fn head(&self, response: &Response) {
        let head = Response {
            version: response.version.clone(),
            status: response.status,
            reason: response.reason.clone(),
            headers: response.headers.clone(),
            ..Response::default()
        };
        self.0.send_modify(|heard| heard.head = Some(head));
    }

    /// These events came.
    pub(super) fn events(&self, new: &[SseEvent]) {
        if !new.is_empty() {
            self.0.send_modify(|heard| heard.events.extend_from_slice(new));
        }
    }
}

/// An open event stream. Dropping it closes the connection.
#[derive(Debug)]
pub struct Listening {
    wire: Wire,
    sent: Sent,
    opened: Instant,
    heard: watch::Receiver<Heard>,
    task: JoinHandle<()>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Wire {
    /// Sends a request whose answer is an event stream and waits for its first event, `patience` at the most; the
    /// request's own timeout bounds the life of the stream. `Err`: what came instead, an answer or nothing.
    pub async fn listen(
        &self,
        request: &Request,
        patience: Duration,
    ) -> Result<(Listening, Exchange), Box<Exchange>> {
        let listening = self.begin(request);
        let ready = |heard: &Heard| !heard.events.is_empty() || heard.end.is_some();
        let waited = listening.until(patience, ready).await;
        let (is_stream, begun, end) = listening.state();
        if let Some(end) = end.filter(|_| !is_stream || listening.is_empty()) {
            return Err(Box::new(self.show(end)));
        }
        let cut = if waited { Cut::Enough } else { Cut::Time(patience) };
        let first = if begun {
            listening.piece(
                listening.since(0).into_iter().take(1).collect(),
                listening.opened,
                Some(cut),
            )
        } else {
            listening.silent(patience)
        };
        if waited {
            Ok((listening, first))
        } else {
            Err(Box::new(first))
        }
    }

    /// The same, but open as soon as the head of an event stream has come: many streams are silent until something
    /// happens. `Err`: what came instead.
    pub async fn stream(
        &self,
        request: &Request,
        patience: Duration,
    ) -> Result<(Listening, Exchange), Box<Exchange>> {
        let listening = self.begin(request);
        let ready =
            |heard: &Heard| heard.end.is_some() || heard.head.as_ref().is_some_and(Response::is_event_stream);
        let waited = listening.until(patience, ready).await;
        let (is_stream, _, end) = listening.state();
        if is_stream {
            let first = listening.whole();
            return Ok((listening, first));
        }
        let exchange = match end {
            Some(end) => self.show(end),
            None if waited => listening.whole(),
            None => listening.silent(patience),
        };
        Err(Box::new(exchange))
    }

    /// Sends in the background and listens.
    fn begin(&self, request: &Request) -> Listening {
        let (tell, heard) = watch::channel(Heard::default());
        let tap = Tap(Arc::new(tell));
        let mut request = request.clone();
        request.read = Read::Live(tap.clone());
        let (sent, opened, wire) = (self.account(&request), Instant::now(), self.unwatched());
        let task = tokio::spawn(async move {
            let exchange = wire.send(&request).await;
            tap.0.send_modify(|heard| heard.end = Some(exchange));
        });
        Listening {
            wire: self.clone(),
            sent,
            opened,
            heard,
            task,
        }
    }
}

impl Listening {
    /// Waits until it is so; `false` when the time was over first.
    async fn until(&self, patience: Duration, ready: impl FnMut(&Heard) -> bool) -> bool {
        let mut heard = self.heard.clone();
        tokio::time::timeout(patience, heard.wait_for(ready))
            .await
            .is_ok()
    }

    /// Whether it is an event stream, whether its head has come, and the whole where it is over.
    fn state(&self) -> (bool, bool, Option<Exchange>) {
        let heard = self.heard.borrow();
        (
            heard.head.as_ref().is_some_and(Response::is_event_stream),
            heard.head.is_some(),
            heard.end.clone(),
        )
    }

    /// How many events have come.
    pub fn len(&self) -> usize {
        self.heard.borrow().events.len()
    }

    /// Whether nothing has come; never so once it is open.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The events that came after the first `seen`.
    pub fn since(&self, seen: usize) -> Vec<SseEvent> {
        self.heard
            .borrow()
            .events
            .get(seen..)
            .unwrap_or_default()
            .to_vec()
    }

    /// Whether the stream has ended.
    pub fn is_over(&self) -> bool {
        self.heard.borrow().end.is_some()
    }

    /// How it ended, if it has.
    pub fn ended(&self) -> Option<Ended> {
        let heard = self.heard.borrow();
        let end = heard.end.as_ref()?;
        match &end.response {
            Ok(response) => response.ended.clone(),
            Err(_) => Some(Ended {
                how: End::Broken,
                at: end.timing.end,
            }),
        }
    }

    /// Waits for something new beyond the first `seen` events, or the end.
    pub async fn changed(&self, seen: usize) {
        let mut heard = self.heard.clone();
        // It fails when the task is gone, and then nothing changes any more.
        let _ = heard
            .wait_for(|heard| heard.events.len() > seen || heard.end.is_some())
            .await;
    }

    /// Everything that has come so far, as one answer.
    pub fn whole(&self) -> Exchange {
        self.whole_since(0)
    }

    /// What has come after the first `seen` events, as one answer.
    pub fn whole_since(&self, seen: usize) -> Exchange {
        self.piece(self.since(seen), self.opened, None)
    }

    /// Ends the connection; nothing more is read.
    pub fn stop(&self) {
        self.task.abort();
    }

    /// Waits until an event after the first `seen` is the wanted one, the stream ends or the time is over; why reading
    /// stopped (`None`: at the end of the stream).
    pub async fn wait(
        &self,
        seen: usize,
        patience: Duration,
        wanted: impl Fn(&SseEvent) -> bool,
    ) -> Option<Cut> {
        let mut heard = self.heard.clone();
        let mut looked = seen;
        let mut found = false;
        let ready = |heard: &Heard| {
            found |= heard.events.iter().skip(looked).any(&wanted);
            looked = heard.events.len().max(looked);
            found || heard.end.is_some()
        };
        let in_time = tokio::time::timeout(patience, heard.wait_for(ready))
            .await
            .is_ok();
        if found {
            return Some(Cut::Enough);
        }
        if !in_time {
            return Some(Cut::Time(patience));
        }
        let heard = self.heard.borrow();
        let response = heard.end.as_ref().and_then(|end| end.response.as_ref().ok());
        response.and_then(|response| response.cut)
    }

    /// A piece of the stream as an answer of its own: these events, read since then.
    pub fn piece(&self, events: Vec<SseEvent>, since: Instant, cut: Option<Cut>) -> Exchange {
        let mut response = self.heard.borrow().head.clone().unwrap_or_default();
        let end = events.last().map_or_else(Instant::now, |event| event.at);
        response.body = written(&events);
        response
            .notes
            .push("a part of the stream, without its comments".to_owned());
        response.cut = cut;
        response.ended = self.ended();
        let end = response.ended.as_ref().map_or(end, |ended| ended.at.max(end));
        let first_byte = events.first().map(|event| event.at);
        response.events = events;
        self.wire.show(Exchange {
            request: self.sent.clone(),
            response: Ok(response),
            timing: Timing {
                start: since,
                first_byte,
                end: end.max(since),
            },
            connection: None,
            marks: Vec::new(),
        })
    }

    /// Nothing came at all.
    fn silent(&self, patience: Duration) -> Exchange {
        let error = WireError::Timeout {
            phase: "waiting for the header of the stream",
            after: patience,
        };
        self.wire.show(Exchange {
            request: self.sent.clone(),
            response: Err(error),
            timing: Timing {
                start: self.opened,
                first_byte: None,
                end: Instant::now(),
            },
            connection: None,
            marks: Vec::new(),
        })
    }
}

/// Events in their written form.
fn written(events: &[SseEvent]) -> Bytes {
    // Writing to a `String` cannot fail.
    let mut text = String::new();
    for event in events {
        if let Some(id) = &event.id {
            let _ = writeln!(text, "id: {id}");
        }
        let _ = writeln!(text, "event: {}", event.event);
        for line in event.data.split('\n') {
            let _ = writeln!(text, "data: {line}");
        }
        text.push('\n');
    }
    text.into()
}
