//! `places:` and `access:`.

use std::collections::{BTreeMap, BTreeSet};

use super::reference::{self, Place as Where};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::{self, Fields};
use crate::scenario::model::Spanned;
use crate::scenario::suggest;
use crate::scenario::yaml::Node;
use crate::target::access::{AccessTable, Entry, Grant, Place};
use crate::target::keys::{ACCESS, PLACE};
use crate::target::model::Target;

/// Names of places that are built in.
const BUILT_IN: &[&str] = &["own", "foreign"];

/// `places:`.
pub(super) fn places(node: &Node, diagnostics: &mut Diagnostics) -> BTreeMap<String, Place> {
    let mut places = BTreeMap::new();
    for (name, node) in super::named(node, "places", diagnostics) {
        if BUILT_IN.contains(&name.value.as_str()) {
            diagnostics
                .error(
                    "reserved-name",
                    &name.at,
                    format!("the place `{}` is the key of that name", name.value),
                )
                .help("choose another name; `own:` and `foreign:` stand beside `places:`");
            continue;
        }
        let Some(mut entries) = Fields::of(node, &PLACE, diagnostics) else {
            continue;
        };
        let canaries = entries.take("canary", diagnostics);
        let canaries = canaries.map(|node| {
            let all = fields::one_or_many(node).iter();
            all.filter_map(|node| reference::text(node, Where::Fact, diagnostics))
                .collect()
        });
        let mut ids = BTreeMap::new();
        for (input, node) in entries.rest() {
            ids.insert(
                input.value.clone(),
                reference::data(node, Where::Fact, diagnostics),
            );
        }
        if ids.is_empty() {
            diagnostics
                .error(
                    "empty-value",
                    &name.at,
                    format!("the place `{}` has no id", name.value),
                )
                .help("name an id as the probes read it: `workspace: \"…\"` for `${with.workspace}`");
        }
        let place = Place {
            name: name.clone(),
            ids,
            canaries: canaries.unwrap_or_default(),
        };
        places.insert(name.value.clone(), place);
    }
    places
}

/// `access:`.
pub(super) fn table(node: &Node, diagnostics: &mut Diagnostics) -> Option<AccessTable> {
    let mut entries = Fields::of(node, &ACCESS, diagnostics)?;
    let probes = entries
        .take("probes", diagnostics)
        .map(|node| fields::texts(node, diagnostics));
    let unlisted = entries.take("unlisted", diagnostics);
    let unlisted =
        unlisted.and_then(|node| fields::word(node, &["deny", "invisible"], "standing", diagnostics));
    let mut rows = BTreeMap::new();
    for (who, node) in entries.rest() {
        let mut row = BTreeMap::new();
        for (place, node) in fields::entries(node, "places", diagnostics) {
            if let Some(entry) = entry(node, diagnostics) {
                row.insert(place.value.clone(), entry);
            }
        }
        rows.insert(who.value.clone(), row);
    }
    Some(AccessTable {
        probes,
        unlisted: unlisted
            .and_then(|word| Grant::parse(&word.value))
            .unwrap_or(Grant::Invisible),
        rows,
    })
}

/// `read`, or `{ rest: read, PROBE: deny }`.
fn entry(node: &Node, diagnostics: &mut Diagnostics) -> Option<Entry> {
    let grant = |node: &Node, diagnostics: &mut Diagnostics| {
        let word = fields::word(node, Grant::WORDS, "grant", diagnostics)?;
        Grant::parse(&word.value)
    };
    if node.map().is_none() {
        return grant(node, diagnostics).map(|rest| Entry {
            rest,
            named: BTreeMap::new(),
        });
    }
    let mut entry = Entry {
        rest: Grant::Deny,
        named: BTreeMap::new(),
    };
    for (name, node) in fields::entries(node, "probes", diagnostics) {
        let Some(found) = grant(node, diagnostics) else {
            continue;
        };
        if name.value == "rest" {
            entry.rest = found;
        } else {
            entry.named.insert(name.value.clone(), found);
        }
    }
    Some(entry)
}

/// Whether the table's names are declared.
pub(super) fn check_names(target: &Target, node: Option<&Node>, diagnostics: &mut Diagnostics) {
    let Some(rows) = node.and_then(Node::map) else {
        return;
    };
    let mut unknown = |name: &Spanned<String>, what: &str, known: Vec<&str>| {
        if !known.contains(&name.value.as_str()) {
            diagnostics
                .error(
                    "unknown-name",
                    &name.at,
                    format!("there is no {what} `{}`", name.value),
                )
                .help(if known.is_empty() {
                    format!("none is declared: `{what}s: {{ {}: {{ … }} }}`", name.value)
                } else {
                    format!("declared: {}", suggest::listed(known.iter().copied()))
                })
                .meant(suggest::nearest(&name.value, known.iter().copied()));
        }
    };
    let people: Vec<&str> = target
        .principals
        .iter()
        .map(|one| one.name.value.as_str())
        .collect();
    let places: Vec<&str> = target.places.keys().map(String::as_str).collect();
    let probes: Vec<&str> = target.probes.keys().map(String::as_str).collect();
    for (who, row) in rows {
        match who.value.as_str() {
            "probes" => {
                for name in target
                    .access
                    .iter()
                    .flat_map(|table| table.probes.iter().flatten())
                {
                    unknown(name, "probe", probes.clone());
                }
                continue;
            }
            "unlisted" => continue,
            _ => {}
        }
        let mut everybody = people.clone();
        everybody.push("nobody");
        unknown(who, "principal", everybody);
        for (place, entry) in row.map().into_iter().flatten() {
            unknown(place, "place", places.clone());
            for (probe, _) in entry
                .map()
                .into_iter()
                .flatten()
                .filter(|(name, _)| name.value != "rest")
            {
                unknown(probe, "probe", probes.clone());
            }
        }
    }
    check_aim(target, diagnostics);
}

/// Whether each probe that is listed can be aimed at one of the places: one that cannot would never be tried.
fn check_aim(target: &Target, diagnostics: &mut Diagnostics) {
    let ids: BTreeSet<&str> = target
        .places
        .values()
        .flat_map(|place| place.ids.keys().map(String::as_str))
        .collect();
    let listed = target
        .access
        .iter()
        .flat_map(|table| table.probes.iter().flatten());
    for name in listed {
        let Some(probe) = target.probes.get(&name.value) else {
            continue;
        };
        if ids.is_empty() || probe.inputs.iter().any(|input| ids.contains(input.as_str())) {
            continue;
        }
        let reads = if probe.inputs.is_empty() {
            "it has no input".to_owned()
        } else {
            format!(
                "it reads {}",
                suggest::listed(probe.inputs.iter().map(String::as_str))
            )
        };
        let first = ids.iter().next().copied().unwrap_or_default();
        diagnostics
            .error(
                "cannot-aim",
                &name.at,
                format!("the probe `{}` cannot be aimed at any place: {reads}", name.value),
            )
            .help(format!(
                "the places have {}: let the probe read one, as in `arguments: {{ id: \"${{with.{first}}}\" }}`, or take it off this list",
                suggest::listed(ids.iter().copied())
            ));
    }
}
