//! Who may ask from a browser: Origin against DNS rebinding, and the preflights of those that may.

use http::header::{HOST, ORIGIN};
use http::{HeaderValue, Method};
use serde_json::Value;

use super::answer::{self, Answer};
use super::exchange::Exchange;
use super::route::{self, Route};
use crate::defect::transport;
use crate::resource::mcp::rpc;
use crate::variant;

/// What is answered before any credential is looked at: a foreign Origin and a preflight.
pub(crate) fn ahead(exchange: &mut Exchange<'_>) -> Option<Answer> {
    if foreign(exchange) {
        exchange.stop("header", "foreign origin");
        let text = "the origin is not allowed";
        let status = if exchange.view.defects.has(transport::ORIGIN_400) {
            400
        } else {
            403
        };
        return Some(answer::json(
            status,
            &rpc::error(&Value::Null, rpc::INVALID_REQUEST, text),
        ));
    }
    let asks = exchange
        .head
        .headers
        .contains_key("access-control-request-method");
    (exchange.head.method == Method::OPTIONS && asks).then(preflight)
}

pub(crate) fn preflight() -> Answer {
    let answer = answer::with(
        answer::empty(204),
        "access-control-allow-methods",
        "GET, POST, DELETE",
    );
    let allowed = "Authorization, Content-Type, Accept, Mcp-Session-Id, MCP-Protocol-Version, Last-Event-ID, \
                   Mcp-Method, Mcp-Name, Mcp-Param-Page-Size, Mcp-Param-Profile, Mcp-Param-Workspace";
    answer::with(answer, "access-control-allow-headers", allowed)
}

/// An Origin that is not a loopback host (MCP, security warning: DNS rebinding). None is no browser's, and
/// several are nobody's.
pub(super) fn foreign(exchange: &Exchange<'_>) -> bool {
    if overlooked(exchange) {
        return false;
    }
    let mut lines = exchange.head.headers.get_all(ORIGIN).iter();
    let own_only = exchange.view.variants.has(variant::ORIGIN_OWN_ONLY);
    let port = own_only.then_some(exchange.connection.port);
    lines.next().is_some_and(|value| !loopback(value, port)) || lines.next().is_some()
}

/// Origins that a defect lets through.
fn overlooked(exchange: &Exchange<'_>) -> bool {
    let (defects, headers) = (&exchange.view.defects, &exchange.head.headers);
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    let (Some(origin), host) = (text(ORIGIN), text(HOST).unwrap_or_default()) else {
        return false;
    };
    let names_server = origin.contains("127.0.0.1") || origin.contains("localhost");
    let old = matches!(
        route::route(exchange.head.uri.path()),
        Route::OldStream | Route::OldMessage
    );
    defects.has(transport::ORIGIN_UNCHECKED)
        || (defects.has(transport::ORIGIN_SSE_UNCHECKED) && old)
        || (defects.has(transport::ORIGIN_POST_ONLY) && exchange.head.method != Method::POST)
        || (defects.has(transport::ORIGIN_CONTAINS_HOST) && names_server)
        || (defects.has(transport::ORIGIN_EQUALS_HOST)
            && origin
                .split_once("://")
                .is_some_and(|(_, authority)| authority == host))
}

/// A loopback host, at this port if one is given. The Host header decides nothing: a rebound name is in it too.
fn loopback(value: &HeaderValue, port: Option<u16>) -> bool {
    let Some(origin) = value.to_str().ok().and_then(|text| url::Url::parse(text).ok()) else {
        return false;
    };
    let host = match origin.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    host && matches!(origin.scheme(), "http" | "https")
        && port.is_none_or(|port| origin.port_or_known_default() == Some(port))
}
