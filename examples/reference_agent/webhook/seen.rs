//! What was worked on already. A delivery is noted when its work is done, and a sender that comes again, or comes thirty
//! times at once, has no second effect. What was done before a restart is read from the lines themselves.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

use crate::failure::Failure;
use crate::habits::{self, on};
use crate::lines::append;

pub(super) struct Seen {
    keys: Mutex<BTreeSet<String>>,
    file: PathBuf,
}

impl Seen {
    pub(super) fn open(file: PathBuf) -> Self {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let lines = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let keys = lines
            .filter_map(|line| line["id"].as_str().map(str::to_owned))
            .collect();
        Self {
            keys: Mutex::new(keys),
            file,
        }
    }

    /// Does the work of a delivery unless that was done.
    pub(super) async fn work_once(&self, key: &str, line: &Value) -> Result<(), Failure> {
        if on(habits::NO_DEDUPE) || on(habits::DEDUPE_BEFORE_VERIFY) {
            return append(&self.file, line);
        }
        if on(habits::DEDUPE_RACE) {
            if self.has(key) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
            append(&self.file, line)?;
            self.note(key);
            return Ok(());
        }
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.contains(key) {
            return Ok(());
        }
        append(&self.file, line)?;
        keys.insert(key.to_owned());
        Ok(())
    }

    /// Notes a key; whether it is new.
    pub(super) fn note(&self, key: &str) -> bool {
        self.keys
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key.to_owned())
    }

    fn has(&self, key: &str) -> bool {
        self.keys
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(key)
    }
}
