//! The index of one workspace: which words stand in which passage of which node. Made when somebody first searches,
//! and made anew when somebody searches after a change; a world that is never searched has none.
//!
//! Terms and their overlap, no more. Of the libraries, tantivy brings 119 crates for 120 short files, bm25 a hasher
//! that nobody keeps any more, and probly-search has not been kept itself; and all of them rank by how rare a word
//! is in the whole index, which lets an index of several tenants tell of each to the others. Here nothing but the
//! passage and the question decides, so results are the same everywhere, and filtering can go first.

use std::collections::{BTreeMap, BTreeSet};

use super::{Node, Workspace};

/// Words that say nothing about what is asked.
const COMMON: &[&str] = &[
    "a", "an", "and", "are", "at", "does", "for", "how", "in", "is", "it", "of", "on", "or", "the", "to",
    "was", "what", "when", "where", "which", "who", "with",
];

/// A line of a node's text, or its name.
#[derive(Debug, Clone)]
struct Passage {
    node: String,
    text: String,
    /// The name of the node.
    names: bool,
}

/// Where the words of a workspace stand.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    passages: Vec<Passage>,
    /// Word → passages, ascending.
    terms: BTreeMap<String, Vec<usize>>,
}

/// What a question found in one node.
#[derive(Debug, Clone)]
pub(super) struct Hit {
    /// Its node.
    pub(super) node: String,
    /// The line that holds the most of the words.
    pub(super) passage: String,
    /// How many of the words the node holds, times ten, plus one if its name holds one.
    pub(super) score: usize,
}

impl Index {
    /// Of these nodes; what is in the trash is left out.
    pub(super) fn of<'a>(nodes: impl Iterator<Item = &'a Node>) -> Index {
        let mut index = Index::default();
        for node in nodes.filter(|node| !node.trashed) {
            index.add(&node.id, &node.name, true);
            for line in node.text().lines().filter(|line| !line.trim().is_empty()) {
                index.add(&node.id, line, false);
            }
        }
        index
    }

    fn add(&mut self, node: &str, text: &str, names: bool) {
        let number = self.passages.len();
        for word in words(text) {
            self.terms.entry(word).or_default().push(number);
        }
        self.passages.push(Passage {
            node: node.to_owned(),
            text: text.to_owned(),
            names,
        });
    }

    /// The nodes that hold any of the words, or words that begin like them; in no order.
    pub(super) fn hits(&self, asked: &BTreeSet<String>) -> Vec<Hit> {
        // Node → its words, and its passages with how many each holds.
        let mut found: BTreeMap<&str, (BTreeSet<&str>, BTreeMap<usize, usize>)> = BTreeMap::new();
        for word in asked {
            let alike = self.terms.range(word.clone()..);
            let alike = alike.take_while(|(term, _)| term.starts_with(word.as_str()));
            let passages: BTreeSet<usize> = alike.flat_map(|(_, at)| at.iter().copied()).collect();
            for number in passages {
                let Some(passage) = self.passages.get(number) else {
                    continue;
                };
                let (held, counts) = found.entry(&passage.node).or_default();
                held.insert(word);
                *counts.entry(number).or_default() += 1;
            }
        }
        found
            .into_iter()
            .map(|(node, (held, counts))| self.hit(node, held.len(), &counts))
            .collect()
    }

    fn hit(&self, node: &str, held: usize, counts: &BTreeMap<usize, usize>) -> Hit {
        let named = |number: &usize| self.passages.get(*number).is_some_and(|passage| passage.names);
        // Text before a name, then the line with the most, then the first.
        let best = counts
            .iter()
            .min_by_key(|(number, count)| (named(number), std::cmp::Reverse(**count), **number));
        let passage = best.and_then(|(number, _)| self.passages.get(*number));
        Hit {
            node: node.to_owned(),
            passage: passage.map(|passage| passage.text.clone()).unwrap_or_default(),
            score: held * 10 + usize::from(counts.keys().any(named)),
        }
    }
}

impl Workspace {
    /// The nodes of this workspace that hold any of the words, by its index.
    pub(super) fn hits(&self, asked: &BTreeSet<String>) -> Vec<(&Node, Hit)> {
        let hits = self.storage.index().hits(asked);
        hits.into_iter()
            .filter_map(|hit| Some((self.storage.node(&hit.node)?, hit)))
            .collect()
    }
}

/// The words of a text in lower case: letters, digits and dashes.
pub(super) fn words(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '-')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// The words a question turns on; all of them where it has none but common ones.
pub fn asked(question: &str) -> BTreeSet<String> {
    let all = words(question);
    let telling: BTreeSet<String> = all
        .iter()
        .filter(|word| !COMMON.contains(&word.as_str()))
        .cloned()
        .collect();
    if telling.is_empty() { all } else { telling }
}
