//! Before anything is judged: is there an MCP server, does it take the credential, which revisions does it speak, and
//! what harmless call can prove that a credential works?

use std::collections::BTreeSet;
use std::fmt;
use std::time::{Duration, Instant};

use serde_json::Value as Json;
use url::Url;

use crate::expect::Outcome;
use crate::mcp::{
    self, ClientInfo, Era, Mirrored, NoAnswer, OpenProblem, Revision, Rpc, ServerInfo, Session, Tool,
    Transport,
};
use crate::scenario::model::{At, Template};
use crate::scenario::suggest;
use crate::step::{Link, NotOpen, opening};
use crate::target::{Call, Effect, Probe, Resolved};
use crate::wire::{Cut, Exchange, HeaderLine, Read, Request, Wire, WireError};

/// Longest wait for one answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest first look as a whole.
const LOOK: Duration = Duration::from_mins(1);
/// Pages of the tool list that are read, tools that are kept of it, and bytes.
const PAGES: usize = 20;
const TOOLS: usize = 5_000;
const LISTED: usize = 8 << 20;

/// Principals whose tool list is read for the sake of mirrored arguments.
const LISTERS: usize = 8;

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Discovered {
    /// The revisions it speaks, oldest first.
    pub revisions: Vec<Revision>,
    /// Sentences for the report.
    pub facts: Vec<String>,
    /// What could not be tested, and the line of a target file that would change that.
    pub untested: Vec<(String, String)>,
    /// A harmless read, where the target file has none.
    pub read: Option<Probe>,
    /// Arguments that the stateless era mirrors into headers, by tool.
    pub mirrored: Mirrored,
}

/// Why nothing can be judged there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoServer {
    /// Nothing listens, or no such host.
    #[error("cannot reach {url}: {why}")]
    Unreachable {
        /// The endpoint.
        url: String,
        /// The system's words.
        why: String,
    },
    /// TLS.
    #[error("no trustworthy connection to {url}: {why}")]
    Tls {
        /// The endpoint.
        url: String,
        /// What is wrong with the certificate.
        why: String,
    },
    /// It was reached, and nothing more.
    #[error("{url} did not answer in time: {why}")]
    Silent {
        /// The endpoint.
        url: String,
        /// How long was waited.
        why: String,
    },
    /// No readable HTTP.
    #[error("{url} gave no readable answer: {why}")]
    Unreadable {
        /// The endpoint.
        url: String,
        /// What came.
        why: String,
    },
    /// It answers, but not as MCP.
    #[error("{url} is no MCP endpoint: {why}")]
    NotMcp {
        /// The endpoint.
        url: String,
        /// What it said.
        why: String,
        /// The HTTP status, where it refused.
        status: Option<u16>,
    },
    /// An event stream opens, but tells no client where to speak.
    #[error("the event stream at {url} cannot be used: {why}")]
    Stream {
        /// Where it opens.
        url: String,
        /// What is wrong.
        why: String,
    },
    /// It speaks JSON-RPC, but not so that a client could go on.
    #[error("no conversation with {url} can begin: {why}")]
    NoBeginning {
        /// The endpoint.
        url: String,
        /// What it said.
        why: String,
    },
    /// The credential that everything rests on is refused.
    #[error("{url} refused the credential of `{principal}` ({why})")]
    Refused {
        /// The endpoint.
        url: String,
        /// Whose.
        principal: String,
        /// Status.
        why: String,
    },
    /// Another revision than this version of Hallmark speaks.
    #[error("{url} speaks no revision that this version tests: {why}")]
    Revision {
        /// The endpoint.
        url: String,
        /// What it said.
        why: String,
    },
}

