//! Who grants access to an MCP endpoint: a person, or one of those who speak for a machine.

use url::Url;

use super::Person;
use crate::oauth::vault::Client;
use crate::secret::Secret;

/// Who grants it.
#[derive(Clone, Copy)]
pub enum By<'a> {
    /// A person, in a browser (RFC 6749 §4.1).
    Person(&'a dyn Person),
    /// The client for itself, with its own credentials (RFC 6749 §4.4; MCP extension "OAuth Client Credentials").
    Client,
    /// Whoever runs the workload: a JWT about it, made out for the authorization server (RFC 7523 §2.1).
    Workload(&'a Secret),
    /// The identity provider that a person has signed in to already (MCP extension "Enterprise-Managed
    /// Authorization").
    Identity(&'a Identity),
}

/// A sign-in at an identity provider, which is exchanged there for a grant at the authorization server
/// (RFC 8693; draft-ietf-oauth-identity-assertion-authz-grant §4).
#[derive(Debug, Clone)]
pub struct Identity {
    /// The provider.
    pub issuer: String,
    /// Its token endpoint.
    pub token_endpoint: Url,
    /// The client as the provider knows it.
    pub client: Client,
    /// The ID token of the sign-in.
    pub id_token: Secret,
}
