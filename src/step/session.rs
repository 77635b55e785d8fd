//! MCP sessions of a case: one for each credential on each connection, opened when first needed.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;
use tokio::sync::{Mutex, OnceCell};
use url::Url;

use super::http_sse::{self, Link, NotOpen};
use super::send::{Outgoing, PATIENCE, Sender, Written, send};
use super::{Fill, Problem, World};
use crate::mcp::{self, ClientInfo, Session};
use crate::scenario::model::Step;
use crate::wire::{Exchange, Read};

/// Sessions by endpoint, connection and credential.
#[derive(Default)]
pub(super) struct Sessions {
    cells: Mutex<BTreeMap<String, Arc<OnceCell<Open>>>>,
}

/// A session and, over HTTP+SSE, the stream that it lives on.
#[derive(Clone)]
pub(super) struct Held {
    pub session: Session,
    pub link: Option<Arc<Link>>,
}

impl Held {
    /// The server has ended the stream it lives on.
    pub(super) fn is_over(&self) -> bool {
        self.link.as_ref().is_some_and(|link| link.is_over())
    }
}

/// An open session and what is needed to end it.
#[derive(Clone)]
pub(super) struct Open {
    held: Held,
    url: Url,
    headers: Vec<crate::wire::HeaderLine>,
    /// The exchanges that opened it.
    opening: Vec<Exchange>,
}

/// The session to use, or the exchange in which opening it was refused.
pub(super) enum Opened {
    /// Open; with the exchanges if this call opened it.
    Session(Held, Vec<Exchange>),
    /// The peer's answer to `initialize` was no session.
    Refused(Box<Shut>),
}

/// How opening a session ended.
pub(super) struct Shut {
    pub exchange: Exchange,
    /// The id of `initialize`.
    pub id: Json,
    /// What is wrong with the stream, where it was one of HTTP+SSE.
    pub why: Option<mcp::NoEndpoint>,
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
        return Ok(Opened::Session(open.held.clone(), Vec::new()));
    }
    let mut refused = None;
    let result = cell
        .get_or_try_init(|| async {
            match initialize(url, sender, &written, step, fill).await? {
                Ok(open) => Ok(open),
                Err(shut) => {
                    refused = Some(shut);
                    Err(Problem::Unusable(String::new()))
                }
            }
        })
        .await;
    match (result, refused) {
        (Ok(open), _) => Ok(Opened::Session(open.held.clone(), open.opening.clone())),
        (Err(_), Some(shut)) => Ok(Opened::Refused(Box::new(shut))),
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
        "{url}|{over}|{}|{:?}|{:?}|{}",
        sender.name,
        sender.authorization,
        sender.able,
        written.key()
    )
}

async fn initialize(
    url: &Url,
    sender: &Sender,
    written: &Written,
    step: &Step,
    fill: Fill<'_>,
) -> Result<Result<Open, Shut>, Problem> {
    let revision = fill.world.parts.revision;
    let mut body = mcp::initialize_request(revision, &client());
    if let Some(able) = &sender.able {
        body["params"]["capabilities"] = able.clone();
    }
    let id = body["id"].clone();
    if revision.is_http_sse() {
        return greet(url, &body, (sender, written), step, fill).await;
    }
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
        return Ok(Err(shut(first, id)));
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
        held: Held { session, link: None },
        url: url.clone(),
        headers,
        opening: vec![first, second],
    }))
}

fn shut(exchange: Exchange, id: Json) -> Shut {
    Shut {
        exchange,
        id,
        why: None,
    }
}

/// The same over HTTP+SSE: the stream first.
async fn greet(
    url: &Url,
    body: &Json,
    (sender, written): (&Sender, &Written),
    step: &Step,
    fill: Fill<'_>,
) -> Result<Result<Open, Shut>, Problem> {
    let id = body["id"].clone();
    let (link, first) = match stream(url, (sender, written), step, fill).await {
        Ok(open) => open,
        Err(not) => {
            return Ok(Err(Shut {
                exchange: *not.exchange,
                id,
                why: not.why,
            }));
        }
    };
    let message = |body: Json, derived: Vec<(String, String)>| Message {
        url: link.post.clone(),
        body,
        derived,
        read: None,
    };
    let asking = message(body.clone(), headers(None, sender));
    let (posted, heard) = say(&link, asking, written, step, fill).await?;
    let Some(heard) = heard else {
        return Ok(Err(shut(posted, id)));
    };
    let Ok(mut session) = mcp::opened(&heard, fill.world.parts.revision) else {
        return Ok(Err(shut(heard, id)));
    };
    session.id = None;
    let derived = headers(Some(&session), sender);
    let telling = message(mcp::initialized(), derived.clone());
    let (third, _) = say(&link, telling, written, step, fill).await?;
    let second = http_sse::joined(posted, &heard);
    let link = Some(Arc::new(link));
    Ok(Ok(Open {
        held: Held { session, link },
        url: url.clone(),
        headers: written.over(&derived),
        opening: vec![first, second, third],
    }))
}

/// Opens the stream that answers come on. It lives as long as the case at the most.
pub(super) async fn stream(
    url: &Url,
    (sender, written): (&Sender, &Written),
    step: &Step,
    fill: Fill<'_>,
) -> Result<(Link, Exchange), NotOpen> {
    let authorization = sender.authorization.clone();
    let mut derived: Vec<(String, String)> = authorization
        .map(|value| ("Authorization".to_owned(), value))
        .into_iter()
        .collect();
    derived.extend(super::send::standing(fill.world));
    let life = fill
        .world
        .deadline()
        .saturating_duration_since(std::time::Instant::now());
    let request = http_sse::opening(url.clone(), written.over(&derived), life);
    fill.world.count_request();
    let opened = Link::open(&fill.world.parts.wire, &request, patience(step, fill)).await?;
    for text in mcp::session_texts(&opened.0.post) {
        fill.world.scrubber().learn("session", &text);
    }
    Ok(opened)
}

/// Budget of one request and its answer.
fn patience(step: &Step, fill: Fill<'_>) -> std::time::Duration {
    let left = fill
        .world
        .deadline()
        .saturating_duration_since(std::time::Instant::now());
    let declared = fill.world.target().target.timeouts.exchange;
    step.timeout
        .unwrap_or_else(|| declared.unwrap_or(PATIENCE))
        .min(left)
}

/// A message for the address that a stream named.
pub(super) struct Message {
    /// That address; with what the step adds to it.
    pub url: Url,
    pub body: Json,
    pub derived: Vec<(String, String)>,
    /// Listen this long instead of until the answer.
    pub read: Option<std::time::Duration>,
}

/// Posts a message; with what came on the stream, where an answer is due and the POST was taken.
pub(super) async fn say(
    link: &Link,
    message: Message,
    written: &Written,
    step: &Step,
    fill: Fill<'_>,
) -> Result<(Exchange, Option<Exchange>), Problem> {
    let Message {
        url,
        body,
        derived,
        read,
    } = message;
    let id = body.get("id").cloned().unwrap_or_default();
    let mark = link.mark(&id);
    let posted = post(&url, &body, derived, written, Read::Whole, step, fill).await?;
    let taken = matches!(&posted.response, Ok(response) if (200..300).contains(&response.status));
    if !taken || (id.is_null() && read.is_none()) {
        return Ok((posted, None));
    }
    let heard = link.hear(mark, &id, patience(step, fill), read).await;
    Ok((posted, Some(heard)))
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
        .filter(|open| open.held.session.id.is_some())
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
