//! What is wrong with a file that a person wrote: code, place, sentence, help.
//!
//! Every room that reads YAML reports here, so that all problems of all files come out at once and look the same.
//! Nothing here decides whether a run starts; it counts and sorts. Drawing is in `render`.

use std::fmt;

use super::model::At;

/// How much a diagnostic weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// The file can be used and probably does not say what its author means.
    Warning,
}

/// One problem.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    /// Stable, kebab-case: `unknown-key`.
    pub code: &'static str,
    /// Error or warning.
    pub severity: Severity,
    /// One sentence in lower case, without a full stop.
    pub message: String,
    /// Where; `None` for a problem of a whole file that cannot be shown.
    pub at: Option<At>,
    /// What stands beside the caret; may be empty.
    pub label: String,
    /// What was expected, the corrected line, or a *did you mean*.
    pub help: Option<String>,
    /// The chain of files that led here, and other remarks.
    pub notes: Vec<String>,
}

impl Diagnostic {
    /// Sets what stands beside the caret.
    pub fn label(&mut self, label: impl Into<String>) -> &mut Self {
        self.label = label.into();
        self
    }

    /// Sets what to do about it.
    pub fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(help.into());
        self
    }

    /// Sets `did you mean …` if there is a suggestion.
    pub fn meant(&mut self, suggestion: Option<&str>) -> &mut Self {
        if let Some(word) = suggestion {
            self.help = Some(format!("did you mean `{word}`?"));
        }
        self
    }

    /// Adds a remark.
    pub fn note(&mut self, note: impl Into<String>) -> &mut Self {
        self.notes.push(note.into());
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(at) = &self.at {
            write!(f, "{at}: ")?;
        }
        let word = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{word}[{}]: {}", self.code, self.message)
    }
}

/// All problems found so far.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics {
    items: Vec<Diagnostic>,
    concealed: Vec<At>,
}

impl Diagnostics {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an error; the return value takes label, help and notes.
    pub fn error(&mut self, code: &'static str, at: &At, message: impl Into<String>) -> &mut Diagnostic {
        self.add(Severity::Error, code, Some(at.clone()), message.into())
    }

    /// Adds a warning.
    pub fn warning(&mut self, code: &'static str, at: &At, message: impl Into<String>) -> &mut Diagnostic {
        self.add(Severity::Warning, code, Some(at.clone()), message.into())
    }

    /// Adds an error that has no place in a file.
    pub fn error_without_place(&mut self, code: &'static str, message: impl Into<String>) -> &mut Diagnostic {
        self.add(Severity::Error, code, None, message.into())
    }

    fn add(
        &mut self,
        severity: Severity,
        code: &'static str,
        at: Option<At>,
        message: String,
    ) -> &mut Diagnostic {
        let next = self.items.len();
        self.items.push(Diagnostic {
            code,
            severity,
            message,
            at,
            label: String::new(),
            help: None,
            notes: vec![],
        });
        &mut self.items[next]
    }

    /// Draws stars over this place whenever its line is shown: it holds a secret.
    pub fn conceal(&mut self, at: &At) {
        self.concealed.push(at.clone());
    }

    /// The places that are never shown.
    pub(super) fn concealed(&self) -> &[At] {
        &self.concealed
    }

    /// Takes over what another collection holds.
    pub fn extend(&mut self, other: Diagnostics) {
        self.items.extend(other.items);
        self.concealed.extend(other.concealed);
    }

    /// Adds a note to everything that was reported since `mark` items were held: the include chain.
    pub fn note_since(&mut self, mark: usize, note: &str) {
        for item in self.items.iter_mut().skip(mark) {
            item.notes.push(note.to_owned());
        }
    }

    /// Sorts by file, line, column, severity and code, and drops repetitions.
    pub fn sort(&mut self) {
        let key = |item: &Diagnostic| {
            let place = item
                .at
                .as_ref()
                .map(|at| (at.file.path.clone(), at.line, at.column));
            (place, item.severity, item.code, item.message.clone())
        };
        self.items.sort_by_cached_key(key);
        self.items.dedup_by(|a, b| key(a) == key(b));
    }

    /// In the order they were added, or sorted after `sort`.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.items.iter()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Nothing at all.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// How many errors.
    pub fn errors(&self) -> usize {
        self.items
            .iter()
            .filter(|item| item.severity == Severity::Error)
            .count()
    }

    /// How many warnings.
    pub fn warnings(&self) -> usize {
        self.items.len() - self.errors()
    }

    /// At least one error.
    pub fn has_errors(&self) -> bool {
        self.errors() > 0
    }
}
