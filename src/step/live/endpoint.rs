//! The MCP endpoint's own stream: GET in a session, `subscriptions/listen` in the stateless era, the stream itself over
//! HTTP+SSE.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::open::Asked;
use crate::expect::Single;
use crate::mcp;
use crate::scenario::model::{Data, Spanned, Step};
use crate::step::send::{Sender, Written, evidence, sender, standing, with_query};
use crate::step::session::{Opened, client, headers, open};
use crate::step::{Fill, Problem};
use crate::wire::{Read, Request};

/// The request that opens it, or how opening a session for it was refused.
pub(super) async fn listening(
    step: &Step,
    query: &[(Spanned<String>, Data)],
    life: Duration,
    fill: Fill<'_>,
) -> Result<Result<Asked, Box<Single>>, Problem> {
    let revision = fill.world.parts.revision;
    let sender = sender(step.who.as_ref(), fill).await?;
    let written = Written::of(&step.headers, fill)?;
    let endpoint = fill.world.target().mcp.clone();
    let mut before = Vec::new();
    let (method, body, mut derived) = if revision.is_stateless() {
        let (body, derived) = subscription(&sender, fill);
        ("POST", body.to_string(), derived)
    } else if revision.is_http_sse() {
        ("GET", String::new(), headers(None, &sender))
    } else {
        match open(&endpoint, &sender, &written, step, fill).await? {
            Opened::Session(held, opening) => {
                before = opening;
                ("GET", String::new(), headers(Some(&held.session), &sender))
            }
            Opened::Refused(shut) => {
                return Ok(Err(Box::new(evidence(
                    shut.exchange,
                    before,
                    None,
                    &sender,
                    fill,
                ))));
            }
        }
    };
    if method == "GET" {
        derived.retain(|(name, _)| name != "Content-Type" && name != "Accept");
        derived.push(("Accept".to_owned(), "text/event-stream".to_owned()));
    }
    derived.extend(standing(fill.world));
    let request = Request {
        method: method.to_owned(),
        url: with_query(endpoint, query, fill)?,
        target: None,
        headers: written.over(&derived),
        body: body.into(),
        timeout: life,
        redirects: 0,
        read: Read::Whole,
    };
    Ok(Ok(Asked {
        request,
        sender,
        before,
        first: None,
    }))
}

/// A subscription to everything that can be subscribed to without naming it, and to the resource at the place `own`.
fn subscription(sender: &Sender, fill: Fill<'_>) -> (Json, Vec<(String, String)>) {
    let revision = fill.world.parts.revision;
    let mut asked = json!({
        "toolsListChanged": true,
        "promptsListChanged": true,
        "resourcesListChanged": true,
    });
    let own = fill.world.target().place("own");
    if let Some(uri) = own.and_then(|ids| ids.get("uri")) {
        asked["resourceSubscriptions"] = json!([uri]);
    }
    let params = json!({ "notifications": asked });
    let mut body = mcp::call(&fill.world.next_id(), "subscriptions/listen", Some(params));
    let mut derived = headers(None, sender);
    derived.extend(mcp::mirrored(&body, revision, &fill.world.parts.mirrored));
    mcp::with_meta(&mut body, revision, &client(), None);
    (body, derived)
}
