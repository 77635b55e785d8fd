//! One call: bytes out, answer in, verified.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::FastConnection;
use super::chunks::Chunks;
use super::events::{self, Cursor};
use super::head::{self, Framing, Head};
use crate::load::meter::Class;
use crate::load::transport::{Answered, Expected, FIRST_ID, Request, Seen, Trouble, Verdict, Watch, verify};

/// How long the end of a stream is waited for once its answer has come. Behind it the connection is not used again.
const LINGER: Duration = Duration::from_secs(1);

pub(super) async fn call(
    connection: &mut FastConnection,
    request: &Request<'_>,
    watch: &dyn Watch,
) -> Answered {
    request
        .template
        .render(request.lines, request.number, &mut connection.out);
    connection.buffer.clear();
    let mut reading = Reading::new(connection, request, watch);
    let trouble = match reading.write().await {
        Ok(()) => reading.read().await.err(),
        Err(trouble) => Some(trouble),
    };
    reading.answered(trouble)
}

/// A call under way.
struct Reading<'a> {
    connection: &'a mut FastConnection,
    watch: &'a dyn Watch,
    id: u64,
    expected: Expected,
    deadline: Instant,
    sent: Instant,
    status: u16,
    first_event: Option<Instant>,
    /// What the answer is counted as, and when it had come.
    answer: Option<(Class, Instant)>,
    why: Option<&'static str>,
    /// Bytes stand behind the end of the answer. They belong to nothing, and so does what follows them.
    surplus: bool,
    reusable: bool,
}

impl<'a> Reading<'a> {
    fn new(connection: &'a mut FastConnection, request: &Request<'_>, watch: &'a dyn Watch) -> Self {
        Self {
            connection,
            watch,
            id: FIRST_ID + request.number,
            expected: request.template.expected(),
            deadline: request.begin + request.patience,
            sent: request.begin,
            status: 0,
            first_event: None,
            answer: None,
            why: None,
            surplus: false,
            reusable: false,
        }
    }

    async fn write(&mut self) -> Result<(), Trouble> {
        let FastConnection {
            stream, out, alarm, ..
        } = &mut *self.connection;
        let deadline = self.deadline;
        let mut write = pin!(async {
            stream.write_all(out).await?;
            stream.flush().await
        });
        poll_fn(|cx| match write.as_mut().poll(cx) {
            Poll::Ready(done) => Poll::Ready(done.map_err(|error| lost(&error, false))),
            Poll::Pending => alarm
                .poll(cx, deadline)
                .map(|()| Err(Trouble::new(Class::Timeout, "the request was not taken in time"))),
        })
        .await
    }

    /// Reads more; the number of bytes, zero at the end.
    async fn more(&mut self) -> Result<usize, Trouble> {
        let FastConnection {
            stream,
            buffer,
            alarm,
            limits,
            ..
        } = &mut *self.connection;
        if buffer.len() > limits.head + limits.body {
            return Err(too_large());
        }
        let begun = !buffer.is_empty();
        // Grows by doubling, so that a large answer costs few reads and a small one little memory.
        if buffer.capacity() - buffer.len() < 1 << 10 {
            buffer.reserve(4 << 10);
        }
        let deadline = self.deadline;
        let mut read = pin!(stream.read_buf(buffer));
        poll_fn(|cx| match read.as_mut().poll(cx) {
            Poll::Ready(done) => Poll::Ready(done.map_err(|error| lost(&error, begun))),
            Poll::Pending => alarm.poll(cx, deadline).map(|()| Err(late(begun))),
        })
        .await
    }

    /// As [`Reading::more`], where the end is no answer.
    async fn need(&mut self) -> Result<(), Trouble> {
        let begun = !self.connection.buffer.is_empty();
        match self.more().await? {
            0 => Err(closed(begun)),
            _ => Ok(()),
        }
    }

