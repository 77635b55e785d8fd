//! Reading a record or an event stream back, and writing them as text.

use super::{BY_REVISION, Event, Fold, Record, SCHEMA};
use serde::Deserialize;
use std::io::BufRead;

/// Why a record could not be read or made.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// It was written by a newer version.
    #[error("record schema {found} is newer than {known}, the newest this version reads: update hallmark")]
    NewerSchema {
        /// The schema of the file.
        found: u64,
        /// [`SCHEMA`].
        known: u32,
    },
    /// It is JSON, but no record.
    #[error("not a hallmark record: no `schema` number at its top")]
    NoSchema,
    /// It is no record.
    #[error("not a readable record: {0}")]
    Json(#[source] serde_json::Error),
    /// One line of a stream is no event.
    #[error("line {line} is not a readable event: {source}")]
    Event {
        /// Line of the stream, from 1.
        line: usize,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// The stream has no `run-started`.
    #[error("no run-started event: the stream does not begin with a run")]
    NoStart,
    /// The stream broke.
    #[error("event stream could not be read: {0}")]
    Read(#[from] std::io::Error),
}

/// Only the version, so that a newer record is refused for its version and not for its shape.
#[derive(Deserialize)]
struct Version {
    schema: Option<u64>,
}

impl Version {
    fn check(&self) -> Result<(), RecordError> {
        match self.schema {
            Some(found) if found > u64::from(SCHEMA) => {
                Err(RecordError::NewerSchema { found, known: SCHEMA })
            }
            Some(_) => Ok(()),
            None => Err(RecordError::NoSchema),
        }
    }
}

impl Record {
    /// Reads `record.json`.
    pub fn parse(bytes: &[u8]) -> Result<Record, RecordError> {
        let version: Version = serde_json::from_slice(bytes).map_err(RecordError::Json)?;
        version.check()?;
        let mut record: Record = serde_json::from_slice(bytes).map_err(RecordError::Json)?;
        if record.schema < BY_REVISION {
            for check in &mut record.checks {
                check.revision.clear();
            }
        }
        Ok(record)
    }

    /// Reads `events.ndjson`. A last line that breaks off without a line end is what a killed run leaves: it is
    /// ignored, and the record says that the run was cut short.
    pub fn from_events(mut reader: impl BufRead) -> Result<Record, RecordError> {
        let mut fold = Fold::default();
        let mut text = Vec::new();
        for line in 1.. {
            text.clear();
            if reader.read_until(b'\n', &mut text)? == 0 {
                break;
            }
            if text.trim_ascii().is_empty() {
                continue;
            }
            match read_event(&text) {
                Ok(event) => fold.take(event),
                Err(RecordError::Json(_)) if text.last() != Some(&b'\n') => break,
                Err(RecordError::Json(source)) => return Err(RecordError::Event { line, source }),
                Err(other) => return Err(other),
            }
        }
        fold.record()
    }

    /// The text of `record.json`: indented, one line end at its end.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        Ok(text)
    }
}

impl Event {
    /// One line of `events.ndjson`, line end included. Line ends inside texts are escaped, so it is one line.
    pub fn to_line(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut text = serde_json::to_vec(self)?;
        text.push(b'\n');
        Ok(text)
    }
}

fn read_event(line: &[u8]) -> Result<Event, RecordError> {
    let version: Version = serde_json::from_slice(line).map_err(RecordError::Json)?;
    if version.schema.is_some() {
        version.check()?;
    }
    serde_json::from_slice(line).map_err(RecordError::Json)
}
