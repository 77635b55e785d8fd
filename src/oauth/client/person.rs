//! Who consents: a person in a browser, a person who copies an address, or nobody where the server asks nobody.

use bytes::Bytes;
use futures_util::future::BoxFuture;
use url::Url;

use super::LoginError;
use super::address::bare;
use super::fetch::TIMEOUT;
use crate::oauth::callback::Callback;
use crate::wire::{Read, Request, Wire};

/// Takes an authorization request to whoever consents, and brings back the answer.
pub trait Person: Send + Sync {
    /// The redirect URI to ask for; the same each time.
    fn redirect_uri(&self) -> String;

    /// Waits for the answer to the request; `state` tells it from others.
    fn consent<'a>(&'a self, url: &'a Url, state: &'a str) -> BoxFuture<'a, Result<Callback, LoginError>>;
}

/// Reads an address that a person copied from a browser.
pub fn answer_of(text: &str, redirect_uri: &str) -> Result<Callback, LoginError> {
    let text = text.trim().trim_matches(['"', '\'']);
    let wrong = |why: &str| LoginError::Callback { why: why.to_owned() };
    if !text.contains("://") {
        return Err(wrong(
            "paste the whole address that the browser shows at the end, not the code alone: `state` stands in it",
        ));
    }
    let base = Url::parse(text).map_err(|_| wrong("what was pasted is no address"))?;
    let callback = Callback::read(text, &base, redirect_uri);
    callback
        .filter(|callback| callback.exact)
        .ok_or_else(|| wrong(&format!("the address does not begin with {redirect_uri}")))
}

/// Nobody: follows redirects until one leads to the redirect URI, where a server asks nobody. For tests.
#[derive(Debug)]
pub struct Follow {
    /// The network.
    pub wire: Wire,
    /// Nobody listens there.
    pub redirect_uri: String,
}

impl Person for Follow {
    fn redirect_uri(&self) -> String {
        self.redirect_uri.clone()
    }

    fn consent<'a>(&'a self, url: &'a Url, _: &'a str) -> BoxFuture<'a, Result<Callback, LoginError>> {
        Box::pin(async move {
            let mut current = url.clone();
            for _ in 0..10 {
                let what = "the authorization endpoint";
                let answer = self.wire.send(&get(&current)).await;
                let response = answer.response.map_err(|error| LoginError::NoAnswer {
                    what,
                    url: bare(&current),
                    why: error.to_string(),
                })?;
                let location = response
                    .header("location")
                    .filter(|_| (300..400).contains(&response.status));
                let Some(location) = location else {
                    return Err(LoginError::Status {
                        what,
                        url: bare(&current),
                        status: response.status,
                    });
                };
                let callback = Callback::read(&location, &current, &self.redirect_uri);
                if let Some(callback) = callback.filter(|callback| callback.exact) {
                    return Ok(callback);
                }
                current = current.join(&location).map_err(|_| LoginError::NotAUrl {
                    what,
                    text: String::new(),
                })?;
            }
            Err(LoginError::Loop {
                what: "the authorization endpoint",
                url: bare(url),
                most: 10,
            })
        })
    }
}

fn get(url: &Url) -> Request {
    Request {
        method: "GET".to_owned(),
        url: url.clone(),
        target: None,
        headers: Vec::new(),
        body: Bytes::new(),
        timeout: TIMEOUT,
        redirects: 0,
        read: Read::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pasted() {
        let uri = "http://127.0.0.1:4711/callback";
        let read = |text: &str| match answer_of(text, uri) {
            Ok(callback) => format!("{:?} {:?}", callback.get("code"), callback.get("state")),
            Err(error) => error.to_string(),
        };
        let said = [
            " http://127.0.0.1:4711/callback?code=c&state=s\n",
            "'http://127.0.0.1:4711/callback?code=c&state=s'",
            "c",
            "",
            "https://as.example/callback?code=c&state=s",
            "http://127.0.0.1:4711/other?code=c",
        ]
        .map(read);
        insta::assert_snapshot!(said.join("\n"), @r#"
        Some("c") Some("s")
        Some("c") Some("s")
        what came back is not the answer to this login: paste the whole address that the browser shows at the end, not the code alone: `state` stands in it; nothing was redeemed
        what came back is not the answer to this login: paste the whole address that the browser shows at the end, not the code alone: `state` stands in it; nothing was redeemed
        what came back is not the answer to this login: the address does not begin with http://127.0.0.1:4711/callback; nothing was redeemed
        what came back is not the answer to this login: the address does not begin with http://127.0.0.1:4711/callback; nothing was redeemed
        "#);
    }
}
