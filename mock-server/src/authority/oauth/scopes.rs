//! The words of a `scope` parameter (RFC 6749 §3.3): rights such as `workspace:ID:r`, and words about identity.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::platform::Scope;

/// One word.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Word {
    /// A right, as API keys have them.
    Right(Scope),
    /// A word of OpenID Connect; it gives no right.
    Identity(Identity),
}

/// Words about identity and duration (OpenID Connect Core §3.1.2.1, §5.4, §11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Identity {
    OpenId,
    Profile,
    Email,
    OfflineAccess,
}

const IDENTITY: [(Identity, &str); 4] = [
    (Identity::OpenId, "openid"),
    (Identity::Profile, "profile"),
    (Identity::Email, "email"),
    (Identity::OfflineAccess, "offline_access"),
];

/// A word nobody knows; `invalid_scope`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UnknownWord;

impl Word {
    pub(crate) fn parse(text: &str) -> Result<Self, UnknownWord> {
        let identity = IDENTITY.iter().find(|(_, word)| *word == text);
        match identity {
            Some((identity, _)) => Ok(Self::Identity(*identity)),
            None => text.parse().map(Self::Right).map_err(|_| UnknownWord),
        }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Right(scope) => scope.fmt(f),
            Self::Identity(identity) => {
                let known = IDENTITY.iter().find(|(known, _)| known == identity);
                f.write_str(known.map_or("", |(_, word)| word))
            }
        }
    }
}

/// Several words, in the order they were asked for, none twice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Scopes(Vec<Word>);

impl Scopes {
    /// Reads a `scope` parameter. An order or a repetition means nothing (RFC 6749 §3.3).
    pub(crate) fn parse(text: &str) -> Result<Self, UnknownWord> {
        let words = text.split(' ').filter(|word| !word.is_empty());
        words.map(Word::parse).collect()
    }

    /// Rights alone.
    pub(crate) fn of_rights(rights: impl IntoIterator<Item = Scope>) -> Self {
        rights.into_iter().map(Word::Right).collect()
    }

    pub(crate) fn words(&self) -> &[Word] {
        &self.0
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What an access token may touch.
    pub(crate) fn rights(&self) -> Vec<Scope> {
        let rights = self.0.iter().filter_map(|word| match word {
            Word::Right(scope) => Some(scope.clone()),
            Word::Identity(_) => None,
        });
        rights.collect()
    }

    pub(crate) fn has(&self, identity: Identity) -> bool {
        self.0.contains(&Word::Identity(identity))
    }

    /// Whether every word of `asked` is one of these or lies within one of these.
    pub(crate) fn cover(&self, asked: &Self) -> bool {
        asked.0.iter().all(|word| self.covers(word))
    }

    fn covers(&self, word: &Word) -> bool {
        match word {
            Word::Identity(_) => self.0.contains(word),
            Word::Right(asked) => self.0.iter().any(|held| match held {
                Word::Right(held) => {
                    held.entity == asked.entity
                        && (held.id.is_none() || held.id == asked.id)
                        && held.mode >= asked.mode
                }
                Word::Identity(_) => false,
            }),
        }
    }

    /// The words of `self` as far as `limit` covers them.
    pub(crate) fn within(&self, limit: &Self) -> Self {
        let words = self.0.iter().filter_map(|word| {
            if limit.covers(word) {
                return Some(word.clone());
            }
            limit.lesser(word)
        });
        words.collect()
    }

    /// The widest right here that is less than `word` on the same thing.
    fn lesser(&self, word: &Word) -> Option<Word> {
        let Word::Right(asked) = word else {
            return None;
        };
        let same = self.0.iter().filter_map(|held| match held {
            Word::Right(held)
                if held.entity == asked.entity && (held.id.is_none() || held.id == asked.id) =>
            {
                Some(held.mode)
            }
            _ => None,
        });
        let mode = same.max()?.min(asked.mode);
        Some(Word::Right(Scope {
            mode,
            ..asked.clone()
        }))
    }
}

impl FromIterator<Word> for Scopes {
    fn from_iter<I: IntoIterator<Item = Word>>(iter: I) -> Self {
        let mut words = Vec::new();
        for word in iter {
            if !words.contains(&word) {
                words.push(word);
            }
        }
        Self(words)
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, word) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            word.fmt(f)?;
        }
        Ok(())
    }
}

impl Serialize for Scopes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FINANCE: &str = "workspace:4000000000000000001";
    const SUPPORT: &str = "workspace:4000000000000000002";

    fn scopes(text: &str) -> Scopes {
        Scopes::parse(text).unwrap()
    }

    #[test]
    fn words_are_read_written_and_refused() {
        let text = format!("openid {FINANCE}:rw offline_access");
        assert_eq!(scopes(&text).to_string(), text);
        assert_eq!(scopes(&format!("{text}  {text}")).to_string(), text);
        assert!(Scopes::parse("").is_ok_and(|none| none.is_empty()));
        for wrong in ["admin", "OPENID", "workspace:1:r", "openid,email"] {
            assert_eq!(Scopes::parse(wrong), Err(UnknownWord), "{wrong}");
        }
    }

    #[test]
    fn less_is_covered_and_more_is_not() {
        let held = scopes(&format!("openid {FINANCE}:rw {SUPPORT}:r"));
        for (asked, covered) in [
            (format!("{FINANCE}:r"), true),
            (format!("{FINANCE}:rw openid"), true),
            (format!("{FINANCE}:rwa"), false),
            (format!("{SUPPORT}:rw"), false),
            ("email".to_owned(), false),
            ("workspace:*:r".to_owned(), false),
        ] {
            assert_eq!(held.cover(&scopes(&asked)), covered, "{asked}");
        }
        assert!(scopes("workspace:*:rw").cover(&scopes(&format!("{SUPPORT}:r"))));
        let asked = scopes(&format!("{SUPPORT}:rw {FINANCE}:r email openid"));
        assert_eq!(
            asked.within(&held).to_string(),
            format!("{SUPPORT}:r {FINANCE}:r openid")
        );
    }
}
