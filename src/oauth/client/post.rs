//! Form posts to the endpoints of an authorization server.

use std::time::Duration;

use url::Url;

use super::authenticate::credentials;
use crate::oauth::vault::Client;
use crate::wire::{Exchange, HeaderLine, Read, Request, Wire};

/// Where to and as whom.
#[derive(Debug, Clone, Copy)]
pub struct Post<'a> {
    /// The endpoint.
    pub endpoint: &'a Url,
    /// The client.
    pub client: &'a Client,
    /// Whom an assertion is for: the issuer.
    pub audience: &'a str,
    /// Seconds since the epoch.
    pub now: u64,
    /// For the whole exchange.
    pub timeout: Duration,
}

impl Post<'_> {
    /// Sends the parameters with the client's credentials. A redirect is the answer: neither goes anywhere else.
    /// `Err`: the client cannot show who it is; nothing was sent.
    pub async fn send(&self, wire: &Wire, params: &[(&str, &str)]) -> Result<Exchange, String> {
        let credentials = credentials(self.client, self.audience, self.now)?;
        let own = credentials
            .params
            .iter()
            .map(|(name, value)| (*name, value.as_str()));
        let body = form(params.iter().copied().chain(own));
        let field = |name: &str, value: &str| HeaderLine::Field(name.to_owned(), value.as_bytes().to_vec());
        let mut headers = vec![
            field("Content-Type", "application/x-www-form-urlencoded"),
            field("Accept", "application/json"),
        ];
        headers.extend(credentials.header.map(|value| field("Authorization", &value)));
        let request = Request {
            method: "POST".to_owned(),
            url: self.endpoint.clone(),
            target: None,
            headers,
            body: body.into_bytes().into(),
            timeout: self.timeout,
            redirects: 0,
            read: Read::Whole,
        };
        Ok(wire.send(&request).await)
    }
}

fn form<'a>(params: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(params)
        .finish()
}
