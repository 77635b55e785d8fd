//! The authorization request (RFC 6749 §4.1.1, RFC 7636, RFC 8707) and its answer (§4.1.2, RFC 9207).

use url::Url;

use super::LoginError;
use super::scopes::wants_consent;
use super::server::Server;
use crate::oauth::callback::Callback;
use crate::oauth::pkce::Verifier;
use crate::oauth::vault::Client;
use crate::secret::Secret;

/// What is asked for.
pub(super) struct Asked<'a> {
    pub(super) client: &'a Client,
    pub(super) resource: &'a str,
    pub(super) scopes: &'a [String],
    pub(super) redirect_uri: String,
    /// Thumbprint of the key that redeems the code (RFC 9449 §10).
    pub(super) key: Option<String>,
}

/// What was sent through the browser, and what belongs to it and was not.
pub(super) struct Sent {
    url: Url,
    state: String,
    pub(super) verifier: Verifier,
    pub(super) redirect_uri: String,
}

impl Sent {
    /// To the authorization endpoint at `place`.
    pub(super) fn new(place: &Url, asked: Asked<'_>) -> Self {
        let verifier = Verifier::random();
        let state = Verifier::random().expose().to_owned();
        // A query that is there stays (RFC 6749 §3.1).
        let mut url = place.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &asked.client.id)
            .append_pair("redirect_uri", &asked.redirect_uri)
            .append_pair("state", &state)
            .append_pair("code_challenge", &verifier.challenge())
            .append_pair("code_challenge_method", "S256")
            .append_pair("resource", asked.resource);
        if !asked.scopes.is_empty() {
            url.query_pairs_mut()
                .append_pair("scope", &asked.scopes.join(" "));
        }
        if wants_consent(asked.scopes) {
            url.query_pairs_mut().append_pair("prompt", "consent");
        }
        if let Some(key) = &asked.key {
            url.query_pairs_mut().append_pair("dpop_jkt", key);
        }
        Self {
            url,
            state,
            verifier,
            redirect_uri: asked.redirect_uri,
        }
    }

    /// For the browser. Holds no credential: state and challenge are worth nothing without what stays here.
    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    pub(super) fn state(&self) -> &str {
        &self.state
    }

    /// The code, where the answer is one to this request and from this server.
    pub(super) fn code_of(&self, callback: &Callback, server: &Server) -> Result<Secret, LoginError> {
        let wrong = |why: String| Err(LoginError::Callback { why });
        for name in ["code", "state", "iss", "error"] {
            if callback.params.iter().filter(|(other, _)| other == name).count() > 1 {
                return wrong(format!("it has `{name}` twice"));
            }
        }
        match callback.get("state") {
            Some(state) if state == self.state => {}
            Some(_) => return wrong("its `state` is of another login".to_owned()),
            None => return wrong("it has no `state`".to_owned()),
        }
        // Also of an error: a foreign server could otherwise end the login (RFC 9207 §2.4).
        match callback.get("iss") {
            Some(iss) if iss != server.issuer => {
                let iss: String = iss.chars().take(200).collect();
                return wrong(format!(
                    "it is from `{iss}`, asked was `{}` (RFC 9207)",
                    server.issuer
                ));
            }
            None if server.says_iss => {
                return wrong(format!(
                    "it lacks `iss`, which {} says it sends (RFC 9207)",
                    server.issuer
                ));
            }
            _ => {}
        }
        if let Some(error) = callback.error() {
            let short = |text: &str| {
                text.chars()
                    .filter(|c| !c.is_control())
                    .take(200)
                    .collect::<String>()
            };
            let description = callback
                .get("error_description")
                .map(|words| format!(": {}", short(words)));
            return Err(LoginError::Denied {
                error: short(error),
                description: description.unwrap_or_default(),
            });
        }
        match callback.get("code").filter(|code| !code.is_empty()) {
            Some(code) => Ok(Secret::new(code)),
            None => wrong("it has neither `code` nor `error`".to_owned()),
        }
    }
}
