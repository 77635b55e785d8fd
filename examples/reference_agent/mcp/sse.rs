//! Event streams (WHATWG HTML §9.2.6).

use std::time::Duration;

/// One event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) data: String,
}

/// Reads pieces of a stream as they come.
#[derive(Debug, Default)]
pub(super) struct Events {
    line: Vec<u8>,
    after_cr: bool,
    data: Vec<String>,
    pending_id: Option<String>,
    /// The last id that came with a whole event.
    pub(super) last_id: Option<String>,
    /// How long the server wants its clients to wait before they come back.
    pub(super) retry: Option<Duration>,
}

impl Events {
    /// The events that end in this piece.
    pub(super) fn push(&mut self, piece: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        for byte in piece {
            match byte {
                b'\n' if self.after_cr => {}
                b'\n' | b'\r' => {
                    let line = String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned();
                    events.extend(self.take(&line));
                }
                byte => self.line.push(*byte),
            }
            self.after_cr = *byte == b'\r';
        }
        events
    }

    /// Another connection begins: what was half there belongs to the one that is gone.
    pub(super) fn reconnect(&mut self) {
        *self = Self {
            last_id: self.last_id.take(),
            retry: self.retry,
            ..Self::default()
        };
    }

    fn take(&mut self, line: &str) -> Option<Event> {
        if line.is_empty() {
            if let Some(id) = self.pending_id.take() {
                self.last_id = Some(id);
            }
            let data = std::mem::take(&mut self.data).join("\n");
            return (!data.is_empty()).then_some(Event { data });
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => self.data.push(value.to_owned()),
            "id" if !value.contains('\0') => self.pending_id = Some(value.to_owned()),
            "retry" => self.retry = value.parse().ok().map(Duration::from_millis).or(self.retry),
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces() {
        let text =
            b"id: 1\nretry: 250\ndata:\n\n: hello\r\ndata: {\"a\":\r\ndata: 1}\r\nid: 2\r\n\r\ndata: cut";
        for size in [1, 3, text.len()] {
            let mut events = Events::default();
            let all: Vec<Event> = text.chunks(size).flat_map(|piece| events.push(piece)).collect();
            assert_eq!(
                all,
                [Event {
                    data: "{\"a\":\n1}".to_owned()
                }],
                "{size}"
            );
            assert_eq!(events.last_id.as_deref(), Some("2"));
            assert_eq!(events.retry, Some(Duration::from_millis(250)));
        }
    }
}