impl NoServer {
    /// What a person can do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            NoServer::Unreachable { .. } => {
                "is the server running, and is the host and port right? Proxy variables (HTTPS_PROXY, NO_PROXY) are obeyed"
            }
            NoServer::Tls { .. } => {
                "a private authority: `--ca-file FILE` or `tls: { ca: … }` in the target file; a client certificate: `--client-cert FILE`; to look past it: `--insecure`"
            }
            NoServer::Silent { .. } => {
                "is it overloaded, or does something between swallow what is sent? `timeouts: { exchange: 30s }` in the target file waits longer"
            }
            NoServer::Unreadable { .. } => "does another program listen on that port?",
            NoServer::Stream { .. } => {
                "HTTP+SSE (2024-11-05) begins with an event `endpoint` that names the address for messages on the same origin; for Streamable HTTP give the URL of that endpoint, often ending in /mcp"
            }
            NoServer::NoBeginning { .. } => {
                "the fault is the server's, or that of a proxy before it: look at its log, and send it the same message with `curl -i`"
            }
            NoServer::NotMcp { .. } => {
                "the URL must be the endpoint itself, often ending in /mcp, and no sign-in page may stand before it"
            }
            NoServer::Refused { principal, .. } if principal == "nobody" => {
                "it wants a credential: `--bearer-env NAME`, or a principal in the target file"
            }
            NoServer::Refused { .. } => {
                "is the variable's value the current token, without the word Bearer? Try it with curl"
            }
            NoServer::Revision { .. } => {
                "every revision that this version of Hallmark knows was tried: the server is newer or older, or refuses them all"
            }
        }
    }

    /// What came, and room for more.
    fn why(&mut self) -> &mut String {
        match self {
            NoServer::Unreachable { why, .. }
            | NoServer::Tls { why, .. }
            | NoServer::Silent { why, .. }
            | NoServer::Unreadable { why, .. }
            | NoServer::NotMcp { why, .. }
            | NoServer::Stream { why, .. }
            | NoServer::NoBeginning { why, .. }
            | NoServer::Refused { why, .. }
            | NoServer::Revision { why, .. } => why,
        }
    }
}

/// Asks the target.
pub async fn discover(wire: &Wire, target: &Resolved) -> Result<Discovered, NoServer> {
    let mut found = Discovered::default();
    let visit = Visit {
        wire,
        target,
        who: target.target.first_principal(),
        until: Instant::now() + LOOK,
    };
    let open = visit.negotiate(&mut found.revisions).await?;
    let session = &open.session;
    let name = if session.server.name.is_empty() {
        "a server without a name"
    } else {
        &session.server.name
    };
    let spoken: Vec<&str> = found.revisions.iter().map(|revision| revision.as_str()).collect();
    found.facts.push(format!(
        "{name} {} speaks MCP {}",
        session.server.version,
        spoken.join(", ")
    ));
    if found.revisions.contains(&Revision::V2024_11_05) {
        found.facts.push(http_sse_fact(target, &open));
    }
    let listing = visit.tools(&open).await;
    let tools = listing.as_ref().map(|listing| &listing.tools);
    match &listing {
        Some(listing) => found.facts.push(listing.to_string()),
        None => found.facts.push("tools/list gave no list".to_owned()),
    }
    found.facts.extend(strangers(target, listing.as_ref()));
    found.mirrored = visit
        .mirrored(&open, tools.map(Vec::as_slice).unwrap_or_default())
        .await;
    found.facts.push(visit.metadata().await);
    if !target.target.probes.contains_key("read") {
        let working = visit
            .first_working(&open, tools.map(Vec::as_slice).unwrap_or_default())
            .await;
        let (probe, fact) = harmless(working, &target.target.mcp.at);
        found.facts.push(fact);
        found.read = Some(probe);
    }
    found.untested = untested(target);
    visit.end(&open).await;
    Ok(found)
}

