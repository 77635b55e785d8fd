//! What the platform promises: role ∩ scope, one answer for foreign and unknown, the same world per seed.

mod content;
mod credits;
mod files;
mod fixture;
mod keys;
mod locks;
mod permits;
mod transfer;

use super::{Caller, Platform, Scope};

pub(super) const NOW: i64 = 1_795_248_000;

/// A world with every key of the fixture in place; the token of a key is its name, repeated.
pub(super) fn world() -> Platform {
    let mut platform = Platform::two_tenants(7, NOW);
    for name in KEYS {
        platform.admit_fixture_key(name, &token(name)).unwrap();
    }
    platform
}

pub(super) const KEYS: [&str; 13] = [
    "finance-ro",
    "finance-rw",
    "outsider",
    "org-admin",
    "full",
    "support-ro",
    "two-ws",
    "expired",
    "revoked",
    "second-writer",
    "builder",
    "recipient",
    "second-recipient",
];

pub(super) fn token(name: &str) -> String {
    format!("fiok_{name}{name}{name}")
}

pub(super) fn caller(platform: &Platform, name: &str) -> Caller {
    platform.caller(platform.keys.lookup(&token(name)).unwrap())
}

/// A caller like the key of this name, with other scopes. `{finance}`, `{support}`, `{acme}` stand for ids.
pub(super) fn scoped(platform: &Platform, name: &str, scopes: &[&str]) -> Caller {
    let named = |text: &str| {
        text.replace("{finance}", &place(platform, "acme", "finance"))
            .replace("{support}", &place(platform, "acme", "support"))
            .replace("{globex-finance}", &place(platform, "globex", "finance"))
            .replace("{acme}", &platform.org_named("acme").unwrap().id)
            .replace("{globex}", &platform.org_named("globex").unwrap().id)
    };
    let scopes: Vec<Scope> = scopes.iter().map(|text| named(text).parse().unwrap()).collect();
    Caller {
        scopes,
        ..caller(platform, name)
    }
}

pub(super) fn place(platform: &Platform, domain: &str, folder: &str) -> String {
    platform.workspace_named(domain, folder).unwrap().id.clone()
}
