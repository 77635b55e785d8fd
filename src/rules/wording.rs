//! The requirement in words, where MCP revisions word it differently.

use std::collections::BTreeMap;

/// A requirement in a sentence or two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wording {
    /// The same in every revision.
    All(String),
    /// By the MCP revision in which a wording came in; it holds until the next one. Never empty.
    Since(BTreeMap<String, String>),
}

impl Wording {
    /// The words in a revision. What is older than the first wording has that one.
    pub fn in_revision(&self, revision: &str) -> &str {
        match self {
            Wording::All(text) => text,
            Wording::Since(texts) => texts
                .range(..=revision.to_owned())
                .next_back()
                .or_else(|| texts.first_key_value())
                .map_or("", |(_, text)| text),
        }
    }

    /// The revisions in which a wording came in, oldest first; none where there is one wording for all.
    pub fn since(&self) -> impl Iterator<Item = &str> {
        let texts = match self {
            Wording::All(_) => None,
            Wording::Since(texts) => Some(texts),
        };
        texts.into_iter().flatten().map(|(revision, _)| revision.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wording_holds_until_the_next() {
        let texts = [("2025-06-18", "one"), ("2026-07-28", "two")];
        let wording = Wording::Since(texts.map(|(since, text)| (since.into(), text.into())).into());
        let table = [
            ("2025-03-26", "one"),
            ("2025-06-18", "one"),
            ("2025-11-25", "one"),
            ("2026-07-28", "two"),
            ("2027-01-01", "two"),
        ];
        for (revision, text) in table {
            assert_eq!(wording.in_revision(revision), text, "{revision}");
        }
        assert_eq!(wording.since().collect::<Vec<_>>(), ["2025-06-18", "2026-07-28"]);
        assert_eq!(Wording::All("always".into()).in_revision("2025-03-26"), "always");
    }
}
