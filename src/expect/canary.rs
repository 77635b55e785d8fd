//! Whose data came back: a random canary per principal, searched in every byte of an answer and in what it encodes.

use std::collections::BTreeMap;

use aho_corasick::AhoCorasick;

use crate::secret::spellings;
use crate::wire::{Exchange, Response};

/// The canaries of a target's principals.
#[derive(Debug, Default)]
pub struct Canaries {
    by_principal: BTreeMap<String, Vec<String>>,
    search: Option<(AhoCorasick, Vec<String>)>,
}

impl Canaries {
    /// From principal → canaries.
    pub fn new(by_principal: BTreeMap<String, Vec<String>>) -> Self {
        let mut forms = Vec::new();
        let mut canaries = Vec::new();
        for canary in by_principal.values().flatten() {
            for form in spellings(canary) {
                forms.push(form);
                canaries.push(canary.clone());
            }
        }
        let search = if forms.is_empty() {
            None
        } else {
            AhoCorasick::new(&forms).ok().map(|a| (a, canaries))
        };
        Self { by_principal, search }
    }

    /// Whether that principal has one.
    pub fn has(&self, principal: &str) -> bool {
        self.by_principal
            .get(principal)
            .is_some_and(|canaries| !canaries.is_empty())
    }

    /// Whether anybody has one.
    pub fn any(&self) -> bool {
        self.search.is_some()
    }

    /// Canaries of a principal.
    pub fn of(&self, principal: &str) -> &[String] {
        self.by_principal.get(principal).map_or(&[], Vec::as_slice)
    }

    /// Canaries found in an answer: header values, body and event data.
    pub fn found(&self, exchange: &Exchange) -> Vec<String> {
        let Some((search, canaries)) = &self.search else {
            return Vec::new();
        };
        let Ok(response) = &exchange.response else {
            return Vec::new();
        };
        let mut found: Vec<String> = texts(response)
            .flat_map(|bytes| {
                search
                    .find_overlapping_iter(bytes)
                    .map(|m| m.pattern().as_usize())
                    .collect::<Vec<_>>()
            })
            .map(|pattern| canaries[pattern].clone())
            .collect();
        found.sort();
        found.dedup();
        found
    }

    /// Names of the principals who hold one of these canaries.
    pub fn owners(&self, canaries: &[String]) -> Vec<&str> {
        self.by_principal
            .iter()
            .filter(|(_, own)| own.iter().any(|canary| canaries.contains(canary)))
            .map(|(name, _)| name.as_str())
            .collect()
    }

    /// Exactly that principal's data: something of its own, nothing of anybody else's.
    pub fn only(&self, principal: &str, found: &[String]) -> bool {
        let own = self.of(principal);
        !found.is_empty() && found.iter().all(|canary| own.contains(canary))
    }
}

fn texts(response: &Response) -> impl Iterator<Item = &[u8]> {
    response
        .headers
        .iter()
        .map(|(_, value)| value.as_slice())
        .chain(std::iter::once(response.reason.as_bytes()))
        .chain(std::iter::once(&response.body[..]))
        .chain(response.events.iter().map(|event| event.data.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_means_own_and_nothing_else() {
        let canaries = Canaries::new(BTreeMap::from([
            (
                "reader".to_owned(),
                vec!["hmc-aaaaaaaaaaaa".to_owned(), "hmc-shared000000".to_owned()],
            ),
            (
                "writer".to_owned(),
                vec!["hmc-bbbbbbbbbbbb".to_owned(), "hmc-shared000000".to_owned()],
            ),
        ]));
        let found = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        assert!(canaries.only("reader", &found(&["hmc-aaaaaaaaaaaa", "hmc-shared000000"])));
        assert!(canaries.only("writer", &found(&["hmc-shared000000"])));
        assert!(!canaries.only("reader", &found(&["hmc-bbbbbbbbbbbb"])));
        assert!(!canaries.only("reader", &[]));
        assert_eq!(
            canaries.owners(&found(&["hmc-shared000000"])),
            ["reader", "writer"]
        );
    }
}
