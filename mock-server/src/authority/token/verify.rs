//! From a token's text to what it says: signature and claims, audience, time, and whether its grant still stands.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Claims, audience, known, lax};
use crate::authority::gate::Denial;
use crate::authority::oauth::scopes::Scopes;
use crate::authority::oauth::standing::Standing;
use crate::defect::{DefectSet, jwt, tok};
use crate::platform::{Entity, Mode, Scope};
use crate::state::{State, View};

/// Seconds a `nbf` may lie ahead. There is one clock here, so `exp` needs no leeway (RFC 7519 §4.1.4 allows some).
const LEEWAY: f64 = 60.0;

/// Who wants to know, and for which resources.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) world: &'a State,
    pub(crate) view: &'a View,
    /// Identifiers that the audience has to name one of; `None` takes a token for any.
    pub(crate) wanted: Option<&'a [String]>,
    /// What the address in the token's header gave; only the defect `jku-trusted` asks there.
    pub(crate) fetched: Option<&'a Value>,
}

/// A token that was read and stands.
#[derive(Debug, Clone)]
pub(crate) struct Verified {
    pub(crate) sid: String,
    pub(crate) jti: String,
    pub(crate) client: String,
    /// `None` where the client acts for itself.
    pub(crate) user: Option<String>,
    /// What it may touch now.
    pub(crate) scopes: Scopes,
}

/// Reads an access token.
pub(crate) fn verify(asked: &Asked<'_>, text: &str) -> Result<Verified, Denial> {
    let claims = match opaque(asked.world, text) {
        Some(claims) => Arc::new(claims),
        None => known::claims(asked, text)?,
    };
    let fits = |wanted| audience::fits(&asked.view.defects, &claims, wanted);
    if !asked.wanted.is_none_or(fits) {
        return Err(Denial::Elsewhere);
    }
    in_time(asked, &claims)?;
    stands(asked, &claims, lax::slips_by(&asked.view.defects, text))
}

/// The claims that a text without any inside stands for. A JWT is not looked up: its signature speaks for it.
fn opaque(world: &State, text: &str) -> Option<Claims> {
    if text.contains('.') {
        return None;
    }
    let store = world.oauth();
    let token = store.access_of_text(text)?;
    let family = store.family(&token.sid)?;
    let claims = [
        ("sub", json!(family.user.as_ref().unwrap_or(&family.client))),
        ("aud", json!(token.resources)),
        ("exp", json!(token.expires)),
        ("jti", json!(token.jti)),
        ("client_id", json!(family.client)),
        ("scope", json!(token.scopes)),
        ("sid", json!(token.sid)),
    ];
    Some(
        claims
            .map(|(name, value)| (name.to_owned(), value))
            .into_iter()
            .collect(),
    )
}

/// `exp` and `nbf` on the world's clock (RFC 7519 §4.1.4, §4.1.5).
fn in_time(asked: &Asked<'_>, claims: &Claims) -> Result<(), Denial> {
    #[expect(clippy::cast_precision_loss, reason = "seconds of this age are exact")]
    let now = asked.world.clock.now() as f64;
    match claims.get("exp").map(Value::as_f64) {
        // Whether it may be absent was judged with the other claims.
        None => {}
        Some(Some(exp)) if exp > now || endless(&asked.view.defects, exp, now) => {}
        Some(_) => return Err(Denial::Expired),
    }
    match claims.get("nbf").map(Value::as_f64) {
        Some(Some(nbf)) if nbf > now + LEEWAY => {
            let ignored = asked.view.defects.has(jwt::NBF_IGNORED);
            ignored.then_some(()).ok_or(Denial::Unknown)
        }
        Some(None) => Err(Denial::Unknown),
        _ => Ok(()),
    }
}

/// Whether a defect lets a token go on that is over.
fn endless(defects: &DefectSet, exp: f64, now: f64) -> bool {
    defects.any(&[jwt::EXP_IGNORED, tok::NEVER_EXPIRES]) || (defects.has(jwt::EXP_MS) && exp * 1000.0 > now)
}

/// What the token says, if its grant stands and nobody revoked it.
fn stands(asked: &Asked<'_>, claims: &Claims, slips_by: bool) -> Result<Verified, Denial> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let (sid, jti, now) = (text("sid"), text("jti"), asked.world.clock.now());
    let mut store = asked.world.oauth();
    let standing = if asked.wanted.is_some() {
        store.standing_at_resource(&asked.view.defects, sid, jti, now)
    } else {
        store.standing(sid, jti, now)
    };
    #[expect(clippy::cast_precision_loss, reason = "seconds of this age are exact")]
    match standing {
        Standing::Live => {}
        Standing::Expired if endless(&asked.view.defects, now as f64, now as f64) => {}
        Standing::Expired => return Err(Denial::Expired),
        Standing::Revoked if slips_by => {}
        Standing::Revoked => return Err(Denial::Revoked),
        Standing::Unknown => return Err(Denial::Unknown),
    }
    let acts_for_itself = store.family(sid).is_some_and(|family| family.user.is_none());
    Ok(Verified {
        sid: sid.to_owned(),
        jti: jti.to_owned(),
        client: text("client_id").to_owned(),
        user: (!acts_for_itself).then(|| text("sub").to_owned()),
        scopes: match claims.get("scope") {
            Some(_) => store.reach(sid, &Scopes::parse(text("scope")).map_err(|_| Denial::Unknown)?),
            // An ID token tells of a person; whoever takes it for an access token gives it all that person's rights.
            None if asked.view.defects.has(jwt::ID_TOKEN_OK) => {
                Scopes::of_rights([Scope::all(Entity::User, Mode::Rw)])
            }
            None => Scopes::default(),
        },
    })
}
