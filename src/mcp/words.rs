//! A peer's words, fit to stand in a sentence of ours.

/// Longest piece that is shown.
const SHOWN: usize = 120;

/// One line of at most 120 characters. Characters that move a cursor or turn the direction of writing show as U+FFFD.
pub fn shown(text: &str) -> String {
    let fit = |c: char| {
        let hidden = c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        match c {
            '\n' | '\t' => ' ',
            _ if hidden => char::REPLACEMENT_CHARACTER,
            _ => c,
        }
    };
    let line: String = text.chars().take(SHOWN).map(fit).collect();
    let length = text.chars().count();
    if length <= SHOWN {
        return line;
    }
    format!("{line}… ({length} characters)")
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn little_and_visible() {
        assert_eq!(shown("two\nlines"), "two lines");
        assert_eq!(shown("\u{1b}[2J\u{202e}x"), "\u{fffd}[2J\u{fffd}x");
        let long = shown(&"é".repeat(5000));
        assert!(
            long.ends_with("é… (5000 characters)") && long.chars().count() < 160,
            "{long}"
        );
    }
}
