//! GET of a metadata document. Every hop is an address a client may go to.

use std::time::Duration;

use url::Url;

use super::LoginError;
use super::address::{Bounds, bare};
use crate::wire::{HeaderLine, Read, Request, Response, Wire};

/// For one hop.
pub(super) const TIMEOUT: Duration = Duration::from_secs(15);
const REDIRECTS: u8 = 3;

/// What stands at an address, with its redirects followed; whatever its status.
pub(super) async fn get(
    wire: &Wire,
    bounds: &Bounds,
    what: &'static str,
    url: &Url,
) -> Result<Response, LoginError> {
    let mut current = url.clone();
    for _ in 0..=REDIRECTS {
        bounds.check(what, &current)?;
        let response = once(wire, what, &current).await?;
        let location = response.header("location");
        let next = location.filter(|_| matches!(response.status, 301 | 302 | 303 | 307 | 308));
        let Some(next) = next.and_then(|next| current.join(&next).ok()) else {
            return Ok(response);
        };
        current = next;
    }
    Err(LoginError::Loop {
        what,
        url: bare(url),
        most: REDIRECTS,
    })
}

async fn once(wire: &Wire, what: &'static str, url: &Url) -> Result<Response, LoginError> {
    let request = Request {
        method: "GET".to_owned(),
        url: url.clone(),
        target: None,
        headers: vec![
            HeaderLine::Field("Accept".to_owned(), b"application/json".to_vec()),
            HeaderLine::Field(
                "MCP-Protocol-Version".to_owned(),
                super::REVISION.as_bytes().to_vec(),
            ),
        ],
        body: bytes::Bytes::new(),
        timeout: TIMEOUT,
        redirects: 0,
        read: Read::Whole,
    };
    wire.send(&request)
        .await
        .response
        .map_err(|error| LoginError::NoAnswer {
            what,
            url: bare(url),
            why: error.to_string(),
        })
}
