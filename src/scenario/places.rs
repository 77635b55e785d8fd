//! Byte offsets of a file into lines and columns. Pure.

use std::cell::Cell;
use std::sync::Arc;

use super::model::{At, SourceFile};

/// Byte offsets into places.
pub(super) struct Places<'f> {
    pub(super) file: &'f Arc<SourceFile>,
    line_starts: Vec<usize>,
    /// Line, byte and column of the last place: keeps counting linear in files of one long line.
    last: Cell<(usize, usize, u32)>,
}

impl<'f> Places<'f> {
    pub(super) fn new(file: &'f Arc<SourceFile>) -> Self {
        let breaks = file
            .text
            .bytes()
            .enumerate()
            .filter(|(_, byte)| *byte == b'\n')
            .map(|(at, _)| at + 1);
        let line_starts = std::iter::once(0).chain(breaks).collect();
        Self {
            file,
            line_starts,
            last: Cell::new((0, 0, 1)),
        }
    }

    /// The place of `len` bytes at `start`, cut at the end of the line.
    pub(super) fn at(&self, start: usize, len: usize) -> At {
        let text = &self.file.text;
        let mut start = start.min(text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let line = self
            .line_starts
            .partition_point(|first| *first <= start)
            .saturating_sub(1);
        let (last_line, last_start, last_column) = self.last.get();
        let (from, column) = if last_line == line && last_start <= start {
            (last_start, last_column)
        } else {
            (self.line_starts[line], 1)
        };
        let column = column + count(&text[from..start]);
        self.last.set((line, start, column));
        let mut end = start.saturating_add(len).min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let own_line = text[start..end].lines().next().unwrap_or("");
        let line = u32::try_from(line).unwrap_or(u32::MAX).saturating_add(1);
        At {
            file: Arc::clone(self.file),
            line,
            column,
            len: count(own_line).max(1),
        }
    }

    /// The place of a 1-based line and column, one character long.
    pub(super) fn of_line(&self, line: usize, column: usize) -> At {
        let line = line.clamp(1, self.line_starts.len());
        let text = self.file.text.get(self.line_starts[line - 1]..).unwrap_or("");
        let text = text.lines().next().unwrap_or("");
        let offset = text
            .char_indices()
            .nth(column.saturating_sub(1))
            .map_or(text.len(), |(at, _)| at);
        self.at(self.line_starts[line - 1] + offset, 1)
    }
}

fn count(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}
