//! What is published for whoever wants to find out: the authorization server (RFC 8414, OpenID Connect Discovery),
//! the protected resources (RFC 9728) and the keys (RFC 7517).
//!
//! Anybody may read it, scripts of any origin included. It tells what is so: an endpoint that stands here works, and
//! what does not stand here does not.

mod resource;
mod server;

use http::Method;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::gate::Denial;
use super::protected::{Protected, WITH_TOKENS};
use super::{issuer, refusal};
use crate::defect::{asmd, prmd, resource as defect};
use crate::resource::rest;
use crate::serve::answer::{self, Answer};
use crate::serve::exchange::Exchange;
use crate::variant;

pub(crate) use resource::{address, scopes};

const OAUTH: &str = "/.well-known/oauth-authorization-server";
const OPENID: &str = "/.well-known/openid-configuration";
const RESOURCE: &str = "/.well-known/oauth-protected-resource";
const JWKS: &str = "/current/oauth/jwks";

/// A document by what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Document {
    /// RFC 8414 §3; the path of the issuer.
    Oauth(String),
    /// OpenID Connect Discovery §4.
    Openid,
    /// RFC 9728 §3.
    Resource(Protected),
    /// The same for a path where nothing is protected; only a defect has one.
    Echo(String),
    Keys,
}

/// The answer to a request for a document; `None` for every other path.
pub(crate) fn answer(exchange: &mut Exchange<'_>) -> Option<Answer> {
    let path = exchange.head.uri.path().to_owned();
    let known = path.contains("/.well-known/") || path.trim_end_matches('/') == JWKS;
    if !known {
        return None;
    }
    let Some(document) = find(exchange, path.strip_suffix('/').unwrap_or(&path)) else {
        exchange.stop("route", "no such document");
        return Some(open(rest::no_such_route()));
    };
    Some(match exchange.head.method {
        Method::GET | Method::HEAD => show(exchange, &document),
        Method::OPTIONS => open(answer::with(
            answer::empty(204),
            "access-control-allow-methods",
            "GET",
        )),
        _ => {
            exchange.stop("route", "method");
            let text = "Documents are read with GET.";
            answer::with(answer::failure(405, 9992, text, None), "allow", "GET, HEAD")
        }
    })
}

fn show(exchange: &mut Exchange<'_>, document: &Document) -> Answer {
    let body: Value = match document {
        Document::Oauth(path) => server::oauth(exchange, path),
        Document::Openid => server::openid(exchange),
        Document::Keys => exchange.world.signing_keys().jwks(),
        Document::Resource(_) | Document::Echo(_) if exchange.view.defects.has(prmd::PRM_BEHIND_AUTH) => {
            return refusal::deny(exchange, Denial::NoCredential);
        }
        Document::Resource(resource) => resource::document(exchange, *resource),
        Document::Echo(path) => resource::echoed(exchange, path),
    };
    let answer = answer::with(answer::json(200, &body), "cache-control", "public, max-age=60");
    match document {
        Document::Resource(_) if exchange.view.defects.has(defect::PRM_NO_CORS) => {
            answer::with(answer, "access-control-allow-origin", "https://app.fast.example")
        }
        _ => open(answer),
    }
}

/// Readable for scripts of every origin.
fn open(answer: Answer) -> Answer {
    answer::with(answer, "access-control-allow-origin", "*")
}

/// Which document stands at a path, without the slash at its end.
fn find(exchange: &Exchange<'_>, path: &str) -> Option<Document> {
    let (defects, variants) = (&exchange.view.defects, &exchange.view.variants);
    let own = issuer::path(exchange.world);
    let both = variants.has(variant::METADATA_BOTH_FORMS);
    if path == JWKS {
        return Some(Document::Keys);
    }
    if let Some(tenant) = path.strip_prefix(OAUTH) {
        let shared =
            defects.has(asmd::TENANT_ISSUER_SHARED) && (tenant.is_empty() || tenant.starts_with('/'));
        let absent =
            defects.has(asmd::WK_APPENDED_ONLY) || (tenant.is_empty() && defects.has(defect::NO_FALLBACK));
        let here = (tenant == own || shared) && !absent;
        return here.then(|| Document::Oauth(tenant.to_owned()));
    }
    if let Some(tenant) = path.strip_prefix(OPENID) {
        return (tenant == own && (own.is_empty() || both)).then_some(Document::Openid);
    }
    if let Some(place) = path.strip_prefix(RESOURCE) {
        return at(exchange, place);
    }
    if let Some(tenant) = path.strip_suffix(OPENID) {
        return (tenant == own).then_some(Document::Openid);
    }
    if let Some(tenant) = path.strip_suffix(OAUTH) {
        return (tenant == own && both).then(|| Document::Oauth(tenant.to_owned()));
    }
    let place = path.strip_suffix(RESOURCE)?;
    let appended = defects.has(defect::PRM_ELSEWHERE);
    WITH_TOKENS
        .into_iter()
        .find(|resource| appended && resource.path() == place)
        .map(Document::Resource)
}

/// The document of the resource at that path, which its own path is inserted before (RFC 9728 §3.1).
fn at(exchange: &Exchange<'_>, place: &str) -> Option<Document> {
    let defects = &exchange.view.defects;
    if defects.any(&[defect::PRM_MISSING, defect::PRM_ELSEWHERE]) {
        return None;
    }
    if defects.has(prmd::PRM_ROOT_ONLY) {
        return place.is_empty().then_some(Document::Resource(Protected::Oauth));
    }
    let mut all = WITH_TOKENS.into_iter();
    if let Some(resource) = all.find(|resource| resource.path() == place) {
        return Some(Document::Resource(resource));
    }
    let text = || percent_decode_str(place).decode_utf8_lossy().into_owned();
    (defects.has(prmd::PRM_ECHO) && place.starts_with('/')).then(|| Document::Echo(text()))
}