/// Probes whose tool is not in the list, which may be another principal's.
fn strangers(target: &Resolved, listing: Option<&Listing>) -> Vec<String> {
    let Some(listing) = listing.filter(|listing| listing.cut.is_none()) else {
        return Vec::new();
    };
    let known: Vec<&str> = listing.tools.iter().map(|tool| tool.name.as_str()).collect();
    let who = target.target.first_principal().unwrap_or("nobody");
    let probes = target.target.probes.values();
    probes
        .filter_map(|probe| {
            let Call::Tool { tool, .. } = &probe.call else {
                return None;
            };
            let tool = tool.as_literal().filter(|tool| !known.contains(tool))?;
            let meant = suggest::nearest(tool, known.iter().copied());
            let meant = meant.map(|name| format!(", but `{}`", mcp::shown(name)));
            Some(format!(
                "the list of tools for `{who}` has no `{tool}`{}: probe `{}` ({})",
                meant.unwrap_or_default(),
                probe.name.value,
                probe.name.at
            ))
        })
        .collect()
}

/// How HTTP+SSE was found.
fn http_sse_fact(target: &Resolved, open: &Open) -> String {
    let url = target.sse.as_ref().unwrap_or(&target.mcp);
    let mut fact = format!("HTTP+SSE at {}", url.path());
    if open.link.is_some() && !open.session.revision.is_http_sse() {
        fact.push_str(", where initialize is answered with ");
        fact.push_str(open.session.revision.as_str());
    }
    fact
}

/// Only what the stateless era needs to know of a target: read once for a whole run.
pub(super) async fn mirrored_by(wire: &Wire, target: &Resolved, revision: Revision) -> Mirrored {
    let who = target.target.first_principal();
    let until = Instant::now() + LOOK;
    let visit = Visit {
        wire,
        target,
        who,
        until,
    };
    let session = Session {
        revision,
        id: None,
        server: ServerInfo::default(),
        instructions: None,
    };
    let open = Open::plain(session);
    let listing = visit.tools(&open).await.unwrap_or_default();
    visit.mirrored(&open, &listing.tools).await
}

fn marked(tools: &[Tool], into: &mut Mirrored) {
    into.extend(tools.iter().map(|tool| (tool.name.clone(), mcp::marks(tool))));
}

/// A tool that only reads and needs nothing; else the tool list itself.
fn harmless(tool: Option<&Tool>, at: &At) -> (Probe, String) {
    if let Some(tool) = tool {
        return (
            Probe::reading("read", &tool.name, at.clone()),
            format!(
                "read probe: the tool `{}` (readOnlyHint, no required argument, it works)",
                tool.name
            ),
        );
    }
    let mut probe = Probe::reading("read", "", at.clone());
    probe.effect = Effect::Read;
    probe.call = Call::Method {
        method: Template::literal("tools/list", at.clone()),
        params: None,
    };
    (
        probe,
        "read probe: tools/list (no tool marked readOnlyHint works without arguments)".to_owned(),
    )
}

/// What stays untested for want of a line in the target file.
fn untested(target: &Resolved) -> Vec<(String, String)> {
    let mut list = Vec::new();
    let mut want = |missing: bool, what: &str, line: &str| {
        if missing {
            list.push((what.to_owned(), line.to_owned()));
        }
    };
    let declared = &target.target;
    want(
        target.principals.is_empty(),
        "everything that needs a valid credential",
        "principals: { reader: { bearer: \"${env.NAME}\" } }",
    );
    want(
        target.principals.len() == 1,
        "mix-ups between two callers",
        "principals: { outsider: { bearer: \"${env.OTHER}\", canary: … } }",
    );
    want(
        target.principals.iter().all(|p| p.canaries.is_empty()),
        "whose data an answer holds",
        "principals: { reader: { canary: \"a text only reader's data holds\" } }",
    );
    want(
        target.principal("expired").is_none(),
        "expired tokens",
        "principals: { expired: { bearer: \"${env.EXPIRED}\" } }",
    );
    want(
        target.principal("revoked").is_none(),
        "revoked tokens",
        "principals: { revoked: { bearer: \"${env.REVOKED}\" } }",
    );
    want(
        !declared.probes.contains_key("write"),
        "what a weak credential may not do",
        "probes: { write: { tool: …, effect: write } } and allow: [write]",
    );
    list
}

