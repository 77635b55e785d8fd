//! What YAML does to people: after a syntax error, the lines that most likely caused it, each with its correction.
//!
//! Works on lines, without a parser, because the parser has just given up. Guesses; reports only what it can correct.

use super::diagnostic::Diagnostics;
use super::places::Places;

/// Lines longer than this are no work of a person.
const LONGEST: usize = 4_000;

/// A plain text that YAML does not take as it stands.
struct Trap {
    code: &'static str,
    message: String,
    /// Bytes of the line.
    from: usize,
    to: usize,
    quoted: String,
}

/// Reports the traps of a file; the first line that has one.
pub(super) fn scan(places: &Places<'_>, diagnostics: &mut Diagnostics) -> Option<u32> {
    let mut scanner = Scanner {
        flow: 0,
        block: None,
        quote: None,
        text: &places.file.text,
    };
    let mut first = None;
    let mut start = 0;
    for (index, whole) in places.file.text.split('\n').enumerate() {
        let line = whole.strip_suffix('\r').unwrap_or(whole);
        if line.len() <= LONGEST {
            let found = scanner.line(line);
            let corrected = corrected(line, &found);
            for trap in &found {
                let at = places.at(start + trap.from, trap.to - trap.from);
                diagnostics
                    .error(trap.code, &at, &trap.message)
                    .help(format!("write `{corrected}`"));
            }
            if !found.is_empty() && first.is_none() {
                first = u32::try_from(index + 1).ok();
            }
        }
        start += whole.len() + 1;
    }
    first
}

fn corrected(line: &str, traps: &[Trap]) -> String {
    let mut out = String::new();
    let mut done = 0;
    for trap in traps {
        out.push_str(line.get(done..trap.from).unwrap_or(""));
        out.push_str(&trap.quoted);
        done = trap.to;
    }
    out.push_str(line.get(done..).unwrap_or(""));
    out.trim().to_owned()
}

struct Scanner<'t> {
    flow: usize,
    /// Indentation of the line that opened a block scalar.
    block: Option<usize>,
    /// Inside a quoted text that goes on.
    quote: Option<char>,
    text: &'t str,
}

impl Scanner<'_> {
    fn line(&mut self, line: &str) -> Vec<Trap> {
        let indent = line.len() - line.trim_start().len();
        if let Some(parent) = self.block {
            if line.trim().is_empty() || indent > parent {
                return vec![];
            }
            self.block = None;
        }
        let mut traps = vec![];
        if self.quote.is_none() && self.flow == 0 && line[..indent].contains('\t') && indent < line.len() {
            let spaces = line[..indent].replace('\t', "  ");
            let message = "YAML is indented with blanks, and this line starts with a tab".to_owned();
            traps.push(Trap {
                code: "yaml-tab",
                message,
                from: 0,
                to: indent,
                quoted: spaces,
            });
        }
        let mut at = indent;
        if let Some(quote) = self.quote {
            match closing(line, 0, quote) {
                Some(end) => {
                    self.quote = None;
                    at = end;
                }
                None => return traps,
            }
        }
        let mut key = String::new();
        while at < line.len() {
            at = self.token(line, at, indent, &mut key, &mut traps);
        }
        traps
    }

    /// Reads one token and returns where the next starts.
    fn token(
        &mut self,
        line: &str,
        at: usize,
        indent: usize,
        key: &mut String,
        traps: &mut Vec<Trap>,
    ) -> usize {
        let rest = &line[at..];
        let Some(c) = rest.chars().next() else {
            return line.len();
        };
        let next = at + c.len_utf8();
        let followed_by_blank = line[next..].is_empty() || line[next..].starts_with([' ', '\t']);
        match c {
            ' ' | '\t' | ',' => next,
            '#' if at == 0 || line[..at].ends_with([' ', '\t']) => line.len(),
            '{' | '[' => {
                self.flow += 1;
                key.clear();
                next
            }
            '}' | ']' => {
                self.flow = self.flow.saturating_sub(1);
                next
            }
            ':' | '-' | '?' if followed_by_blank => next,
            '"' | '\'' => closing(line, next, c).unwrap_or_else(|| {
                self.quote = Some(c);
                line.len()
            }),
            '&' | '!' => at + rest.find([' ', ',', '}', ']']).unwrap_or(rest.len()).max(1),
            '|' | '>' if self.opens_block(rest) => {
                self.block = Some(indent);
                line.len()
            }
            _ => self.plain(line, at, key, traps),
        }
    }

    fn opens_block(&self, rest: &str) -> bool {
        let head = rest.split(" #").next().unwrap_or("").trim_end();
        self.flow == 0
            && head[1..]
                .chars()
                .all(|c| c == '+' || c == '-' || c.is_ascii_digit())
    }

    fn plain(&mut self, line: &str, at: usize, key: &mut String, traps: &mut Vec<Trap>) -> usize {
        let in_flow = self.flow > 0;
        let end = plain_end(line, at, in_flow);
        let text = line[at..end].trim_end();
        let is_key = line[end..].starts_with(':');
        if text.is_empty() {
            return end.max(at + 1);
        }
        let found = self.trap_of(text, is_key, in_flow, key);
        if let Some((code, message, to, quoted)) = found {
            traps.push(Trap {
                code,
                message,
                from: at,
                to: at + to,
                quoted,
            });
            text.clone_into(key);
            return (at + to).max(end.min(line.len()));
        }
        if is_key
            && !in_flow
            && let Some(trap) = colon_trap(line, end, text)
        {
            let next = trap.to;
            traps.push(trap);
            return next;
        }
        text.clone_into(key);
        if is_key { end + 1 } else { end }
    }

    fn trap_of(
        &self,
        text: &str,
        is_key: bool,
        in_flow: bool,
        key: &str,
    ) -> Option<(&'static str, String, usize, String)> {
        let len = text.len();
        if in_flow && text.contains("${") && !is_key {
            let message = "inside `{…}` and `[…]` a reference needs quotes".to_owned();
            return Some(("flow-reference", message, len, quoted(text)));
        }
        if in_flow && text.contains(['[', '{']) {
            if is_key {
                let message = "inside `{…}` a key with brackets needs quotes".to_owned();
                return Some(("flow-key", message, len, quoted(text)));
            }
            let what = if key == "matches" {
                "a regular expression"
            } else {
                "a text with brackets"
            };
            let message = format!("inside `{{…}}` and `[…]` {what} needs single quotes");
            return Some(("flow-brackets", message, len, single(text)));
        }
        let first = text.chars().next()?;
        match first {
            '@' | '`' | '%' if !is_key => {
                let name = if first == '`' {
                    "a backtick".to_owned()
                } else {
                    format!("`{first}`")
                };
                Some((
                    "leading-character",
                    format!("a value cannot start with {name}"),
                    len,
                    quoted(text),
                ))
            }
            '>' | '|' if !is_key => {
                let message = format!("a value cannot start with `{first}`: YAML reads a block of text");
                let help = text.trim_start_matches(['>', '<', '=', ' ']);
                let word = if text.starts_with(">=") { "gte" } else { "gt" };
                let fixed = if first == '>' {
                    format!("{{ {word}: {help} }}")
                } else {
                    quoted(text)
                };
                Some(("leading-character", message, len, fixed))
            }
            '*' if !is_key => {
                let name = &text[1..];
                let known = !name.is_empty() && self.text.contains(&format!("&{name}"));
                let message = if name.is_empty() {
                    "a lone `*` is not a text in YAML".to_owned()
                } else {
                    format!("`*` starts an alias in YAML, and there is no anchor `&{name}`")
                };
                (!known).then(|| ("leading-character", message, len, quoted(text)))
            }
            _ => None,
        }
    }
}

