//! The format holds what it was given, and nothing else opens.

use proptest::prelude::*;

use super::super::{Access, AuthMethod, Client, KeyOrigin, Pending, State, Tokens};
use super::*;
use crate::secret::Secret;

fn secret() -> impl Strategy<Value = Secret> {
    "\\PC{0,80}".prop_map(Secret::new)
}

fn client() -> impl Strategy<Value = Client> {
    let auth = prop::sample::select(AuthMethod::ALL.to_vec());
    let (secret, key) = (prop::option::of(secret()), prop::option::of(secret()));
    ("\\PC{0,40}", secret, key, auth).prop_map(|(id, secret, key, auth)| Client {
        id,
        secret,
        key,
        auth,
    })
}

fn tokens() -> impl Strategy<Value = Tokens> {
    let access =
        (secret(), any::<u64>(), any::<Option<u64>>()).prop_map(|(token, obtained, expires)| Access {
            token,
            obtained,
            expires,
        });
    let pending =
        (any::<u64>(), any::<u32>(), any::<Option<u64>>()).prop_map(|(since, sent, not_before)| Pending {
            since,
            sent,
            not_before,
        });
    let alarm = prop::option::of((any::<u64>(), "\\PC{0,40}"));
    (
        prop::option::of(access),
        prop::option::of(secret()),
        any::<u64>(),
        prop::option::of(pending),
        alarm,
    )
        .prop_map(|(access, refresh, refreshes, pending, alarm)| Tokens {
            access,
            refresh,
            refreshes,
            pending,
            alarm,
        })
}

fn state() -> impl Strategy<Value = State> {
    prop_oneof![
        tokens().prop_map(State::Connected),
        (any::<u64>(), "\\PC{0,80}").prop_map(|(at, why)| State::Disconnected { at, why }),
    ]
}

fn record() -> impl Strategy<Value = Record> {
    let addresses = prop::collection::vec("\\PC{0,60}", 3);
    let maybe = prop::collection::vec(prop::option::of("\\PC{0,60}"), 2);
    let scope = prop::collection::vec("\\PC{1,20}", 0..4);
    (
        addresses,
        maybe,
        client(),
        scope,
        state(),
        any::<u64>(),
        any::<u64>(),
    )
        .prop_map(
            |(addresses, maybe, client, scope, state, since, fencing)| Record {
                format: FORMAT,
                fencing,
                grant: Grant {
                    endpoint: addresses[0].clone(),
                    issuer: addresses[1].clone(),
                    token_endpoint: addresses[2].clone(),
                    revocation_endpoint: maybe[0].clone(),
                    resource: maybe[1].clone(),
                    client,
                    scope,
                    since,
                    state,
                },
            },
        )
}

fn key() -> Key {
    Key::generate(KeyOrigin::File)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_sealed_opens_the_same(record in record()) {
        let key = key();
        let sealed = seal(&record, &key).expect("sealed");
        prop_assert_eq!(open(&sealed, &key), Ok(record));
    }

    #[test]
    fn another_key_opens_nothing(record in record()) {
        let sealed = seal(&record, &key()).expect("sealed");
        prop_assert_eq!(open(&sealed, &key()), Err(Unreadable::OtherKey));
    }

    #[test]
    fn what_is_cut_short_does_not_open(record in record(), cut in any::<prop::sample::Index>()) {
        let key = key();
        let sealed = seal(&record, &key).expect("sealed");
        let cut = cut.index(sealed.len());
        prop_assert!(open(&sealed[..cut], &key).is_err(), "{cut} of {}", sealed.len());
    }

    #[test]
    fn what_was_changed_does_not_open(record in record(), at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let key = key();
        let mut sealed = seal(&record, &key).expect("sealed");
        let at = at.index(sealed.len());
        sealed[at] ^= 1 << bit;
        prop_assert!(open(&sealed, &key).is_err());
    }

    #[test]
    fn noise_does_not_open(noise in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(open(&noise, &key()).is_err());
    }

    #[test]
    fn no_secret_shows(record in record()) {
        let long = record.grant.secrets().into_iter().filter(|(_, secret)| secret.expose().chars().count() > 12);
        let shown = format!("{record:?}");
        for (what, secret) in long {
            prop_assert!(!shown.contains(secret.expose()), "{}", what);
        }
    }
}

#[test]
fn a_later_version_is_named() {
    let key = key();
    let plain = br#"{"format":7,"anything":"else"}"#;
    let sealed = age::encrypt(&key.identity.to_public(), plain).expect("sealed");
    assert_eq!(open(&sealed, &key), Err(Unreadable::Newer(7)));
}

#[test]
fn the_shape_is_frozen() {
    let record = Record {
        format: FORMAT,
        fencing: 7,
        grant: Grant {
            endpoint: "https://a.example/mcp".to_owned(),
            issuer: "https://b.example".to_owned(),
            token_endpoint: "https://b.example/token".to_owned(),
            revocation_endpoint: None,
            resource: Some("https://a.example/mcp".to_owned()),
            client: Client {
                id: "c".to_owned(),
                secret: None,
                key: None,
                auth: AuthMethod::None,
            },
            scope: vec!["read".to_owned()],
            since: 1,
            state: State::Connected(Tokens {
                access: Some(Access {
                    token: Secret::new("a"),
                    obtained: 2,
                    expires: Some(3),
                }),
                refresh: Some(Secret::new("r")),
                refreshes: 4,
                pending: None,
                alarm: None,
            }),
        },
    };
    let text = serde_json::to_string(&record).expect("JSON");
    insta::assert_snapshot!(text, @r#"{"format":1,"fencing":7,"grant":{"endpoint":"https://a.example/mcp","issuer":"https://b.example","token_endpoint":"https://b.example/token","revocation_endpoint":null,"resource":"https://a.example/mcp","client":{"id":"c","secret":null,"key":null,"auth":"none"},"scope":["read"],"since":1,"state":{"connected":{"access":{"token":"a","obtained":2,"expires":3},"refresh":"r","refreshes":4,"pending":null,"alarm":null}}}}"#);
}
