//! One line per request: who asked for what, and where the decision fell.
//!
//! Holds credential ids, never credential values; query values are dropped but for harmless names.

use std::collections::VecDeque;

use serde::Serialize;

/// Longest name of a member of a query.
const LONGEST_NAME: usize = 32;

/// Lines kept; older ones are counted, not kept.
const CAPACITY: usize = 4096;

/// One answered request.
#[derive(Debug, Clone, Serialize)]
pub struct JournalEntry {
    /// Running number, from 1.
    pub sequence: u64,
    /// Unix milliseconds on the world's clock.
    pub time_ms: i64,
    /// HTTP method.
    pub method: String,
    /// Path, with the names of query parameters but not their values.
    pub path: String,
    /// What was called: the JSON-RPC method, with the tool's name where there is one.
    pub call: Option<String>,
    /// Id of the credential that was recognised, whatever came of it.
    pub credential: Option<String>,
    /// HTTP status of the answer.
    pub status: u16,
    /// Where the decision fell: `route`, `header`, `credential`, `bucket`, `scope`, `object`, `protocol` or `done`.
    pub stopped: &'static str,
    /// Why, in a few words.
    pub reason: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Journal {
    lines: VecDeque<JournalEntry>,
    next: u64,
    pub(crate) evicted: u64,
}

impl Journal {
    pub(crate) fn record(&mut self, mut entry: JournalEntry) {
        self.next += 1;
        entry.sequence = self.next;
        if self.lines.len() == CAPACITY {
            self.lines.pop_front();
            self.evicted += 1;
        }
        self.lines.push_back(entry);
    }

    pub(crate) fn lines(&self) -> Vec<JournalEntry> {
        self.lines.iter().cloned().collect()
    }
}

/// At most so many characters of a text.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    text.chars().take(most).collect()
}

/// The path as the journal may keep it: parameter names stay, values go.
pub(crate) fn path_without_values(uri: &http::Uri) -> String {
    let path = shortened(uri.path(), 512);
    let Some(query) = uri.query() else { return path };
    let names: Vec<String> = url::form_urlencoded::parse(query.as_bytes())
        .take(16)
        .map(|(name, value)| {
            // A query that is one long word is a ticket.
            if value.is_empty() && name.len() > LONGEST_NAME {
                return "*".to_owned();
            }
            name.chars()
                .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
                .take(LONGEST_NAME)
                .collect()
        })
        .collect();
    format!("{path}?{}", names.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_values_are_dropped() {
        let uri: http::Uri = "/mcp/key?access_token=abc&x=1".parse().unwrap();
        assert_eq!(path_without_values(&uri), "/mcp/key?access_token&x");
    }

    #[test]
    fn the_ring_is_bounded_and_counts_what_it_loses() {
        let mut journal = Journal::default();
        for _ in 0..CAPACITY + 3 {
            journal.record(JournalEntry {
                sequence: 0,
                time_ms: 0,
                method: "GET".into(),
                path: "/".into(),
                call: None,
                credential: None,
                status: 200,
                stopped: "done",
                reason: None,
            });
        }
        assert_eq!((journal.lines().len(), journal.evicted), (CAPACITY, 3));
        assert_eq!(journal.lines()[0].sequence, 4);
    }
}
