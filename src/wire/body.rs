//! Takes in a body, whatever transport brings it: removes codings, reads events, keeps the bounds, and says when
//! enough was read.

use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::Value;

use super::coding::{Decoder, Stopped};
use super::sse::SseParser;
use super::{Cut, End, Ended, Limits, Read, Response, SseEvent, WireError, json};

/// The part of an answer before its body.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) version: String,
    pub(super) status: u16,
    pub(super) reason: String,
    pub(super) headers: Vec<(String, Vec<u8>)>,
}

/// Whether to read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    More,
    Stop(Cut),
}

/// A body being read.
pub(super) struct Intake {
    response: Response,
    body: Vec<u8>,
    decoders: Vec<Decoder>,
    stream: Option<SseParser>,
    read: Read,
    limits: Limits,
    /// When the head had come.
    opened: Instant,
    /// When the awaited JSON-RPC response had come.
    answered: Option<Instant>,
}

/// A server ends its stream right after the response ("Sending Messages to the Server"): waiting that long for the
/// end keeps the connection usable, and shows a second answer.
const LINGER: Duration = Duration::from_millis(50);

impl Intake {
    pub(super) fn new(head: Head, read: &Read, limits: &Limits) -> Self {
        let Head {
            version,
            status,
            reason,
            headers,
        } = head;
        let response = Response {
            version,
            status,
            reason,
            headers,
            ..Response::default()
        };
        let mut intake = Self {
            stream: response.is_event_stream().then(|| SseParser::new(limits)),
            response,
            body: Vec::new(),
            decoders: Vec::new(),
            read: read.clone(),
            limits: *limits,
            opened: Instant::now(),
            answered: None,
        };
        intake.prepare_decoders();
        if let Read::Live(tap) = &intake.read {
            tap.head(&intake.response);
        }
        intake
    }

    /// When to stop although more may come.
    fn stop_at(&self) -> Option<Instant> {
        match self.read {
            // From the head on: how far away the server is does not shorten what is read of it.
            Read::For(time) | Read::Events { within: time, .. } if self.stream.is_some() => {
                self.opened.checked_add(time)
            }
            Read::UntilRpc(_) => self.answered?.checked_add(LINGER),
            _ => None,
        }
    }

    /// How long to read on, and what it means when that time is over.
    pub(super) fn end(&self, budget: &Budget) -> (tokio::time::Instant, Cut) {
        let deadline = budget.deadline();
        match self.stop_at().map(tokio::time::Instant::from_std) {
            Some(stop) if stop < deadline => (stop, Cut::Enough),
            _ => (deadline, budget.cut()),
        }
    }

    pub(super) fn note(&mut self, note: impl Into<String>) {
        self.response.notes.push(note.into());
    }

    pub(super) fn push(&mut self, bytes: &[u8], at: Instant) -> Result<Next, WireError> {
        if self.decoders.is_empty() {
            return Ok(self.plain(bytes, at));
        }
        // In small pieces: between codings only one piece's worth is held.
        for piece in bytes.chunks(1 << 10) {
            if let Next::Stop(cut) = self.coded(piece, at)? {
                return Ok(Next::Stop(cut));
            }
        }
        Ok(Next::More)
    }

    /// The answer, read to its end or to the cut.
    pub(super) fn finish(mut self, cut: Option<Cut>) -> Response {
        // Whatever happened after the awaited answer does not matter.
        let cut = if self.answered.is_some() {
            cut.map(|_| Cut::Enough)
        } else {
            cut
        };
        if cut.is_none() {
            for decoder in self.decoders.iter_mut().rev() {
                if !decoder.is_complete() {
                    self.response
                        .notes
                        .push(format!("the {} data ends early", decoder.name()));
                }
            }
        }
        if let Some(stream) = &self.stream {
            self.response.retry = stream.retry();
            if stream.was_lossy() {
                self.response
                    .notes
                    .push("the event stream is not valid UTF-8".to_owned());
            }
            if cut != Some(Cut::Enough) && stream.is_inside_event() {
                self.response
                    .notes
                    .push("the event stream ends inside an event, which is dropped".to_owned());
            }
        }
        if self.stream.is_some() {
            self.response.ended = end_of(cut).map(|how| Ended {
                how,
                at: Instant::now(),
            });
        }
        self.response.body = Bytes::from(self.body);
        self.response.cut = cut;
        self.response
    }

