//! Tokens without HTTP: what a healthy verifier takes, and what each wrong one takes besides.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use jsonwebtoken::{Algorithm, crypto};
use serde_json::{Value, json};
use sha2::Sha256;

use super::keys::SigningKey;
use super::verify::Verified;
use super::{Asked, GrantView, id_token, issue, verify};
use crate::authority::gate::Denial;
use crate::authority::oauth::grant::{AccessToken, Family};
use crate::authority::oauth::scopes::Scopes;
use crate::authority::protected::Protected;
use crate::defect::Defect;
use crate::state::State;
use crate::variant::Variant;
use crate::world::WorldConfig;

const ORIGIN: &str = "http://127.0.0.1:4141";
const SID: &str = "family-1";
const SCOPE: &str = "workspace:*:r";

mod gate;

/// A world that nobody listens to, with one grant of alice's.
struct Bench(Arc<State>);

impl Bench {
    fn new(defects: &[&str], variants: &[&str]) -> Self {
        let state = State::new(&config(defects, variants), ORIGIN.to_owned());
        Self::of(Arc::new(state), SCOPE)
    }

    /// The same in a world that is there already, with these rights.
    fn of(state: Arc<State>, scope: &str) -> Self {
        let now = state.clock.now();
        state.oauth().admit_family(Family {
            sid: SID.to_owned(),
            user: Some(alice(&state)),
            client: "client-1".to_owned(),
            scopes: Scopes::parse(scope).unwrap(),
            resources: vec![Protected::Oauth.identifier(&state)],
            device_name: None,
            agent_name: None,
            created: now,
            auth_time: now,
            last_used: now,
            ended: None,
            access_survives: false,
            nonce: None,
        });
        Self(state)
    }

    fn scopes(&self) -> Scopes {
        self.0.oauth().family(SID).unwrap().scopes.clone()
    }

