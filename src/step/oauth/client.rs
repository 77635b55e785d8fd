//! Which client acts, and how it shows who it is (RFC 6749 §2.3, RFC 7523 §2.2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::RngCore as _;
use serde_json::{Value as Json, json};
use url::Url;
use url::form_urlencoded::byte_serialize;

use super::memory::Origin;
use super::parameters::{self, Parameters};
use super::{authority, register};
use crate::oauth::jose::{Compact, Key, encode};
use crate::oauth::metadata::may_carry_secrets;
use crate::scenario::model::{Data, Template};
use crate::secret::Secret;
use crate::step::{Fill, Problem};
use crate::target::{ResolvedClient, ResolvedCredential};

/// RFC 7523 §2.2.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A client as it acts.
#[derive(Clone)]
pub(super) struct Client {
    pub id: String,
    pub redirect: Option<String>,
    pub secret: Option<Secret>,
    /// none, basic, post, assertion, both.
    pub auth: String,
    pub key: Option<Secret>,
}

impl From<&ResolvedClient> for Client {
    fn from(client: &ResolvedClient) -> Self {
        Self {
            id: client.id.clone(),
            redirect: client.redirect.clone(),
            secret: client.secret.clone(),
            auth: client.auth.clone(),
            key: client.key.clone(),
        }
    }
}

/// The client that a step names, that a code or token belongs to, that the principal uses, or the first.
pub(super) async fn of_step(
    written: Option<&Data>,
    origin: Option<&Origin>,
    principal: Option<&ResolvedCredential>,
    fill: Fill<'_>,
) -> Result<Client, Problem> {
    if let Some(data) = written {
        let value = fill.data(data)?;
        if let Json::Object(members) = value.to_json() {
            return at_hand(&members, fill);
        }
        if let Some(name) = value.text() {
            return named(&name, fill).await;
        }
        if !value.is_omit() {
            return Err(Problem::Unusable(
                "`client` is neither a name nor `{ id, … }`".to_owned(),
            ));
        }
    }
    if let Some(origin) = origin {
        return Ok(origin.client.clone());
    }
    if let Some(name) = principal.and_then(|credential| credential.client.as_deref()) {
        return named(name, fill).await;
    }
    let first = fill
        .world
        .target()
        .oauth
        .as_ref()
        .and_then(|oauth| oauth.clients.first());
    match first {
        Some(client) => named(&client.name.clone(), fill).await,
        None => Err(undeclared("agent")),
    }
}

fn undeclared(name: &str) -> Problem {
    Problem::Undeclared {
        what: format!("an OAuth client `{name}`"),
        unlock: format!("oauth: {{ clients: {{ {name}: {{ id: …, redirect: … }} }} }}"),
    }
}

/// A client of the target file, or one that registered itself in this case, by its id.
pub(super) async fn named(name: &str, fill: Fill<'_>) -> Result<Client, Problem> {
    let declared = fill
        .world
        .target()
        .oauth
        .as_ref()
        .and_then(|oauth| oauth.client(name));
    let Some(declared) = declared else {
        let known = fill.world.oauth.memory().client(name).cloned();
        return known.ok_or_else(|| undeclared(name));
    };
    let Some(metadata) = &declared.register else {
        return Ok(Client::from(declared));
    };
    let accounts = &fill.world.parts.accounts;
    let alone = accounts.alone(&format!("client {name}"));
    let _alone = alone.lock().await;
    if let Some(client) = accounts.client(name) {
        return Ok(client);
    }
    let client = Box::pin(register::once(metadata, declared.redirect.as_deref(), fill)).await?;
    accounts.keep_client(name, client.clone());
    Ok(client)
}

/// `client: { id, secret, auth, redirect, key }`; what one that registered itself is known by completes it.
fn at_hand(members: &serde_json::Map<String, Json>, fill: Fill<'_>) -> Result<Client, Problem> {
    let text = |name: &str| members.get(name).and_then(Json::as_str).map(str::to_owned);
    let id = text("id").ok_or_else(|| Problem::Unusable("the client has no `id`".to_owned()))?;
    let known = fill.world.oauth.memory().client(&id).cloned();
    let secret = text("secret").map(Secret::new);
    if let Some(secret) = &secret {
        fill.world.scrubber().learn("client_secret", secret.expose());
    }
    let key = text("key").map(Secret::new);
    let auth = match (text("auth"), &known) {
        (Some(auth), _) => auth,
        (None, Some(known)) if secret.is_none() => known.auth.clone(),
        _ if secret.is_some() => "basic".to_owned(),
        _ if key.is_some() => "assertion".to_owned(),
        _ => "none".to_owned(),
    };
    let known = known.as_ref();
    Ok(Client {
        id,
        redirect: text("redirect").or_else(|| known.and_then(|known| known.redirect.clone())),
        secret: secret.or_else(|| known.and_then(|known| known.secret.clone())),
        auth,
        key: key.or_else(|| known.and_then(|known| known.key.clone())),
    })
}

/// What an `assertion:` says.
#[derive(Default)]
pub(super) struct Assertion {
    header: Vec<(String, crate::expect::Value)>,
    claims: Vec<(String, crate::expect::Value)>,
    sign: Option<String>,
}

