//! The page a person sees: sign in, then approve, narrow or deny. Needs no script.

use super::browser::{self, Browser};
use super::consent::{self, Decision};
use super::form;
use super::page;
use super::params::Params;
use super::request::AuthorizationRequest;
use super::scopes::Scopes;
use super::throttle;
use crate::defect::oac;
use crate::serve::answer::{self, Answer};
use crate::serve::exchange::Exchange;

const OVER: &str = "It was answered already, or it waited for more than ten minutes. \
                    Start again from the application.";

/// What was sent, and the browser it came from.
struct Visit {
    request: AuthorizationRequest,
    cookie: String,
    browser: Browser,
}

pub(super) fn answer(exchange: &mut Exchange<'_>) -> Answer {
    visited(exchange).unwrap_or_else(|refusal| *refusal)
}

fn visited(exchange: &mut Exchange<'_>) -> Result<Answer, Box<Answer>> {
    let asked = form::asked(exchange)?;
    let now = exchange.world.clock.now();
    let id = asked.params.get("auth_request_id").unwrap_or_default();
    let Some(request) = exchange.world.oauth().request(id, now).cloned() else {
        return Ok(page::refusal(&exchange.view, 400, "This request is over", OVER));
    };
    let (cookie, browser) = form::browser_of(exchange, &asked)?;
    let visit = Visit {
        request,
        cookie,
        browser,
    };
    if asked.posted {
        return Ok(sent(exchange, &asked.params, &visit));
    }
    let shown = show(exchange, &visit, None);
    Ok(answer::with(
        shown,
        "set-cookie",
        &browser::set_cookie(&visit.cookie),
    ))
}

/// Sign in, or consent.
fn show(exchange: &mut Exchange<'_>, visit: &Visit, problem: Option<&'static str>) -> Answer {
    let now = exchange.world.clock.now();
    let Some((user, auth_time)) = visit.browser.signed_in(now) else {
        return page::sign_in(exchange, &visit.request, &visit.browser.csrf, None, problem);
    };
    let decision = |approve| Decision {
        user: user.to_owned(),
        approve,
        scopes: None,
        auth_time,
    };
    if visit.request.failure.is_some() {
        return decided(exchange, &visit.request.id, &decision(false));
    }
    if visit.browser.approved && exchange.view.defects.has(oac::CONSENT_COOKIE_GLOBAL) {
        return decided(exchange, &visit.request.id, &decision(true));
    }
    let offered = consent::offered(exchange.world, &visit.request, user);
    page::consent(
        exchange,
        &visit.request,
        user,
        &visit.browser.csrf,
        &offered,
        problem,
    )
}

/// A form of ours came back.
fn sent(exchange: &mut Exchange<'_>, params: &Params, visit: &Visit) -> Answer {
    let now = exchange.world.clock.now();
    let Some((user, auth_time)) = visit.browser.signed_in(now) else {
        return sign_in(exchange, params, visit);
    };
    let approve = match params.get("decision") {
        Some("approve") => true,
        Some("deny") => false,
        Some("switch") => {
            let (cookie, _) = exchange.world.oauth().new_browser(None, now);
            return again(exchange, visit, &cookie);
        }
        _ => return show(exchange, visit, Some("Choose Approve or Deny.")),
    };
    let chosen = Scopes::parse(&params.all("scope").join(" ")).unwrap_or_default();
    if approve && chosen.is_empty() {
        return show(exchange, visit, Some("Choose at least one permission, or deny."));
    }
    if approve && let Some(browser) = exchange.world.oauth().browser_mut(&visit.cookie) {
        browser.approved = true;
    }
    let decision = Decision {
        user: user.to_owned(),
        approve,
        scopes: Some(chosen),
        auth_time,
    };
    decided(exchange, &visit.request.id, &decision)
}

/// What a form to sign in at is told where nobody is signed in by it.
pub(super) const WRONG: &str = "That name and password do not belong together.";

fn sign_in(exchange: &mut Exchange<'_>, params: &Params, visit: &Visit) -> Answer {
    match signed_in(exchange, params, &visit.cookie) {
        Ok(Some(cookie)) => again(exchange, visit, &cookie),
        Ok(None) => {
            let name = params.get("user");
            page::sign_in(exchange, &visit.request, &visit.browser.csrf, name, Some(WRONG))
        }
        Err(answer) => *answer,
    }
}

/// The new cookie of a browser at which somebody has just signed in; `None` for a wrong name or password, the answer
/// where there were too many of them.
pub(super) fn signed_in(
    exchange: &mut Exchange<'_>,
    params: &Params,
    before: &str,
) -> Result<Option<String>, Box<Answer>> {
    let name = params.get("user").unwrap_or_default();
    let bucket = format!("sign-in:{name}");
    if let Some(error) = throttle::blocked(exchange, &bucket) {
        let text = "There were too many attempts. Wait a few seconds and try again.";
        let page = page::refusal(&exchange.view, 429, "Please wait", text);
        return Err(Box::new(error.dressed(page)));
    }
    let password = params.get("password").unwrap_or_default();
    let now = exchange.world.clock.now();
    let user = exchange
        .world
        .oauth()
        .passwords
        .check(name, password)
        .map(str::to_owned);
    let user = user.filter(|user| !exchange.world.platform().is_disabled(user));
    let Some(user) = user else {
        throttle::failed(exchange, &bucket);
        exchange.stop("oauth", "wrong password");
        return Ok(None);
    };
    Ok(Some(exchange.world.oauth().sign_in(before, &user, now)))
}

/// Back to the page by GET, so that nothing is sent twice.
fn again(exchange: &Exchange<'_>, visit: &Visit, cookie: &str) -> Answer {
    let to = format!(
        "{}?auth_request_id={}",
        super::endpoint::CONNECT,
        visit.request.id
    );
    let answer = after_form(exchange, &to);
    answer::with(answer, "set-cookie", &browser::set_cookie(cookie))
}

fn decided(exchange: &mut Exchange<'_>, id: &str, decision: &Decision) -> Answer {
    match consent::decide(exchange.world, &exchange.view, id, decision) {
        Some(to) => after_form(exchange, &to),
        None => page::refusal(&exchange.view, 400, "This request is over", OVER),
    }
}

/// 303: the browser goes on with GET and without the form (RFC 9700 §4.12).
pub(super) fn after_form(exchange: &Exchange<'_>, to: &str) -> Answer {
    let status = if exchange.view.defects.has(oac::REDIRECT_307) {
        307
    } else {
        303
    };
    let answer = answer::with(answer::empty(status), "location", to);
    answer::with(answer, "referrer-policy", "no-referrer")
}
