//! What a login comes to: for which endpoint, from whom, as which client, with which tokens.

use serde::{Deserialize, Serialize};

use super::text::{maybe_secret, secret};
use crate::secret::Secret;

/// Everything needed to get an access token without a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The MCP endpoint it was obtained for.
    pub endpoint: String,
    /// The issuer that gave it.
    pub issuer: String,
    /// Where it is refreshed. From the issuer's metadata at login; a token goes nowhere else.
    pub token_endpoint: String,
    /// Where it is revoked (RFC 7009).
    pub revocation_endpoint: Option<String>,
    /// The resource it is for (RFC 8707).
    pub resource: Option<String>,
    /// As whom.
    pub client: Client,
    /// What was granted.
    pub scope: Vec<String>,
    /// When the person consented (seconds since the epoch).
    pub since: u64,
    /// How it stands.
    pub state: State,
}

/// The client that was registered, or is known beforehand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// `client_id`.
    pub id: String,
    /// `client_secret`.
    #[serde(with = "maybe_secret", default)]
    pub secret: Option<Secret>,
    /// A private key in PEM form, for `private_key_jwt`.
    #[serde(with = "maybe_secret", default)]
    pub key: Option<Secret>,
    /// How it shows who it is at the token endpoint.
    pub auth: AuthMethod,
}

/// `token_endpoint_auth_method` (RFC 7591 §2; OpenID Connect Core 1.0 §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// A public client: its `client_id` in the body.
    None,
    /// The secret in `Authorization: Basic` (RFC 6749 §2.3.1).
    ClientSecretBasic,
    /// The secret in the body.
    ClientSecretPost,
    /// An assertion signed with the client's key (RFC 7523 §2.2).
    PrivateKeyJwt,
}

impl AuthMethod {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::None,
        Self::ClientSecretBasic,
        Self::ClientSecretPost,
        Self::PrivateKeyJwt,
    ];

    /// The registered name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }

    /// The method of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == name)
    }
}

/// How a grant stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It has tokens.
    Connected(Tokens),
    /// The server takes its refresh token no more; the tokens are deleted.
    Disconnected {
        /// When that was seen (seconds since the epoch).
        at: u64,
        /// What is known about it.
        why: String,
    },
}

/// The tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// The last access token.
    pub access: Option<Access>,
    /// The refresh token.
    #[serde(with = "maybe_secret", default)]
    pub refresh: Option<Secret>,
    /// How often it was refreshed.
    pub refreshes: u64,
    /// A refresh that was begun and not ended.
    pub pending: Option<Pending>,
    /// The client's credentials were refused (`invalid_client`): what the server said, and when.
    pub alarm: Option<(u64, String)>,
}

/// An access token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// The token.
    #[serde(with = "secret")]
    pub token: Secret,
    /// When it came (seconds since the epoch).
    pub obtained: u64,
    /// When it ends; `None`: the server did not say.
    pub expires: Option<u64>,
}

impl Access {
    /// Whether it can be used for a while: for a minute, or for a tenth of a short life.
    pub fn is_fresh(&self, now: u64) -> bool {
        let Some(expires) = self.expires else {
            return true;
        };
        let margin = (expires.saturating_sub(self.obtained) / 10).min(60);
        now.saturating_add(margin) < expires
    }
}

/// Written down before a refresh is sent, taken away by the commit that ends it: what is found by whoever comes
/// after a crash.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// When the first request with the present refresh token was about to be sent (seconds since the epoch).
    pub since: u64,
    /// How many times it was sent, or was about to be.
    pub sent: u32,
    /// The server asked to wait until then (`Retry-After`).
    pub not_before: Option<u64>,
}

impl Grant {
    /// The tokens, where it is connected.
    pub fn tokens(&self) -> Option<&Tokens> {
        match &self.state {
            State::Connected(tokens) => Some(tokens),
            State::Disconnected { .. } => None,
        }
    }

    /// Every secret in it, with what it is.
    pub fn secrets(&self) -> Vec<(&'static str, &Secret)> {
        let tokens = self.tokens();
        let access = tokens.and_then(|tokens| tokens.access.as_ref());
        [
            ("access token", access.map(|access| &access.token)),
            ("refresh token", tokens.and_then(|tokens| tokens.refresh.as_ref())),
            ("client secret", self.client.secret.as_ref()),
            ("client key", self.client.key.as_ref()),
        ]
        .into_iter()
        .filter_map(|(what, secret)| Some((what, secret?)))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn freshness() {
        let access = |obtained, expires| Access {
            token: Secret::new("t"),
            obtained,
            expires,
        };
        assert!(access(0, None).is_fresh(u64::MAX));
        assert!(access(0, Some(3600)).is_fresh(3539));
        assert!(!access(0, Some(3600)).is_fresh(3540));
        assert!(access(0, Some(10)).is_fresh(8));
        assert!(!access(0, Some(10)).is_fresh(9));
        assert!(!access(100, Some(50)).is_fresh(60));
    }

    #[test]
    fn method_names_are_those_in_the_record() {
        for method in AuthMethod::ALL {
            let text = serde_json::to_string(&method).expect("JSON");
            assert_eq!(text, format!("\"{}\"", method.as_str()));
            assert_eq!(AuthMethod::parse(method.as_str()), Some(method));
        }
    }
}