    fn grant<R>(&self, resources: &[String], then: impl FnOnce(&GrantView<'_>) -> R) -> R {
        then(&GrantView {
            subject: &alice(&self.0),
            client: "client-1",
            scopes: &[self.scopes().to_string()],
            resources,
            sid: SID,
            now: self.0.clock.now(),
        })
    }

    /// A token for these paths.
    fn token(&self, paths: &[&str]) -> String {
        let resources: Vec<String> = paths
            .iter()
            .map(|path| format!("{}{path}", self.0.origin()))
            .collect();
        let issued = self.grant(&resources, |grant| issue(&self.0, &self.0.view(), grant));
        let now = self.0.clock.now();
        let token = AccessToken {
            jti: issued.jti,
            sid: SID.to_owned(),
            scopes: self.scopes(),
            resources,
            issued: now,
            expires: now + issued.expires_in,
            revoked: None,
            used: false,
        };
        self.0.oauth().admit_access(&issued.text, token);
        issued.text
    }

    fn id_token(&self) -> String {
        let view = self.0.view();
        self.grant(&[], |grant| id_token(&self.0, &view, grant, Some("n"), 0))
            .unwrap()
    }

    fn judge(&self, text: &str, fetched: Option<&Value>) -> Result<Verified, Denial> {
        let wanted = [Protected::Oauth.identifier(&self.0)];
        let view = self.0.view();
        verify(
            &Asked {
                world: &self.0,
                view: &view,
                wanted: Some(&wanted),
                fetched,
            },
            text,
        )
    }

    fn takes(&self, text: &str) -> bool {
        self.judge(text, None).is_ok()
    }

    /// A live token with another header or other claims, signed by the trusted key.
    fn minted(&self, header: &Value, claims: &Value) -> String {
        let key = self.0.signing_keys().current(Algorithm::ES256).unwrap();
        forged(&self.token(&["/mcp/oauth"]), header, claims, &Sign::Key(&key))
    }
}

fn config(defects: &[&str], variants: &[&str]) -> WorldConfig {
    WorldConfig {
        defects: defects.iter().map(|id| Defect::from_id(id).expect(id)).collect(),
        variants: variants
            .iter()
            .map(|id| Variant::from_id(id).expect(id))
            .collect(),
        ..WorldConfig::default()
    }
}

fn alice(state: &State) -> String {
    state.platform().user_named("alice").unwrap().id.clone()
}

enum Sign<'a> {
    Keep,
    None,
    Key(&'a SigningKey),
    Secret(&'a [u8]),
}

fn part(token: &str, n: usize) -> Value {
    let text = token.split('.').nth(n).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}

/// A token made of another one: `null` takes a member away.
fn forged(token: &str, header: &Value, claims: &Value, sign: &Sign<'_>) -> String {
    let merged = |n: usize, changes: &Value| {
        let mut whole = part(token, n);
        for (name, value) in changes.as_object().unwrap() {
            whole[name] = value.clone();
        }
        whole.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        URL_SAFE_NO_PAD.encode(whole.to_string())
    };
    let message = format!("{}.{}", merged(0, header), merged(1, claims));
    let signature = match sign {
        Sign::Keep => token.split('.').nth(2).unwrap().to_owned(),
        Sign::None => String::new(),
        Sign::Key(key) => crypto::sign(message.as_bytes(), &key.encoding, key.algorithm).unwrap(),
        Sign::Secret(secret) => {
            let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
            mac.update(message.as_bytes());
            URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
        }
    };
    format!("{message}.{signature}")
}

fn hs256(token: &str, kid: Option<&str>, secret: &[u8]) -> String {
    let header = json!({ "alg": "HS256", "kid": kid });
    forged(token, &header, &json!({}), &Sign::Secret(secret))
}

/// The same token with other unused bits in its last character.
fn respelled(token: &str) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (head, last) = token.split_at(token.len() - 1);
    let index = ALPHABET.find(last).unwrap();
    format!("{head}{}", &ALPHABET[index + 1..=index + 1])
}

#[test]
fn tokens_of_every_kind_are_taken_where_they_are_for_and_nowhere_else() {
    for (variants, alg) in [
        (&[][..], Some("ES256")),
        (&["tokens-rs256"][..], Some("RS256")),
        (&["tokens-opaque"][..], None),
        (&["issuer-with-path"][..], Some("ES256")),
    ] {
        let bench = Bench::new(&[], variants);
        let token = bench.token(&["/mcp/oauth"]);
        match alg {
            Some(alg) => {
                let header = part(&token, 0);
                assert_eq!((&header["alg"], &header["typ"]), (&json!(alg), &json!("at+jwt")));
                assert!(header["kid"].is_string());
            }
            None => assert!(!token.contains('.')),
        }
        let read = bench.judge(&token, None).unwrap();
        assert_eq!(read.scopes.to_string(), SCOPE);
        assert_eq!(read.sid, SID);
        assert!(bench.takes(&bench.token(&["/mcp/tools", "/mcp/oauth"])));
        for elsewhere in [&["/mcp/tools"][..], &[""], &["/mcp/oauth/deeper"]] {
            let denial = bench.judge(&bench.token(elsewhere), None).unwrap_err();
            assert_eq!(denial, Denial::Elsewhere, "{variants:?} {elsewhere:?}");
        }
        bench.0.clock.advance(std::time::Duration::from_hours(1));
        assert_eq!(bench.judge(&token, None).unwrap_err(), Denial::Expired);
        let fresh = bench.token(&["/mcp/oauth"]);
        bench.0.oauth().end_family(SID, bench.0.clock.now());
        assert_eq!(bench.judge(&fresh, None).unwrap_err(), Denial::Revoked);
    }
}

#[test]
fn a_rotated_key_signs_and_the_old_one_still_verifies() {
    let bench = Bench::new(&[], &[]);
    let old = bench.token(&["/mcp/oauth"]);
    super::rotate(&bench.0);
    let new = bench.token(&["/mcp/oauth"]);
    assert_ne!(part(&old, 0)["kid"], part(&new, 0)["kid"]);
    assert!(bench.takes(&old) && bench.takes(&new));
}

#[test]
fn the_profile_is_asked_for_and_generous_spellings_are_taken() {
    let bench = Bench::new(&[], &[]);
    let no = json!({});
    for claim in ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"] {
        assert!(
            !bench.takes(&bench.minted(&no, &json!({ claim: null }))),
            "{claim}"
        );
    }
    let upper = ORIGIN.replace("http", "HTTP");
    for claims in [
        json!({ "aud": format!("{upper}/mcp/oauth") }),
        json!({ "aud": ["https://other.example", format!("{ORIGIN}/mcp/oauth")] }),
        json!({ "nbf": bench.0.clock.now() + 5 }),
        json!({ "more": { "members": true } }),
    ] {
        assert!(bench.takes(&bench.minted(&no, &claims)), "{claims}");
    }
    assert!(bench.takes(&bench.minted(&json!({ "typ": "application/AT+JWT" }), &no)));
    for claims in [
        json!({ "aud": format!("{ORIGIN}/mcp/oauth/") }),
        json!({ "iss": [ORIGIN] }),
        json!({ "iss": format!("{ORIGIN}/") }),
        json!({ "exp": "9999999999" }),
    ] {
        assert!(!bench.takes(&bench.minted(&no, &claims)), "{claims}");
    }
    assert!(!bench.takes(&bench.minted(&json!({ "typ": "JWT" }), &no)));
    assert!(!bench.takes(&bench.id_token()));
}

