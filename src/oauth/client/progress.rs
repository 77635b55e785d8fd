//! How a login goes, in words.

use std::fmt;

/// A step that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// The endpoint answered a request without a credential.
    Knocked {
        /// With what.
        status: u16,
    },
    /// It says who it is.
    Resource {
        /// Where.
        document: String,
        /// As what.
        resource: String,
    },
    /// It says nothing: the way of MCP 2025-03-26.
    Older {
        /// The server taken.
        issuer: String,
    },
    /// The authorization server says who it is.
    Server {
        /// Where.
        document: String,
        /// As what.
        issuer: String,
    },
    /// There is a client id.
    Client {
        /// Which.
        id: String,
        /// How it came.
        how: &'static str,
    },
    /// A callback of another login came and was refused.
    ForeignCallback,
    /// What was pasted cannot be used: why.
    Mispasted(String),
    /// The person said yes.
    Consented,
    /// The code was redeemed.
    Redeemed {
        /// What was granted.
        scope: Vec<String>,
        /// What was asked for and is not in it.
        missing: Vec<String>,
        /// Whether it can be refreshed.
        refreshable: bool,
    },
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Progress::Knocked { status } => {
                write!(f, "the endpoint answers HTTP {status} without a credential")
            }
            Progress::Resource { document, resource } => write!(f, "resource {resource} (from {document})"),
            Progress::Older { issuer } => write!(
                f,
                "no protected-resource metadata: {issuer} is taken for the authorization server, as MCP 2025-03-26 has it"
            ),
            Progress::Server { document, issuer } => {
                write!(f, "authorization server {issuer} (from {document})")
            }
            Progress::Client { id, how } => write!(f, "client {id} ({how})"),
            Progress::ForeignCallback => {
                write!(f, "refused a callback that is not of this login; still waiting")
            }
            Progress::Mispasted(why) => write!(f, "{why}; still waiting"),
            Progress::Consented => write!(f, "consent given"),
            Progress::Redeemed {
                scope,
                missing,
                refreshable,
            } => {
                let scope = if scope.is_empty() {
                    "no scope named".to_owned()
                } else {
                    format!("scope {}", scope.join(" "))
                };
                let kept = if *refreshable {
                    "can be refreshed"
                } else {
                    "no refresh token: the login ends with its access token"
                };
                let missing = if missing.is_empty() {
                    String::new()
                } else {
                    format!("not granted: {}; ", missing.join(" "))
                };
                write!(f, "token received: {scope}; {missing}{kept}")
            }
        }
    }
}
