//! The one door to every format. Chooses the renderer, nothing more.

use crate::record::Record;
use crate::{github, hlog, html, junit, markdown, ndjson, prometheus, sarif};
use std::fmt;
use std::str::FromStr;

/// The formats a record can be drawn in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// JUnit XML; name the file `TEST-hallmark.xml`.
    Junit,
    /// JUnit XML that holds only what `junit-10.xsd` allows, for Jenkins' xUnit plugin.
    JunitStrict,
    /// The record itself.
    Json,
    /// The events that fold into the record.
    Ndjson,
    /// A page for a step summary or a merge-request note.
    Markdown,
    /// Workflow commands that GitHub turns into annotations; must reach the log of the step.
    Github,
    /// SARIF 2.1.0, findings only.
    Sarif,
    /// A page for a browser; its style sheet and the record lie beside it ([`beside`]).
    Html,
    /// The same page as one file. Its style is inside, so a strict content security policy shows it bare.
    HtmlSingle,
    /// The figures of a load run as Prometheus reads them, text exposition format 0.0.4.
    Prometheus,
    /// The histograms of a load run as an interval log of HdrHistogram.
    Hlog,
}

impl Format {
    /// Every format, in the order in which help lists them.
    pub const ALL: [Format; 11] = [
        Format::Junit,
        Format::JunitStrict,
        Format::Json,
        Format::Ndjson,
        Format::Markdown,
        Format::Github,
        Format::Sarif,
        Format::Html,
        Format::HtmlSingle,
        Format::Prometheus,
        Format::Hlog,
    ];

    /// The word on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Junit => "junit",
            Format::JunitStrict => "junit-strict",
            Format::Json => "json",
            Format::Ndjson => "ndjson",
            Format::Markdown => "markdown",
            Format::Github => "github",
            Format::Sarif => "sarif",
            Format::Html => "html",
            Format::HtmlSingle => "html-single",
            Format::Prometheus => "prometheus",
            Format::Hlog => "hlog",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A word that names no format.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no report format")]
pub struct UnknownFormat(pub String);

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(word: &str) -> Result<Format, UnknownFormat> {
        Format::ALL
            .into_iter()
            .find(|format| format.as_str() == word)
            .ok_or_else(|| UnknownFormat(word.to_owned()))
    }
}

/// How to draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Show a missed SHOULD as a failure, also when the run itself was not strict.
    pub strict: bool,
    /// Most bytes of a Markdown page. GitHub shows nothing at all of a step summary over 1 MiB.
    pub markdown_limit: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            strict: false,
            markdown_limit: 900_000,
        }
    }
}

/// Why a record could not be drawn.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The JSON writer refused, e.g. a number that is none.
    #[error("record cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The XML writer refused.
    #[error("record cannot be written as JUnit: {0}")]
    Junit(#[from] quick_junit::SerializeError),
}

/// Draws a record. The bytes are UTF-8 and end with a line end.
pub fn render(format: Format, record: &Record, options: &Options) -> Result<Vec<u8>, RenderError> {
    render_beside(format, record, None, options)
}

/// As [`render`], beside the record of another run: the page of a load run then says what changed since `before`.
pub fn render_beside(
    format: Format,
    record: &Record,
    before: Option<&Record>,
    options: &Options,
) -> Result<Vec<u8>, RenderError> {
    let strict = options.strict || record.run.strict;
    Ok(match format {
        Format::Junit => junit::render(record, strict, junit::Flavour::Common)?,
        Format::JunitStrict => junit::render(record, strict, junit::Flavour::Strict)?,
        Format::Json => record.to_json()?,
        Format::Ndjson => ndjson::render(record)?,
        Format::Markdown => markdown::render(record, strict, options.markdown_limit).into_bytes(),
        Format::Github => github::render(record, strict).into_bytes(),
        Format::Sarif => sarif::render(record, strict)?,
        Format::Html => html::page(record, before, strict).into_bytes(),
        Format::HtmlSingle => html::single(record, before, strict).into_bytes(),
        Format::Prometheus => prometheus::render(record).into_bytes(),
        Format::Hlog => hlog::render(record).into_bytes(),
    })
}

/// The files that must lie beside a drawn one, by name. Only [`Format::Html`] has any: its page is `index.html`.
pub fn beside(format: Format, record: &Record) -> Result<Vec<(&'static str, Vec<u8>)>, RenderError> {
    Ok(match format {
        Format::Html => vec![
            ("style.css", html::STYLE.as_bytes().to_vec()),
            ("record.json", record.to_json()?),
        ],
        _ => Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_found_by_its_word() {
        for format in Format::ALL {
            assert_eq!(format.as_str().parse(), Ok(format));
        }
        assert_eq!(
            "junit5".parse::<Format>(),
            Err(UnknownFormat("junit5".to_owned()))
        );
    }
}