/// A token that is wrong in one way.
type Forge = fn(&Bench) -> String;

fn live(bench: &Bench) -> String {
    bench.token(&["/mcp/oauth"])
}

/// What a healthy verifier refuses and one with the defect takes.
#[rustfmt::skip]
const WRONGLY_TAKEN: &[(&str, Forge)] = &[
    ("alg-none-ci", |b| forged(&live(b), &json!({ "alg": "nOnE" }), &json!({}), &Sign::None)),
    ("decode-only", |b| forged(&live(b), &json!({}), &json!({ "more": 1 }), &Sign::Keep)),
    ("lenient-split", |b| format!("{}.", live(b))),
    ("lenient-split", |b| format!("{}.a.b", live(b))),
    ("alg-from-header", |b| {
        let key = b.0.signing_keys().current(Algorithm::ES256).unwrap();
        hs256(&live(b), Some(&key.kid), key.public_pem().as_bytes())
    }),
    ("alg-from-header", |b| {
        let key = b.0.signing_keys().current(Algorithm::RS256).unwrap();
        hs256(&live(b), Some(&key.kid), &key.public_der)
    }),
    ("alg-from-header", |b| {
        let key = b.0.signing_keys().current(Algorithm::ES256).unwrap();
        hs256(&live(b), None, key.jwk.to_string().as_bytes())
    }),
    ("secret-secret", |b| hs256(&Bench::new(&[], &[]).minted(&json!({}), &json!({ "sub": alice(&b.0) })), None, b"secret")),
    ("kid-path", |b| hs256(&live(b), Some("../../../dev/null"), b"")),
    ("kid-sql", |b| hs256(&live(b), Some("x' UNION SELECT 'known' --"), b"known")),
    ("embedded-jwk", |b| {
        let own = SigningKey::generate(Algorithm::ES256).unwrap();
        forged(&live(b), &json!({ "jwk": own.jwk, "kid": own.kid }), &json!({}), &Sign::Key(&own))
    }),
    ("exp-ignored", |b| b.minted(&json!({}), &json!({ "exp": b.0.clock.now() - 9000 }))),
    ("exp-ms", |b| b.minted(&json!({}), &json!({ "exp": b.0.clock.now() - 9000 }))),
    ("nbf-ignored", |b| b.minted(&json!({}), &json!({ "nbf": b.0.clock.now() + 3600 }))),
    ("missing-exp-forever", |b| b.minted(&json!({}), &json!({ "exp": null }))),
    ("iss-prefix", |b| b.minted(&json!({}), &json!({ "iss": format!("{ORIGIN}.example.com") }))),
    ("any-trusted-key", |b| b.minted(&json!({}), &json!({ "iss": "https://other.example.com" }))),
    ("aud-unchecked", |b| b.minted(&json!({}), &json!({ "aud": "https://other.example.com" }))),
    ("aud-substring", |b| b.token(&[""])),
    ("aud-substring", |b| b.token(&["/mcp/oauth/deeper"])),
    ("aud-array-tostring", |b| b.minted(&json!({}), &json!({ "aud": [format!("{ORIGIN}/mcp/oauth-2")] }))),
    ("aud-host-only", |b| b.token(&["/mcp/tools"])),
    ("aud-global", |b| b.token(&["/mcp/tools"])),
    ("id-token-ok", Bench::id_token),
    ("id-token-ok", |b| b.minted(&json!({ "typ": "JWT" }), &json!({}))),
    ("crit-ignored", |b| b.minted(&json!({ "crit": ["x-own"], "x-own": 1 }), &json!({}))),
    ("dup-first", |b| {
        let token = live(b);
        let key = b.0.signing_keys().current(Algorithm::ES256).unwrap();
        let payload = part(&token, 1).to_string();
        let doubled = payload.replacen(r#""aud":"#, &format!(r#""aud":"{ORIGIN}/mcp/oauth","aud":"https://other.example.com","x":"#), 1);
        let message = format!("{}.{}", token.split('.').next().unwrap(), URL_SAFE_NO_PAD.encode(doubled));
        format!("{message}.{}", crypto::sign(message.as_bytes(), &key.encoding, key.algorithm).unwrap())
    }),
    ("denylist-by-string", |b| {
        let token = live(b);
        b.0.oauth().end_family(SID, b.0.clock.now());
        respelled(&token)
    }),
];

#[test]
fn each_wrong_verifier_takes_what_a_healthy_one_refuses() {
    for (defect, forge) in WRONGLY_TAKEN {
        let healthy = Bench::new(&[], &[]);
        assert!(healthy.takes(&live(&healthy)), "{defect}");
        assert!(!healthy.takes(&forge(&healthy)), "{defect} healthy");
        let broken = Bench::new(&[defect], &[]);
        assert!(broken.takes(&live(&broken)), "{defect}");
        let taken = broken.judge(&forge(&broken), None);
        assert!(taken.is_ok(), "{defect}: {taken:?}");
    }
}

/// What a healthy verifier takes and one with the defect refuses.
#[rustfmt::skip]
const WRONGLY_REFUSED: &[(&str, Forge)] = &[
    ("jwks-forever", |b| { super::rotate(&b.0); live(b) }),
    ("resource-case-exact", |b| b.minted(&json!({}), &json!({ "aud": format!("{}/mcp/oauth", ORIGIN.replace("http", "HTTP")) }))),
    ("aud-array-tostring", |b| b.minted(&json!({}), &json!({ "aud": ["https://other.example.com", format!("{ORIGIN}/mcp/oauth")] }))),
];

#[test]
fn each_narrow_verifier_refuses_what_a_healthy_one_takes() {
    for (defect, forge) in WRONGLY_REFUSED {
        let healthy = Bench::new(&[], &[]);
        assert!(healthy.takes(&forge(&healthy)), "{defect} healthy");
        let broken = Bench::new(&[defect], &[]);
        assert!(!broken.takes(&forge(&broken)), "{defect}");
    }
}

#[test]
fn keys_from_an_address_in_the_header_are_used_by_nobody_but_a_defect() {
    let own = SigningKey::generate(Algorithm::ES256).unwrap();
    let set = json!({ "keys": [own.jwk] });
    for (defects, taken) in [(&[][..], false), (&["jku-trusted"][..], true)] {
        let bench = Bench::new(defects, &[]);
        let header = json!({ "jku": "http://127.0.0.1:1/keys", "kid": own.kid });
        let token = forged(&live(&bench), &header, &json!({}), &Sign::Key(&own));
        assert_eq!(bench.judge(&token, Some(&set)).is_ok(), taken, "{defects:?}");
    }
}

#[test]
fn a_quote_in_kid_is_data_and_a_denied_token_stays_denied_in_every_spelling() {
    for (defects, denial) in [(&[][..], Denial::Unknown), (&["kid-sql"][..], Denial::Crashed)] {
        let bench = Bench::new(defects, &[]);
        let token = bench.minted(&json!({ "kid": "it's" }), &json!({}));
        let other = hs256(&live(&bench), Some("'"), b"known");
        for token in [token, other] {
            assert_eq!(bench.judge(&token, None).unwrap_err(), denial, "{defects:?}");
        }
    }
    let bench = Bench::new(&["denylist-by-string"], &[]);
    let token = live(&bench);
    bench.0.oauth().end_family(SID, bench.0.clock.now());
    assert!(!bench.takes(&token));
}
