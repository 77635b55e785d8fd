//! A page with a form of ours: what was asked of it, and the browser at which it is seen.

use http::Method;

use super::browser::{self, Browser};
use super::error::method_not_allowed;
use super::page;
use super::params::Params;
use crate::serve::answer::Answer;
use crate::serve::exchange::Exchange;

/// A look at a page, or a form of it that was sent.
pub(super) struct Asked {
    pub(super) posted: bool,
    pub(super) params: Params,
}

/// Reads what was asked; the answer to any other method.
pub(super) fn asked(exchange: &Exchange<'_>) -> Result<Asked, Box<Answer>> {
    let posted = match exchange.head.method {
        Method::GET | Method::HEAD => false,
        Method::POST => true,
        _ => return Err(Box::new(method_not_allowed("GET, POST"))),
    };
    let given = if posted {
        exchange.body.to_vec()
    } else {
        exchange.head.uri.query().unwrap_or_default().as_bytes().to_vec()
    };
    Ok(Asked {
        posted,
        params: Params::parse(&given).unwrap_or_default(),
    })
}

/// The cookie and the browser. Whoever looks may be new; a form is taken from a page that this browser was shown.
pub(super) fn browser_of(
    exchange: &mut Exchange<'_>,
    asked: &Asked,
) -> Result<(String, Browser), Box<Answer>> {
    let known = browser::cookie(exchange).and_then(|cookie| {
        let browser = exchange.world.oauth().browser(&cookie).cloned()?;
        Some((cookie, browser))
    });
    if !asked.posted {
        let now = exchange.world.clock.now();
        return Ok(known.unwrap_or_else(|| exchange.world.oauth().new_browser(None, now)));
    }
    let shown = known.filter(|(_, browser)| asked.params.get("csrf") == Some(browser.csrf.as_str()));
    shown.ok_or_else(|| Box::new(forged(exchange)))
}

fn forged(exchange: &mut Exchange<'_>) -> Answer {
    exchange.stop("oauth", "form of another page");
    let text = "The form did not come from this site, or cookies are turned off. Go back and try again.";
    page::refusal(&exchange.view, 403, "This form cannot be accepted", text)
}
