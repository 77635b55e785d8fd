//! Event streams (WHATWG HTML §9.2.6), read as the bytes come and bounded in line and event size.
//!
//! As there: an event is what ends with an empty line and has at least one `data` field, even an empty one; an
//! unfinished event at the end of a stream is dropped. Other than there: `id` is the event's own, not the last
//! one seen.

use std::time::{Duration, Instant};

use super::{Limits, SseEvent};

/// A bound was crossed; the stream cannot be read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} of the event stream is larger than {limit} bytes")]
pub struct SseTooLarge {
    /// `a line` or `an event`.
    pub what: &'static str,
    /// Bytes.
    pub limit: usize,
}

/// Reads an event stream piece by piece; how it is cut into pieces makes no difference.
#[derive(Debug)]
pub struct SseParser {
    line_limit: usize,
    event_limit: usize,
    line: Vec<u8>,
    after_cr: bool,
    first_line: bool,
    lossy: bool,
    retry: Option<Duration>,
    open: Open,
}

/// The event being read.
#[derive(Debug, Default)]
struct Open {
    event: String,
    data: Option<String>,
    id: Option<String>,
    size: usize,
}

impl SseParser {
    /// At the beginning of a stream.
    pub fn new(limits: &Limits) -> Self {
        Self {
            line_limit: limits.sse_line_bytes,
            event_limit: limits.sse_event_bytes,
            line: Vec::new(),
            after_cr: false,
            first_line: true,
            lossy: false,
            retry: None,
            open: Open::default(),
        }
    }

    /// Reads `bytes`, which came at `at`, and appends the events they complete.
    pub fn push(&mut self, bytes: &[u8], at: Instant, events: &mut Vec<SseEvent>) -> Result<(), SseTooLarge> {
        let mut rest = bytes;
        while let Some(first) = rest.first() {
            if std::mem::take(&mut self.after_cr) && *first == b'\n' {
                rest = &rest[1..];
                continue;
            }
            let end = rest.iter().position(|b| matches!(b, b'\r' | b'\n'));
            let piece = &rest[..end.unwrap_or(rest.len())];
            if self.line.len() + piece.len() > self.line_limit {
                return Err(SseTooLarge {
                    what: "a line",
                    limit: self.line_limit,
                });
            }
            self.line.extend_from_slice(piece);
            let Some(end) = end else { break };
            self.after_cr = rest[end] == b'\r';
            rest = &rest[end + 1..];
            self.end_line(at, events)?;
        }
        Ok(())
    }

    /// The last `retry` field seen.
    pub fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// Bytes that are no UTF-8 were replaced by U+FFFD.
    pub fn was_lossy(&self) -> bool {
        self.lossy
    }

    /// Something of an event has been read and its end has not.
    pub fn is_inside_event(&self) -> bool {
        self.open.data.is_some() || !self.line.is_empty()
    }

    fn end_line(&mut self, at: Instant, events: &mut Vec<SseEvent>) -> Result<(), SseTooLarge> {
        let line = std::mem::take(&mut self.line);
        let mut bytes = line.as_slice();
        if std::mem::take(&mut self.first_line) {
            bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        }
        if bytes.is_empty() {
            events.extend(std::mem::take(&mut self.open).done(at));
        } else {
            self.open.size += bytes.len();
            if self.open.size > self.event_limit {
                return Err(SseTooLarge {
                    what: "an event",
                    limit: self.event_limit,
                });
            }
            let text = String::from_utf8_lossy(bytes);
            self.lossy |= matches!(text, std::borrow::Cow::Owned(_));
            self.field(&text);
        }
        self.line = line;
        self.line.clear();
        Ok(())
    }

    fn field(&mut self, line: &str) {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "event" => value.clone_into(&mut self.open.event),
            "data" => match &mut self.open.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                none => *none = Some(value.to_owned()),
            },
            "id" if !value.contains('\0') => self.open.id = Some(value.to_owned()),
            "retry" if value.bytes().all(|b| b.is_ascii_digit()) => {
                self.retry = value.parse().ok().map(Duration::from_millis).or(self.retry);
            }
            _ => {}
        }
    }
}

