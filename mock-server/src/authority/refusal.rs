//! Telling a refusal: status, challenge and body (RFC 6750 §3 and §3.1).

use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use percent_encoding::percent_decode_str;
use serde_json::json;

use super::challenge::Challenge;
use super::gate::Denial;
use super::metadata;
use super::outage;
use super::presentation::Malformed;
use super::protected::Protected;
use crate::behaviour::Behaviour;
use crate::defect::{bearer, challenge as defect, resource};
use crate::platform::{Caller, Refusal};
use crate::serve::answer::{self, Answer};
use crate::serve::exchange::Exchange;
use crate::variant;

const BAD_CREDENTIALS: (u32, &str) = (10_011, "Your credentials were not supplied or invalid.");

/// No challenge comes with it: another token would not help.
const UNJUDGED: (u32, &str) = (10_503, "Credentials cannot be checked at the moment.");

/// The answer to a request that nobody was admitted for.
pub(crate) fn deny(exchange: &Exchange<'_>, denial: Denial) -> Answer {
    let (status, error, description) = told(exchange, denial);
    if denial == Denial::Expired && exchange.view.defects.has(defect::EXPIRED_200_RPC_ERROR) {
        let error = json!({ "code": -32_001, "message": "the access token expired" });
        return answer::json(200, &json!({ "jsonrpc": "2.0", "id": null, "error": error }));
    }
    if denial == Denial::Unjudged {
        let (code, text) = UNJUDGED;
        return answer::with(
            answer::failure(status, code, text, None),
            "retry-after",
            outage::RETRY_AFTER,
        );
    }
    let (code, text) = BAD_CREDENTIALS;
    let here = Protected::of_path(exchange.head.uri.path());
    let challenge = Challenge {
        error,
        description,
        scope: here.and_then(|resource| metadata::scopes(exchange, resource)),
        resource_metadata: here.and_then(|resource| metadata::address(exchange, resource)),
        more: &[],
        hostile: hostile(exchange),
    };
    challenged(
        exchange,
        answer::failure(status, code, &embellished(exchange, text), None),
        &challenge,
    )
}

/// Status, error code and description of a denial.
fn told(exchange: &Exchange<'_>, denial: Denial) -> (u16, Option<&'static str>, Option<&'static str>) {
    let defects = &exchange.view.defects;
    let invalid = if defects.has(resource::WRONG_ERROR_CODE) {
        "access_denied"
    } else {
        "invalid_token"
    };
    match denial {
        Denial::NoCredential if defects.has(defect::ERROR_ON_ABSENT) => (
            401,
            Some("invalid_token"),
            Some("the Authorization header is missing"),
        ),
        Denial::NoCredential => (401, None, None),
        Denial::Malformed(malformed) => {
            let status = malformed_status(exchange, malformed);
            let duplicate =
                malformed == Malformed::SeveralLines && exchange.view.variants.has(variant::DUPLICATE_401);
            let error = if duplicate {
                "invalid_token"
            } else {
                "invalid_request"
            };
            (status, Some(error), Some(malformed.why()))
        }
        Denial::Unknown => (401, Some(invalid), Some("the access token is unknown")),
        Denial::Revoked => (401, Some(invalid), Some("the access token was revoked")),
        Denial::Elsewhere => (
            401,
            Some(invalid),
            Some("the access token is for another resource"),
        ),
        Denial::Expired => {
            let status = match () {
                () if defects.has(defect::EXPIRED_403) => 403,
                () if defects.has(defect::EXPIRED_500) => 500,
                () => 401,
            };
            (status, Some(invalid), Some("the access token expired"))
        }
        Denial::Unjudged => (503, None, None),
        Denial::Crashed => (500, None, None),
    }
}

fn malformed_status(exchange: &Exchange<'_>, malformed: Malformed) -> u16 {
    let variants = &exchange.view.variants;
    match malformed {
        _ if exchange.view.defects.has(resource::MALFORMED_403) => 403,
        Malformed::Overlong if variants.has(variant::OVERLONG_413) => 413,
        Malformed::Overlong if variants.has(variant::OVERLONG_431) => 431,
        Malformed::SeveralLines if variants.has(variant::DUPLICATE_401) => 401,
        _ if exchange.view.behaviour == Behaviour::Fastio => 401,
        _ => 400,
    }
}

