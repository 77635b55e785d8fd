//! Frozen sets: the rules that make up one MCP revision, as data (`scenarios/requirements/REVISION.yaml`). A set never
//! grows by itself; a rule of the revision is either in it or says why it is not scored.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Catalogue, LevelBy, Rule};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields;
use crate::scenario::model::SourceFile;
use crate::scenario::yaml;

/// The set of one revision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requirements {
    /// The MCP revision.
    pub revision: String,
    /// Ids of the rules in it, sorted.
    pub rules: Vec<String>,
    /// Rules of the revision that are not scored, and why.
    pub not_scored: BTreeMap<String, String>,
}

impl Requirements {
    /// Reads a file.
    pub fn decode(file: &Arc<SourceFile>, diagnostics: &mut Diagnostics) -> Option<Self> {
        let root = yaml::parse(file, diagnostics)?;
        let mut made = Self::default();
        for (key, node) in fields::entries(&root, "keys", diagnostics) {
            match key.value.as_str() {
                "requirements" => made.revision = fields::text(node, diagnostics)?.value,
                "rules" => {
                    made.rules = fields::texts(node, diagnostics)
                        .into_iter()
                        .map(|one| one.value)
                        .collect();
                }
                "not_scored" => {
                    for (id, why) in fields::entries(node, "rules and reasons", diagnostics) {
                        let why = fields::text(why, diagnostics)?;
                        made.not_scored.insert(id.value.clone(), why.value);
                    }
                }
                _ => fields::unknown_key(
                    key,
                    "requirements file",
                    ["requirements", "rules", "not_scored"].into_iter(),
                    diagnostics,
                ),
            }
        }
        Some(made)
    }

    /// What does not fit the catalogue: rules of the revision that the file does not decide about, and names that are no
    /// rule of the revision.
    pub fn drift(&self, catalogue: &Catalogue) -> Vec<String> {
        let of_the_revision = |rule: &&Rule| {
            matches!(rule.level, LevelBy::Revision(_)) && rule.level_in(&self.revision).is_some()
        };
        let decided = |id: &String| self.rules.contains(id) || self.not_scored.contains_key(id);
        let rules: Vec<&Rule> = catalogue.all().filter(of_the_revision).collect();
        let undecided = rules
            .iter()
            .filter(|rule| !decided(&rule.id))
            .map(|rule| format!("{} is undecided", rule.id));
        let unknown = self
            .rules
            .iter()
            .chain(self.not_scored.keys())
            .filter(|id| !rules.iter().any(|rule| rule.id == **id))
            .map(|id| format!("{id} is no rule of {}", self.revision));
        let twice = self
            .rules
            .iter()
            .filter(|id| self.not_scored.contains_key(*id))
            .map(|id| format!("{id} is scored and not scored"));
        undecided.chain(unknown).chain(twice).collect()
    }
}
