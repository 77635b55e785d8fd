//! Form posts to the endpoints of an authorization server.

use std::time::Duration;

use url::Url;

use super::authenticate::credentials;
use crate::oauth::dpop::Prover;
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
        self.proved(wire, params, None).await
    }

    /// The same with the proof of a key, and once more where the server wants its nonce in it (RFC 9449 §5, §8).
    pub async fn proved(
        &self,
        wire: &Wire,
        params: &[(&str, &str)],
        prover: Option<&Prover>,
    ) -> Result<Exchange, String> {
        let Some(prover) = prover else {
            return Ok(wire.send(&self.request(params)?).await);
        };
        let exchange = wire.send(&self.with_proof(params, prover)?).await;
        let again = exchange
            .response
            .as_ref()
            .is_ok_and(|response| prover.heed(self.endpoint, response));
        if again {
            return Ok(wire.send(&self.with_proof(params, prover)?).await);
        }
        Ok(exchange)
    }

    fn with_proof(&self, params: &[(&str, &str)], prover: &Prover) -> Result<Request, String> {
        let mut request = self.request(params)?;
        let proof = prover.proof("POST", self.endpoint, None, self.now);
        request
            .headers
            .push(HeaderLine::Field("DPoP".to_owned(), proof.into_bytes()));
        Ok(request)
    }

    fn request(&self, params: &[(&str, &str)]) -> Result<Request, String> {
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
        Ok(Request {
            method: "POST".to_owned(),
            url: self.endpoint.clone(),
            target: None,
            headers,
            body: body.into_bytes().into(),
            timeout: self.timeout,
            redirects: 0,
            read: Read::Whole,
        })
    }
}

fn form<'a>(params: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(params)
        .finish()
}