    async fn read(&mut self) -> Result<(), Trouble> {
        let head = self.head().await?;
        self.status = head.status;
        let whole = if head.events && head.status == 200 && self.expected == Expected::Rpc {
            self.stream(&head).await?
        } else {
            let end = self.body(&head).await?;
            if end - head.end > self.connection.limits.body {
                return Err(too_large());
            }
            let now = Instant::now();
            let decided = self.decided(head.status);
            let class = self.judge(&head, head.end..end, decided);
            // A message of the server's own is no answer where only one can come.
            let class = class.unwrap_or_else(|| {
                self.why = Some("the body is a request or a notification");
                Class::Malformed
            });
            self.answer = Some((class, now));
            true
        };
        self.reusable = whole && head.persists && !self.surplus && head.framing != Framing::Close;
        Ok(())
    }

    /// Interim answers are passed over (RFC 9110 §15.2).
    async fn head(&mut self) -> Result<Head, Trouble> {
        loop {
            self.need().await?;
            while let Some(head) = head::parse(&self.connection.buffer)? {
                match head.status {
                    101 => return Err(Trouble::new(Class::Status, "the peer switched protocols")),
                    100..=199 => drop(self.connection.buffer.drain(..head.end)),
                    _ => return Ok(head),
                }
            }
            if self.connection.buffer.len() > self.connection.limits.head {
                let why = "the head of the answer is larger than is read";
                return Err(Trouble::new(Class::Malformed, why));
            }
        }
    }

    /// Reads the whole body; where it ends.
    async fn body(&mut self, head: &Head) -> Result<usize, Trouble> {
        match head.framing {
            Framing::Length(length) => self.sized(head.end, length).await,
            Framing::Chunked => {
                let mut chunks = Chunks::new(head.end);
                loop {
                    self.decode(&mut chunks)?;
                    if chunks.is_done() {
                        self.surplus |= chunks.left(&self.connection.buffer);
                        return Ok(chunks.end);
                    }
                    self.need().await?;
                }
            }
            Framing::Close => {
                while self.more().await? > 0 {}
                Ok(self.connection.buffer.len())
            }
        }
    }

    async fn sized(&mut self, start: usize, length: usize) -> Result<usize, Trouble> {
        if length > self.connection.limits.body {
            return Err(too_large());
        }
        let end = start + length;
        self.connection
            .buffer
            .reserve(end.saturating_sub(self.connection.buffer.len()));
        while self.connection.buffer.len() < end {
            self.need().await?;
        }
        self.surplus |= self.connection.buffer.len() > end;
        Ok(end)
    }

    fn decode(&mut self, chunks: &mut Chunks) -> Result<(), Trouble> {
        let limits = self.connection.limits;
        chunks.decode(&mut self.connection.buffer, limits.head)?;
        Ok(())
    }

    /// Reads events until the answer is among them, then to the end of the stream; whether that was seen.
    async fn stream(&mut self, head: &Head) -> Result<bool, Trouble> {
        let mut chunks = Chunks::new(head.end);
        let mut cursor = Cursor::default();
        loop {
            let (end, done) = match head.framing {
                Framing::Chunked => {
                    self.decode(&mut chunks)?;
                    (chunks.end, chunks.is_done())
                }
                Framing::Length(length) => {
                    let end = self.connection.buffer.len().min(head.end + length);
                    (end, end == head.end + length)
                }
                Framing::Close => (self.connection.buffer.len(), false),
            };
            self.events(head, &mut cursor, end, done);
            if done {
                self.surplus |= match head.framing {
                    Framing::Chunked => chunks.left(&self.connection.buffer),
                    _ => self.connection.buffer.len() > end,
                };
                return self.over(true);
            }
            match self.more().await {
                Ok(0) if head.framing == Framing::Close => return self.over(false),
                Ok(0) => return self.over(false).map_err(|_| closed(true)),
                Ok(_) => {}
                // The answer has come; only the end of its stream has not.
                Err(_) if self.answer.is_some() => return Ok(false),
                Err(trouble) => return Err(trouble),
            }
        }
    }

