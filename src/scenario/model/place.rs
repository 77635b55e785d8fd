//! Where something is written.

use std::fmt;
use std::sync::Arc;

/// A YAML file as it was read.
#[derive(Debug)]
pub struct SourceFile {
    /// Path as a person would type it: relative to the project, or `<shipped>/bearer/scheme.yaml`.
    pub path: String,
    /// The whole text.
    pub text: String,
}

/// A place in a file: 1-based line and column (in characters), and the length in characters.
#[derive(Clone)]
pub struct At {
    /// The file.
    pub file: Arc<SourceFile>,
    /// 1-based.
    pub line: u32,
    /// 1-based, in characters.
    pub column: u32,
    /// In characters; at least 1.
    pub len: u32,
}

impl At {
    /// The text of the line, without its line end.
    pub fn line_text(&self) -> &str {
        self.file
            .text
            .lines()
            .nth(self.line.saturating_sub(1) as usize)
            .unwrap_or("")
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file.path, self.line, self.column)
    }
}

impl fmt::Debug for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A value and where it was written.
#[derive(Debug, Clone)]
pub struct Spanned<T> {
    /// What.
    pub value: T,
    /// Where.
    pub at: At,
}
