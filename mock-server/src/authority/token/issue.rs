//! Making access tokens (RFC 9068 §2) and ID tokens (OpenID Connect Core §2).

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::{Claims, GrantView, Issued, lax, life};
use crate::authority::issuer;
use crate::authority::protected::WITH_TOKENS;
use crate::defect::rind;
use crate::state::{State, View};
use crate::variant;

/// Makes an access token. Whoever calls this remembers it in the store.
pub(crate) fn issue(world: &State, view: &View, grant: &GrantView<'_>) -> Issued {
    let drawn = {
        let mut store = world.oauth();
        (store.secret(), store.id())
    };
    issue_as(world, view, grant, drawn)
}

/// The same with a text, for where it is opaque, and a `jti` that were drawn before.
pub(crate) fn issue_as(
    world: &State,
    view: &View,
    grant: &GrantView<'_>,
    (opaque, jti): (String, String),
) -> Issued {
    let signed = if view.variants.has(variant::TOKENS_OPAQUE) {
        None
    } else {
        sign(world, view, &claims(world, view, grant, &jti))
    };
    Issued {
        text: signed.unwrap_or(opaque),
        jti,
        expires_in: life(view),
    }
}

/// RFC 9068 §2.2, and the family as `sid`.
fn claims(world: &State, view: &View, grant: &GrantView<'_>, jti: &str) -> Claims {
    let everywhere = || WITH_TOKENS.iter().map(|one| one.identifier(world)).collect();
    let audience: Vec<String> = if view.defects.has(rind::AUD_GLOBAL) {
        everywhere()
    } else {
        grant.resources.to_vec()
    };
    let mut claims = base(world, view, grant);
    claims.insert("aud".to_owned(), one_or_many(&audience));
    claims.insert("jti".to_owned(), json!(jti));
    claims.insert("client_id".to_owned(), json!(grant.client));
    claims.insert("scope".to_owned(), json!(grant.scopes.join(" ")));
    claims
}

/// What both kinds say.
fn base(world: &State, view: &View, grant: &GrantView<'_>) -> Claims {
    Claims::from_iter([
        ("iss".to_owned(), json!(issuer::issuer(world))),
        ("sub".to_owned(), json!(grant.subject)),
        ("exp".to_owned(), json!(grant.now + life(view))),
        ("iat".to_owned(), json!(grant.now)),
        ("sid".to_owned(), json!(grant.sid)),
    ])
}

/// RFC 7519 §4.1.3: one audience may be a plain text.
fn one_or_many(all: &[String]) -> Value {
    match all {
        [one] => json!(one),
        _ => json!(all),
    }
}

/// Makes an ID token for the client, where there is a person to tell of. It opens nothing.
pub(crate) fn id_token(
    world: &State,
    view: &View,
    grant: &GrantView<'_>,
    nonce: Option<&str>,
    authenticated: i64,
) -> Option<String> {
    let mut claims = base(world, view, grant);
    claims.insert("aud".to_owned(), json!(grant.client));
    claims.insert("auth_time".to_owned(), json!(authenticated));
    if let Some(nonce) = nonce {
        claims.insert("nonce".to_owned(), json!(nonce));
    }
    let asked = |word: &str| grant.scopes.iter().any(|scope| scope == word);
    {
        let platform = world.platform();
        let person = platform.user(grant.subject)?;
        if asked("profile") {
            claims.insert("name".to_owned(), json!(person.name));
        }
        if asked("email") {
            claims.insert("email".to_owned(), json!(person.email));
        }
    }
    let key = world.signing_keys().current(Algorithm::ES256)?;
    signed("JWT", key.algorithm, Some(&key.kid), &claims, &key.encoding)
}

fn sign(world: &State, view: &View, claims: &Claims) -> Option<String> {
    if let Some(secret) = lax::signing_secret(&view.defects) {
        let key = EncodingKey::from_secret(secret).ok()?;
        return signed("at+jwt", Algorithm::HS256, None, claims, &key);
    }
    let algorithm = if view.variants.has(variant::TOKENS_RS256) {
        Algorithm::RS256
    } else {
        Algorithm::ES256
    };
    let key = world.signing_keys().current(algorithm)?;
    signed("at+jwt", algorithm, Some(&key.kid), claims, &key.encoding)
}

fn signed(
    typ: &str,
    algorithm: Algorithm,
    kid: Option<&str>,
    claims: &Claims,
    key: &EncodingKey,
) -> Option<String> {
    let mut header = Header::new(algorithm);
    header.typ = Some(typ.to_owned());
    header.kid = kid.map(str::to_owned);
    encode(&header, claims, key).ok()
}
