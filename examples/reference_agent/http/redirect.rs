//! Where a redirect leads, and whether this request goes there (RFC 9110 §15.4).

use reqwest::Method;
use url::Url;

use super::address::{is_loopback, same_origin};
use super::client::{Answer, Request};
use crate::habits::{self, on};

/// What an answer asks for.
pub(super) enum Step {
    /// It is no redirect.
    Arrived,
    /// This is sent next.
    On(Box<Request>),
    /// It is not followed.
    Refused(String),
}

/// Reads an answer. A request with a credential stays within its origin: the same target elsewhere would get either a
/// token that is not for it, or a call that nobody vouches for.
pub(super) fn next(request: &Request, answer: &Answer) -> Step {
    if !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
        return Step::Arrived;
    }
    let Some(target) = answer.header("location").and_then(|to| request.url.join(to).ok()) else {
        return Step::Arrived;
    };
    if request.secret && !within(&request.url, &target, answer.status) {
        let origin = target.origin().ascii_serialization();
        return Step::Refused(format!("the redirect leads to another origin, {origin}"));
    }
    let mut next = Request {
        url: target,
        ..request.clone()
    };
    let as_get = answer.status == 303 || (answer.status < 303 && request.method == Method::POST);
    if as_get && request.method != Method::GET {
        next.method = Method::GET;
        next.body = None;
        next.headers
            .retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
    }
    Step::On(Box::new(next))
}

fn within(from: &Url, to: &Url, status: u16) -> bool {
    let same_host = from.host() == to.host();
    let ports_differ = same_host && from.scheme() == to.scheme();
    same_origin(from, to)
        || (on(habits::LEAK_307) && status >= 307)
        || (on(habits::LEAK_PORT) && ports_differ)
        || (on(habits::LEAK_DOWNGRADE)
            && from.scheme() == "https"
            && to.scheme() == "http"
            && is_loopback(to))
}
