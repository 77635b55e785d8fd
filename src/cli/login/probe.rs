//! Whether the endpoint takes the token that was made out for it: the first request of a session, and nothing more.

use std::time::Duration;

use url::Url;

use crate::mcp::Revision;
use crate::oauth::challenge::{self, Challenge};
use crate::secret::Secret;
use crate::wire::{HeaderLine, Read, Request, Wire};

const TIMEOUT: Duration = Duration::from_secs(15);

/// What it says.
pub(in crate::cli) enum Probed {
    /// It let the request in.
    Taken,
    /// 403 with a challenge: perhaps more scope is needed.
    Challenged(Challenge),
    /// It did not, with this status: why.
    Refused(u16, String),
    /// Nothing that says so.
    Unknown(String),
}

impl Probed {
    /// The token is not good (any more).
    pub(in crate::cli) fn is_unauthorized(&self) -> bool {
        matches!(self, Probed::Refused(401, _))
    }
}

pub(in crate::cli) async fn probe(wire: &Wire, endpoint: &Url, token: &Secret) -> Probed {
    let field = |name: &str, value: String| HeaderLine::Field(name.to_owned(), value.into_bytes());
    let body = serde_json::json!({
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {
            "protocolVersion": Revision::latest_with_sessions().as_str(),
            "capabilities": {},
            "clientInfo": { "name": "hallmark", "version": env!("CARGO_PKG_VERSION") },
        },
    });
    let request = Request {
        method: "POST".to_owned(),
        url: endpoint.clone(),
        target: None,
        headers: vec![
            field("Content-Type", "application/json".to_owned()),
            field("Accept", "application/json, text/event-stream".to_owned()),
            field("Authorization", format!("Bearer {}", token.expose())),
        ],
        body: body.to_string().into_bytes().into(),
        timeout: TIMEOUT,
        redirects: 0,
        read: Read::UntilRpc(1.into()),
    };
    let response = match wire.send(&request).await.response {
        Ok(response) => response,
        Err(error) => return Probed::Unknown(error.to_string()),
    };
    let values: Vec<&[u8]> = response.header_values("www-authenticate").collect();
    let bearer = challenge::parse(&values).of("Bearer").cloned();
    match (response.status, bearer) {
        (200..300, _) => Probed::Taken,
        (403, Some(challenge)) => Probed::Challenged(challenge),
        (401 | 403, challenge) => {
            Probed::Refused(response.status, refusal(response.status, challenge.as_ref()))
        }
        (status, _) => Probed::Unknown(format!("it answers HTTP {status}")),
    }
}

fn refusal(status: u16, challenge: Option<&Challenge>) -> String {
    let error = challenge.and_then(|challenge| challenge.param("error"));
    match error {
        Some(error) => format!("HTTP {status}, {error}"),
        None => format!("HTTP {status}"),
    }
}
