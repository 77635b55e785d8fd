//! Parameters of a query or a form (RFC 6749 §3.1, §3.2, Appendix B).

use url::form_urlencoded;

/// The one parameter that may be repeated (RFC 8707 §2).
const REPEATABLE: &str = "resource";

/// Names and values in the order they came.
#[derive(Clone, Default)]
pub(crate) struct Params(Vec<(String, String)>);

/// The bytes are no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotText;

impl Params {
    /// Reads `application/x-www-form-urlencoded` text. Bytes that are no UTF-8 are refused, not replaced: what is
    /// returned to a client must be what it sent.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, NotText> {
        let spaced: Vec<u8> = bytes.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect();
        let whole: Vec<u8> = percent_encoding::percent_decode(&spaced).collect();
        if std::str::from_utf8(&whole).is_err() {
            return Err(NotText);
        }
        Ok(Self(form_urlencoded::parse(bytes).into_owned().collect()))
    }

    /// The first value of a name. One without a value counts as left out (RFC 6749 §3.1).
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.raw(name).filter(|value| !value.is_empty())
    }

    /// The first value of a name, even if it is empty.
    pub(crate) fn raw(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The last value of a name.
    pub(crate) fn last(&self, name: &str) -> Option<&str> {
        let mut backwards = self.0.iter().rev();
        backwards
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Every value of a name that has one.
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        let own = self
            .0
            .iter()
            .filter(|(known, value)| known == name && !value.is_empty());
        own.map(|(_, value)| value.clone()).collect()
    }

    /// Whether a name that must be there once at most is there more often.
    pub(crate) fn repeats(&self) -> bool {
        let names = || self.0.iter().map(|(name, _)| name.as_str());
        names().any(|name| name != REPEATABLE && self.occurs(name) > 1)
    }

    /// How often a name is there.
    pub(crate) fn occurs(&self, name: &str) -> usize {
        self.0.iter().filter(|(known, _)| known == name).count()
    }

    /// Whether a name is there that is none of these.
    pub(crate) fn others_than(&self, known: &[&str]) -> bool {
        self.0.iter().any(|(name, _)| !known.contains(&name.as_str()))
    }

    pub(crate) fn push(&mut self, name: &str, value: &str) {
        self.0.push((name.to_owned(), value.to_owned()));
    }

    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_they_were_and_repetitions_are_seen() {
        let read = |text: &str| Params::parse(text.as_bytes());
        let state = read("state=a%2Bb+c%26%C3%BC&scope=&resource=x&resource=y").unwrap();
        assert_eq!(state.get("state"), Some("a+b c&ü"));
        assert_eq!((state.get("scope"), state.raw("scope")), (None, Some("")));
        assert_eq!(state.all("resource"), ["x", "y"]);
        assert!(!state.repeats());
        let twice = read("a=1&a=2").unwrap();
        assert!(twice.repeats() && twice.others_than(&["b"]));
        assert_eq!((twice.get("a"), twice.last("a")), (Some("1"), Some("2")));
        assert!(read("state=%ff").is_err());
    }
}
