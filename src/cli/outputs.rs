//! Where reports go: files are replaced atomically, events are appended as the run goes.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use hallmark_reports::record::{Event, Record};
use hallmark_reports::{Format, Options, beside, render_beside};

use super::Exit;
use super::term;

/// A `--report`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Output {
    pub format: Format,
    /// A file, or for [`Format::Html`] a folder. `None`: stdout.
    pub path: Option<PathBuf>,
}

/// Reads `--report FORMAT[=PATH]`; `record` is the same as `json`. The page goes to `folder` if it has no path, for
/// it is more than one file.
pub(super) fn outputs(texts: &[String], folder: &Path) -> Result<Vec<Output>, Exit> {
    let mut outputs: Vec<Output> = texts.iter().map(|text| output(text)).collect::<Result<_, _>>()?;
    for page in outputs.iter_mut().filter(|output| output.format == Format::Html) {
        page.path.get_or_insert_with(|| folder.to_owned());
    }
    if outputs.iter().filter(|output| output.path.is_none()).count() > 1 {
        term::complain_with_help(
            "two reports cannot share stdout",
            "give all but one a path: `--report junit=TEST-hallmark.xml`",
        );
        return Err(Exit::Usage);
    }
    Ok(outputs)
}

/// Whether stdout is for data.
pub(super) fn take_stdout(outputs: &[Output], events: Option<&str>) -> bool {
    outputs.iter().any(|output| output.path.is_none()) || events == Some("-")
}

fn output(text: &str) -> Result<Output, Exit> {
    let (word, path) = match text.split_once('=') {
        Some((word, path)) if !path.is_empty() => (word, Some(PathBuf::from(path))),
        Some((word, _)) => (word, None),
        None => (text, None),
    };
    let word = if word == "record" { "json" } else { word };
    if let Ok(format) = word.parse() {
        Ok(Output { format, path })
    } else {
        let known: Vec<&str> = std::iter::once("record")
            .chain(Format::ALL.iter().map(|format| format.as_str()))
            .collect();
        term::complain_with_help(
            &format!("`{word}` is no report format"),
            &format!("one of {}", known.join(", ")),
        );
        Err(Exit::Usage)
    }
}

/// Draws a record in all wanted formats. A file that cannot be written does not keep the others from being written.
pub(super) fn write_all(outputs: &[Output], record: &Record, strict: bool) -> Exit {
    write_beside(outputs, record, None, strict)
}

/// The same, compared with another record where there is one.
pub(super) fn write_beside(
    outputs: &[Output],
    record: &Record,
    before: Option<&Record>,
    strict: bool,
) -> Exit {
    let options = Options {
        strict,
        ..Options::default()
    };
    let mut exit = Exit::Good;
    for output in outputs {
        let text = match render_beside(output.format, record, before, &options) {
            Ok(text) => text,
            Err(error) => {
                term::complain(&format!("cannot draw {}: {error}", output.format));
                exit = exit.and(Exit::Bug);
                continue;
            }
        };
        match &output.path {
            None => term::out(&String::from_utf8_lossy(&text)),
            Some(path) => exit = exit.and(written(output.format, path, &text, record)),
        }
    }
    exit
}

/// Writes a drawn format, and what must lie beside it.
fn written(format: Format, path: &Path, text: &[u8], record: &Record) -> Exit {
    let page = path.join(PAGE);
    let main = if format == Format::Html { &page } else { path };
    if format == Format::Html && is_foreign(&page) {
        term::complain_with_help(
            &format!("{} is no report of Hallmark and stays as it is", page.display()),
            "give the page a folder of its own: `--report html=DIR`",
        );
        return Exit::Unjudged;
    }
    let others = match beside(format, record) {
        Ok(others) => others,
        Err(error) => {
            term::complain(&format!("cannot draw {format}: {error}"));
            return Exit::Bug;
        }
    };
    let mut exit = Exit::Good;
    let others = others
        .into_iter()
        .map(|(name, text)| (path.join(name), text))
        .filter(|(path, text)| !is_this_record(path, text, record));
    for (path, text) in others.chain([(main.to_owned(), text.to_vec())]) {
        if let Err(error) = replace(&path, &text) {
            term::complain(&format!("cannot write {}: {error}", path.display()));
            exit = exit.and(Exit::Unjudged);
        }
    }
    exit
}

/// The page in the folder of [`Format::Html`].
pub(super) const PAGE: &str = "index.html";

/// Whether there is a page that Hallmark did not write. Somebody's web site is not written over.
fn is_foreign(page: &Path) -> bool {
    std::fs::read(page).is_ok_and(|bytes| {
        let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]).into_owned();
        !head.contains("content=\"hallmark ")
    })
}

/// Whether a file holds this record already, perhaps with members that only a newer version knows.
fn is_this_record(path: &Path, text: &[u8], record: &Record) -> bool {
    path.ends_with("record.json")
        && std::fs::read(path)
            .is_ok_and(|bytes| bytes == text || Record::parse(&bytes).is_ok_and(|known| known == *record))
}

/// Writes a file so that a reader sees the old or the new one, never half of it.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    // A device or a pipe (`/dev/stderr`) is written to, not replaced.
    if std::fs::metadata(path).is_ok_and(|meta| !meta.is_file()) {
        return std::fs::write(path, bytes);
    }
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let part = path.with_file_name(format!(".{name}.part"));
    let mut file = File::create(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&part, path)
}

/// `events.ndjson` and `--events`.
pub(super) struct EventSink {
    files: Vec<BufWriter<File>>,
    stdout: bool,
}

impl EventSink {
    /// Opens the event file of a run, and another one if asked.
    pub(super) fn open(out: &Path, extra: Option<&str>) -> std::io::Result<Self> {
        std::fs::create_dir_all(out)?;
        let mut files = vec![BufWriter::new(File::create(out.join("events.ndjson"))?)];
        let stdout = extra == Some("-");
        if let Some(path) = extra.filter(|path| *path != "-") {
            files.push(BufWriter::new(File::create(path)?));
        }
        Ok(Self { files, stdout })
    }

    /// Appends an event. Flushed at the end of every case, so that a killed run loses no finished case.
    pub(super) fn write(&mut self, event: &Event) {
        let Ok(line) = event.to_line() else { return };
        let flush = !matches!(event, Event::CheckFinished(_) | Event::CaseStarted { .. });
        for file in &mut self.files {
            let result = file
                .write_all(&line)
                .and_then(|()| if flush { file.flush() } else { Ok(()) });
            term::noted(result, "events");
        }
        if self.stdout {
            term::out(&String::from_utf8_lossy(&line));
        }
    }
}
