//! The fixture: the same per seed, another per other seed, canaries in every object.

use std::collections::BTreeSet;

use super::{KEYS, NOW, caller, place, world};
use crate::platform::seedling::{NODES, SHARED_SENTENCE};
use crate::platform::{KeyState, ListOptions, Platform};

fn export(seed: u64) -> String {
    serde_json::to_string(&Platform::two_tenants(seed, NOW)).unwrap()
}

#[test]
fn the_seed_decides_everything() {
    assert_eq!(export(1), export(1));
    assert_ne!(export(1), export(2));
}

#[test]
fn every_object_holds_its_workspaces_canary_and_no_other() {
    let platform = world();
    let canaries: BTreeSet<&str> = platform
        .all_workspaces()
        .map(|place| place.canary.as_str())
        .collect();
    assert_eq!(canaries.len(), 3);
    for place in platform.all_workspaces() {
        let nodes = place.storage.nodes();
        assert_eq!(nodes.len(), NODES);
        for node in nodes.values() {
            assert!(node.name.contains(&place.canary));
            assert!(
                node.versions
                    .iter()
                    .all(|version| version.text.contains(&place.canary))
            );
            assert!(node.id.len() == 29 && node.id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        }
        let all = serde_json::to_string(&place.storage).unwrap();
        assert!(
            canaries
                .iter()
                .all(|canary| *canary == place.canary || !all.contains(*canary))
        );
        assert_eq!(
            nodes
                .values()
                .filter(|node| node.text().contains(SHARED_SENTENCE))
                .count(),
            5
        );
        assert_eq!(nodes.values().filter(|node| node.trashed).count(), 1);
        assert_eq!(nodes.values().filter(|node| node.versions.len() == 3).count(), 1);
    }
}

#[test]
fn accounts_have_canaries_of_their_own() {
    let platform = world();
    let own: BTreeSet<String> = KEYS.iter().map(|name| caller(&platform, name).canary).collect();
    assert_eq!(own.len(), KEYS.len());
    assert!(
        own.iter()
            .all(|canary| canary.len() == 16 && canary.starts_with("hmc-"))
    );
}

#[test]
fn keys_start_live_expired_or_revoked_and_no_token_is_exported() {
    let platform = world();
    for name in KEYS {
        let expected = match name {
            "expired" => KeyState::Expired,
            "revoked" => KeyState::Revoked,
            _ => KeyState::Live,
        };
        assert_eq!(
            platform.keys.lookup(&super::token(name)).unwrap().state(NOW),
            expected,
            "{name}"
        );
    }
    let export = serde_json::to_string(&platform).unwrap();
    assert!(KEYS.iter().all(|name| !export.contains(&super::token(name))));
}

#[test]
fn profile_ids_have_nineteen_digits() {
    let platform = world();
    for place in platform.all_workspaces() {
        for (id, lead) in [
            (&place.id, '4'),
            (&place.org, '3'),
            (&caller(&platform, "full").user, '2'),
        ] {
            assert!(
                id.len() == 19 && id.starts_with(lead) && id.bytes().all(|byte| byte.is_ascii_digit()),
                "{id}"
            );
        }
    }
}

#[test]
fn the_visitor_reads_finance() {
    let platform = world();
    let visitor = platform.visitor();
    let page = |domain, folder| {
        platform.list_nodes(
            &visitor,
            &place(&platform, domain, folder),
            "root",
            &ListOptions::default(),
        )
    };
    assert_eq!(page("acme", "finance").unwrap().nodes.len(), 10);
    assert_eq!(page("acme", "support").unwrap_err().code, 10_175);
    assert_eq!(page("globex", "finance").unwrap_err().code, 100_220);
}