/// The answer to a genuine credential that lacks a permission: 403 and `insufficient_scope`.
pub(crate) fn insufficient(exchange: &Exchange<'_>, caller: &Caller, refused: &Refusal) -> Answer {
    let defects = &exchange.view.defects;
    let held = || {
        caller
            .scopes
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let scope = if defects.has(defect::WRONG_SCOPE_HINT) {
        Some(held())
    } else {
        refused.scope_needed.clone()
    };
    let bare = defects.has(resource::INSUFFICIENT_BARE);
    let here = Protected::of_path(exchange.head.uri.path());
    let status = if defects.has(defect::SCOPE_401) { 401 } else { 403 };
    let text = embellished(exchange, &refused.text);
    let challenge = Challenge {
        error: Some("insufficient_scope"),
        description: Some("the access token does not permit this"),
        scope: scope.filter(|_| !bare),
        resource_metadata: here
            .and_then(|resource| metadata::address(exchange, resource))
            .filter(|_| !bare),
        more: &[],
        hostile: hostile(exchange),
    };
    challenged(
        exchange,
        answer::failure(status, refused.code, &text, refused.params.as_deref().cloned()),
        &challenge,
    )
}

/// The answer to a genuine credential whose login is too old or too weak for this (RFC 9470 §3). No API key is enough.
pub(crate) fn step_up(exchange: &Exchange<'_>) -> Answer {
    let more: &[(&str, &str)] = if exchange.view.defects.has(defect::MAX_AGE_TEXT) {
        &[("acr_values", "phr"), ("max_age", "five minutes")]
    } else {
        &[("acr_values", "phr"), ("max_age", "300")]
    };
    let challenge = Challenge {
        error: Some("insufficient_user_authentication"),
        description: Some("a more recent login is needed"),
        scope: None,
        resource_metadata: None,
        more,
        hostile: hostile(exchange),
    };
    let answer = answer::failure(401, 10_012, "Please log in again to do this.", None);
    challenged(exchange, answer, &challenge)
}

/// Adds the challenge where it belongs: on every 401 and 403, and on 400 where the header was at fault.
fn challenged(exchange: &Exchange<'_>, mut answer: Answer, challenge: &Challenge) -> Answer {
    let view = &exchange.view;
    let left_out = match answer.status().as_u16() {
        401 => view.defects.has(defect::NO_CHALLENGE),
        403 => view.defects.has(defect::FORBIDDEN_BARE),
        status => status >= 500,
    };
    if !left_out && let Some(value) = challenge.write(&view.defects, &view.variants) {
        answer.headers_mut().insert(WWW_AUTHENTICATE, value);
    }
    answer
}

/// The text of a refusal, with what defects let slip into it.
fn embellished(exchange: &Exchange<'_>, text: &str) -> String {
    let mut text = text.to_owned();
    if exchange.view.defects.has(bearer::ECHO_TOKEN) {
        for value in exchange.head.headers.get_all(AUTHORIZATION) {
            text = format!("{text} Presented: {}", String::from_utf8_lossy(value.as_bytes()));
        }
    }
    if exchange.view.defects.has(defect::VERBOSE_401) {
        let platform = exchange.world.platform();
        let names: Vec<&str> = platform
            .all_workspaces()
            .map(|workspace| workspace.folder_name.as_str())
            .collect();
        text = format!(
            "{text} Tools: storage, storage_manage, auth_manage. Tenants: acme, globex. Workspaces: {}. \
             fastio-gateway/2.92.1\n    at Gate.check (/srv/app/gate.js:41:13)\n    at Object.<anonymous> (/srv/app/server.js:7:3)",
            names.join(", ")
        );
    }
    text
}

/// Decoded query text, without what would split the header.
fn hostile(exchange: &Exchange<'_>) -> Option<Vec<u8>> {
    let query = exchange.head.uri.query()?;
    let decoded =
        percent_decode_str(query).filter(|byte| !matches!(byte, 0 | b'\r' | b'\n' | 0x7f) && *byte >= 0x20);
    Some(decoded.collect())
}