impl Open {
    fn done(self, at: Instant) -> Option<SseEvent> {
        let data = self.data?;
        let event = if self.event.is_empty() {
            "message".to_owned()
        } else {
            self.event
        };
        Some(SseEvent {
            event,
            data,
            id: self.id,
            at,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Seen = Vec<(String, String, Option<String>)>;

    fn read(pieces: &[&[u8]]) -> (Seen, SseParser, Option<SseTooLarge>) {
        let limits = Limits {
            sse_line_bytes: 64,
            sse_event_bytes: 100,
            ..Limits::default()
        };
        let (mut parser, mut events, at) = (SseParser::new(&limits), Vec::new(), Instant::now());
        let problem = pieces
            .iter()
            .find_map(|piece| parser.push(piece, at, &mut events).err());
        (
            events.into_iter().map(|e| (e.event, e.data, e.id)).collect(),
            parser,
            problem,
        )
    }

    #[test]
    fn streams() {
        type Events = &'static [(&'static str, &'static str, Option<&'static str>)];
        let table: &[(&[u8], Events)] = &[
            (b"data: a\n\n", &[("message", "a", None)]),
            (b"data:a\r\ndata:  b\r\n\r\n", &[("message", "a\n b", None)]),
            (
                b"event: x\rdata: a\r\rdata: b\r\r",
                &[("x", "a", None), ("message", "b", None)],
            ),
            (b"\xef\xbb\xbfdata: a\n\n", &[("message", "a", None)]),
            (b": ping\n\ndata\nid: 7\n\n", &[("message", "", Some("7"))]),
            (b"id: 7\nretry: 500\ndata:\n\n", &[("message", "", Some("7"))]),
            (b"event: x\nid: 7\n\ndata: a\n\n", &[("message", "a", None)]),
            (b"data: a\nid: 7\0\n\n", &[("message", "a", None)]),
            (
                b"data: {\"a\":\"b: c\"}\nother: x\n\n",
                &[("message", "{\"a\":\"b: c\"}", None)],
            ),
            (b"Data: a\n data: b\n\ndata: c\n", &[]),
            (b"data: \xff\n\n", &[("message", "\u{fffd}", None)]),
        ];
        for (bytes, wanted) in table {
            let (events, _, problem) = read(&[bytes]);
            let events: Vec<_> = events
                .iter()
                .map(|(e, d, i)| (e.as_str(), d.as_str(), i.as_deref()))
                .collect();
            assert_eq!(
                (events.as_slice(), problem),
                (*wanted, None),
                "{:?}",
                String::from_utf8_lossy(bytes)
            );
        }
    }

    #[test]
    fn what_else_it_saw() {
        assert_eq!(
            read(&[b"retry: 250\n\nretry: 1x\n\n"]).1.retry(),
            Some(Duration::from_millis(250))
        );
        assert!(read(&[b"data: \xff\n\n"]).1.was_lossy());
        assert!(!read(&["data: é\n\n".as_bytes()]).1.was_lossy());
        assert!(read(&[b"data: a\n"]).1.is_inside_event());
        assert!(!read(&[b"data: a\n\n: bye\n"]).1.is_inside_event());
    }

    #[test]
    fn bounds() {
        let line = SseTooLarge {
            what: "a line",
            limit: 64,
        };
        assert_eq!(read(&[&[b'x'; 64], b"\n"]).2, None);
        assert_eq!(read(&[&[b'x'; 64], b"x"]).2, Some(line));
        let event = SseTooLarge {
            what: "an event",
            limit: 100,
        };
        assert_eq!(read(&[&b"data: 1234\n".repeat(11)]).2, Some(event));
        assert_eq!(read(&[&b"data: 1234\n\n".repeat(11)]).2, None);
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(
            bytes in prop::collection::vec(prop::sample::select(b"data: id\xc3\xa9\r\n\n\r:x0\xef\xbb\xbf\0".to_vec()), 0..200),
            cuts in prop::collection::vec(0_usize..200, 0..10),
        ) {
            let mut cuts: Vec<usize> = cuts.into_iter().filter(|c| *c < bytes.len()).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|w| &bytes[w[0]..w[1]]).collect();
            let (whole, pieced) = (read(&[&bytes]), read(&pieces));
            prop_assert_eq!(whole.0, pieced.0);
            prop_assert_eq!(whole.2, pieced.2);
            prop_assert_eq!(whole.1.retry(), pieced.1.retry());
        }

        #[test]
        fn total(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            read(&[&bytes]);
        }
    }
}
