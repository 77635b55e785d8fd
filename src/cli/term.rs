//! Where words go: stdout is data, stderr is talk. Nothing else in the program writes to either.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use clap::ValueEnum;

/// `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub(super) enum Color {
    /// When the stream is a terminal and NO_COLOR is not set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Whether to colour a stream.
    pub(super) fn on(self, terminal: bool) -> bool {
        match self {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                terminal
                    && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
                    && std::env::var("TERM").as_deref() != Ok("dumb")
            }
        }
    }
}

/// A meaning that has a colour.
#[derive(Debug, Clone, Copy)]
pub(super) enum Style {
    Good,
    Bad,
    Warn,
    Faint,
    Strong,
}

/// Text in the colour of its meaning, if colours are on.
pub(super) fn styled(text: &str, style: Style, color: bool) -> String {
    if !color || text.is_empty() {
        return text.to_owned();
    }
    let code = match style {
        Style::Good => "32",
        Style::Bad => "31;1",
        Style::Warn => "33",
        Style::Faint => "2",
        Style::Strong => "1",
    };
    format!("\x1b[{code}m{text}\x1b[0m")
}

/// Whether stdout is a terminal.
pub(super) fn stdout_is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Whether stderr is a terminal.
pub(super) fn stderr_is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// Columns to fill: those of the terminal, at most 100; 80 in a pipe.
pub(super) fn width() -> usize {
    let term = console::Term::stdout();
    let columns = if term.is_term() {
        usize::from(term.size().1)
    } else {
        80
    };
    columns.clamp(40, 100)
}

/// Data that could not be written: the command ends with exit code 4.
static LOST: AtomicBool = AtomicBool::new(false);

/// Whether data was lost.
pub(super) fn lost() -> bool {
    LOST.load(Ordering::Relaxed)
}

/// Notes a failed write of data and says so once. A reader that went away (`| head`) is no error.
pub(super) fn noted(result: std::io::Result<()>, what: &str) {
    if let Err(error) = result
        && error.kind() != std::io::ErrorKind::BrokenPipe
        && !LOST.swap(true, Ordering::Relaxed)
    {
        complain(&format!("cannot write {what}: {error}"));
    }
}

/// Writes data.
pub(super) fn out(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let result = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    noted(result, "to stdout");
}

/// Writes talk.
pub(super) fn talk(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes());
    let _ = stderr.flush();
}

/// `error: …` on stderr.
pub(super) fn complain(message: &str) {
    let color = Color::Auto.on(stderr_is_terminal());
    talk(&format!("{} {message}\n", styled("error:", Style::Bad, color)));
}

/// `error: …` and what to do about it.
pub(super) fn complain_with_help(message: &str, help: &str) {
    complain(message);
    talk(&format!("  help: {help}\n"));
}

/// Greedy wrapping at blanks; `indent` before every line but the first.
pub(super) fn wrapped(text: &str, width: usize, indent: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.len() - 1;
        let used = lines[last].chars().count();
        if used > 0 && used + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            if used > 0 {
                lines[last].push(' ');
            }
            lines[last].push_str(word);
        }
    }
    lines.join(&format!("\n{indent}"))
}

/// One line of at most `width` columns; control characters show as blanks.
pub(super) fn clipped(text: &str, width: usize) -> String {
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if line.chars().count() <= width {
        return line;
    }
    let head: String = line.chars().take(width.saturating_sub(1)).collect();
    format!("{head}…")
}

/// Ctrl-C or SIGTERM.
pub(super) async fn ended() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
