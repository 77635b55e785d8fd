//! Names of logins.

use std::fmt;

use super::VaultError;

/// A name that is also a good name of a file, everywhere: lower-case letters, digits, `-` and `_`, not at the
/// beginning; at most 64.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

impl Name {
    /// Reads one.
    pub fn parse(text: &str) -> Result<Self, VaultError> {
        let first = text
            .bytes()
            .next()
            .is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let rest = text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_');
        if first && rest && text.len() <= 64 {
            Ok(Self(text.to_owned()))
        } else {
            Err(VaultError::BadName {
                name: text.to_owned(),
            })
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["writer", "a", "0", "finance-rw", "a_b", &"a".repeat(64)] {
            assert!(Name::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "-a",
            "_a",
            ".",
            "..",
            "a/b",
            "a.b",
            "Writer",
            "é",
            "a b",
            "con:",
            &"a".repeat(65),
        ] {
            assert!(Name::parse(bad).is_err(), "{bad}");
        }
    }
}
