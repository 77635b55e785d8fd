//! Vectors that others published, and that what is signed here verifies here and nowhere else.

use super::*;

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

fn lines(headers: &[(String, String)]) -> Vec<(String, Vec<u8>)> {
    headers
        .iter()
        .map(|(name, value)| (name.clone(), value.clone().into_bytes()))
        .collect()
}

fn signed(scheme: &Scheme, key: &Key, label: &str, body: &[u8]) -> Vec<(String, Vec<u8>)> {
    let message = Message {
        id: "msg_1",
        timestamp: "1700000000",
        body,
    };
    let digest = scheme.digest(label).unwrap();
    let entry = entry(scheme, digest, key, &message).unwrap();
    lines(&headers(
        scheme,
        message.id,
        message.timestamp,
        &[(label.to_owned(), entry)],
    ))
}

fn key(scheme: &Scheme) -> Key {
    let text = match scheme.secret {
        SecretForm::Base64 => SECRET,
        _ => "It's a Secret to Everybody",
    };
    Key::read(text, scheme).unwrap()
}

/// GitHub documentation, "Testing the webhook payload validation".
#[test]
fn the_vector_of_github_verifies() {
    let scheme = Scheme::named("github").unwrap();
    let written = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let headers = vec![
        ("X-GitHub-Delivery".to_owned(), b"1".to_vec()),
        ("x-hub-signature-256".to_owned(), written.as_bytes().to_vec()),
    ];
    let checked = check(&scheme, &[key(&scheme)], &headers, b"Hello, World!", 0);
    assert!(checked.valid && checked.age.is_none(), "{checked:?}");
}

/// Standard Webhooks, the vector of its reference libraries.
#[test]
fn the_vector_of_standard_webhooks_verifies() {
    let scheme = Scheme::named("standard").unwrap();
    let key = Key::read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", &scheme).unwrap();
    let message = Message {
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp: "1614265330",
        body: br#"{"test": 2432232314}"#,
    };
    let made = entry(&scheme, Digest::HmacSha256, &key, &message).unwrap();
    assert_eq!(made, "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

#[test]
fn every_scheme_verifies_what_it_signs_and_nothing_near_it() {
    for name in KNOWN {
        let scheme = Scheme::named(name).unwrap();
        let (key, other) = (key(&scheme), Key::bytes(b"another secret of some length"));
        let headers = signed(&scheme, &key, scheme.first_label(), b"{\"a\":1}");
        let good = check(&scheme, &[other, key], &headers, b"{\"a\":1}", 1_700_000_007);
        assert!(
            good.valid && good.entries[0].signer == Some(2),
            "{name}: {good:?}"
        );
        assert_eq!(good.age, scheme.tolerance.map(|_| 7), "{name}");
        let bent = check(
            &scheme,
            &[self::key(&scheme)],
            &headers,
            b"{\"a\": 1}",
            1_700_000_000,
        );
        assert!(!bent.valid && bent.why.is_some(), "{name}: {bent:?}");
    }
}

#[test]
fn ed25519_needs_the_public_key_and_the_label() {
    let scheme = Scheme::named("standard").unwrap();
    let pair = Key::generate().unwrap();
    let public = Key::read(&pair.public().unwrap(), &scheme).unwrap();
    let headers = signed(&scheme, &pair, "v1a", b"{}");
    assert!(check(&scheme, &[public], &headers, b"{}", 0).valid);
    let shared = Key::bytes(pair.public().unwrap().as_bytes());
    assert!(!check(&scheme, &[shared], &headers, b"{}", 0).valid);
    let message = Message {
        id: "a",
        timestamp: "1",
        body: b"",
    };
    assert!(entry(&scheme, Digest::HmacSha256, &pair, &message).is_none());
}

#[test]
fn what_is_missing_or_twice_is_told() {
    let scheme = Scheme::named("standard").unwrap();
    let headers = signed(&scheme, &key(&scheme), "v1", b"{}");
    for left_out in 0..3 {
        let mut some = headers.clone();
        some.remove(left_out);
        let checked = check(&scheme, &[key(&scheme)], &some, b"{}", 0);
        assert!(!checked.valid && checked.why.unwrap().contains("no header"));
    }
    let mut twice = headers.clone();
    twice.push(headers[0].clone());
    let checked = check(&scheme, &[key(&scheme)], &twice, b"{}", 0);
    assert!(!checked.valid && checked.why.unwrap().contains("several"));
}

#[test]
fn a_description_says_what_is_signed() {
    assert_eq!(
        Scheme::parts("v0:{timestamp}:{body}").unwrap(),
        [
            Part::Text("v0:".into()),
            Part::Timestamp,
            Part::Text(":".into()),
            Part::Body
        ]
    );
    for bad in ["{what}{body}", "{body", "body}", "{id}"] {
        assert!(bad_signed(bad).is_some(), "{bad}");
    }
}
