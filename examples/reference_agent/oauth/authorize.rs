//! The browser's part of a login: the authorization request, and what its callback must say before it is believed.

use std::collections::BTreeSet;

use url::Url;

use super::browser;
use super::callback::{Listener, Parameters};
use super::pkce::{self, Verifier};
use super::register::Registered;
use super::scope::joined;
use super::server::Server;
use crate::failure::Failure;
use crate::habits::{self, on};

/// What is asked of the person.
pub(super) struct Ask<'a> {
    pub(super) server: &'a Server,
    pub(super) client: &'a Registered,
    pub(super) resource: &'a str,
    pub(super) scopes: &'a BTreeSet<String>,
    pub(super) program: &'a str,
}

/// A code, and what it has to be redeemed with.
pub(super) struct Code {
    pub(super) code: String,
    pub(super) verifier: String,
}

/// How a login in the browser ended without a code.
pub(super) enum NoCode {
    /// The authorization server said no; its error code.
    Denied(String),
    Failed(Failure),
}

impl From<Failure> for NoCode {
    fn from(why: Failure) -> Self {
        Self::Failed(why)
    }
}

impl Ask<'_> {
    /// Opens the browser and waits for what comes back.
    pub(super) async fn code(&self, listener: Listener, proof: bool) -> Result<Code, NoCode> {
        let verifier = Verifier::new();
        let state = pkce::random();
        let url = self.request(&listener.redirect_uri(), &state, proof.then_some(&verifier));
        browser::open(self.program, &url)?;
        let parameters = listener.wait().await?;
        self.believed(&parameters, &state)?;
        match (parameters.get("code"), parameters.get("error")) {
            (_, Some(error)) => Err(NoCode::Denied(error.clone())),
            (Some(code), None) => Ok(Code {
                code: code.clone(),
                verifier: verifier.text,
            }),
            (None, None) => Err(Failure::Login("the callback has no code".to_owned()).into()),
        }
    }

    /// RFC 6749 §4.1.1, RFC 7636 §4.3, RFC 8707 §2.
    fn request(&self, redirect_uri: &str, state: &str, verifier: Option<&Verifier>) -> Url {
        let mut url = self.server.authorization_endpoint.clone();
        {
            let mut query = url.query_pairs_mut();
            query
                .append_pair("response_type", "code")
                .append_pair("client_id", &self.client.id);
            query
                .append_pair("redirect_uri", redirect_uri)
                .append_pair("state", state);
            if let Some(verifier) = verifier {
                let (challenge, method) = verifier.challenge();
                query
                    .append_pair("code_challenge", &challenge)
                    .append_pair("code_challenge_method", method);
            }
            if !self.scopes.is_empty() {
                query.append_pair("scope", &joined(self.scopes));
            }
            if !on(habits::NO_RESOURCE_PARAM) {
                query.append_pair("resource", self.resource);
            }
        }
        url
    }

    /// Whether the callback answers this request (state, RFC 6749 §10.12) and comes from this server (iss, RFC 9207
    /// §2.4). Both are looked at before anything else of it, its error included.
    fn believed(&self, parameters: &Parameters, state: &str) -> Result<(), Failure> {
        let not = |why: &str| Err(Failure::Login(format!("the callback is not believed: {why}")));
        if parameters.contains_key("twice") {
            return not("a parameter is there twice");
        }
        if parameters.get("state").map(String::as_str) != Some(state) && !on(habits::STATE_IGNORED) {
            return not("its state is not that of this login");
        }
        if on(habits::ISS_IGNORED) || (on(habits::FOREIGN_ERROR_ACTED_ON) && parameters.contains_key("error"))
        {
            return Ok(());
        }
        let issuer = &self.server.issuer;
        match parameters.get("iss") {
            None if self.server.sends_iss => not("it does not say who it is from"),
            None => Ok(()),
            Some(iss) if iss == issuer => Ok(()),
            Some(iss)
                if on(habits::ISS_NORMALISED)
                    && iss.trim_end_matches('/') == issuer.trim_end_matches('/') =>
            {
                Ok(())
            }
            Some(_) => not("it is from another issuer"),
        }
    }
}
