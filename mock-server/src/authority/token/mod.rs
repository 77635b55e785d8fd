//! Access tokens: made and judged. JWTs of the profile of RFC 9068, or opaque texts that only their server can read.
//!
//! `issue` makes them for a grant, `verify` reads them. Whether a grant still stands is the business of the store of
//! grants (`authority::oauth`); every request asks it, so a revoked JWT stops at once. Signatures are the business of
//! the crate `jsonwebtoken`; what wrong verifiers do instead is in `lax` and nowhere else. No token's text is kept.

pub(crate) mod ahead;
mod audience;
mod issue;
mod jws;
mod keys;
mod known;
mod lax;
mod verify;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

pub(crate) use issue::{id_token, issue, issue_as};
pub(crate) use keys::{KeyRing, SigningKey};
pub(crate) use known::Known;
pub(crate) use verify::{Asked, verify};

use super::gate::Denial;
use crate::defect::tok;
use crate::state::{State, View};

/// Seconds an access token works.
pub(crate) const ACCESS_LIFE: i64 = 3600;

/// Seconds the tokens of this world work.
fn life(view: &View) -> i64 {
    if view.defects.has(tok::LIVES_24H) {
        24 * ACCESS_LIFE
    } else {
        ACCESS_LIFE
    }
}

/// Claims of a token as they were read.
type Claims = Map<String, Value>;

/// What a token is made for.
#[derive(Debug, Clone)]
pub(crate) struct GrantView<'a> {
    /// `sub`: the user, or the client where it acts for itself.
    pub(crate) subject: &'a str,
    pub(crate) client: &'a str,
    /// Granted scopes, as the token endpoint tells them.
    pub(crate) scopes: &'a [String],
    /// Identifiers of resources.
    pub(crate) resources: &'a [String],
    /// The family of tokens this one belongs to.
    pub(crate) sid: &'a str,
    /// Unix seconds on the world's clock.
    pub(crate) now: i64,
}

/// A token that was made. Its text is the caller's to hand out, never to keep.
pub(crate) struct Issued {
    pub(crate) text: String,
    pub(crate) jti: String,
    /// Seconds.
    pub(crate) expires_in: i64,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Issued({})", self.jti)
    }
}

/// The grant (`sid`) and the id (`jti`) of an access token that is good anywhere.
pub(crate) fn read(world: &State, view: &View, text: &str) -> Result<(String, String), Denial> {
    let asked = Asked {
        world,
        view,
        wanted: None,
        fetched: None,
    };
    verify(&asked, text).map(|token| (token.sid, token.jti))
}

/// A new signing key takes over; the old one goes on verifying what it signed.
pub(crate) fn rotate(world: &State) {
    world.signing_keys().rotate();
}

/// The PEM of the key that new tokens are signed with, for whoever is trusted to sign.
pub(crate) fn signing_key() -> String {
    KeyRing::first().map_or_else(String::new, |key| key.private_pem.clone())
}
