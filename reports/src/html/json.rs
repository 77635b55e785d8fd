//! JSON bodies broken into lines for reading. Only white space between tokens is added: numbers, escapes, the order
//! and duplicates of members stay as they came, because they may be what the verdict is about.

/// The body over several lines, if it is one whole JSON object or array without line ends of its own.
pub(super) fn indented(body: &str) -> Option<String> {
    let body = body.trim();
    if !body.starts_with(['{', '[']) || body.contains('\n') {
        return None;
    }
    serde_json::from_str::<serde::de::IgnoredAny>(body).ok()?;
    let mut out = String::with_capacity(body.len() * 2);
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    let mut chars = body.chars().peekable();
    while let Some(c) = chars.next() {
        if quoted {
            out.push(c);
            (quoted, escaped) = (escaped || c != '"', c == '\\' && !escaped);
            continue;
        }
        match c {
            '"' => {
                quoted = true;
                out.push(c);
            }
            '{' | '[' => {
                out.push(c);
                while chars.next_if(char::is_ascii_whitespace).is_some() {}
                if !matches!(chars.peek(), Some('}' | ']')) {
                    depth += 1;
                    new_line(&mut out, depth);
                } else if let Some(close) = chars.next() {
                    out.push(close);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                new_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c if c.is_ascii_whitespace() => {}
            c => out.push(c),
        }
    }
    Some(out)
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    // A peer may nest deeply; the page does not follow it out of sight.
    out.extend(std::iter::repeat_n("  ", depth.min(12)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tokens_stay_as_they_came() {
        let body = r#"{"a":1e400,"a":[],"b":{"c":"x:{,\"}"},"d":[1,{}]}"#;
        let shown = indented(body).unwrap();
        assert_eq!(
            shown,
            "{\n  \"a\": 1e400,\n  \"a\": [],\n  \"b\": {\n    \"c\": \"x:{,\\\"}\"\n  },\n  \"d\": [\n    1,\n    {}\n  ]\n}"
        );
        for other in ["{\"a\":1", "plain", "\"text\"", "{\n}", "{}{}"] {
            assert_eq!(indented(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn it_still_says_the_same(text in "(\\PC|\\\\|\"){0,20}") {
            let value = serde_json::json!({ "a": [text, 1, null, { "b": {} }], "c": [] });
            let shown = indented(&value.to_string()).unwrap();
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
        }
    }
}
