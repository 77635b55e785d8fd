//! The clients and people every world starts with, and what a user of the mock needs to know of them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jsonwebtoken::Algorithm;
use rand::rngs::StdRng;
use rand::{RngCore as _, SeedableRng as _};
use serde::Serialize;
use serde_json::Value;

use super::Store;
use super::client::{
    AUTHORIZATION_CODE, AuthMethod, CLIENT_CREDENTIALS, Client, Hashed, Origin, REFRESH_TOKEN,
};
use crate::authority::mint::hex;
use crate::authority::token::SigningKey;
use crate::platform::Platform;

/// The key of the client that signs assertions. Worlds share it, so that a world is made quickly.
static SIGNER: LazyLock<Option<SigningKey>> = LazyLock::new(|| SigningKey::generate(Algorithm::ES256));

/// What a user of the mock needs to know of its authorization server.
#[derive(Clone, Default, Serialize)]
pub struct OAuthFixtures {
    /// The issuer identifier (RFC 8414 §2).
    pub issuer: String,
    /// Clients that are there from the start, by name.
    pub clients: BTreeMap<String, FixtureClient>,
    /// People who can sign in, by name.
    pub users: BTreeMap<String, FixtureUser>,
    /// PKCS #8 PEM of the ES256 key that is trusted to sign access tokens.
    pub signing_key: String,
}

/// One client that is there from the start.
#[derive(Clone, Serialize)]
pub struct FixtureClient {
    /// Its `client_id`.
    pub id: String,
    /// Its secret, if it has one.
    pub secret: Option<String>,
    /// `none`, `client_secret_basic`, `client_secret_post` or `private_key_jwt`.
    pub auth: &'static str,
    /// Its registered redirect URIs.
    pub redirect_uris: Vec<String>,
    /// PKCS #8 PEM of its ES256 key, if it signs assertions.
    pub key: Option<String>,
}

/// One person.
#[derive(Clone, Serialize)]
pub struct FixtureUser {
    /// Id of the account.
    pub id: String,
    /// What the sign-in form asks for.
    pub password: String,
    /// What the person can grant, at most: `entity:id:mode` each.
    pub scopes: Vec<String>,
    /// Canary of the account: `auth status` shows it to this person's tokens and to no others.
    pub canary: String,
}

impl std::fmt::Debug for OAuthFixtures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = (self.clients.keys(), self.users.keys());
        write!(f, "OAuthFixtures({} {names:?})", self.issuer)
    }
}

impl std::fmt::Debug for FixtureClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FixtureClient({} {})", self.id, self.auth)
    }
}

impl std::fmt::Debug for FixtureUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FixtureUser({})", self.id)
    }
}

/// A client before it has an id.
struct Sketch {
    name: &'static str,
    /// What the consent page calls it.
    title: &'static str,
    auth: AuthMethod,
    redirect_uris: &'static [&'static str],
    grants: &'static [&'static str],
}

const LOOPBACK: &[&str] = &[
    "http://127.0.0.1/callback",
    "http://[::1]/callback",
    "http://localhost:19836/callback",
];
const WEB: &[&str] = &[
    "https://app.example.com/callback",
    "https://app.example.com/callback?tenant=1",
];
const CODE: &[&str] = &[AUTHORIZATION_CODE, REFRESH_TOKEN];
const ALL: &[&str] = &[AUTHORIZATION_CODE, REFRESH_TOKEN, CLIENT_CREDENTIALS];
const SELF: &[&str] = &[CLIENT_CREDENTIALS];

const fn sketch(
    name: &'static str,
    title: &'static str,
    auth: AuthMethod,
    redirect_uris: &'static [&'static str],
    grants: &'static [&'static str],
) -> Sketch {
    Sketch {
        name,
        title,
        auth,
        redirect_uris,
        grants,
    }
}

const CLIENTS: [Sketch; 9] = [
    sketch("agent", "Ledger Agent", AuthMethod::None, LOOPBACK, CODE),
    sketch("rival", "Rival Agent", AuthMethod::None, LOOPBACK, CODE),
    sketch("app", "Acme Dashboard", AuthMethod::Basic, WEB, ALL),
    sketch("poster", "Acme Poster", AuthMethod::Post, WEB, ALL),
    sketch("odd", "Odd Characters & Co", AuthMethod::Basic, WEB, ALL),
    sketch("signer", "Signing Service", AuthMethod::Assertion, WEB, ALL),
    sketch("lapsed", "Lapsed App", AuthMethod::Basic, WEB, ALL),
    sketch("service", "Nightly Service", AuthMethod::Basic, &[], SELF),
    sketch("inspector", "Token Inspector", AuthMethod::Basic, &[], SELF),
];