    fn prepare_decoders(&mut self) {
        let codings: Vec<String> = self
            .response
            .header_values("content-encoding")
            .flat_map(|v| {
                String::from_utf8_lossy(v)
                    .split(',')
                    .map(|c| c.trim().to_owned())
                    .collect::<Vec<_>>()
            })
            .filter(|c| !c.is_empty() && !c.eq_ignore_ascii_case("identity"))
            .collect();
        if codings.len() > 3 {
            self.note("more than three content codings; the body is left as it came");
            return;
        }
        match codings.iter().map(|c| Decoder::new(c)).collect() {
            Some(decoders) => self.decoders = decoders,
            None => self.note(format!(
                "unknown content coding {}; the body is left as it came",
                codings.join(", ")
            )),
        }
    }

    /// The coding applied last is the last one named.
    fn coded(&mut self, piece: &[u8], at: Instant) -> Result<Next, WireError> {
        let room = self.limits.body_bytes.saturating_sub(self.body.len());
        let mut bytes = piece.to_vec();
        let mut full = false;
        for decoder in self.decoders.iter_mut().rev() {
            let mut out = Vec::new();
            match decoder.push(&bytes, room, &mut out) {
                Ok(()) => {}
                Err(Stopped::Full) => full = true,
                Err(Stopped::Broken(why)) => {
                    let what = format!("the body is not {} as announced: {why}", decoder.name());
                    return Err(WireError::Malformed { what });
                }
            }
            bytes = out;
        }
        let next = self.plain(&bytes, at);
        Ok(if full && next == Next::More {
            Next::Stop(self.full())
        } else {
            next
        })
    }

    fn plain(&mut self, bytes: &[u8], at: Instant) -> Next {
        let room = self.limits.body_bytes.saturating_sub(self.body.len());
        let fitting = &bytes[..bytes.len().min(room)];
        self.body.extend_from_slice(fitting);
        if let Some(stream) = &mut self.stream {
            let seen = self.response.events.len();
            let pushed = stream.push(fitting, at, &mut self.response.events);
            if let Read::UntilRpc(id) = &self.read
                && self.response.events[seen..].iter().any(|e| answers(e, id))
            {
                self.answered.get_or_insert(at);
            }
            if let Read::Live(tap) = &self.read {
                tap.events(&self.response.events[seen..]);
            }
            if let Read::Events { most, .. } = self.read
                && self.response.events.len() >= most
            {
                // What came in the same piece was not waited for.
                self.response.events.truncate(most);
                return Next::Stop(Cut::Enough);
            }
            if let Err(too_large) = pushed {
                self.response.notes.push(too_large.to_string());
                return Next::Stop(Cut::Size(too_large.limit as u64));
            }
            if self.response.events.len() > self.limits.sse_events {
                self.response.events.truncate(self.limits.sse_events);
                self.response
                    .notes
                    .push(format!("more than {} events", self.limits.sse_events));
                return Next::Stop(Cut::Size(self.body.len() as u64));
            }
        }
        if fitting.len() < bytes.len() {
            Next::Stop(self.full())
        } else {
            Next::More
        }
    }

    fn full(&self) -> Cut {
        Cut::Size(self.limits.body_bytes as u64)
    }
}

/// How an event stream ended that was read up to this cut; `None`: it was left open.
fn end_of(cut: Option<Cut>) -> Option<End> {
    match cut {
        None => Some(End::Ended),
        Some(Cut::Short) => Some(End::Broken),
        Some(Cut::Size(limit)) => Some(End::Unread(format!("reading stopped after {limit} bytes"))),
        Some(Cut::Enough | Cut::Time(_)) => None,
    }
}

/// Whether an event is, or has in its batch, the JSON-RPC response to `id`.
fn answers(event: &SseEvent, id: &Value) -> bool {
    let is_it =
        |v: &Value| v.get("id") == Some(id) && (v.get("result").is_some() || v.get("error").is_some());
    match json::parse_bounded(event.data.as_bytes(), json::MAX_DEPTH) {
        Ok(Value::Array(batch)) => batch.iter().any(is_it),
        Ok(value) => is_it(&value),
        Err(_) => false,
    }
}

