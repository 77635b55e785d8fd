//! `requestState` (2026-07-28, multi round-trip requests): what the server has to remember of a call that asks back,
//! kept by the client.
//!
//! It says who asked, for what, and until when, and it is sealed: whoever brings it is not believed. Two parts with a
//! dot between them, both Base64url: the content as JSON, and an HMAC-SHA-256 over the first part as it stands.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::defect::resource;
use crate::platform::Caller;
use crate::serve::exchange::Exchange;

/// How long an answer is waited for, in seconds.
const PATIENCE: i64 = 600;

#[derive(Serialize, Deserialize)]
struct Content {
    /// Unix seconds.
    until: i64,
    /// Digest of the principal.
    who: String,
    /// Digest of the request.
    what: String,
}

/// The state of this request of this caller.
pub(super) fn seal(exchange: &Exchange<'_>, caller: &Caller, arguments: &Map<String, Value>) -> String {
    let content = Content {
        until: exchange.world.clock.now() + PATIENCE,
        who: digest(&caller.credential),
        what: digest_of(arguments),
    };
    let said = URL_SAFE_NO_PAD.encode(json!(content).to_string());
    let mac = mac(exchange, &said).map(|mac| mac.finalize().into_bytes());
    format!("{said}.{}", URL_SAFE_NO_PAD.encode(mac.unwrap_or_default()))
}

/// Whether this is a state that was given to this caller for this request, and not too long ago.
pub(super) fn holds(
    exchange: &Exchange<'_>,
    caller: &Caller,
    arguments: &Map<String, Value>,
    state: &str,
) -> bool {
    let defects = &exchange.view.defects;
    let Some((said, seal)) = state.split_once('.') else {
        return false;
    };
    if !sealed(exchange, said, seal) && !defects.has(resource::STATE_UNSIGNED) {
        return false;
    }
    let Some(content) = read(said) else {
        return false;
    };
    let in_time = content.until >= exchange.world.clock.now();
    let theirs = content.who == digest(&caller.credential);
    let of_this = content.what == digest_of(arguments);
    (in_time || defects.has(resource::STATE_NEVER_EXPIRES))
        && (theirs || defects.has(resource::STATE_ANY_PRINCIPAL))
        && (of_this || defects.has(resource::STATE_ANY_REQUEST))
}

fn read(said: &str) -> Option<Content> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(said).ok()?).ok()
}

fn sealed(exchange: &Exchange<'_>, said: &str, seal: &str) -> bool {
    let (Ok(seal), Some(mac)) = (URL_SAFE_NO_PAD.decode(seal), mac(exchange, said)) else {
        return false;
    };
    mac.verify_slice(&seal).is_ok()
}

/// A key of any length makes a MAC, so there always is one.
fn mac(exchange: &Exchange<'_>, said: &str) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(exchange.world.secret.as_bytes()).ok()?;
    mac.update(said.as_bytes());
    Some(mac)
}

/// What stands for a request.
pub(super) fn digest_of(arguments: &Map<String, Value>) -> String {
    digest(&json!(arguments).to_string())
}

fn digest(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()))
}