impl Assertion {
    pub(super) fn read(written: Option<&Data>, fill: Fill<'_>) -> Result<Self, Problem> {
        let mut read = Self::default();
        let Some(data) = written else { return Ok(read) };
        for (name, value) in parameters::members(data, fill)? {
            let inner = || match value.to_json() {
                Json::Object(members) => members
                    .into_iter()
                    .map(|(name, member)| (name, Fill::member_value(member)))
                    .collect(),
                _ => Vec::new(),
            };
            match name.as_str() {
                "header" => read.header = inner(),
                "claims" => read.claims = inner(),
                _ => read.sign = value.text(),
            }
        }
        Ok(read)
    }
}

/// Where and how a client authenticates.
pub(super) struct Showing<'a> {
    pub client: &'a Client,
    /// Written beside the step; else the client's own way.
    pub auth: Option<&'a Template>,
    pub endpoint: &'a Url,
    pub assertion: Assertion,
}

/// Adds what shows who the client is: parameters, and the `Authorization` header.
pub(super) async fn show(
    showing: Showing<'_>,
    parameters: &mut Parameters,
    fill: Fill<'_>,
) -> Result<Option<String>, Problem> {
    let client = showing.client;
    let auth = match showing.auth {
        Some(template) => {
            let value = fill.template(template)?;
            value.text().unwrap_or_else(|| client.auth.clone())
        }
        None => client.auth.clone(),
    };
    if client.secret.is_some() && auth != "none" && !may_carry_secrets(showing.endpoint) {
        return Err(Problem::Unusable(format!(
            "a client secret is not sent to {}: it is neither https nor loopback",
            authority::shown(showing.endpoint)
        )));
    }
    let secret = client.secret.as_ref().map(Secret::expose).unwrap_or_default();
    match auth.as_str() {
        "none" => parameters.add("client_id", client.id.clone()),
        "basic" => return Ok(Some(basic(&client.id, secret, fill))),
        "post" | "both" => {
            parameters.add("client_id", client.id.clone());
            parameters.add("client_secret", secret);
            if auth == "both" {
                return Ok(Some(basic(&client.id, secret, fill)));
            }
        }
        "assertion" => {
            let text = assertion(client, showing.assertion, fill).await?;
            fill.world.scrubber().learn("client_assertion", &text);
            parameters.add("client_id", client.id.clone());
            parameters.add("client_assertion_type", ASSERTION_TYPE);
            parameters.add("client_assertion", text);
        }
        other => {
            return Err(Problem::Unusable(format!(
                "`{other}` is no way to authenticate: none, basic, post, assertion, both"
            )));
        }
    }
    Ok(None)
}

/// Both parts are form-urlencoded before they are joined (RFC 6749 §2.3.1).
fn basic(id: &str, secret: &str, fill: Fill<'_>) -> String {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let joined = STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret)));
    if !secret.is_empty() {
        fill.world.scrubber().learn_derived("client_secret", &joined);
    }
    format!("Basic {joined}")
}

/// A signed assertion of the client (RFC 7523 §3), for a minute.
async fn assertion(client: &Client, written: Assertion, fill: Fill<'_>) -> Result<String, Problem> {
    let keep = client.key.as_ref().map(|pem| Key::from_pem(pem.expose()));
    let own = fill.world.oauth.own_key();
    let key = match (written.sign.as_deref(), &keep) {
        (Some("none"), _) => None,
        (Some("own"), _) => own,
        (_, Some(Ok(key))) => Some(key),
        (_, Some(Err(error))) => {
            return Err(Problem::Unusable(format!("the key of the client: {error}")));
        }
        (_, None) => {
            return Err(Problem::Undeclared {
                what: "a private key of that client".to_owned(),
                unlock: "oauth: { clients: { signer: { id: …, key: \"${env.NAME}\" } } }".to_owned(),
            });
        }
    };
    let issuer = authority::of_case(fill).await?.issuer.clone();
    let now = fill.world.now();
    let alg = key.map_or("none", Key::alg);
    let mut header = json!({ "alg": alg, "typ": "JWT" });
    let mut claims = json!({
        "iss": client.id, "sub": client.id, "aud": issuer, "iat": now, "exp": now + 60,
        "jti": nonce(),
    });
    overrule(&mut header, written.header);
    overrule(&mut claims, written.claims);
    let compact = Compact {
        header: encode(header.to_string().as_bytes()),
        payload: encode(claims.to_string().as_bytes()),
        signature: String::new(),
    };
    Ok(compact.signed(key).text())
}

/// A random text that nobody guesses, for `state` and `jti`.
pub(super) fn nonce() -> String {
    let mut bytes = [0; 16];
    rand::rng().fill_bytes(&mut bytes);
    encode(&bytes)
}

/// Members that beat others; null and `${omit}` remove one.
pub(in crate::step) fn overrule(object: &mut Json, written: Vec<(String, crate::expect::Value)>) {
    let Json::Object(members) = object else { return };
    for (name, value) in written {
        let json = value.to_json();
        if value.is_omit() || json.is_null() {
            members.shift_remove(&name);
        } else {
            members.insert(name, json);
        }
    }
}
