//! `events:`: what can be heard of, and by whom.

use std::collections::BTreeMap;

use super::rate::named;
use super::reference::{self, Place};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::Fields;
use crate::scenario::model::Data;
use crate::scenario::yaml::Node;
use crate::target::keys::events::EVENTS;
use crate::target::model::Principal;

/// The members by name. Whoever is named must be a principal.
pub(super) fn events(
    node: &Node,
    principals: &[Principal],
    diagnostics: &mut Diagnostics,
) -> BTreeMap<String, Data> {
    let mut events = BTreeMap::new();
    let Some(mut entries) = Fields::of(node, &EVENTS, diagnostics) else {
        return events;
    };
    for key in EVENTS.keys {
        let node = if key.required {
            entries.need(key.name, diagnostics)
        } else {
            entries.take(key.name, diagnostics)
        };
        let Some(node) = node else { continue };
        if matches!(
            key.name,
            "subscriber" | "neighbour" | "stranger" | "leaver" | "causer"
        ) {
            named(node, principals, diagnostics);
        }
        events.insert(
            key.name.to_owned(),
            reference::data(node, Place::Fact, diagnostics),
        );
    }
    entries.finish(diagnostics);
    if let Some(subscriber) = events.get("subscriber").cloned() {
        events.entry("causer".to_owned()).or_insert(subscriber);
    }
    events
}
