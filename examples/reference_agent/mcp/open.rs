//! Which era a server speaks, and its session where it has one.

use serde_json::{Map, Value, json};

use super::peer::{Era, Peer, Understood};
use super::reply::{Reply, read};
use super::rpc::{self, RpcError, UNSUPPORTED_VERSION};
use super::stateless::{self, REVISION};
use super::wire::Kind;
use crate::failure::Failure;
use crate::habits::{self, on};
use crate::retry::Tries;

/// Revisions of the session era, the newest first.
const SESSIONS: [&str; 3] = ["2025-11-25", "2025-06-18", "2025-03-26"];

/// How an opening ended.
enum Opened {
    Yes,
    /// The server speaks these.
    Other(Vec<String>),
    /// It does not know the request, or says nothing that this client can read.
    Unknown(String),
}

pub(super) fn client_info() -> Value {
    json!({ "name": "hallmark-reference-agent", "version": "1" })
}

/// What this client can do for a server: tell it that nobody is here who could fill in a form or visit a page.
pub(super) fn capabilities() -> Value {
    json!({ "elicitation": { "form": {}, "url": {} } })
}

impl Peer {
    /// Finds out how to speak to the server.
    pub(crate) async fn open(&self) -> Result<(), Failure> {
        let _one = self.opening.lock().await;
        if self.stateless_first {
            match self.discover().await? {
                Opened::Yes => return Ok(()),
                Opened::Other(listed) => return self.pick(&listed).await,
                Opened::Unknown(_) => {}
            }
            return match self.initialize(SESSIONS[0], None).await? {
                Opened::Yes => Ok(()),
                Opened::Other(listed) => self.pick(&listed).await,
                Opened::Unknown(why) => Err(Failure::Protocol(why)),
            };
        }
        match self.initialize(SESSIONS[0], None).await? {
            Opened::Yes => Ok(()),
            Opened::Other(listed) => self.pick(&listed).await,
            Opened::Unknown(why) => match self.discover().await? {
                Opened::Yes => Ok(()),
                _ => Err(Failure::Protocol(why)),
            },
        }
    }

    /// One of the revisions that the server lists (versioning, error handling).
    async fn pick(&self, listed: &[String]) -> Result<(), Failure> {
        let none = || Failure::Protocol(format!("the server speaks {} alone", listed.join(", ")));
        if on(habits::VERSION_FATAL) {
            return Err(none());
        }
        if listed.iter().any(|revision| revision == REVISION) && self.era() != Era::Stateless {
            self.speak(Era::Stateless);
            return Ok(());
        }
        let known = SESSIONS
            .into_iter()
            .find(|known| listed.iter().any(|revision| revision == known));
        match self.initialize(known.ok_or_else(none)?, None).await? {
            Opened::Yes => Ok(()),
            _ => Err(none()),
        }
    }

    /// A session that the server has forgotten: a new one, without the old id, by whoever notices first.
    pub(super) async fn reopen(&self, lost: &Era) -> Result<(), Failure> {
        let _one = self.opening.lock().await;
        if self.era() != *lost {
            return Ok(());
        }
        let (revision, id) = match lost {
            Era::Session { revision, id } => (revision.clone(), id.clone()),
            Era::Stateless => return Ok(()),
        };
        match self
            .initialize(&revision, id.filter(|_| on(habits::SESSION_LOST_FATAL)))
            .await?
        {
            Opened::Yes => Ok(()),
            _ => Err(Failure::Protocol(
                "the session was lost and there is no new one".to_owned(),
            )),
        }
    }

    async fn initialize(&self, revision: &str, with: Option<String>) -> Result<Opened, Failure> {
        let params = json!({
            "protocolVersion": revision,
            "capabilities": capabilities(),
            "clientInfo": client_info(),
        });
        let id = self.next_id();
        let message = rpc::request(id, "initialize", &rpc::params(params));
        let era = Era::Session {
            revision: String::new(),
            id: with,
        };
        let request = self.post(&era, &message, true);
        let mut tries = Tries::default();
        let (session, reply) = loop {
            let answer = self.wire.exchange(&request, Kind::Safe, &mut tries).await?;
            let session = answer.header("mcp-session-id").map(str::to_owned);
            match read(self, answer, id).await {
                Ok(reply) => break (session, reply),
                Err(broken) => self.wire.broke_off(&broken.why, Kind::Safe, &mut tries).await?,
            }
        };
        match reply {
            Reply::Understood(Ok(result)) => {
                let agreed = result["protocolVersion"].as_str().unwrap_or_default().to_owned();
                if !SESSIONS.contains(&agreed.as_str()) {
                    return Ok(Opened::Unknown(format!("the server wants to speak {agreed:?}")));
                }
                self.speak(Era::Session {
                    revision: agreed,
                    id: session,
                });
                self.tell(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))
                    .await?;
                Ok(Opened::Yes)
            }
            Reply::Understood(Err(error)) => Ok(other(error)),
            Reply::Status(status, said) => {
                Ok(Opened::Unknown(format!("initialize was answered {status}{said}")))
            }
        }
    }

    /// Asks in the stateless era what the server speaks. A refusal is read before anything is made of it: errors that
    /// only this era has are about the request, not about the era (backward compatibility).
    async fn discover(&self) -> Result<Opened, Failure> {
        let mut params = Map::new();
        stateless::with_meta(&mut params);
        let id = self.next_id();
        let message = rpc::request(id, "server/discover", &params);
        let mut request = self.post(&Era::Stateless, &message, false);
        request
            .headers
            .extend(stateless::headers("server/discover", &params, None));
        let answer = self
            .wire
            .exchange(&request, Kind::Safe, &mut Tries::default())
            .await?;
        let status = answer.status;
        let reply = read(self, answer, id).await;
        if status >= 400 && on(habits::BLIND_FALLBACK) {
            return Ok(Opened::Unknown(String::new()));
        }
        let understood: Understood = match reply {
            Ok(Reply::Understood(understood)) => understood,
            Ok(Reply::Status(..)) | Err(_) => {
                return Ok(Opened::Unknown(format!("discovery was answered {status}")));
            }
        };
        match understood {
            Ok(result) => {
                let listed = texts(&result["supportedVersions"]);
                if listed.iter().any(|version| version == REVISION) {
                    self.speak(Era::Stateless);
                    return Ok(Opened::Yes);
                }
                Ok(Opened::Other(listed))
            }
            Err(error) if [rpc::HEADER_MISMATCH, rpc::MISSING_CAPABILITY].contains(&error.code) => {
                Err(error.into())
            }
            Err(error) => Ok(other(error)),
        }
    }
}

fn other(error: RpcError) -> Opened {
    let listed = texts(&error.data["supported"]);
    if error.code == UNSUPPORTED_VERSION || !listed.is_empty() {
        return Opened::Other(listed);
    }
    Opened::Unknown(format!("error {}: {}", error.code, error.message))
}

fn texts(value: &Value) -> Vec<String> {
    let items = value.as_array().into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}
