//! A client as the server knows it (RFC 6749 §2, RFC 7591 §2).

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// How a client proves who it is at the token endpoint (RFC 7591 §2, `token_endpoint_auth_method`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum AuthMethod {
    /// A public client: it names itself and proves nothing.
    #[serde(rename = "none")]
    None,
    /// The secret in an Authorization header.
    #[serde(rename = "client_secret_basic")]
    Basic,
    /// The secret in the form.
    #[serde(rename = "client_secret_post")]
    Post,
    /// A signed assertion (RFC 7523).
    #[serde(rename = "private_key_jwt")]
    Assertion,
}

impl AuthMethod {
    /// The registered name.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic => "client_secret_basic",
            Self::Post => "client_secret_post",
            Self::Assertion => "private_key_jwt",
        }
    }

    /// The method of this registered name.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::None, Self::Basic, Self::Post, Self::Assertion]
            .into_iter()
            .find(|method| method.word() == word)
    }
}

/// How the server came to know a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Origin {
    /// Somebody entered it by hand.
    Registered,
    /// It registered itself (RFC 7591).
    Dynamic,
    /// Its id is the address of its metadata document.
    Document,
}

/// What a client may ask the token endpoint for.
pub(crate) const AUTHORIZATION_CODE: &str = "authorization_code";
/// See [`AUTHORIZATION_CODE`].
pub(crate) const REFRESH_TOKEN: &str = "refresh_token";
/// See [`AUTHORIZATION_CODE`].
pub(crate) const CLIENT_CREDENTIALS: &str = "client_credentials";

/// One client. Serialises to the state export; no secret is in it.
#[derive(Clone, Serialize)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) origin: Origin,
    pub(crate) auth: AuthMethod,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) grant_types: BTreeSet<String>,
    /// `web` or `native` (OpenID Connect Registration §2).
    pub(crate) application_type: &'static str,
    /// May introspect tokens that are not its own.
    pub(crate) inspector: bool,
    /// Unix seconds at which its secret ends.
    pub(crate) secret_expires: Option<i64>,
    /// Unix seconds of its registration.
    pub(crate) created: i64,
    /// What it said about itself when it registered; shown to it again, and believed in nothing.
    pub(crate) metadata: Value,
    #[serde(skip)]
    pub(crate) secret: Option<Hashed>,
    /// Public keys of assertions, as JWKs.
    #[serde(skip)]
    pub(crate) keys: Vec<Value>,
    #[serde(skip)]
    pub(crate) registration_token: Option<Hashed>,
}

impl Client {
    /// Whether it can keep a secret.
    pub(crate) fn is_confidential(&self) -> bool {
        self.auth != AuthMethod::None
    }

    /// Whether it may use this grant.
    pub(crate) fn may(&self, grant_type: &str) -> bool {
        self.grant_types.contains(grant_type)
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Client({} {})", self.id, self.auth.word())
    }
}

/// The SHA-256 of a secret. Compared whole, so the work does not depend on how much of a guess is right.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hashed([u8; 32]);

impl Hashed {
    pub(crate) fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }
}

impl std::fmt::Debug for Hashed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hashed")
    }
}
