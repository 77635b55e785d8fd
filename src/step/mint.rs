//! The `mint` step: a token made of another. It sends nothing but, where it must know the server's keys, the request
//! for them.

use std::time::{Duration, Instant};

use serde_json::{Map, Value as Json};

use super::oauth::{self, members_of, overrule};
use super::{Fill, Problem};
use crate::expect::{Single, Trace, Value};
use crate::oauth::jose::{Compact, Key, PublicKey, encode};
use crate::scenario::model::{Data, MintSource, MintStep};
use crate::secret::Secret;
use crate::wire::{Read, Request};

pub(super) async fn perform(mint: &MintStep, fill: Fill<'_>) -> Result<Single, Problem> {
    let start = Instant::now();
    let source = Compact::read(&source(mint, fill).await?)
        .ok_or_else(|| Problem::NotSpoken("the token is no JSON Web Token".to_owned()))?;
    let token = made(mint, source, fill).await?;
    fill.world.scrubber().learn("token", &token);
    let mut single = super::act::silent(start);
    single.passed = fill.world.passed();
    single.trace = Trace {
        minted: Some(Secret::new(token)),
        ..Trace::default()
    };
    Ok(single)
}

async fn source(mint: &MintStep, fill: Fill<'_>) -> Result<String, Problem> {
    match &mint.source {
        MintSource::Token(template) => Ok(fill.text(template)?),
        MintSource::Principal(template) => {
            let name = fill.text(template)?;
            let sender = super::send::sender_named(&name, fill).await?;
            let token = sender
                .authorization
                .as_deref()
                .and_then(|line| line.strip_prefix("Bearer "));
            token.map(str::to_owned).ok_or_else(|| Problem::Undeclared {
                what: format!("a token of `{name}`"),
                unlock: format!("principals: {{ {name}: {{ oauth: {{ client: …, user: … }} }} }}"),
            })
        }
    }
}

/// How it is signed, and what the header says of that.
struct Signing<'k> {
    key: Held<'k>,
    alg: Option<String>,
    kid: Kid,
}

/// What the header says of the key's name.
enum Kid {
    /// What it said.
    Kept,
    /// The name under which the server publishes the key.
    Named(String),
    /// Nothing.
    Gone,
}

enum Held<'k> {
    /// The old signature stays.
    Keep,
    /// The third part is empty.
    None,
    Ours(&'k Key),
    Made(Key),
}

async fn made(mint: &MintStep, source: Compact, fill: Fill<'_>) -> Result<String, Problem> {
    let old = source.header().unwrap_or_default();
    let signing = signing(mint.sign.as_ref(), &old, fill).await?;
    let mut header = Json::Object(old.clone());
    let mut claims = Json::Object(source.claims().unwrap_or_default());
    if let Some(alg) = &signing.alg {
        header["alg"] = alg.clone().into();
    }
    match (&signing.kid, header.as_object_mut()) {
        (Kid::Named(kid), Some(members)) => drop(members.insert("kid".to_owned(), kid.clone().into())),
        (Kid::Gone, Some(members)) => drop(members.shift_remove("kid")),
        _ => {}
    }
    overrule(&mut header, written(mint.header.as_ref(), fill)?);
    overrule(&mut claims, written(mint.claims.as_ref(), fill)?);
    let (header, claims) = (header.to_string(), claims.to_string());
    let (raw_header, raw_payload) = raw(mint.raw.as_ref(), &header, &claims, fill)?;
    // What nobody changes keeps its spelling, and with it a signature that is kept.
    let part = |raw: Option<String>, now: String, before: Option<Map<String, Json>>, spelt: &str| match raw {
        Some(text) => encode(text.as_bytes()),
        None if before.is_some_and(|before| same(&before, &now)) => spelt.to_owned(),
        None => encode(now.as_bytes()),
    };
    let compact = Compact {
        header: part(raw_header, header, source.header(), &source.header),
        payload: part(raw_payload, claims, source.claims(), &source.payload),
        signature: source.signature.clone(),
    };
    let compact = match &signing.key {
        Held::Keep => compact,
        Held::None => compact.signed(None),
        Held::Ours(key) => compact.signed(Some(key)),
        Held::Made(key) => compact.signed(Some(key)),
    };
    Ok(compact.text())
}

/// Whether nobody changed it.
fn same(before: &Map<String, Json>, now: &str) -> bool {
    serde_json::to_string(before).is_ok_and(|text| text == now)
}

fn written(data: Option<&Data>, fill: Fill<'_>) -> Result<Vec<(String, Value)>, Problem> {
    data.map_or(Ok(Vec::new()), |data| members_of(data, fill))
}

