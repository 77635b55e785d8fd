//! What the endpoint knows of its subscriptions, and what of them it handed on.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::text;
use crate::defect::{DefectSet, evr};
use crate::fixture::FixtureReceiver;

/// Subscriptions and envelopes that are kept.
const KEPT: usize = 1_000;

/// Beside the subscriptions that every world starts with.
#[derive(Debug, Default)]
pub(in crate::delivery::inbound) struct Book {
    /// Id → secret.
    adopted: BTreeMap<String, String>,
    ended: BTreeSet<String>,
    handed: BTreeMap<String, usize>,
    /// Timestamp of the newest event of a subscription; only the defect `evr-drops-older` looks at it.
    newest: BTreeMap<String, String>,
}

/// What a delivery may be signed with.
pub(super) struct Candidates {
    pub(super) texts: Vec<String>,
    /// The subscription has its id.
    pub(super) known: bool,
}

impl Book {
    /// The secret of this subscription; where nobody knows it, those that were offered and have no id yet.
    pub(super) fn candidates(&self, id: &str, fixtures: &FixtureReceiver, defects: &DefectSet) -> Candidates {
        let fixed = fixtures.subscriptions.values().filter_map(|subscription| {
            let id = subscription.id.as_ref()?;
            Some((id.as_str(), subscription.secret.as_str()))
        });
        let adopted = self
            .adopted
            .iter()
            .map(|(id, secret)| (id.as_str(), secret.as_str()));
        let tied: BTreeMap<&str, &str> = fixed.chain(adopted).collect();
        let untied = fixtures
            .subscriptions
            .values()
            .filter(|subscription| subscription.id.is_none())
            .map(|subscription| subscription.secret.clone());
        let texts = match tied.get(id) {
            _ if id.is_empty() || defects.has(evr::ANY_SECRET) => {
                let all = tied.values().map(|secret| (*secret).to_owned());
                all.chain(untied).collect()
            }
            Some(secret) => vec![(*secret).to_owned()],
            None => untied.collect(),
        };
        Candidates {
            texts,
            known: id.is_empty() || tied.contains_key(id),
        }
    }

    pub(super) fn has_ended(&self, id: &str) -> bool {
        self.ended.contains(id)
    }

    pub(super) fn end(&mut self, id: &str) {
        self.ended.insert(id.to_owned());
    }

    pub(super) fn hand(&mut self, message: &str) {
        if self.handed.len() < KEPT || self.handed.contains_key(message) {
            *self.handed.entry(message.to_owned()).or_default() += 1;
        }
    }

    pub(in crate::delivery::inbound) fn handed(&self, message: &str) -> usize {
        self.handed.get(message).copied().unwrap_or(0)
    }

    /// Whether a newer event of the subscription was there; else this is the newest.
    pub(super) fn is_older(&mut self, id: &str, timestamp: &str) -> bool {
        let newest = self.newest.entry(id.to_owned()).or_default();
        if timestamp < newest.as_str() {
            return true;
        }
        timestamp.clone_into(newest);
        false
    }
}

/// Takes `{ id, secret }` for a subscription whose answer has come; false where it is none.
pub(in crate::delivery::inbound) fn adopt(body: &[u8], book: &mut Book) -> bool {
    let body: Option<Value> = serde_json::from_slice(body).ok();
    let told = body.and_then(|body| Some((text(&body, "id")?, text(&body, "secret")?)));
    match told {
        Some((id, secret)) if book.adopted.len() < KEPT && secret.starts_with("whsec_") => {
            book.adopted.insert(id, secret);
            true
        }
        _ => false,
    }
}
