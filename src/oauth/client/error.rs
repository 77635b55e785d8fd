//! Why a login did not come about. What was in the vault before is untouched by any of these.

use std::time::Duration;

use crate::oauth::metadata::MetadataError;
use crate::oauth::response::NoToken;

/// Why there is no grant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// An address to which nothing is sent.
    #[error("{what} is {url}: {why}")]
    Address {
        /// Which.
        what: &'static str,
        /// Without query and credentials.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Not an address at all.
    #[error("{what} is no absolute URL: `{text}`")]
    NotAUrl {
        /// Which.
        what: &'static str,
        /// As written.
        text: String,
    },
    /// The network.
    #[error("no answer from {what} ({url}): {why}")]
    NoAnswer {
        /// Which.
        what: &'static str,
        /// Where.
        url: String,
        /// The system's words.
        why: String,
    },
    /// An answer that says nothing.
    #[error("{what} ({url}) answered HTTP {status}")]
    Status {
        /// Which.
        what: &'static str,
        /// Where.
        url: String,
        /// What came.
        status: u16,
    },
    /// Round and round.
    #[error("{what} ({url}) redirects more than {most} times")]
    Loop {
        /// Which.
        what: &'static str,
        /// Where it began.
        url: String,
        /// How often it was followed.
        most: u8,
    },
    /// A document that must not be used.
    #[error("{what} ({url}): {why}")]
    Document {
        /// Which.
        what: &'static str,
        /// Where.
        url: String,
        /// What is wrong with it.
        why: MetadataError,
    },
    /// Open to everybody.
    #[error(
        "{endpoint} asks for no credential (HTTP {status}, no challenge) and has no protected-resource metadata: there is nothing to log in to"
    )]
    NothingToLogInTo {
        /// The MCP endpoint.
        endpoint: String,
        /// What it answered.
        status: u16,
    },
    /// No server named.
    #[error("the protected-resource metadata ({url}) names no authorization server")]
    NoServer {
        /// Where it is.
        url: String,
    },
    /// The server lacks what a client of ours must have.
    #[error("the authorization server {issuer} {lacks}")]
    Lacks {
        /// Which.
        issuer: String,
        /// What, in words.
        lacks: &'static str,
    },
    /// No client id.
    #[error(
        "{issuer} registers no clients by itself: register one there and give it by --client-id (and --client-secret-env), or give --client-document"
    )]
    NoRegistration {
        /// Which.
        issuer: String,
    },
    /// Registration failed.
    #[error("{issuer} did not register a client: {why}")]
    NotRegistered {
        /// Which.
        issuer: String,
        /// What came.
        why: String,
    },
    /// The client cannot show who it is.
    #[error("the client cannot authenticate: {why}")]
    Client {
        /// Why.
        why: String,
    },
    /// The callback is not of this login.
    #[error("what came back is not the answer to this login: {why}; nothing was redeemed")]
    Callback {
        /// What is wrong with it.
        why: String,
    },
    /// The person, or the server, said no.
    #[error("the authorization server did not grant it: {error}{description}")]
    Denied {
        /// `access_denied`, …
        error: String,
        /// The server's words, with their separator.
        description: String,
    },
    /// Nobody came.
    #[error("nobody came back from the browser within {}", minutes(.0))]
    Nobody(Duration),
    /// The address for the browser cannot be listened at, or nothing can be read.
    #[error("cannot wait for the browser: {why}")]
    CannotWait {
        /// The system's words.
        why: String,
    },
    /// The code was not redeemed.
    #[error("the token endpoint of {issuer} gave no token: {why}")]
    NoToken {
        /// Which.
        issuer: String,
        /// What came.
        why: NoToken,
    },
    /// A token that cannot be used.
    #[error("the token of {issuer} is of type `{kind}`, not {wanted}")]
    OtherKind {
        /// Which.
        issuer: String,
        /// Its type.
        kind: String,
        /// The type that was asked for.
        wanted: &'static str,
    },
}

fn minutes(wait: &Duration) -> String {
    match wait.as_secs() / 60 {
        1 => "1 minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}