/// The texts of `raw`, which may read what would have been signed.
fn raw(
    data: Option<&Data>,
    header: &str,
    payload: &str,
    fill: Fill<'_>,
) -> Result<(Option<String>, Option<String>), Problem> {
    let Some(data) = data else { return Ok((None, None)) };
    let mut scope = fill.scope.clone();
    scope.capture("header", Value::json(header));
    scope.capture("payload", Value::json(payload));
    let value = Fill::new(fill.world, &scope).data(data)?.to_json();
    let text = |name: &str| value.get(name).and_then(Json::as_str).map(str::to_owned);
    Ok((text("header"), text("payload")))
}

async fn signing<'k>(
    written: Option<&Data>,
    header: &Map<String, Json>,
    fill: Fill<'k>,
) -> Result<Signing<'k>, Problem> {
    let value = match written {
        Some(data) => fill.data(data)?,
        None => Value::json("keep"),
    };
    let plain = |key, alg: Option<&str>| Signing {
        key,
        alg: alg.map(str::to_owned),
        kid: Kid::Kept,
    };
    if let Json::Object(members) = value.to_json() {
        let secret = symmetric(&members, header, fill).await?;
        return Ok(plain(Held::Made(Key::hs256(&secret)), Some("HS256")));
    }
    match value.text().as_deref() {
        Some("keep") => Ok(plain(Held::Keep, None)),
        Some("none") => Ok(plain(Held::None, Some("none"))),
        Some("own") => {
            let state = &fill.world.oauth;
            let rsa = header.get("alg").and_then(Json::as_str) == Some("RS256");
            let key = if rsa { state.own_rsa_key() } else { state.own_key() };
            let key = key.ok_or_else(|| Problem::Unusable("no key could be made".to_owned()))?;
            Ok(plain(Held::Ours(key), Some(key.alg())))
        }
        Some("target") => of_target(fill).await,
        _ => Err(Problem::Unusable(format!(
            "`sign` is keep, none, own, target or {{ alg: HS256, … }}, got {}",
            value.show()
        ))),
    }
}

async fn of_target(fill: Fill<'_>) -> Result<Signing<'static>, Problem> {
    let declared = fill.world.target().oauth.as_ref();
    let Some(pem) = declared.and_then(|oauth| oauth.signing_key.as_ref()) else {
        return Err(Problem::Undeclared {
            what: "a signing key".to_owned(),
            unlock: "oauth: { signing-key: \"${env.NAME}\" }".to_owned(),
        });
    };
    let key =
        Key::from_pem(pem.expose()).map_err(|error| Problem::Unusable(format!("`signing-key`: {error}")))?;
    let keys = keys(fill).await.ok();
    let kid = key.jwk().zip(keys).and_then(|(own, set)| {
        let same = |other: &&Json| {
            ["kty", "crv", "x", "y", "n", "e"]
                .iter()
                .all(|part| own.get(*part) == other.get(*part))
        };
        let entry = set.get("keys")?.as_array()?.iter().find(same)?;
        entry.get("kid")?.as_str().map(str::to_owned)
    });
    Ok(Signing {
        alg: Some(key.alg().to_owned()),
        kid: kid.map_or(Kid::Gone, Kid::Named),
        key: Held::Made(key),
    })
}

/// The secret of an HMAC: written, or the server's public key in some form.
async fn symmetric(
    members: &Map<String, Json>,
    header: &Map<String, Json>,
    fill: Fill<'_>,
) -> Result<Vec<u8>, Problem> {
    if let Some(secret) = members.get("secret").and_then(Json::as_str) {
        return Ok(secret.as_bytes().to_vec());
    }
    let set = keys(fill).await?;
    let kid = header.get("kid").and_then(Json::as_str);
    let key = PublicKey::of_set(&set, kid).map_err(|error| Problem::NotSpoken(error.to_string()))?;
    Ok(match members.get("with").and_then(Json::as_str) {
        Some("public-key-der") => key.der().to_vec(),
        Some("public-key-jwk") => key.jwk().into_bytes(),
        _ => key.pem().into_bytes(),
    })
}

/// The keys that the server publishes, fetched once in a case.
async fn keys(fill: Fill<'_>) -> Result<Json, Problem> {
    let url = oauth::jwks_uri(fill).await?;
    let fetched = fill
        .world
        .oauth
        .keys()
        .get_or_try_init(|| async {
            let request = Request {
                method: "GET".to_owned(),
                url,
                target: None,
                headers: Vec::new(),
                body: bytes::Bytes::new(),
                timeout: Duration::from_secs(10),
                redirects: 0,
                read: Read::Whole,
            };
            fill.world.count_request();
            let exchange = fill.world.parts.wire.send(&request).await;
            let response = exchange.response.map_err(|error| error.to_string())?;
            serde_json::from_slice::<Json>(&response.body)
                .map_err(|_| format!("HTTP {} without JSON", response.status))
        })
        .await;
    fetched
        .cloned()
        .map_err(|why: String| Problem::Failed(format!("the server's keys: {why}")))
}
