//! An authorization request that waits for a person (RFC 6749 §4.1.1).

use serde::Serialize;

use super::scopes::Scopes;

/// How long a person may take, in seconds.
pub(crate) const REQUEST_LIFE: i64 = 600;

/// How a verifier becomes its challenge (RFC 7636 §4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Method {
    S256,
    /// Only a defect knows it.
    Plain,
}

/// What the verifier will be compared with.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Challenge {
    pub(crate) text: String,
    pub(crate) method: Method,
}

/// What a client asked for, checked, and waiting for consent.
#[derive(Clone, Serialize)]
pub(crate) struct AuthorizationRequest {
    pub(crate) id: String,
    pub(crate) client: String,
    /// Where the answer goes: what the client sent, or its only registered one.
    pub(crate) redirect_uri: String,
    #[serde(skip)]
    pub(crate) state: Option<String>,
    #[serde(skip)]
    pub(crate) nonce: Option<String>,
    #[serde(skip)]
    pub(crate) challenge: Option<Challenge>,
    /// `None` asked for nothing and gets the default.
    pub(crate) scopes: Option<Scopes>,
    /// Never empty.
    pub(crate) resources: Vec<String>,
    /// What the program calls itself; a hint for the person, no more.
    pub(crate) agent_name: Option<String>,
    pub(crate) login_hint: Option<String>,
    /// An error that is told only after the person has signed in (RFC 9700 §4.11.2).
    pub(crate) failure: Option<&'static str>,
    /// An access token is asked for at the front; only the defect `implicit-on` sets this.
    pub(crate) implicit: bool,
    /// Unix seconds.
    pub(crate) created: i64,
}

impl AuthorizationRequest {
    pub(crate) fn is_over(&self, now: i64) -> bool {
        now >= self.created + REQUEST_LIFE
    }
}