    /// The stream has ended.
    fn over(&self, whole: bool) -> Result<bool, Trouble> {
        match self.answer {
            Some(_) => Ok(whole),
            None => Err(Trouble::new(
                Class::Cut,
                "the event stream ended without the answer",
            )),
        }
    }

    fn events(&mut self, head: &Head, cursor: &mut Cursor, end: usize, done: bool) {
        let mut read = None;
        // Offsets in here count from the beginning of the body.
        while let Some(event) = events::next(&mut self.connection.buffer[head.end..end], cursor, done) {
            let Some(data) = event.data.filter(|data| !data.is_empty()) else {
                continue;
            };
            let now = *read.get_or_insert_with(Instant::now);
            self.first_event.get_or_insert(now);
            self.event(head, head.end + data.start..head.end + data.end, now);
        }
    }

    fn event(&mut self, head: &Head, data: std::ops::Range<usize>, now: Instant) {
        let Some(class) = self.judge(head, data, None) else {
            return;
        };
        if self.answer.is_some() {
            // Answered twice: whoever waits for one answer would take either.
            self.why = Some("the request was answered more than once");
            self.answer = Some((Class::Malformed, now));
            return;
        }
        self.answer = Some((class, now));
        self.deadline = self.deadline.min(now + LINGER);
    }

    /// What the status alone decides.
    fn decided(&self, status: u16) -> Option<Class> {
        match (self.expected, status) {
            (Expected::Rpc, _) => Class::of_status(status),
            (_, 200..=299) => Some(Class::Ok),
            _ => Some(Class::of_status(status).unwrap_or(Class::Status)),
        }
    }

    /// What a body or an event is counted as; `None`: it is no answer, and nothing is wrong with it.
    fn judge(&mut self, head: &Head, body: std::ops::Range<usize>, decided: Option<Class>) -> Option<Class> {
        let buffer = &self.connection.buffer;
        let body = &buffer[body];
        let verdict = match decided {
            Some(class) => Verdict::Answer(class),
            None => verify(body, self.id),
        };
        let class = match verdict {
            Verdict::Answer(class) => Some(class),
            Verdict::Aside => None,
            Verdict::Wrong(class, why) => {
                self.why = Some(why);
                Some(class)
            }
        };
        let seen = Seen {
            status: head.status,
            head: &buffer[..head.end],
            body,
            class: class.unwrap_or(Class::Ok),
        };
        self.watch.see(&seen).or(class)
    }

    fn answered(self, trouble: Option<Trouble>) -> Answered {
        let bytes = self.connection.buffer.len() as u64;
        let (class, ended) = match (&trouble, self.answer) {
            (Some(trouble), _) => (trouble.class, Instant::now()),
            (None, Some(answer)) => answer,
            (None, None) => (Class::Malformed, Instant::now()),
        };
        Answered {
            class,
            status: self.status,
            sent: self.sent,
            first_event: self.first_event,
            ended,
            bytes,
            reusable: self.reusable && trouble.is_none(),
            trouble: trouble.or_else(|| self.why.map(|why| Trouble::new(class, why))),
        }
    }
}

/// What a failing socket means: `begun` is whether any of the answer had come.
fn lost(error: &io::Error, begun: bool) -> Trouble {
    let class = if begun { Class::Cut } else { Class::Reset };
    Trouble::new(class, error.to_string())
}

fn closed(begun: bool) -> Trouble {
    if begun {
        Trouble::new(Class::Cut, "the peer closed the connection within the answer")
    } else {
        Trouble::new(Class::Reset, "the peer closed the connection without an answer")
    }
}

fn too_large() -> Trouble {
    Trouble::new(Class::Malformed, "the answer is larger than is read")
}

fn late(begun: bool) -> Trouble {
    let why = if begun {
        "the answer was not complete in time"
    } else {
        "no answer in time"
    };
    Trouble::new(Class::Timeout, why)
}
