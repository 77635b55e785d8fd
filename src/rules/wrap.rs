//! Text in columns: wrapping for `hallmark rules`.

/// Wraps prose at blanks to `width` characters, each line after `indent` blanks. A word longer than the line stands alone.
pub(super) fn paragraph(text: &str, indent: usize, width: usize) -> String {
    let room = width.saturating_sub(indent).max(20);
    let mut out = String::new();
    for block in text.trim().split("\n\n") {
        if !out.is_empty() {
            out.push('\n');
        }
        for line in lines(block, room) {
            push_line(&mut out, indent, &line);
        }
    }
    out
}

/// Verbatim lines after `indent` blanks; one that is too wide goes on four columns further in.
pub(super) fn verbatim(text: &str, indent: usize, width: usize) -> String {
    let mut out = String::new();
    for line in text.trim_end().lines() {
        let line = line.trim_end();
        let own = indent + line.len() - line.trim_start().len();
        if own + line.trim_start().chars().count() <= width {
            push_line(&mut out, indent, line);
            continue;
        }
        let room = width.saturating_sub(own + 4).max(20);
        for (nth, part) in parts(line.trim_start(), room).into_iter().enumerate() {
            push_line(&mut out, if nth == 0 { own } else { own + 4 }, part);
        }
    }
    out
}

/// Pieces of at most `room` characters, cut after a blank or comma where there is one.
fn parts(line: &str, room: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = line;
    while let Some((end, _)) = rest.char_indices().nth(room) {
        let cut = rest[..end].rfind([' ', ',']).map_or(end, |at| at + 1);
        parts.push(rest[..cut].trim_end());
        rest = rest[cut..].trim_start();
    }
    parts.push(rest);
    parts
}

/// The words of `text` in lines of at most `room` characters.
pub(super) fn lines(text: &str, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// `text` shortened to `room` characters, with an ellipsis.
pub(super) fn shorten(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(room.saturating_sub(1)).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

fn push_line(out: &mut String, indent: usize, line: &str) {
    if !line.is_empty() {
        out.extend(std::iter::repeat_n(' ', indent));
        out.push_str(line);
    }
    out.push('\n');
}
