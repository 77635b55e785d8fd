//! Whose data came back: a random canary per principal, searched in every byte of an answer and in what it encodes.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::AhoCorasick;

use super::layers::each_layer;
use crate::secret::spellings;
use crate::wire::{Exchange, Response};

/// The canaries of a target's principals.
#[derive(Debug, Default)]
pub struct Canaries {
    by_principal: BTreeMap<String, Vec<String>>,
    ids: BTreeSet<String>,
    search: Option<(AhoCorasick, Vec<String>)>,
}

impl Canaries {
    /// From principal → canaries; `ids` are those of them that are ids of things.
    pub fn new(by_principal: BTreeMap<String, Vec<String>>, ids: BTreeSet<String>) -> Self {
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
        Self {
            by_principal,
            ids,
            search,
        }
    }

    /// Whether they are these; making them anew costs more than looking.
    pub fn are(&self, by_principal: &BTreeMap<String, Vec<String>>, ids: &BTreeSet<String>) -> bool {
        self.by_principal == *by_principal && self.ids == *ids
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

    /// Canaries found in an answer, in every byte that was read of it and in what those bytes encode: status line,
    /// header names and values, body, events.
    pub fn found(&self, exchange: &Exchange) -> Vec<String> {
        let Some((search, canaries)) = &self.search else {
            return Vec::new();
        };
        let Ok(response) = &exchange.response else {
            return Vec::new();
        };
        let mut patterns = BTreeSet::new();
        for text in texts(response) {
            each_layer(text, &mut |layer| {
                patterns.extend(
                    search
                        .find_overlapping_iter(layer)
                        .map(|m| m.pattern().as_usize()),
                );
            });
        }
        let found: BTreeSet<&String> = patterns.into_iter().map(|pattern| &canaries[pattern]).collect();
        found.into_iter().cloned().collect()
    }

    /// Canaries in what was sent: an answer that repeats them tells nobody anything.
    pub fn sent(&self, exchange: &Exchange) -> Vec<String> {
        let Some((search, canaries)) = &self.search else {
            return Vec::new();
        };
        let sent = &exchange.request;
        let headers = sent.headers.iter().map(|(_, value)| value.as_slice());
        let mut found = BTreeSet::new();
        for text in [sent.line.as_bytes(), &sent.body[..]].into_iter().chain(headers) {
            each_layer(text, &mut |layer| {
                found.extend(
                    search
                        .find_overlapping_iter(layer)
                        .map(|m| canaries[m.pattern().as_usize()].clone()),
                );
            });
        }
        found.into_iter().collect()
    }

    /// Whether it is an id and no random text: one that is sent may be named in the answer.
    pub fn is_id(&self, canary: &str) -> bool {
        self.ids.contains(canary)
    }

    /// How many different ones there are.
    pub fn count(&self) -> usize {
        let all: BTreeSet<&String> = self.by_principal.values().flatten().collect();
        all.len()
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
        .flat_map(|(name, value)| [name.as_bytes(), value.as_slice()])
        .chain(std::iter::once(response.reason.as_bytes()))
        .chain(std::iter::once(&response.body[..]))
        .chain(response.events.iter().flat_map(|event| {
            let id = event.id.as_deref().unwrap_or_default();
            [event.data.as_bytes(), event.event.as_bytes(), id.as_bytes()]
        }))
}

/// How many bytes of an answer are searched; the events are part of the body.
pub fn bytes_read(exchange: &Exchange) -> u64 {
    let Ok(response) = &exchange.response else {
        return 0;
    };
    let head: usize = response
        .headers
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    (response.version.len() + 3 + response.reason.len() + head + response.body.len()) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_means_own_and_nothing_else() {
        let canaries = Canaries::new(
            BTreeMap::from([
                (
                    "reader".to_owned(),
                    vec!["hmc-aaaaaaaaaaaa".to_owned(), "hmc-shared000000".to_owned()],
                ),
                (
                    "writer".to_owned(),
                    vec!["hmc-bbbbbbbbbbbb".to_owned(), "hmc-shared000000".to_owned()],
                ),
            ]),
            BTreeSet::new(),
        );
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