/// What a server says of its tools.
#[derive(Debug, Default)]
struct Listing {
    tools: Vec<Tool>,
    /// Why the rest of it was not read.
    cut: Option<String>,
}

impl fmt::Display for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} tools", self.tools.len())?;
        match &self.cut {
            Some(cut) => write!(f, "; the list was not read to its end: {cut}"),
            None => Ok(()),
        }
    }
}

/// Why nothing can be judged, out of what each revision got: a credential that is refused says most. Else the words of
/// both eras, those to `initialize` first, unless it only said that it is of the other era.
fn told(refusals: Vec<(bool, NoServer)>) -> Option<NoServer> {
    let refused = |(_, problem): &(bool, NoServer)| matches!(problem, NoServer::Refused { .. });
    let silent = |(_, problem): &(bool, NoServer)| matches!(problem, NoServer::Silent { .. });
    let stream = |(_, problem): &(bool, NoServer)| matches!(problem, NoServer::Stream { .. });
    if let Some(worst) = [refused, stream, silent]
        .iter()
        .find_map(|kind| refusals.iter().position(kind))
    {
        return refusals.into_iter().nth(worst).map(|(_, problem)| problem);
    }
    let mut of_sessions = None;
    let mut of_requests = None;
    for (stateless, problem) in refusals {
        let place = if stateless {
            &mut of_requests
        } else {
            &mut of_sessions
        };
        place.get_or_insert(problem);
    }
    let (Some(mut first), Some(mut second)) = (of_sessions.take(), of_requests.take()) else {
        return of_sessions.or(of_requests);
    };
    if is_a_plain_no(first.why()) && !is_a_plain_no(second.why()) {
        std::mem::swap(&mut first, &mut second);
    }
    let alike = |why: &str| why.replacen("server/discover", "initialize", 1);
    if alike(first.why()) != alike(second.why()) {
        let more = format!("; {}", second.why());
        first.why().push_str(&more);
    }
    Some(first)
}

/// In the words of [`OpenProblem`]: nothing but an error or a status.
fn is_a_plain_no(why: &str) -> bool {
    why.contains(" was answered with error ") || why.contains(" got HTTP ")
}

/// An open session and, over HTTP+SSE, its stream.
struct Open {
    session: Session,
    link: Option<Link>,
}

impl Open {
    fn plain(session: Session) -> Self {
        Self { session, link: None }
    }
}

struct Visit<'a> {
    wire: &'a Wire,
    target: &'a Resolved,
    /// Whose credential is shown.
    who: Option<&'a str>,
    /// The end of the whole look: what has not come by then is not waited for.
    until: Instant,
}

