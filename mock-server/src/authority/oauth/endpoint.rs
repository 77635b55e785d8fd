//! Which paths are the authorization server's, and who answers them.

use http::Method;

use super::error::method_not_allowed;
use super::{agree, authorize, connect, info, introspect, register, revoke, sessions, token_endpoint};
use crate::defect::{DefectSet, asmd, resource};
use crate::resource::mcp::input;
use crate::resource::rest;
use crate::serve::answer::Answer;
use crate::serve::exchange::Exchange;
use crate::serve::listener::Hangup;
use crate::serve::origin;

/// Where all but the pages are. A slash at the end of a path may be left out.
pub(crate) const BASE: &str = "/current/oauth/";
/// The page a person sees.
pub(crate) const CONNECT: &str = "/connect";

/// One endpoint, with the id in its path where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint<'a> {
    Authorize,
    Info,
    Connect,
    /// What a call asks the person behind it for; no part of OAuth, but of the same sign-in.
    Agree,
    Token,
    Revoke,
    Introspect,
    Register(Option<&'a str>),
    Sessions(Option<&'a str>),
}

impl Endpoint<'_> {
    /// A browser comes here by itself; no other site may read the answer (RFC 9700 §2.6).
    pub(crate) fn is_front(self) -> bool {
        matches!(self, Self::Authorize | Self::Connect | Self::Agree)
    }

    /// For the journal and for `lose-next-response`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Authorize => "authorize",
            Self::Info => "authorize/info",
            Self::Connect => "connect",
            Self::Agree => "agree",
            Self::Token => "token",
            Self::Revoke => "revoke",
            Self::Introspect => "introspect",
            Self::Register(_) => "register",
            Self::Sessions(_) => "sessions",
        }
    }
}

/// The endpoint at this path. Three have a second one, where clients of 2025-03-26 look without metadata.
pub(crate) fn of<'p>(path: &'p str, defects: &DefectSet) -> Option<Endpoint<'p>> {
    let path = path.strip_suffix('/').unwrap_or(path);
    match path {
        CONNECT => return Some(Endpoint::Connect),
        input::PAGE => return Some(Endpoint::Agree),
        "/authorize" | "/token" | "/register" if defects.has(resource::NO_FALLBACK) => return None,
        "/authorize" => return Some(Endpoint::Authorize),
        "/token" => return Some(Endpoint::Token),
        "/register" => return Some(Endpoint::Register(None)),
        _ => {}
    }
    let segments: Vec<&str> = path.strip_prefix(BASE)?.split('/').collect();
    Some(match segments.as_slice() {
        ["authorize"] => Endpoint::Authorize,
        ["authorize", "info"] => Endpoint::Info,
        ["token"] => Endpoint::Token,
        ["revoke"] => Endpoint::Revoke,
        ["introspect"] => Endpoint::Introspect,
        ["register"] => Endpoint::Register(None),
        ["register", id] => Endpoint::Register(Some(id)),
        ["sessions"] => Endpoint::Sessions(None),
        ["sessions", id] => Endpoint::Sessions(Some(id)),
        _ => return None,
    })
}

/// Answers, unless the answer is to be lost on its way.
pub(crate) async fn answer(exchange: &mut Exchange<'_>, endpoint: Endpoint<'_>) -> Result<Answer, Hangup> {
    exchange.call(&format!("oauth/{}", endpoint.name()));
    let answer = answered(exchange, endpoint).await;
    if answer.status().is_client_error() {
        exchange.stop("oauth", "refused");
    }
    if exchange.world.oauth().loses(endpoint.name()) {
        return Err(Hangup);
    }
    Ok(answer)
}

async fn answered(exchange: &mut Exchange<'_>, endpoint: Endpoint<'_>) -> Answer {
    if exchange.head.method == Method::OPTIONS {
        return match endpoint {
            Endpoint::Authorize | Endpoint::Connect | Endpoint::Agree => method_not_allowed("GET, POST"),
            _ => origin::preflight(),
        };
    }
    match endpoint {
        Endpoint::Authorize => authorize::answer(exchange).await,
        Endpoint::Info => info::answer(exchange),
        Endpoint::Connect => connect::answer(exchange),
        Endpoint::Agree => agree::answer(exchange),
        Endpoint::Token => token_endpoint::answer(exchange).await,
        Endpoint::Revoke => revoke::answer(exchange),
        Endpoint::Introspect => introspect::answer(exchange),
        Endpoint::Register(_) if exchange.view.defects.has(asmd::NO_REGISTRATION) => rest::no_such_route(),
        Endpoint::Register(id) => register::answer(exchange, id).await,
        Endpoint::Sessions(id) => sessions::answer(exchange, id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        assert_eq!(
            of("/current/oauth/token/", &DefectSet::default()),
            Some(Endpoint::Token)
        );
        assert_eq!(
            of("/current/oauth/token", &DefectSet::default()),
            Some(Endpoint::Token)
        );
        assert_eq!(
            of("/current/oauth/sessions/a/", &DefectSet::default()),
            Some(Endpoint::Sessions(Some("a")))
        );
        assert_eq!(of("/connect", &DefectSet::default()), Some(Endpoint::Connect));
        for path in [
            "/current/oauth/",
            "/current/oauth/jwks/",
            "/current/oauth/token//",
            "/connect/x",
        ] {
            assert_eq!(of(path, &DefectSet::default()), None, "{path}");
        }
    }
}
