//! Header fields that belong to one caller: its credential, its session.

use std::fmt;
use std::sync::Arc;

/// Rendered header lines. A clone shares the bytes. They are secret: `Debug` shows their number only.
#[derive(Clone, Default)]
pub struct Lines(Arc<[u8]>);

/// A field that cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the header field {name} holds what no field can (RFC 9110 §5)")]
pub struct LinesError {
    /// Its name, made readable. The value may be a secret.
    pub name: String,
}

impl Lines {
    /// Renders fields (RFC 9112 §5).
    pub fn new<N: AsRef<str>, V: AsRef<[u8]>>(
        fields: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, LinesError> {
        let mut bytes = Vec::new();
        for (name, value) in fields {
            put(&mut bytes, name.as_ref(), value.as_ref())?;
        }
        Ok(Self(bytes.into()))
    }

    /// As they are sent.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Name and value of each.
    pub fn each(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.0.split(|b| *b == b'\n').filter_map(|line| {
            let colon = line.iter().position(|b| *b == b':')?;
            Some((&line[..colon], line[colon + 1..].trim_ascii()))
        })
    }
}

impl fmt::Debug for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lines({})", self.each().count())
    }
}

/// A token (RFC 9110 §5.6.2).
fn is_name(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !name.is_empty() && name.bytes().all(allowed)
}

/// Appends one line.
pub(super) fn put(bytes: &mut Vec<u8>, name: &str, value: &[u8]) -> Result<(), LinesError> {
    let sendable = |b: &u8| *b == b'\t' || (*b >= b' ' && *b != 0x7f);
    if !is_name(name) || !value.iter().all(sendable) {
        return Err(LinesError {
            name: name.escape_default().to_string(),
        });
    }
    bytes.extend_from_slice(name.as_bytes());
    bytes.extend_from_slice(b": ");
    bytes.extend_from_slice(value);
    bytes.extend_from_slice(b"\r\n");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_rendered_and_taken_apart() {
        let lines = Lines::new([("Authorization", "Bearer abc"), ("Mcp-Session-Id", "a:b")]).unwrap();
        assert_eq!(
            lines.bytes(),
            b"Authorization: Bearer abc\r\nMcp-Session-Id: a:b\r\n"
        );
        let each: Vec<_> = lines.each().collect();
        assert_eq!(
            each,
            [
                (&b"Authorization"[..], &b"Bearer abc"[..]),
                (b"Mcp-Session-Id", b"a:b")
            ]
        );
        assert_eq!(format!("{lines:?}"), "Lines(2)");
    }

    #[test]
    fn nothing_is_smuggled() {
        for (name, value) in [
            ("A", "b\r\nC: d"),
            ("A\r\nB", "c"),
            ("", "x"),
            ("A B", "x"),
            ("A", "\0"),
        ] {
            assert!(Lines::new([(name, value)]).is_err(), "{name:?} {value:?}");
        }
    }
}
