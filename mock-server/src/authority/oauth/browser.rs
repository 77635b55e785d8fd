//! Browsers that came to the pages: who is signed in there, and the text that proves a form came from a page of ours.

use http::header::COOKIE;

use super::Store;
use super::client::Hashed;
use crate::serve::exchange::Exchange;

/// Not readable by scripts, and not sent along with another site's forms.
const NAME: &str = "hallmark_browser";
/// A sign-in lasts so many seconds.
const SIGNED_IN: i64 = 8 * 3600;
/// Browsers kept; the oldest go first.
const MANY: usize = 4096;

/// What is known of one browser.
#[derive(Clone)]
pub(crate) struct Browser {
    /// Comes back with each form.
    pub(crate) csrf: String,
    /// Account and Unix seconds of the sign-in.
    pub(crate) user: Option<(String, i64)>,
    /// Somebody approved a client here; only the defect `consent-cookie-global` asks.
    pub(crate) approved: bool,
    /// Unix seconds.
    created: i64,
}

impl Browser {
    /// Who is signed in.
    pub(crate) fn signed_in(&self, now: i64) -> Option<(&str, i64)> {
        let (user, at) = self.user.as_ref()?;
        (now < at + SIGNED_IN).then_some((user, *at))
    }
}

/// The value of the cookie, if the browser has one.
pub(super) fn cookie(exchange: &Exchange<'_>) -> Option<String> {
    let lines = exchange.head.headers.get_all(COOKIE).iter();
    let mut texts = lines.filter_map(|line| line.to_str().ok());
    texts.find_map(|line| {
        let mut pairs = line.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs
            .find(|(name, _)| *name == NAME)
            .map(|(_, value)| value.to_owned())
    })
}

/// The Set-Cookie value. No `Secure`: the mock has no TLS, and its host is this computer.
pub(super) fn set_cookie(value: &str) -> String {
    format!("{NAME}={value}; Path=/; HttpOnly; SameSite=Lax")
}

/// Who is signed in at the browser that asks.
pub(super) fn signed_in(exchange: &Exchange<'_>) -> Option<String> {
    let now = exchange.world.clock.now();
    let store = exchange.world.oauth();
    let browser = store.browser(&cookie(exchange)?)?;
    browser.signed_in(now).map(|(user, _)| user.to_owned())
}

impl Store {
    /// The browser with this cookie.
    pub(crate) fn browser(&self, cookie: &str) -> Option<&Browser> {
        self.browsers.get(&Hashed::of(cookie))
    }

    pub(crate) fn browser_mut(&mut self, cookie: &str) -> Option<&mut Browser> {
        self.browsers.get_mut(&Hashed::of(cookie))
    }

    /// A browser with a new cookie.
    pub(crate) fn new_browser(&mut self, user: Option<(String, i64)>, now: i64) -> (String, Browser) {
        if self.browsers.len() >= MANY {
            let oldest = self.browsers.iter().min_by_key(|(_, browser)| browser.created);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                self.browsers.remove(&oldest);
            }
        }
        let cookie = self.secret();
        let browser = Browser {
            csrf: self.secret(),
            user,
            approved: false,
            created: now,
        };
        self.browsers.insert(Hashed::of(&cookie), browser.clone());
        (cookie, browser)
    }

    /// A new cookie for somebody who signed in: the one from before must not become theirs.
    pub(crate) fn sign_in(&mut self, before: &str, user: &str, now: i64) -> String {
        self.browsers.remove(&Hashed::of(before));
        self.new_browser(Some((user.to_owned(), now)), now).0
    }
}
