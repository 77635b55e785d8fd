//! Keys: shown once, masked after, never wider than their issuer, dead when ended.

use super::{NOW, caller, scoped, token, world};
use crate::platform::{KeyChange, KeyState, NewKey};

const TOKEN: &str = "fiok_0123456789abcdefghijklmnop9xYz";

#[test]
fn a_new_key_works_and_is_masked() {
    let mut platform = world();
    let full = caller(&platform, "full");
    let new = NewKey {
        memo: "nightly".to_owned(),
        agent_name: "nightly".to_owned(),
        ..NewKey::default()
    };
    let made = platform.create_key(&full, NOW, new, TOKEN).unwrap();
    assert_eq!((made.api_key.as_str(), made.state), ("…9xYz", KeyState::Live));
    assert_eq!(platform.keys.lookup(TOKEN).unwrap().id, made.id);
    assert!(platform.list_keys(&full, NOW).unwrap().contains(&made));
    assert!(!serde_json::to_string(&platform).unwrap().contains(TOKEN));
}

#[test]
fn only_the_exact_token_is_found() {
    let platform = world();
    let token = token("finance-ro");
    let mut flipped = token.clone().into_bytes();
    for at in 0..flipped.len() {
        flipped[at] ^= 1;
        assert!(
            platform.keys.lookup(&String::from_utf8_lossy(&flipped)).is_none(),
            "byte {at}"
        );
        assert!(platform.keys.lookup(&token[..at]).is_none(), "cut at {at}");
        flipped[at] ^= 1;
    }
    for edited in [
        format!("{token} "),
        format!(" {token}"),
        format!("{token}\0"),
        token.to_uppercase(),
    ] {
        assert!(platform.keys.lookup(&edited).is_none(), "{edited:?}");
    }
}

#[test]
fn no_key_is_wider_than_its_issuer() {
    let mut platform = world();
    for (key, held, asked, code) in [
        ("full", "user:*:rw", "user:*:rw", 0),
        ("full", "user:*:rw", "workspace:{finance}:r", 0),
        ("full", "user:*:rw", "workspace:*:rw", 0),
        ("full", "user:*:rw", "user:*:rwa", 10_768),
        ("full", "user:*:rw", "userdetails:*:rw", 10_768),
        ("org-admin", "org:{acme}:rwa", "workspace:{finance}:r", 10_175),
        (
            "finance-rw",
            "workspace:{finance}:rw",
            "workspace:{finance}:rw",
            10_175,
        ),
        (
            "finance-ro",
            "workspace:{finance}:r",
            "workspace:{finance}:r",
            10_770,
        ),
    ] {
        let issuer = scoped(&platform, key, &[held]);
        let scopes = scoped(&platform, key, &[asked]).scopes;
        let made = platform.create_key(
            &issuer,
            NOW,
            NewKey {
                scopes,
                ..NewKey::default()
            },
            TOKEN,
        );
        assert_eq!(
            made.map_or_else(|refusal| refusal.code, |_| 0),
            code,
            "{held} gives {asked}"
        );
    }
    let mixed = scoped(&platform, "full", &["user:*:rw", "org:{acme}:rwa"]);
    for (asked, contained) in [
        ("workspace:{finance}:rwa", true),
        ("workspace:{globex-finance}:rwa", false),
        ("workspace:*:rwa", false),
        ("org:{acme}:rwa", true),
        ("org:*:rwa", false),
        ("org:*:rw", true),
    ] {
        let scope = scoped(&platform, "full", &[asked]).scopes.remove(0);
        assert_eq!(platform.contains(&mixed, &scope), contained, "{asked}");
    }
}

#[test]
fn an_update_replaces_the_scopes() {
    let mut platform = world();
    let full = caller(&platform, "full");
    let made = platform.create_key(&full, NOW, NewKey::default(), TOKEN).unwrap();
    let scopes = scoped(&platform, "full", &["workspace:{support}:r"]).scopes;
    let change = KeyChange {
        scopes: Some(scopes.clone()),
        ..KeyChange::default()
    };
    assert_eq!(
        platform.update_key(&full, NOW, &made.id, change).unwrap().scopes,
        scopes
    );
    let wider = scoped(&platform, "full", &["user:*:rwa"]).scopes;
    let change = KeyChange {
        scopes: Some(wider),
        memo: Some("new".to_owned()),
        ..KeyChange::default()
    };
    assert_eq!(
        platform
            .update_key(&full, NOW, &made.id, change)
            .unwrap_err()
            .code,
        10_768
    );
    let after = platform.key(&full, NOW, &made.id).unwrap();
    assert_eq!((after.scopes, after.memo), (scopes, String::new()));
}

#[test]
fn a_key_ends_at_its_second_or_when_revoked() {
    let mut platform = world();
    let full = caller(&platform, "full");
    let new = NewKey {
        expires: Some(NOW + 10),
        ..NewKey::default()
    };
    let id = platform.create_key(&full, NOW, new, TOKEN).unwrap().id;
    let state = |platform: &crate::platform::Platform, now| platform.keys.get(&id).unwrap().state(now);
    assert_eq!(state(&platform, NOW + 9), KeyState::Live);
    assert_eq!(state(&platform, NOW + 10), KeyState::Expired);
    assert!(platform.keys.expire(&id, NOW + 3));
    assert_eq!(state(&platform, NOW + 3), KeyState::Expired);
    assert_eq!(
        platform.revoke_key(&full, NOW + 4, &id).unwrap().state,
        KeyState::Revoked
    );
    assert_eq!(state(&platform, NOW + 4), KeyState::Revoked);
    assert!(!platform.keys.revoke("nobody", NOW) && !platform.keys.expire("nobody", NOW));
    let late = NewKey {
        expires: Some(NOW),
        ..NewKey::default()
    };
    assert_eq!(
        platform.create_key(&full, NOW, late, TOKEN).unwrap_err().status,
        406
    );
}

#[test]
fn keys_of_other_accounts_are_not_there() {
    let mut platform = world();
    let full = caller(&platform, "full");
    let other = caller(&platform, "finance-ro").credential;
    assert_eq!(platform.key(&full, NOW, &other).unwrap_err().status, 404);
    assert_eq!(platform.revoke_key(&full, NOW, &other).unwrap_err().status, 404);
    let listed = platform.list_keys(&full, NOW).unwrap();
    assert_eq!(
        listed.iter().map(|key| &key.id).collect::<Vec<_>>(),
        [&full.credential]
    );
}
