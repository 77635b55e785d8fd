//! The whole catalogue: found by id or alias, each record read when somebody asks for it.
//!
//! Seven hundred records are a quarter of a megabyte of YAML, and a run needs a few dozen of them. So the files are cut
//! into records by the shape of their lines (`  - id: NAME`), and a record is decoded on first use.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::decode;
use super::index::{self, Entry};
use super::rule::{Rule, Status};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::model::SourceFile;

/// All rules.
#[derive(Debug, Default)]
pub struct Catalogue {
    families: Vec<Family>,
    records: Vec<Record>,
    /// Upper-case id or alias → record.
    names: BTreeMap<String, usize>,
}

/// A family of rules: one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// `BEARER`.
    pub id: String,
    /// `Bearer presentation at the resource server`.
    pub title: String,
}

#[derive(Debug)]
struct Record {
    entry: Entry,
    family: String,
    rule: OnceLock<Option<Rule>>,
}

impl Record {
    fn rule(&self) -> Option<&Rule> {
        let read = || decode::record(&self.entry.alone(), &self.family, &mut Diagnostics::default());
        self.rule.get_or_init(read).as_ref()
    }
}

impl Catalogue {
    /// Indexes the catalogue from `(path, text)` of its files, without decoding a record. Ids that occur twice are
    /// reported; a record that cannot be read is not found later (see [`Catalogue::load_whole`]).
    pub fn load<'a>(
        files: impl IntoIterator<Item = (String, &'a str)>,
        diagnostics: &mut Diagnostics,
    ) -> Catalogue {
        let mut catalogue = Catalogue::default();
        for file in in_order(files) {
            catalogue.add(
                index::heading(&file),
                Vec::new(),
                index::entries(&file),
                diagnostics,
            );
        }
        catalogue
    }

    /// As [`Catalogue::load`], but decodes every record now, so that every mistake is found.
    pub fn load_whole<'a>(
        files: impl IntoIterator<Item = (String, &'a str)>,
        diagnostics: &mut Diagnostics,
    ) -> Catalogue {
        let mut catalogue = Catalogue::default();
        for file in in_order(files) {
            if let Some(read) = decode::family(&file, diagnostics) {
                catalogue.add(read.family, read.rules, index::entries(&file), diagnostics);
            }
        }
        catalogue
    }

    fn add(&mut self, family: Family, rules: Vec<Rule>, entries: Vec<Entry>, diagnostics: &mut Diagnostics) {
        let mut rules: BTreeMap<String, Rule> =
            rules.into_iter().map(|rule| (rule.id.clone(), rule)).collect();
        for entry in entries {
            let rule = OnceLock::new();
            if let Some(read) = rules.remove(&entry.id) {
                let _ = rule.set(Some(read));
            }
            let place = self.records.len();
            for name in std::iter::once(&entry.id).chain(&entry.aliases) {
                if self.names.insert(name.to_ascii_uppercase(), place).is_some() {
                    diagnostics
                        .error(
                            "duplicate-rule",
                            &entry.at(),
                            format!("the rule id {name} occurs twice"),
                        )
                        .help("a requirement has one record; its other ids are `aliases` of it");
                }
            }
            self.records.push(Record {
                entry,
                family: family.id.clone(),
                rule,
            });
        }
        self.families.push(family);
    }

    /// The rule with this id or alias, without regard to case.
    pub fn get(&self, name: &str) -> Option<&Rule> {
        self.record(name)?.rule()
    }

    /// Where the rule with this id or alias stands; reads no more than the index.
    pub fn status(&self, name: &str) -> Option<Status> {
        Some(self.record(name)?.entry.status)
    }

    /// The catalogue's own id for an id or alias.
    pub fn canonical(&self, name: &str) -> Option<&str> {
        Some(&self.record(name)?.entry.id)
    }

    /// Every id with its aliases and where it stands; reads no more than the index.
    pub fn ids(&self) -> impl Iterator<Item = (&str, &[String], Status)> {
        self.records.iter().map(|record| {
            let entry = &record.entry;
            (entry.id.as_str(), entry.aliases.as_slice(), entry.status)
        })
    }

    /// The rules that scenarios judge.
    pub fn live(&self) -> impl Iterator<Item = &Rule> {
        self.records
            .iter()
            .filter(|record| record.entry.status == Status::Live)
            .filter_map(Record::rule)
    }

    /// Every rule, in the order of the files.
    pub fn all(&self) -> impl Iterator<Item = &Rule> {
        self.records.iter().filter_map(Record::rule)
    }

    /// The families, in the order of the files.
    pub fn families(&self) -> &[Family] {
        &self.families
    }

    /// Ids that look like a mistyped one, the nearest first; at most three.
    pub fn suggestions(&self, name: &str) -> Vec<String> {
        let wanted = name.to_ascii_uppercase();
        let mut near: Vec<(usize, &String)> = self
            .names
            .keys()
            .map(|known| (strsim::damerau_levenshtein(&wanted, known), known))
            .filter(|(distance, known)| *distance <= (known.len() / 3).max(1))
            .collect();
        near.sort();
        near.into_iter().take(3).map(|(_, known)| known.clone()).collect()
    }

    fn record(&self, name: &str) -> Option<&Record> {
        self.names
            .get(&name.to_ascii_uppercase())
            .map(|place| &self.records[*place])
    }
}

fn in_order<'a>(files: impl IntoIterator<Item = (String, &'a str)>) -> impl Iterator<Item = Arc<SourceFile>> {
    let mut files: Vec<(String, &str)> = files.into_iter().collect();
    files.sort();
    files.into_iter().map(|(path, text)| {
        Arc::new(SourceFile {
            path,
            text: text.to_owned(),
        })
    })
}
