//! A protected resource's document (RFC 9728 §2), its address, and the scopes that it tells of.

use serde_json::{Value, json};

use super::RESOURCE;
use super::server::base;
use crate::authority::issuer;
use crate::authority::protected::Protected;
use crate::defect::{prmd, resource as defect};
use crate::serve::exchange::Exchange;
use crate::variant;

/// Rights that may be asked for without knowing an id. None of them administers.
pub(super) const RIGHTS: [&str; 6] = [
    "workspace:*:r",
    "workspace:*:rw",
    "org:*:r",
    "org:*:rw",
    "user:*:r",
    "user:*:rw",
];

/// What is enough to begin with: to read in the workspaces that the person has.
const BEGINNING: &str = "workspace:*:r";

/// Where the document of a resource stands (RFC 9728 §3.1), for `resource_metadata` of a challenge.
pub(crate) fn address(exchange: &Exchange<'_>, resource: Protected) -> Option<String> {
    let (defects, origin) = (&exchange.view.defects, exchange.world.origin());
    let path = resource.path();
    match () {
        () if matches!(resource, Protected::Key | Protected::Rest) => None,
        () if defects.any(&[defect::NO_RESOURCE_METADATA, defect::PRM_MISSING]) => None,
        () if defects.has(prmd::PRM_URL_INTERNAL) => {
            Some(format!("http://mcp-1.svc.cluster.local:8080{RESOURCE}{path}"))
        }
        () if defects.has(defect::PRM_ELSEWHERE) => Some(format!("{origin}{path}{RESOURCE}")),
        () if defects.has(prmd::PRM_ROOT_ONLY) => Some(format!("{origin}{RESOURCE}")),
        () => Some(format!("{origin}{RESOURCE}{path}")),
    }
}

/// `scope` of a 401 at a resource: what a client should ask for first (MCP, scope selection strategy). Always the
/// same, and never `offline_access`, which is the client's own wish.
pub(crate) fn scopes(exchange: &Exchange<'_>, resource: Protected) -> Option<String> {
    let defects = &exchange.view.defects;
    if resource == Protected::Key
        || resource == Protected::Rest
        || defects.has(defect::CHALLENGE_WITHOUT_SCOPE)
    {
        return None;
    }
    if defects.has(defect::CHALLENGE_SCOPE_VARIES) && exchange.world.challenged().is_multiple_of(2) {
        return Some("workspace:*:rw".to_owned());
    }
    if defects.has(defect::OFFLINE_ACCESS_ADVERTISED) {
        return Some(format!("{BEGINNING} offline_access"));
    }
    Some(BEGINNING.to_owned())
}

/// The document of a resource.
pub(super) fn document(exchange: &Exchange<'_>, resource: Protected) -> Value {
    let defects = &exchange.view.defects;
    let base = base(exchange, defects.has(prmd::PRM_XFH));
    let path = resource.path();
    let named = match () {
        () if defects.has(prmd::RESOURCE_HARDCODED) => "https://mcp.fast.example/mcp".to_owned(),
        () if defects.has(prmd::RESOURCE_ORIGIN) => base.clone(),
        () if defects.has(prmd::RESOURCE_SLASH) => format!("{base}{path}/"),
        () => format!("{base}{path}"),
    };
    about(exchange, &named, &base)
}

/// The document of whatever was asked for; what `prm-echo` does.
pub(super) fn echoed(exchange: &Exchange<'_>, path: &str) -> Value {
    let base = base(exchange, false);
    about(exchange, &format!("{base}{path}"), &base)
}

fn about(exchange: &Exchange<'_>, named: &str, base: &str) -> Value {
    let on = |defect| exchange.view.defects.has(defect);
    let issuer = format!("{base}{}", issuer::path(exchange.world));
    let servers = match () {
        () if on(defect::NO_AUTHORIZATION_SERVERS) => json!([]),
        () if on(prmd::AS_LIST_IS_URL) => json!([format!("{issuer}/.well-known/oauth-authorization-server")]),
        () => json!([issuer]),
    };
    let methods = if on(prmd::METHODS_LIE) {
        json!(["header", "body", "query"])
    } else {
        json!(["header"])
    };
    let mut scopes = RIGHTS.to_vec();
    if on(prmd::SCOPE_GHOST) {
        scopes.push("admin:everything");
    }
    if on(defect::OFFLINE_ACCESS_ADVERTISED) {
        scopes.push("offline_access");
    }
    let mut document = json!({
        "resource": named,
        "resource_name": "Hallmark mock",
        "authorization_servers": servers,
        "bearer_methods_supported": methods,
        "scopes_supported": scopes,
    });
    if exchange.view.variants.has(variant::METADATA_EXTRA_MEMBERS) {
        document["x_acme_region"] = json!("eu-central");
        document["resource_name#de"] = json!("Hallmark-Attrappe");
        document["dpop_bound_access_tokens_required"] = json!(false);
    }
    document
}