/// The time of one exchange.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    pub(super) start: Instant,
    pub(super) total: Duration,
}

impl Budget {
    pub(super) fn new(total: Duration) -> Self {
        Self {
            start: Instant::now(),
            total,
        }
    }

    /// A year stands for never.
    pub(super) fn deadline(&self) -> tokio::time::Instant {
        let total = self.total.min(Duration::from_hours(365 * 24));
        tokio::time::Instant::from_std(self.start + total)
    }

    pub(super) fn timeout(&self, phase: &'static str) -> WireError {
        WireError::Timeout {
            phase,
            after: self.total,
        }
    }

    pub(super) fn cut(&self) -> Cut {
        Cut::Time(self.total)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn intake(headers: &[(&str, &str)], read: &Read) -> Intake {
        let headers = headers
            .iter()
            .map(|(n, v)| ((*n).to_owned(), v.as_bytes().to_vec()))
            .collect();
        let head = Head {
            version: "HTTP/1.1".to_owned(),
            status: 200,
            reason: String::new(),
            headers,
        };
        Intake::new(
            head,
            read,
            &Limits {
                body_bytes: 100,
                sse_events: 3,
                ..Limits::default()
            },
        )
    }

    const STREAM: (&str, &str) = ("Content-Type", "Text/Event-Stream; charset=utf-8");

    #[test]
    fn stops_at_the_answer() {
        let stops = |data: &str| {
            let mut body = intake(&[STREAM], &Read::UntilRpc(json!(7)));
            let now = Instant::now();
            body.push(format!("data: {data}\n\n").as_bytes(), now)
                .expect("no coding");
            body.stop_at().is_some()
        };
        for other in [
            r#"{"id":7,"method":"x"}"#,
            r#"{"id":"7","result":1}"#,
            "",
            "nonsense",
            "[]",
        ] {
            assert!(!stops(other), "{other}");
        }
        for answer in [
            r#"{"id":7,"result":null}"#,
            r#"[{"method":"x"},{"id":7,"error":{}}]"#,
        ] {
            assert!(stops(answer), "{answer}");
        }
    }

    #[test]
    fn stops_at_the_bounds() {
        let now = Instant::now();
        let mut body = intake(&[], &Read::Whole);
        assert_eq!(body.push(&[0; 100], now), Ok(Next::More));
        assert_eq!(body.push(&[0; 1], now), Ok(Next::Stop(Cut::Size(100))));
        assert_eq!(body.finish(None).body.len(), 100);
        let mut stream = intake(&[STREAM], &Read::Whole);
        assert_eq!(
            stream.push(&b"data:\n\n".repeat(4), now),
            Ok(Next::Stop(Cut::Size(28)))
        );
    }

    #[test]
    fn unknown_codings_are_left() {
        let mut body = intake(&[("content-encoding", "gzip, zstd")], &Read::Whole);
        assert_eq!(body.push(b"raw", Instant::now()), Ok(Next::More));
        let response = body.finish(None);
        assert_eq!(&response.body[..], b"raw");
        insta::assert_snapshot!(response.notes.join("\n"), @"unknown content coding gzip, zstd; the body is left as it came");
    }

    #[test]
    fn only_streams_are_stopped_by_the_clock() {
        let read = Read::For(Duration::from_secs(1));
        assert_eq!(intake(&[], &read).stop_at(), None);
        assert!(intake(&[STREAM], &read).stop_at().is_some());
    }

    #[test]
    fn so_many_events_are_enough() {
        let within = Duration::from_secs(5);
        let mut body = intake(&[STREAM], &Read::Events { most: 2, within });
        let now = Instant::now();
        assert_eq!(body.push(b": alive\n\ndata: one\n\n", now), Ok(Next::More));
        assert!(body.stop_at().is_some());
        assert_eq!(body.push(b"data: two\n\n", now), Ok(Next::Stop(Cut::Enough)));
    }
}
