//! Foreign text inside the page. `html!` escapes markup; this makes hidden characters visible, marks masks, and
//! lets only ordinary links be links.

pub(super) use crate::load::figures::grouped;
use crate::text::{one_line, visible};
use maud::{Markup, Render, html};

/// Text as it is, hidden characters shown.
pub(super) struct Shown<'t>(pub(super) &'t str);

impl Render for Shown<'_> {
    fn render_to(&self, buffer: &mut String) {
        visible(self.0).render_to(buffer);
    }
}

/// Text on one line of at most `max` characters.
pub(super) fn line(text: &str, max: usize) -> Markup {
    masked(&one_line(text, max))
}

/// As [`line()`], but what stands between backticks is code, where they come in pairs.
pub(super) fn words(text: &str, max: usize) -> Markup {
    let text = one_line(text, max);
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return masked(&text);
    }
    html! {
        @for (place, part) in parts.iter().enumerate() {
            @if place % 2 == 1 { code { (masked(part)) } } @else { (masked(part)) }
        }
    }
}

/// Text in which the masks of secrets stand out.
pub(super) fn masked(text: &str) -> Markup {
    html! {
        @for (part, is_mask) in split(text) {
            @if is_mask { span class="mask" { (Shown(part)) } } @else { (Shown(part)) }
        }
    }
}

/// Whether there is a mask in it.
pub(super) fn has_mask(text: &str) -> bool {
    split(text).iter().any(|(_, is_mask)| *is_mask)
}

/// Cuts a text at its masks. A mask is `[name:0123abcd]`: whose secret, and its fingerprint.
fn split(text: &str) -> Vec<(&str, bool)> {
    let mut parts = Vec::new();
    let (mut done, mut from) = (0, 0);
    while let Some(open) = text[from..].find('[').map(|at| from + at) {
        from = open + 1;
        if let Some(length) = mask_length(&text[open..]) {
            if done < open {
                parts.push((&text[done..open], false));
            }
            parts.push((&text[open..open + length], true));
            done = open + length;
            from = done;
        }
    }
    if done < text.len() {
        parts.push((&text[done..], false));
    }
    parts
}

fn mask_length(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('[')?;
    let end = inner.find(']')?;
    let (name, print) = inner[..end].split_once(':')?;
    let is_name =
        (1..=24).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let is_print = print.len() == 8 && print.chars().all(|c| c.is_ascii_hexdigit());
    (is_name && is_print).then_some(end + 2)
}

/// An `id` for an element, or what a link points at: nothing but letters, digits and hyphens.
pub(super) fn anchor(text: &str) -> String {
    text.chars()
        .take(120)
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect()
}

/// A source, as a link where it names an RFC section or is one. Nothing else becomes a link.
pub(super) fn source(text: &str) -> Markup {
    match address(text) {
        Some(address) => html! { a href=(address) rel="noreferrer" { (line(text, 200)) } },
        None => line(text, 200),
    }
}

fn address(source: &str) -> Option<String> {
    if source.starts_with("https://") || source.starts_with("http://") {
        let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '`' | '\\');
        return source.chars().all(plain).then(|| source.to_owned());
    }
    let (number, section) = source.strip_prefix("RFC ")?.split_once(" §")?;
    let numeric = |text: &str, extra: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || extra.contains(c))
    };
    (numeric(number, "") && numeric(section, ".")).then(|| {
        format!(
            "https://www.rfc-editor.org/rfc/rfc{number}#section-{}",
            section.trim_end_matches('.')
        )
    })
}

/// `1 check`, `1,313 checks`.
pub(super) fn counted(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(n), if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_are_found_and_nothing_else() {
        let table = [
            (
                "Bearer [reader:d81adc6c]",
                "Bearer <span class=\"mask\">[reader:d81adc6c]</span>",
            ),
            ("[[a:00000000]]", "[<span class=\"mask\">[a:00000000]</span>]"),
            (
                "[reader:d81adc6] [:d81adc6c] [a b:d81adc6c]",
                "[reader:d81adc6] [:d81adc6c] [a b:d81adc6c]",
            ),
            ("[", "["),
            ("<b>&\"", "&lt;b&gt;&amp;&quot;"),
            ("a\u{202e}b", "a\\u{202e}b"),
        ];
        for (text, markup) in table {
            assert_eq!(masked(text).into_string(), markup);
        }
    }

    #[test]
    fn only_ordinary_addresses_become_links() {
        let table = [
            (
                "RFC 6750 §2.1",
                Some("https://www.rfc-editor.org/rfc/rfc6750#section-2.1"),
            ),
            ("https://example.test/a#b", Some("https://example.test/a#b")),
            ("javascript:alert(1)", None),
            ("https://example.test/\" onclick=\"x", None),
            ("RFC 6750", None),
            ("RFC x §1", None),
        ];
        for (text, found) in table {
            assert_eq!(address(text).as_deref(), found, "{text}");
        }
    }

    #[test]
    fn numbers_are_grouped() {
        for (n, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(n), text);
        }
    }
}
