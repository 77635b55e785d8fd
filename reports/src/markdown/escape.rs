//! Foreign text inside Markdown. What a peer sent must stay text: no markup, no HTML, no mention, no issue
//! reference, no link, no broken table.

use crate::text::visible;
use std::fmt::Write as _;

/// Text for a sentence or a table cell, on one line.
pub(crate) fn prose(text: &str) -> String {
    let text = visible(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    let mut out = String::with_capacity(text.len() + 16);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => {
                out.push('\\');
                out.push(c);
            }
            '@' | '#' | '!' if chars.peek().is_some_and(|next| next.is_alphanumeric()) => {
                // A word joiner: GitHub and GitLab find mentions and references in the rendered text, where an
                // escape no longer helps.
                out.push(c);
                out.push_str("&#8288;");
            }
            ':' if chars.peek() == Some(&'/') => out.push_str(":&#8288;"),
            c => out.push(c),
        }
    }
    match out.chars().next() {
        // At the beginning of a line these would start a heading, a list or a rule.
        Some('#' | '-' | '+' | '=') => format!("\\{out}"),
        Some(c) if c.is_ascii_digit() => out.replacen(". ", "\\. ", 1),
        _ => out,
    }
}

/// As [`prose`], but what stands between backticks is code, where they come in pairs.
pub(super) fn words(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return prose(text);
    }
    let mut out = String::new();
    for (place, part) in parts.iter().enumerate() {
        if place % 2 == 1 {
            out.push_str(&code(part));
            continue;
        }
        let [before, after] = [part.starts_with(' '), part.ends_with(' ')];
        if before && place > 0 {
            out.push(' ');
        }
        out.push_str(&prose(part));
        if after && part.len() > 1 {
            out.push(' ');
        }
    }
    out
}

/// Text as code, on one line, also inside a table cell.
pub(super) fn code(text: &str) -> String {
    let text = visible(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    if text.is_empty() {
        return String::new();
    }
    if !text.contains(['`', '|', '<']) {
        return format!("`{text}`");
    }
    format!("<code>{}</code>", html(&text))
}

/// Text inside an HTML element that Markdown still reads: every character with a meaning becomes a reference.
pub(super) fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let text = visible(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        let joined = (matches!(c, '@' | '#' | '!') && next.is_alphanumeric()) || (c == ':' && next == '/');
        let plain = matches!(
            c,
            ',' | '.' | '/' | '-' | '(' | ')' | '=' | ';' | '?' | '%' | ':' | '@' | '!'
        );
        if c.is_ascii_punctuation() && !plain {
            let _ = write!(out, "&#{};", u32::from(c));
        } else {
            out.push(c);
        }
        if joined {
            out.push_str("&#8288;");
        }
    }
    out
}

/// A block of text as it is, in a fence longer than any run of backticks in it.
pub(super) fn fence(text: &str) -> String {
    let text = visible(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let ticks = "`".repeat(longest.max(2) + 1);
    format!("{ticks}text\n{}\n{ticks}\n", text.trim_end_matches('\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_stays_text() {
        let table = [
            ("a|b", "a\\|b"),
            ("<script>x</script>", "&lt;script&gt;x&lt;/script&gt;"),
            ("`code` *b* _i_", "\\`code\\` \\*b\\* \\_i\\_"),
            ("ask @admin", "ask @&#8288;admin"),
            ("see #12 and !7", "see #&#8288;12 and !&#8288;7"),
            ("go to https://evil.example", "go to https:&#8288;//evil.example"),
            ("[x](y)", "\\[x\\](y)"),
            ("- item", "\\- item"),
            ("1. item", "1\\. item"),
            ("two\n\nlines", "two lines"),
        ];
        for (raw, safe) in table {
            assert_eq!(prose(raw), safe, "{raw}");
        }
    }

    #[test]
    fn pairs_of_backticks_are_code() {
        let table = [
            (
                "Answer `401 <x>` with *care*.",
                "Answer <code>401 &#60;x&#62;</code> with \\*care\\*.",
            ),
            ("`a` and `b`", "`a` and `b`"),
            ("one ` alone", "one \\` alone"),
        ];
        for (raw, shown) in table {
            assert_eq!(words(raw), shown, "{raw}");
        }
    }

    #[test]
    fn code_survives_backticks_and_bars() {
        assert_eq!(code("x y"), "`x y`");
        assert_eq!(code("a`b|c"), "<code>a&#96;b&#124;c</code>");
    }

    #[test]
    fn a_fence_outlasts_what_is_in_it() {
        assert_eq!(fence("a\n````\nb"), "`````text\na\n````\nb\n`````\n");
    }
}
