//! Cuts a rule file into its records by the shape of the lines, without parsing YAML.
//!
//! A record starts at `  - id: NAME` and ends before the next one; `status` and `aliases` are read from their lines.
//! What stands before a record becomes empty lines, so that every place keeps its line and column.

use std::ops::Range;
use std::sync::Arc;

use super::catalogue::Family;
use super::rule::Status;
use crate::scenario::model::{At, SourceFile};

const START: &str = "  - id:";

/// A record as the index knows it.
#[derive(Debug)]
pub(super) struct Entry {
    /// `BEARER-08`.
    pub(super) id: String,
    /// Other ids.
    pub(super) aliases: Vec<String>,
    /// Absent or unknown counts as live, so that the decoder sees it and complains.
    pub(super) status: Status,
    file: Arc<SourceFile>,
    bytes: Range<usize>,
    line: u32,
}

impl Entry {
    /// Where the record starts.
    pub(super) fn at(&self) -> At {
        At {
            file: Arc::clone(&self.file),
            line: self.line,
            column: 5,
            len: 2,
        }
    }

    /// The file with nothing but this record: a list of one.
    pub(super) fn alone(&self) -> Arc<SourceFile> {
        let mut text = "\n".repeat(self.line.saturating_sub(1) as usize);
        text.push_str(&self.file.text[self.bytes.clone()]);
        Arc::new(SourceFile {
            path: self.file.path.clone(),
            text,
        })
    }
}

/// The records of a file, in order.
pub(super) fn entries(file: &Arc<SourceFile>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut offset = 0;
    for (number, line) in (1u32..).zip(file.text.split_inclusive('\n')) {
        if let Some(id) = line.strip_prefix(START) {
            if let Some(last) = entries.last_mut() {
                last.bytes.end = offset;
            }
            entries.push(Entry {
                id: scalar(id).to_owned(),
                aliases: Vec::new(),
                status: Status::Live,
                file: Arc::clone(file),
                bytes: offset..file.text.len(),
                line: number,
            });
        } else if let Some(entry) = entries.last_mut() {
            if let Some(status) = line.strip_prefix("    status:") {
                entry.status = Status::parse(scalar(status)).unwrap_or(Status::Live);
            } else if let Some(aliases) = line.strip_prefix("    aliases:") {
                entry.aliases = flow_list(scalar(aliases));
            }
        }
        offset += line.len();
    }
    entries
}

/// The file's `family` and `title`, read from the lines before the first record.
pub(super) fn heading(file: &SourceFile) -> Family {
    let head = || file.text.lines().take_while(|line| !line.starts_with(START));
    let value = |key: &str| {
        head()
            .find_map(|line| line.strip_prefix(key))
            .map_or("", scalar)
            .to_owned()
    };
    Family {
        id: value("family:"),
        title: value("title:"),
    }
}

fn scalar(text: &str) -> &str {
    let text = text.trim();
    let text = text.find(" #").map_or(text, |comment| text[..comment].trim_end());
    text.trim_matches(['"', '\''])
}

fn flow_list(text: &str) -> Vec<String> {
    let inner = text.trim_start_matches('[').trim_end_matches(']');
    inner
        .split(',')
        .map(|item| scalar(item).to_owned())
        .filter(|item| !item.is_empty())
        .collect()
}
