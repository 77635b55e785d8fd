//! Why there is no access token, and what to do about it.

use crate::oauth::response::NoToken;
use crate::oauth::vault::{Grant, Name, VaultError};

/// No access token. Says in words whether the login still stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeeperError {
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Nobody logged in under that name.
    #[error("there is no login `{name}`: type: hallmark login --url MCP-ENDPOINT --as {name}")]
    NoLogin {
        /// Which.
        name: Name,
    },
    /// The server ended it.
    #[error(
        "the login `{name}` is disconnected: {why}; to reconnect, type: hallmark login --url {endpoint} --as {name}"
    )]
    Disconnected {
        /// Which.
        name: Name,
        /// The MCP endpoint.
        endpoint: String,
        /// What is known.
        why: String,
    },
    /// It ended by itself.
    #[error(
        "the access token of `{name}` has ended and the server gave no refresh token; type: hallmark login --url {endpoint} --as {name}"
    )]
    NoRefreshToken {
        /// Which.
        name: Name,
        /// The MCP endpoint.
        endpoint: String,
    },
    /// `invalid_client`: not the person's consent is at fault, so it is kept.
    #[error(
        "ALARM: {issuer} does not take the client of the login `{name}` any more ({said}): its secret has ended or its registration is gone; the refresh token is kept and works again once the client does"
    )]
    ClientRefused {
        /// Which.
        name: Name,
        /// Who refuses.
        issuer: String,
        /// The server's words.
        said: String,
    },
    /// Another refusal of RFC 6749 §5.2.
    #[error("{issuer} did not refresh the login `{name}`: {said}; the refresh token is kept")]
    Refused {
        /// Which.
        name: Name,
        /// Who refuses.
        issuer: String,
        /// The server's words.
        said: String,
    },
    /// Nothing that could be understood came.
    #[error(
        "the login `{name}` could not be refreshed: {why}; the refresh token is kept, the next call tries again{known}"
    )]
    Failed {
        /// Which.
        name: Name,
        /// What came.
        why: String,
        /// What is known about the token, with its separator.
        known: String,
    },
    /// The server asked for patience, and nothing was sent.
    #[error(
        "the token endpoint of `{name}` asked to wait {seconds} s more; nothing was sent, the refresh token is kept"
    )]
    Wait {
        /// Which.
        name: Name,
        /// How long.
        seconds: u64,
    },
    /// The answer came and cannot be kept.
    #[error(
        "the login `{name}` was refreshed and what came cannot be kept: {why}; the new access token was not used, so a server that tolerates a lost answer still takes the old refresh token"
    )]
    NotKept {
        /// Which.
        name: Name,
        /// The vault's words.
        why: VaultError,
    },
}

/// What came, in words: one line, without what was sent. A server may repeat that in its description.
pub(super) fn words(no: &NoToken, grant: &Grant) -> String {
    let mut text: String = no.to_string();
    for (what, secret) in grant.secrets() {
        if !secret.expose().is_empty() {
            text = text.replace(secret.expose(), &format!("[{what}]"));
        }
    }
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
