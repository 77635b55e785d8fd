//! How a conversation begins: every revision is asked for, over every transport the server may speak.

use serde_json::Value as Json;
use url::Url;

use super::no_server::{NoServer, told};
use super::visit::{Open, PATIENCE, Visit};
use crate::mcp::{self, ClientInfo, Era, NoAnswer, OpenProblem, Revision, ServerInfo, Session, Transport};
use crate::step::{Link, NotOpen, opening};
use crate::wire::{Cut, Exchange, Read, WireError};

impl Visit<'_> {
    /// Asks for every revision, newest first: `server/discover` where requests stand alone, `initialize` before that, to
    /// which a server answers with what it negotiates (2025-11-25 "Lifecycle"). One that is not spoken is answered with
    /// another or with an error. The session is the newest revision's.
    ///
    /// HTTP+SSE is tried where the target file names its address, and else as the specification tells clients of both
    /// transports ("Backwards Compatibility"): where `initialize` got 400, 404 or 405, by a GET of the same URL.
    pub(super) async fn negotiate(&self, spoken: &mut Vec<Revision>) -> Result<Open, NoServer> {
        let mut newest: Option<Open> = None;
        let mut refusals = Vec::new();
        for asked in Revision::ALL.into_iter().rev() {
            if spoken.contains(&asked) || !self.is_asked(asked, newest.is_some(), &refusals) {
                continue;
            }
            let opened = match (asked.transport(), asked.era()) {
                (Transport::HttpSse, _) => self.open_stream(asked).await,
                (_, Era::Stateless) => self.ask_who(asked).await.map(Open::plain),
                (_, Era::Session) => self.open(asked).await.map(Open::plain),
            };
            match opened {
                Ok(open) => {
                    let revision = if open.link.is_some() {
                        asked
                    } else {
                        open.session.revision
                    };
                    if !spoken.contains(&revision) {
                        spoken.push(revision);
                    }
                    match &newest {
                        None => newest = Some(open),
                        Some(old) if open.link.is_none() && old.session.revision < open.session.revision => {
                            self.end(old).await;
                            newest = Some(open);
                        }
                        Some(_) => self.end(&open).await,
                    }
                }
                Err(problem @ (NoServer::Unreachable { .. } | NoServer::Tls { .. })) if newest.is_none() => {
                    return Err(problem);
                }
                // Who is silent to one `initialize` is so to an older one.
                Err(problem @ NoServer::Silent { .. }) if newest.is_none() && !asked.is_stateless() => {
                    refusals.push((asked, problem));
                    break;
                }
                Err(problem) => refusals.push((asked, problem)),
            }
        }
        spoken.sort_unstable();
        match (newest, told(self.telling(refusals))) {
            (Some(session), _) => Ok(session),
            (None, Some(problem)) => Err(problem),
            (None, None) => Err(NoServer::NotMcp {
                url: self.url(),
                why: "no revision was answered".to_owned(),
                status: None,
            }),
        }
    }

    /// Refusals that say something, and whether each is of the stateless era. What a GET came to that was a last guess
    /// says nothing, unless a stream did open.
    fn telling(&self, refusals: Vec<(Revision, NoServer)>) -> Vec<(bool, NoServer)> {
        let guessed = |revision: Revision| revision.is_http_sse() && self.target.sse.is_none();
        refusals
            .into_iter()
            .filter(|(revision, problem)| !guessed(*revision) || matches!(problem, NoServer::Stream { .. }))
            .map(|(revision, problem)| (revision.is_stateless(), problem))
            .collect()
    }

    /// Whether there is a reason to try.
    fn is_asked(&self, revision: Revision, spoken: bool, refusals: &[(Revision, NoServer)]) -> bool {
        if !revision.is_http_sse() {
            return !self.target.target.only_sse;
        }
        let turned_away = refusals.iter().any(|(_, problem)| match problem {
            NoServer::NotMcp { status, .. } => matches!(status, Some(400 | 404 | 405)),
            _ => false,
        });
        self.target.sse.is_some() || (!spoken && turned_away)
    }

    /// HTTP+SSE: the stream, the address it names, `initialize`.
    async fn open_stream(&self, asked: Revision) -> Result<Open, NoServer> {
        let url = self.target.sse.clone().unwrap_or_else(|| self.target.mcp.clone());
        let patience = self.patience();
        let request = opening(url.clone(), self.own_headers(), PATIENCE * 30);
        let link = match Link::open(self.wire, &request, patience).await {
            Ok((link, _)) => link,
            Err(not) => {
                if let Err(error) = &not.exchange.response {
                    return Err(self.unreadable(error));
                }
                return Err(self.no_stream(&url, not));
            }
        };
        let body = mcp::initialize_request(asked, &ClientInfo::default());
        let mut open = Open {
            session: Session {
                revision: asked,
                id: None,
                server: ServerInfo::default(),
                instructions: None,
            },
            link: Some(link),
        };
        let id = body["id"].clone();
        let exchange = self.post(&body, Some(&open), Read::UntilRpc(id)).await;
        if let Err(error) = &exchange.response {
            return Err(self.unreadable(error));
        }
        let session = mcp::opened(&exchange, asked)
            .map_err(|problem| self.not_opened(&problem, &exchange, "initialize"))?;
        open.session = Session { id: None, ..session };
        self.post(&mcp::initialized(), Some(&open), Read::Whole).await;
        Ok(open)
    }

    fn no_stream(&self, url: &Url, not: NotOpen) -> NoServer {
        let url = url.to_string();
        if let Some(why) = not.why {
            let why = why.to_string();
            return NoServer::Stream { url, why };
        }
        let response = not.exchange.response.as_ref().ok();
        let status = response.map_or(0, |response| response.status);
        match response {
            Some(response) if response.status == 200 && response.is_event_stream() => {
                let why = match response.cut {
                    Some(Cut::Time(time)) => format!("no `endpoint` event came within {time:?}"),
                    _ => "the stream ended before an `endpoint` event".to_owned(),
                };
                NoServer::Stream { url, why }
            }
            _ => self.not_opened(&OpenProblem::Refused { status }, &not.exchange, "GET"),
        }
    }

    /// `server/discover`, which every server of the stateless era answers.
    async fn ask_who(&self, asked: Revision) -> Result<Session, NoServer> {
        let id = Json::from(0);
        let session = Session {
            revision: asked,
            id: None,
            server: ServerInfo::default(),
            instructions: None,
        };
        let body = mcp::call(&id, "server/discover", None);
        let asking = Open::plain(session);
        let exchange = self.post(&body, Some(&asking), Read::UntilRpc(id.clone())).await;
        if let Err(error) = &exchange.response {
            return Err(self.unreadable(error));
        }
        mcp::discovered(&exchange, &id, asked)
            .map_err(|problem| self.not_opened(&problem, &exchange, "server/discover"))
    }

    async fn open(&self, asked: Revision) -> Result<Session, NoServer> {
        let body = mcp::initialize_request(asked, &ClientInfo::default());
        let id = body["id"].clone();
        let exchange = self.post(&body, None, Read::UntilRpc(id)).await;
        if let Err(error) = &exchange.response {
            return Err(self.unreadable(error));
        }
        match mcp::opened(&exchange, asked) {
            Ok(session) => {
                let open = Open::plain(session);
                self.post(&mcp::initialized(), Some(&open), Read::Whole).await;
                Ok(open.session)
            }
            Err(problem) => Err(self.not_opened(&problem, &exchange, "initialize")),
        }
    }

    fn unreadable(&self, error: &WireError) -> NoServer {
        NoServer::of_wire(self.url(), error)
    }

    fn not_opened(&self, problem: &OpenProblem, exchange: &Exchange, method: &str) -> NoServer {
        let url = self.url();
        let principal = self
            .target
            .target
            .first_principal()
            .unwrap_or("nobody")
            .to_owned();
        let kind = exchange
            .response
            .as_ref()
            .ok()
            .and_then(|r| r.header("content-type"))
            .unwrap_or_else(|| "no content type".to_owned());
        match problem {
            OpenProblem::Refused {
                status: status @ (401 | 403),
            } => NoServer::Refused {
                url,
                principal,
                why: format!("HTTP {status} to {method}"),
            },
            OpenProblem::Refused { status } => {
                let to = exchange
                    .response
                    .as_ref()
                    .ok()
                    .and_then(|response| response.header("location"));
                let why = match to {
                    Some(to) => self.redirected(&to, *status),
                    None => format!("{method} got HTTP {status} ({kind})"),
                };
                NoServer::NotMcp {
                    url,
                    why,
                    status: Some(*status),
                }
            }
            OpenProblem::UnknownVersion { .. } | OpenProblem::Error { code: -32022, .. } => {
                NoServer::Revision {
                    url,
                    why: format!("{method} {problem}"),
                }
            }
            OpenProblem::NoAnswer(NoAnswer::NotJson { content_type, .. })
                if content_type != "an event's data" && !content_type.starts_with("application/json") =>
            {
                NoServer::NotMcp {
                    url,
                    why: format!("{method} {problem}"),
                    status: None,
                }
            }
            OpenProblem::Error { .. }
            | OpenProblem::SessionId
            | OpenProblem::NoAnswer(
                NoAnswer::OtherId { .. }
                | NoAnswer::Repeatedly { .. }
                | NoAnswer::NotInStream { .. }
                | NoAnswer::NotJson { .. }
                | NoAnswer::UnknownKind { .. }
                | NoAnswer::InputRequired
                | NoAnswer::Cut { .. },
            ) => NoServer::NoBeginning {
                url,
                why: format!("{method} {problem}"),
            },
            OpenProblem::NoAnswer(NoAnswer::Network(why)) => NoServer::Unreadable {
                url,
                why: why.clone(),
            },
            other => NoServer::NotMcp {
                url,
                why: format!("{method} {other}"),
                status: exchange.response.as_ref().ok().map(|response| response.status),
            },
        }
    }

    /// A redirect is never followed: the credential is for the address that was given.
    fn redirected(&self, to: &str, status: u16) -> String {
        let there = self.target.mcp.join(to).ok();
        let elsewhere = there.is_some_and(|there| there.origin() != self.target.mcp.origin());
        let to = mcp::shown(to);
        if elsewhere {
            format!(
                "it redirects to another origin, {to} (HTTP {status}), which was sent nothing: if that is the server, give its address"
            )
        } else {
            format!(
                "it redirects to {to} (HTTP {status}): give that address if it is the endpoint; where it is a page for signing in, a proxy wants more than the credential"
            )
        }
    }
}
