//! MCP sessions of a case: one for each credential on each connection, opened when first needed.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;
use tokio::sync::{Mutex, OnceCell};
use url::Url;

use super::send::{Outgoing, Sender, Written, send};
use super::{Fill, Problem, World};
use crate::mcp::{self, ClientInfo, Session};
use crate::scenario::model::Step;
use crate::wire::{Exchange, Read};

/// Sessions by endpoint, connection and credential.
#[derive(Default)]
pub(super) struct Sessions {
    cells: Mutex<BTreeMap<String, Arc<OnceCell<Open>>>>,
}

/// An open session and what is needed to end it.
#[derive(Clone)]
pub(super) struct Open {
    pub session: Session,
    url: Url,
    headers: Vec<crate::wire::HeaderLine>,
    /// The exchanges that opened it.
    opening: Vec<Exchange>,
}

/// The session to use, or the exchange in which opening it was refused.
pub(super) enum Opened {
    /// Open; with the exchanges if this call opened it.
    Session(Session, Vec<Exchange>),
    /// The peer's answer to `initialize` was no session.
    Refused(Box<Exchange>, Json),
}

/// The session of this sender, opened now if there is none.
pub(super) async fn open(
    url: &Url,
    sender: &Sender,
    written: &Written,
    step: &Step,
    fill: Fill<'_>,
) -> Result<Opened, Problem> {
    let written = written.without_protocol();
    let key = key(url, sender, &written, step);
    let cell = fill
        .world
        .sessions
        .cells
        .lock()
        .await
        .entry(key)
        .or_default()
        .clone();
    if let Some(open) = cell.get() {
        return Ok(Opened::Session(open.session.clone(), Vec::new()));
    }
    let mut refused = None;
    let result = cell
        .get_or_try_init(|| async {
            match initialize(url, sender, &written, step, fill).await? {
                Ok(open) => Ok(open),
                Err(exchange) => {
                    refused = Some(exchange);
                    Err(Problem::Unusable(String::new()))
                }
            }
        })
        .await;
    match (result, refused) {
        (Ok(open), _) => Ok(Opened::Session(open.session.clone(), open.opening.clone())),
        (Err(_), Some((exchange, id))) => Ok(Opened::Refused(Box::new(exchange), id)),
        (Err(problem), None) => Err(problem),
    }
}

/// Forgets a session that the server no longer knows, so that the next call opens a new one ("Session Management": a
/// client that gets 404 must start again).
pub(super) async fn forget(url: &Url, sender: &Sender, written: &Written, step: &Step, fill: Fill<'_>) {
    fill.world
        .sessions
        .cells
        .lock()
        .await
        .remove(&key(url, sender, &written.without_protocol(), step));
}

fn key(url: &Url, sender: &Sender, written: &Written, step: &Step) -> String {
    let over = step
        .over
        .as_ref()
        .map(|over| over.id.value.clone())
        .unwrap_or_default();
    format!(
        "{url}|{over}|{}|{:?}|{}",
        sender.name,
        sender.authorization,
        written.key()
    )
}

async fn initialize(
    url: &Url,
    sender: &Sender,
    written: &Written,
    step: &Step,
    fill: Fill<'_>,
) -> Result<Result<Open, (Exchange, Json)>, Problem> {
    let revision = fill.world.parts.revision;
    let body = mcp::initialize_request(revision, &client());
    let id = body["id"].clone();
    let first = post(
        url,
        &body,
        headers(None, sender),
        written,
        Read::UntilRpc(id.clone()),
        step,
        fill,
    )
    .await?;
    let Ok(session) = mcp::opened(&first, revision) else {
        return Ok(Err((first, id)));
    };
    if let Some(id) = &session.id {
        fill.world.scrubber().learn("session", id);
    }
    let derived = headers(Some(&session), sender);
    let second = post(
        url,
        &mcp::initialized(),
        derived.clone(),
        written,
        Read::Whole,
        step,
        fill,
    )
    .await?;
    let headers = written.over(&derived);
    Ok(Ok(Open {
        session,
        url: url.clone(),
        headers,
        opening: vec![first, second],
    }))
}

/// Who we say we are.
pub(super) fn client() -> ClientInfo {
    ClientInfo {
        name: "hallmark".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// Headers derived for a message of this sender.
pub(super) fn headers(session: Option<&Session>, sender: &Sender) -> Vec<(String, String)> {
    let mut derived = mcp::headers_for(session);
    if let Some(authorization) = &sender.authorization {
        derived.push(("Authorization".to_owned(), authorization.clone()));
    }
    derived
}

/// Posts one JSON-RPC message.
pub(super) async fn post(
    url: &Url,
    body: &Json,
    derived: Vec<(String, String)>,
    written: &Written,
    read: Read,
    step: &Step,
    fill: Fill<'_>,
) -> Result<Exchange, Problem> {
    let mut derived = derived;
    derived.extend(super::send::standing(fill.world));
    let outgoing = Outgoing {
        method: "POST".to_owned(),
        url: url.clone(),
        target: None,
        headers: written.over(&derived),
        body: body.to_string().into(),
        read,
        redirects: 0,
    };
    send(outgoing, step, fill).await
}

/// Ends every session with DELETE, as a client should; what the server thinks of it does not matter here.
pub(super) async fn close_all(world: &World) {
    let cells: Vec<_> = std::mem::take(&mut *world.sessions.cells.lock().await)
        .into_values()
        .collect();
    for open in cells
        .iter()
        .filter_map(|cell| cell.get())
        .filter(|open| open.session.id.is_some())
    {
        let request = crate::wire::Request {
            method: "DELETE".to_owned(),
            url: open.url.clone(),
            target: None,
            headers: open.headers.clone(),
            body: bytes::Bytes::new(),
            timeout: std::time::Duration::from_secs(2),
            redirects: 0,
            read: Read::Whole,
        };
        let _ = world.parts.wire.send(&request).await;
    }
}