/// `key: Bearer: x` and `key: f: 1s`: a second colon with a blank in a plain value.
fn colon_trap(line: &str, colon: usize, key: &str) -> Option<Trap> {
    let from = colon + 1 + (line[colon + 1..].len() - line[colon + 1..].trim_start().len());
    let value = line.get(from..)?;
    if value.starts_with(['"', '\'', '{', '[', '&', '*', '!', '|', '>', '#', '@', '`', '%'])
        || from == colon + 1
    {
        return None;
    }
    let value = value.split(" #").next().unwrap_or("").trim_end();
    let has_colon = value.contains(": ") || (value.ends_with(':') && value.len() > 1);
    has_colon.then(|| Trap {
        code: "colon-in-value",
        message: format!("the value of `{key}` holds a colon and a blank: it needs quotes"),
        from,
        to: from + value.len(),
        quoted: quoted(value),
    })
}

/// Where a plain text ends that starts at `at`; brackets that belong to it are passed over.
fn plain_end(line: &str, at: usize, in_flow: bool) -> usize {
    let mut open: Vec<char> = vec![];
    let mut previous = ' ';
    for (offset, c) in line[at..].char_indices() {
        let here = at + offset;
        let blank_next =
            line[here + c.len_utf8()..].starts_with([' ', '\t']) || here + c.len_utf8() == line.len();
        match c {
            '#' if previous == ' ' => return here,
            ':' if open.is_empty() && blank_next => return here,
            '{' if in_flow && offset > 0 => open.push('}'),
            '[' if in_flow && offset > 0 => open.push(']'),
            _ if open.last() == Some(&c) => {
                open.pop();
            }
            ',' | ']' | '}' if in_flow && open.is_empty() => return here,
            _ => {}
        }
        previous = c;
    }
    line.len()
}

fn closing(line: &str, from: usize, quote: char) -> Option<usize> {
    let mut characters = line[from..].char_indices().peekable();
    while let Some((offset, c)) = characters.next() {
        if c == '\\' && quote == '"' {
            characters.next();
        } else if c == quote {
            if quote == '\'' && characters.peek().is_some_and(|(_, next)| *next == '\'') {
                characters.next();
                continue;
            }
            return Some(from + offset + 1);
        }
    }
    None
}

fn quoted(text: &str) -> String {
    if text.contains(['"', '\\']) {
        single(text)
    } else {
        format!("\"{text}\"")
    }
}

fn single(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
