//! The server at the other end: the era it speaks, its session, and one request to it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};

use super::reply::{Broken, Reply};
use super::rpc::{self, RpcError};
use super::stateless;
use super::tools::Tool;
use super::wire::{Kind, Wire};
use crate::failure::Failure;
use crate::habits::{self, on};
use crate::http::{Answer, Request};
use crate::retry::Tries;

/// How the server is spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Era {
    /// With the revision that was agreed on, and the session's id where the server gave one.
    Session {
        revision: String,
        id: Option<String>,
    },
    Stateless,
}

/// A server.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(super) wire: Wire,
    pub(super) era: Mutex<Era>,
    /// One opening at a time.
    pub(super) opening: tokio::sync::Mutex<()>,
    ids: AtomicU64,
    pub(super) tools: Mutex<Vec<Tool>>,
    pub(super) stateless_first: bool,
}

/// An answer that was understood, or an error of the server.
pub(super) type Understood = Result<Value, RpcError>;

impl Peer {
    pub(crate) fn new(wire: Wire, stateless_first: bool) -> Self {
        Self {
            wire,
            era: Mutex::new(Era::Session {
                revision: String::new(),
                id: None,
            }),
            opening: tokio::sync::Mutex::new(()),
            ids: AtomicU64::new(1),
            tools: Mutex::default(),
            stateless_first,
        }
    }

    pub(super) fn era(&self) -> Era {
        self.era.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn speak(&self, era: Era) {
        *self.era.lock().unwrap_or_else(PoisonError::into_inner) = era;
    }

    pub(super) fn tools(&self) -> MutexGuard<'_, Vec<Tool>> {
        self.tools.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn next_id(&self) -> u64 {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }

    /// One request, in whichever era, as often as is right. A session that is gone is opened anew, once.
    pub(super) async fn ask(
        &self,
        method: &str,
        params: &Map<String, Value>,
        kind: Kind,
    ) -> Result<Understood, Failure> {
        let mut tries = Tries::default();
        let mut reopened = false;
        let mut id = self.next_id();
        loop {
            let era = self.era();
            let (id_now, request) = self.built(&era, id, method, params);
            let answer = self.wire.exchange(&request, kind, &mut tries).await?;
            let had_session = matches!(&era, Era::Session { id: Some(_), .. });
            if answer.status == 404 && had_session && !reopened {
                reopened = true;
                self.reopen(&era).await?;
                continue;
            }
            let broken = match self.read(answer, id_now).await {
                Ok(Reply::Understood(understood)) => return Ok(understood),
                Ok(Reply::Status(status, said)) => {
                    return Err(Failure::Protocol(format!("{method} was answered {status}{said}")));
                }
                Err(broken) => broken,
            };
            let broken = match self.resumed(&era, id_now, broken).await? {
                Ok(understood) => return Ok(understood),
                Err(broken) => broken,
            };
            self.wire.broke_off(&broken.why, kind, &mut tries).await?;
            // What was asked on a stream that broke is asked anew, as a request of its own.
            id = if on(habits::SAME_ID_AGAIN) {
                id
            } else {
                self.next_id()
            };
        }
    }

    /// A message as a request of HTTP, with its id.
    fn built(&self, era: &Era, id: u64, method: &str, params: &Map<String, Value>) -> (u64, Request) {
        let mut params = params.clone();
        let mut headers = Vec::new();
        if *era == Era::Stateless {
            stateless::with_meta(&mut params);
            let name = params.get("name").and_then(Value::as_str).unwrap_or_default();
            let tool = self.tools().iter().find(|tool| tool.name == name).cloned();
            headers = stateless::headers(method, &params, tool.as_ref());
        }
        let mut request = self.post(era, &rpc::request(id, method, &params), method == "tools/call");
        request.headers.extend(headers);
        (id, request)
    }

    /// A POST with the headers of the era.
    pub(super) fn post(&self, era: &Era, message: &Value, call: bool) -> Request {
        let accept = if on(habits::ACCEPT_JSON_ONLY) {
            "application/json"
        } else {
            "application/json, text/event-stream"
        };
        let request = Request::post(
            self.wire.endpoint(),
            "application/json",
            message.to_string().into_bytes(),
        );
        in_session(request.with("Accept", accept), era, call)
    }

    /// Messages that want no answer.
    pub(super) async fn tell(&self, message: &Value) -> Result<Answer, Failure> {
        let request = self.post(&self.era(), message, false);
        self.wire
            .exchange(&request, Kind::Notice, &mut Tries::default())
            .await
    }

    /// The session is over (2025-11-25, session management); a server need not let clients end it.
    pub(crate) async fn close(&self) -> Result<(), Failure> {
        let era = self.era();
        if !matches!(&era, Era::Session { id: Some(_), .. }) || on(habits::NO_DELETE) {
            return Ok(());
        }
        let request = Request {
            method: reqwest::Method::DELETE,
            ..Request::get(self.wire.endpoint())
        };
        let request = in_session(request, &era, false);
        self.wire
            .exchange(&request, Kind::End, &mut Tries::default())
            .await
            .map(drop)
    }

    async fn read(&self, answer: Answer, id: u64) -> Result<Reply, Broken> {
        super::reply::read(self, answer, id).await
    }
}

/// With the revision and the session's id.
pub(super) fn in_session(mut request: Request, era: &Era, call: bool) -> Request {
    let Era::Session { revision, id } = era else {
        return request;
    };
    if !revision.is_empty() && !on(habits::NO_VERSION_HEADER) {
        request = request.with("MCP-Protocol-Version", revision);
    }
    match id.as_ref().filter(|_| call || !on(habits::SESSION_DROPPED)) {
        Some(id) => request.with("Mcp-Session-Id", id),
        None => request,
    }
}