impl Visit<'_> {
    fn url(&self) -> String {
        self.target.mcp.to_string()
    }

    /// Asks for every revision, newest first: `server/discover` where requests stand alone, `initialize` before that, to
    /// which a server answers with what it negotiates (2025-11-25 "Lifecycle"). One that is not spoken is answered with
    /// another or with an error. The session is the newest revision's.
    ///
    /// HTTP+SSE is tried where the target file names its address, and else as the specification tells clients of both
    /// transports ("Backwards Compatibility"): where `initialize` got 400, 404 or 405, by a GET of the same URL.
    async fn negotiate(&self, spoken: &mut Vec<Revision>) -> Result<Open, NoServer> {
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
        let (url, why) = (self.url(), error.to_string());
        match error {
            WireError::Resolve { .. } | WireError::Connect { .. } => NoServer::Unreachable { url, why },
            WireError::Tls { .. } => NoServer::Tls { url, why },
            WireError::Timeout { .. } => NoServer::Silent { url, why },
            _ => NoServer::Unreadable { url, why },
        }
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

    /// All pages of the list, as far as it is not endless.
    async fn tools(&self, open: &Open) -> Option<Listing> {
        let mut listing = Listing::default();
        let mut cursor: Option<String> = None;
        let (mut seen, mut bytes) = (BTreeSet::new(), 0);
        for page in 0..PAGES {
            let id = Json::from(page + 1);
            let params = cursor
                .as_ref()
                .map(|cursor| serde_json::json!({ "cursor": cursor }));
            let exchange = self
                .post(
                    &mcp::call(&id, "tools/list", params),
                    Some(open),
                    Read::UntilRpc(id.clone()),
                )
                .await;
            let read = match mcp::answer(&exchange, &id).rpc {
                Rpc::Result(result) => mcp::tools_page(&result),
                _ => None,
            };
            let Some(read) = read else {
                listing.cut = Some(format!("page {} was no list", page + 1));
                return (page > 0).then_some(listing);
            };
            bytes += exchange.response.map_or(0, |response| response.body.len());
            listing.tools.extend(read.tools);
            let Some(next) = read.next else {
                return Some(listing);
            };
            if listing.tools.len() > TOOLS || bytes > LISTED {
                listing.tools.truncate(TOOLS);
                listing.cut = Some(format!("too much of it by page {}", page + 1));
                return Some(listing);
            }
            if !seen.insert(next.clone()) {
                listing.cut = Some(format!(
                    "the cursor `{}` comes again and again",
                    mcp::shown(&next)
                ));
                return Some(listing);
            }
            cursor = Some(next);
        }
        listing.cut = Some(format!("more than {PAGES} pages"));
        Some(listing)
    }

    /// The arguments that tools want mirrored. A list may vary with the credential, so where it does not show the tools of
    /// all probes, those of other principals are read too.
    async fn mirrored(&self, open: &Open, tools: &[Tool]) -> Mirrored {
        let mut mirrored = Mirrored::new();
        if !open.session.revision.is_stateless() {
            return mirrored;
        }
        marked(tools, &mut mirrored);
        let named: Vec<Option<&str>> = self
            .target
            .target
            .probes
            .values()
            .filter_map(|probe| match &probe.call {
                Call::Tool { tool, .. } => Some(tool.as_literal()),
                _ => None,
            })
            .collect();
        let others = self.target.principals.iter().filter(|one| one.bearer.is_some());
        for other in others.take(LISTERS) {
            let known = |tool: Option<&str>| tool.is_some_and(|tool| mirrored.contains_key(tool));
            if named.iter().copied().all(known) {
                break;
            }
            let visit = Visit {
                who: Some(&other.name),
                ..*self
            };
            marked(&visit.tools(open).await.unwrap_or_default().tools, &mut mirrored);
        }
        mirrored
    }

    /// The first tool that says it only reads, needs nothing, and does work; at most three are tried.
    async fn first_working<'t>(&self, open: &Open, tools: &'t [Tool]) -> Option<&'t Tool> {
        let harmless = |tool: &Tool| {
            tool.read_only == Some(true) && tool.required.is_empty() && tool.destructive != Some(true)
        };
        // A name that is listed twice means both.
        let doubtful: BTreeSet<&str> = tools
            .iter()
            .filter(|tool| !harmless(tool))
            .map(|tool| tool.name.as_str())
            .collect();
        let reads = |tool: &&Tool| harmless(tool) && !doubtful.contains(tool.name.as_str());
        for (index, tool) in tools.iter().filter(reads).take(3).enumerate() {
            let id = Json::from(1000 + index);
            let params = serde_json::json!({ "name": tool.name, "arguments": {} });
            let body = mcp::call(&id, "tools/call", Some(params));
            let exchange = self.post(&body, Some(open), Read::UntilRpc(id.clone())).await;
            let mut answer = mcp::answer(&exchange, &id);
            if open.session.revision.is_stateless() {
                answer = mcp::completed(answer);
            }
            if Outcome::of(&exchange, Some(&answer)) == Outcome::Done {
                return Some(tool);
            }
        }
        None
    }

    /// RFC 9728: the path form, then the root form.
    async fn metadata(&self) -> String {
        let path = self.target.mcp.path().trim_end_matches('/');
        for suffix in [path, ""] {
            let mut url: Url = self.target.mcp.clone();
            url.set_query(None);
            url.set_path(&format!("/.well-known/oauth-protected-resource{suffix}"));
            let request = Request {
                method: "GET".to_owned(),
                url: url.clone(),
                target: None,
                headers: Vec::new(),
                body: bytes::Bytes::new(),
                timeout: self.patience(),
                redirects: 0,
                read: Read::Whole,
            };
            if let Ok(response) = self.wire.send(&request).await.response {
                let is_json = serde_json::from_slice::<Json>(&response.body)
                    .is_ok_and(|json| json.get("resource").is_some());
                if response.status == 200 && is_json {
                    return format!("protected resource metadata at {}", url.path());
                }
            }
        }
        "no protected resource metadata at its well-known places (RFC 9728 §3.1)".to_owned()
    }

    /// The answer to a message; over HTTP+SSE what the stream says to it, unless the POST was refused.
    async fn post(&self, body: &Json, open: Option<&Open>, read: Read) -> Exchange {
        let session = open.map(|open| &open.session);
        let stateless = session
            .map(|session| session.revision)
            .filter(|revision| revision.is_stateless());
        let mut body = body.clone();
        let mut derived = mcp::headers_for(session.filter(|_| stateless.is_none()));
        if let Some(revision) = stateless {
            derived.extend(mcp::mirrored(&body, revision, &Mirrored::new()));
            mcp::with_meta(&mut body, revision, &ClientInfo::default());
        }
        let mut headers: Vec<HeaderLine> = derived
            .into_iter()
            .map(|(name, value)| HeaderLine::Field(name, value.into_bytes()))
            .collect();
        headers.extend(self.own_headers());
        let link = open.and_then(|open| open.link.as_ref());
        let request = Request {
            method: "POST".to_owned(),
            url: link.map_or(&self.target.mcp, |link| &link.post).clone(),
            target: None,
            headers,
            body: body.to_string().into(),
            timeout: self.patience(),
            redirects: 0,
            read,
        };
        let Some(link) = link else {
            return self.wire.send(&request).await;
        };
        let id = body.get("id").cloned().unwrap_or_default();
        let mark = link.mark(&id);
        let posted = self.wire.send(&request).await;
        let taken = matches!(&posted.response, Ok(response) if (200..300).contains(&response.status));
        if !taken || id.is_null() {
            return posted;
        }
        link.hear(mark, &id, self.patience(), None).await
    }

    /// For one exchange.
    fn patience(&self) -> Duration {
        let left = self.until.saturating_duration_since(Instant::now());
        self.target.target.timeouts.exchange.unwrap_or(PATIENCE).min(left)
    }

    async fn end(&self, open: &Open) {
        let session = &open.session;
        if let Some(mut request) = mcp::end_request(&self.target.mcp, session, Duration::from_secs(2)) {
            request.headers.extend(self.own_headers());
            let _ = self.wire.send(&request).await;
        }
    }

    /// The credential, and what the target wants on every request.
    fn own_headers(&self) -> Vec<HeaderLine> {
        let first = self.who.and_then(|name| self.target.principal(name));
        let token = first.and_then(|principal| principal.bearer.as_ref());
        let credential = token.map(|token| {
            HeaderLine::Field(
                "Authorization".to_owned(),
                format!("Bearer {}", token.expose()).into_bytes(),
            )
        });
        let standing = self
            .target
            .headers
            .iter()
            .map(|(name, value)| HeaderLine::Field(name.clone(), value.expose().as_bytes().to_vec()));
        credential.into_iter().chain(standing).collect()
    }
}