/// Has every character that a form encodes and Basic splits at (RFC 6749 §2.3.1).
const ODD_SECRET: &str = ":+%&é ";
/// Who may sign in.
const USERS: [&str; 2] = ["alice", "bob"];

/// Secrets of the fixture, drawn apart from all others so that adding one moves none.
struct Draws(u64);

impl Draws {
    fn bytes(&self, label: &str) -> [u8; 12] {
        let folded = label
            .bytes()
            .fold(self.0, |seed, byte| seed.rotate_left(7) ^ u64::from(byte));
        let mut bytes = [0; 12];
        StdRng::seed_from_u64(folded).fill_bytes(&mut bytes);
        bytes
    }

    fn text(&self, label: &str) -> String {
        hex(&self.bytes(label))
    }
}

/// The passwords of those who may sign in, by account id.
#[derive(Default)]
pub(crate) struct Passwords(BTreeMap<String, (String, Hashed)>);

impl Passwords {
    /// The account of this name and password.
    pub(crate) fn check(&self, name: &str, password: &str) -> Option<&str> {
        let (id, known) = self.0.get(name)?;
        (*known == Hashed::of(password)).then_some(id)
    }
}

/// A fresh server with its clients and people.
pub(crate) fn lay(seed: u64, issuer: &str, platform: &Platform, now: i64) -> (Store, OAuthFixtures) {
    let mut store = Store::new(seed);
    let draws = Draws(seed);
    let mut fixtures = OAuthFixtures {
        issuer: issuer.to_owned(),
        ..OAuthFixtures::default()
    };
    for sketch in &CLIENTS {
        let (client, told) = client(sketch, &draws, now);
        fixtures.clients.insert(sketch.name.to_owned(), told);
        store.admit_client(client);
    }
    for name in USERS {
        let Some(user) = platform.user_named(name) else {
            continue;
        };
        let password = draws.text(&format!("password/{name}"));
        let scopes = platform.grantable_by(&user.id);
        store
            .passwords
            .0
            .insert(name.to_owned(), (user.id.clone(), Hashed::of(&password)));
        let told = FixtureUser {
            id: user.id.clone(),
            password,
            scopes: scopes.iter().map(ToString::to_string).collect(),
            canary: user.canary.clone(),
        };
        fixtures.users.insert(name.to_owned(), told);
    }
    (store, fixtures)
}

fn client(sketch: &Sketch, draws: &Draws, now: i64) -> (Client, FixtureClient) {
    let id = format!(
        "{}-{}",
        sketch.name,
        &draws.text(&format!("client/{}", sketch.name))[..8]
    );
    let secret = match sketch.auth {
        AuthMethod::Basic | AuthMethod::Post => {
            let odd = if sketch.name == "odd" { ODD_SECRET } else { "" };
            Some(format!("{}{odd}{}", draws.text("front"), draws.text(sketch.name)))
        }
        AuthMethod::None | AuthMethod::Assertion => None,
    };
    let key = (sketch.auth == AuthMethod::Assertion)
        .then_some(SIGNER.as_ref())
        .flatten();
    let redirect_uris: Vec<String> = sketch.redirect_uris.iter().map(ToString::to_string).collect();
    let told = FixtureClient {
        id: id.clone(),
        secret: secret.clone(),
        auth: sketch.auth.word(),
        redirect_uris: redirect_uris.clone(),
        key: key.map(|key| key.private_pem.clone()),
    };
    let client = Client {
        id,
        name: sketch.title.to_owned(),
        origin: Origin::Registered,
        auth: sketch.auth,
        redirect_uris,
        grant_types: sketch.grants.iter().map(ToString::to_string).collect(),
        application_type: if sketch.auth == AuthMethod::None {
            "native"
        } else {
            "web"
        },
        inspector: sketch.name == "inspector",
        secret_expires: (sketch.name == "lapsed").then_some(now - 3600),
        created: now - 86_400,
        metadata: Value::Null,
        secret: secret.as_deref().map(Hashed::of),
        keys: key.iter().map(|key| key.jwk.clone()).collect(),
        registration_token: None,
    };
    (client, told)
}
