//! Text from a peer made fit for print: nothing invisible, nothing endless. Knows no format.

use std::fmt::Write as _;

/// Makes every character visible that would be swallowed, move the cursor, reorder the line, or break XML:
/// C0 and C1 controls, DEL, bidirectional overrides, line separators, noncharacters. `\u{1b}` says more in a
/// report on bytes than a gap. Line feeds and tabs stay; CR LF becomes LF.
pub(crate) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' | '\t' => out.push(c),
            c if is_hidden(c) => {
                let _ = write!(out, "{}", c.escape_unicode());
            }
            c => out.push(c),
        }
    }
    out
}

fn is_hidden(c: char) -> bool {
    let code = u32::from(c);
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{feff}')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(c, '\u{fdd0}'..='\u{fdef}')
        || code & 0xfffe == 0xfffe
}

/// One line of at most `max` characters: white space collapsed, the end cut with an ellipsis.
pub(crate) fn one_line(text: &str, max: usize) -> String {
    let line = visible(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    if line.chars().count() <= max {
        return line;
    }
    let mut cut: String = line.chars().take(max.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

/// At most about `max` bytes: the head and the tail, and between them how much was left out.
pub(crate) fn head_and_tail(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    let half = max.saturating_sub(60) / 2;
    let head = text.floor_char_boundary(half);
    let tail = text.ceil_char_boundary(text.len() - half);
    format!(
        "{}\n[… {} bytes left out …]\n{}",
        &text[..head],
        tail - head,
        &text[tail..]
    )
}

/// `… (scenarios/bearer/paths.yaml:7:5)` without the place at its end.
pub(crate) fn without_place(message: &str) -> &str {
    let place = message
        .rfind(" (")
        .filter(|at| message.ends_with(')') && message[*at..].contains(".yaml:"));
    place.map_or(message, |at| &message[..at])
}

/// `1 check`, `2 checks`.
pub(crate) fn count(n: impl Into<u64>, noun: &str) -> String {
    let n = n.into();
    if n == 1 {
        format!("1 {noun}")
    } else {
        format!("{n} {noun}s")
    }
}

/// `840 µs`, `12.3 ms`, `4.1 s`, `3 min 5 s`.
pub(crate) fn span(us: u64) -> String {
    let tenths = |value: u64, unit: u64| format!("{}.{}", value / unit, value % unit * 10 / unit);
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..1_000_000 => format!("{} ms", tenths(us, 1_000)),
        1_000_000..60_000_000 => format!("{} s", tenths(us, 1_000_000)),
        _ => format!("{} min {} s", us / 60_000_000, us % 60_000_000 / 1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_shown() {
        let table = [
            ("plain", "plain"),
            ("a\r\nb\tc", "a\nb\tc"),
            ("a\rb", "a\\u{d}b"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("\u{0}\u{7f}\u{9b}", "\\u{0}\\u{7f}\\u{9b}"),
            ("\u{fffe}\u{10ffff}", "\\u{fffe}\\u{10ffff}"),
            ("a\u{202e}b", "a\\u{202e}b"),
            ("schön 日本 🦀", "schön 日本 🦀"),
        ];
        for (raw, shown) in table {
            assert_eq!(visible(raw), shown, "{raw:?}");
        }
    }

    #[test]
    fn one_line_collapses_and_cuts() {
        assert_eq!(one_line("  a\n\n b\tc ", 10), "a b c");
        assert_eq!(one_line("abcdef", 4), "abc…");
    }

    #[test]
    fn head_and_tail_keep_both_ends_and_stay_within_the_bound() {
        let text = format!("{}{}{}", "ä".repeat(500), "x".repeat(4_000), "ö".repeat(500));
        let cut = head_and_tail(&text, 1_000);
        assert!(cut.len() <= 1_000, "{}", cut.len());
        assert!(cut.starts_with('ä') && cut.ends_with('ö') && cut.contains("bytes left out"));
        assert_eq!(head_and_tail("short", 1_000), "short");
    }

    #[test]
    fn spans_read_well() {
        let table = [
            (840, "840 µs"),
            (12_340, "12.3 ms"),
            (4_100_000, "4.1 s"),
            (185_000_000, "3 min 5 s"),
        ];
        for (us, shown) in table {
            assert_eq!(span(us), shown);
        }
    }
}
