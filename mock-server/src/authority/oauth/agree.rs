//! The page that a call sends the person behind it to (URL mode elicitation): sign in, then agree or not.
//!
//! Whoever has the address may be anybody: it was shown to an agent, and can be sent on. So the page knows its visitor
//! by the sign-in at this server alone, and takes the answer from the account that made the call and from no other.

use super::browser::{self, Browser};
use super::connect::{self, after_form};
use super::form;
use super::page;
use super::params::Params;
use crate::defect::resource;
use crate::resource::mcp::input::PAGE;
use crate::resource::mcp::links::Link;
use crate::serve::answer::{self, Answer};
use crate::serve::exchange::Exchange;

const OVER: &str = "It was answered already, or it waited for more than ten minutes. \
                    Let the agent try again.";

/// What is asked, and the browser it is asked at.
struct Visit<'a> {
    id: &'a str,
    link: Link,
    cookie: String,
    browser: Browser,
}

pub(super) fn answer(exchange: &mut Exchange<'_>) -> Answer {
    visited(exchange).unwrap_or_else(|refusal| *refusal)
}

fn visited(exchange: &mut Exchange<'_>) -> Result<Answer, Box<Answer>> {
    let asked = form::asked(exchange)?;
    let now = exchange.world.clock.now();
    let id = asked.params.get("id").unwrap_or_default();
    let Some(link) = exchange.world.links().get(id, now).cloned() else {
        return Ok(page::refusal(&exchange.view, 404, "Nothing is asked here", OVER));
    };
    let (cookie, browser) = form::browser_of(exchange, &asked)?;
    let visit = Visit {
        id,
        link,
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

/// Who is at the browser.
fn visitor(exchange: &Exchange<'_>, visit: &Visit<'_>) -> Option<String> {
    if exchange.view.defects.has(resource::ELICITATION_PRELOGGED_LINK) {
        return Some(visit.link.user.clone());
    }
    let signed_in = visit.browser.signed_in(exchange.world.clock.now());
    signed_in.map(|(user, _)| user.to_owned())
}

fn show(exchange: &Exchange<'_>, visit: &Visit<'_>, problem: Option<&'static str>) -> Answer {
    let form = (visit.id, visit.browser.csrf.as_str());
    match visitor(exchange, visit) {
        Some(user) => page::agree(exchange, form, &user, problem),
        None => page::agree_sign_in(exchange, form, None, problem),
    }
}

/// A form of ours came back.
fn sent(exchange: &mut Exchange<'_>, params: &Params, visit: &Visit<'_>) -> Answer {
    let Some(user) = visitor(exchange, visit) else {
        return sign_in(exchange, params, visit);
    };
    let yes = match params.get("decision") {
        Some("approve") => true,
        Some("deny") => false,
        _ => return show(exchange, visit, Some("Choose one of the two.")),
    };
    if user != visit.link.user && !exchange.view.defects.has(resource::ELICITATION_ANY_USER) {
        exchange.stop("oauth", "another user is asked");
        let text = "This was asked of somebody else. Your account has nothing to answer here.";
        return page::refusal(&exchange.view, 403, "You are not asked", text);
    }
    exchange.world.links().decide(visit.id, yes);
    let text = "The agent hears of it when it tries again. You can close this page.";
    page::refusal(&exchange.view, 200, "Thank you", text)
}

fn sign_in(exchange: &mut Exchange<'_>, params: &Params, visit: &Visit<'_>) -> Answer {
    match connect::signed_in(exchange, params, &visit.cookie) {
        Ok(Some(cookie)) => {
            let answer = after_form(exchange, &format!("{PAGE}?id={}", visit.id));
            answer::with(answer, "set-cookie", &browser::set_cookie(&cookie))
        }
        Ok(None) => {
            let form = (visit.id, visit.browser.csrf.as_str());
            page::agree_sign_in(exchange, form, params.get("user"), Some(connect::WRONG))
        }
        Err(answer) => *answer,
    }
}
