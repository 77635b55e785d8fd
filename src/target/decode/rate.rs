//! `rate:`: the limit of a credential, and who may be used to reach it.

use std::collections::BTreeMap;

use super::reference::{self, Place};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::{self, Fields};
use crate::scenario::model::Data;
use crate::scenario::suggest;
use crate::scenario::yaml::Node;
use crate::target::keys::{RATE, RESET_UNITS};
use crate::target::model::Principal;

/// The members by name. Whoever is named must be a principal.
pub(super) fn rate(
    node: &Node,
    principals: &[Principal],
    diagnostics: &mut Diagnostics,
) -> BTreeMap<String, Data> {
    let Some(mut entries) = Fields::of(node, &RATE, diagnostics) else {
        return BTreeMap::new();
    };
    let mut rate = BTreeMap::new();
    for key in RATE.names() {
        let needed = RATE.keys.iter().any(|one| one.name == key && one.required);
        let node = if needed {
            entries.need(key, diagnostics)
        } else {
            entries.take(key, diagnostics)
        };
        let Some(node) = node else { continue };
        match key {
            "exhaust" | "twin" | "bystander" => named(node, principals, diagnostics),
            "window" => drop(fields::duration(node, diagnostics)),
            "reset" if !node.text().is_some_and(|text| text.contains("${")) => {
                fields::word(node, RESET_UNITS, "unit of a reset", diagnostics);
            }
            "reset" => {}
            "burst" => drop(fields::count(node, 0, diagnostics)),
            _ => drop(fields::count(node, 1, diagnostics)),
        }
        rate.insert(key.to_owned(), reference::data(node, Place::Fact, diagnostics));
    }
    entries.finish(diagnostics);
    rate
}

/// A principal that there is.
pub(super) fn named(node: &Node, principals: &[Principal], diagnostics: &mut Diagnostics) {
    let Some(name) = fields::text(node, diagnostics) else {
        return;
    };
    let names = || principals.iter().map(|principal| principal.name.value.as_str());
    if !names().any(|known| known == name.value) {
        let near = suggest::nearest(&name.value, names());
        diagnostics
            .error(
                "unknown-principal",
                &name.at,
                format!("there is no principal `{}`", name.value),
            )
            .help(format!("principals: {}", suggest::listed(names())))
            .meant(near);
    }
}
