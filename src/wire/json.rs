//! JSON from a peer, bounded in depth before it is parsed.

use serde::Deserialize;
use serde_json::Value;

/// Depth up to which JSON from a peer is read; the parser's own bound.
pub const MAX_DEPTH: usize = 127;

/// Why bytes from a peer are not taken as JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonProblem {
    /// Nothing but white space.
    #[error("empty")]
    Empty,
    /// Arrays and objects nested too deeply.
    #[error("nested more than {0} levels deep")]
    TooDeep(usize),
    /// Not JSON.
    #[error("not JSON: {0}")]
    Invalid(String),
}

/// Parses one JSON value (RFC 8259) of at most `depth` (and never more than [`MAX_DEPTH`]) nested arrays and
/// objects. The size is bounded by whoever read the bytes.
pub fn parse_bounded(bytes: &[u8], depth: usize) -> Result<Value, JsonProblem> {
    let limit = depth.min(MAX_DEPTH);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(JsonProblem::Empty);
    }
    if deepest(bytes) > limit {
        return Err(JsonProblem::TooDeep(limit));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Value::deserialize(&mut reader).map_err(|e| invalid(&e))?;
    reader.end().map_err(|e| invalid(&e))?;
    Ok(value)
}

fn invalid(error: &serde_json::Error) -> JsonProblem {
    JsonProblem::Invalid(error.to_string())
}

/// How deep brackets are nested, strings left out. Right for JSON; for anything else it does not matter.
fn deepest(bytes: &[u8]) -> usize {
    let (mut depth, mut deepest, mut quoted, mut escaped) = (0_usize, 0, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(depth: usize) -> Vec<u8> {
        let mut text = vec![b'['; depth];
        text.resize(2 * depth, b']');
        text
    }

    #[test]
    fn depth_is_bounded() {
        assert!(parse_bounded(&nested(100), 100).is_ok());
        assert_eq!(parse_bounded(&nested(101), 100), Err(JsonProblem::TooDeep(100)));
        assert_eq!(
            parse_bounded(&nested(1_000_000), usize::MAX),
            Err(JsonProblem::TooDeep(MAX_DEPTH))
        );
        assert!(parse_bounded(&nested(MAX_DEPTH), MAX_DEPTH).is_ok());
    }

    #[test]
    fn brackets_in_strings_do_not_count() {
        let text = br#"{"a":"[[[[{{{{\"[[[["}"#;
        assert!(parse_bounded(text, 1).is_ok());
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(parse_bounded(b" \n", 9), Err(JsonProblem::Empty));
        let said = parse_bounded(b"{\"a\":\n 1,}", 9)
            .expect_err("trailing comma")
            .to_string();
        insta::assert_snapshot!(said, @"not JSON: trailing comma at line 2 column 4");
        assert!(parse_bounded(b"{} {}", 9).is_err());
        assert!(parse_bounded(b"\"\xff\"", 9).is_err());
    }
}
