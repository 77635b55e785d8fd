//! Before anything is judged: is there an MCP server, does it take the credential, which revisions does it speak, and
//! what harmless call can prove that a credential works?

use std::time::Duration;

use serde_json::Value as Json;
use url::Url;

use crate::expect::Outcome;
use crate::mcp::{
    self, ClientInfo, Era, Mirrored, NoAnswer, OpenProblem, Revision, Rpc, ServerInfo, Session, Tool,
};
use crate::scenario::model::{At, Template};
use crate::target::{Call, Effect, Probe, Resolved};
use crate::wire::{Exchange, HeaderLine, Read, Request, Wire, WireError};

/// Longest wait for one answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Pages of the tool list that are read.
const PAGES: usize = 20;

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
    /// No readable HTTP in time.
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
            NoServer::Unreadable { .. } => "does another program listen on that port?",
            NoServer::NotMcp { .. } => "the URL must be the endpoint itself, often ending in /mcp",
            NoServer::Refused { principal, .. } if principal == "nobody" => {
                "it wants a credential: `--bearer-env NAME`, or a principal in the target file"
            }
            NoServer::Refused { .. } => {
                "is the variable's value the current token, without the word Bearer? Try it with curl"
            }
            NoServer::Revision { .. } => "`hallmark run --revision R` asks for another one",
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
    };
    let session = visit.negotiate(&mut found.revisions).await?;
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
    let tools = visit.tools(&session).await;
    match &tools {
        Some(tools) => found.facts.push(format!("{} tools", tools.len())),
        None => found.facts.push("tools/list gave no list".to_owned()),
    }
    found.mirrored = visit
        .mirrored(&session, tools.as_deref().unwrap_or_default())
        .await;
    found.facts.push(visit.metadata().await);
    if !target.target.probes.contains_key("read") {
        let working = visit
            .first_working(&session, tools.as_deref().unwrap_or_default())
            .await;
        let (probe, fact) = harmless(working, &target.target.mcp.at);
        found.facts.push(fact);
        found.read = Some(probe);
    }
    found.untested = untested(target);
    visit.end(&session).await;
    Ok(found)
}

/// Only what the stateless era needs to know of a target: read once for a whole run.
pub(super) async fn mirrored_by(wire: &Wire, target: &Resolved, revision: Revision) -> Mirrored {
    let who = target.target.first_principal();
    let visit = Visit { wire, target, who };
    let session = Session {
        revision,
        id: None,
        server: ServerInfo::default(),
        instructions: None,
    };
    let tools = visit.tools(&session).await.unwrap_or_default();
    visit.mirrored(&session, &tools).await
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

struct Visit<'a> {
    wire: &'a Wire,
    target: &'a Resolved,
    /// Whose credential is shown.
    who: Option<&'a str>,
}

impl Visit<'_> {
    fn url(&self) -> String {
        self.target.mcp.to_string()
    }

    /// Asks for every revision, newest first: `server/discover` where requests stand alone, `initialize` before that, to
    /// which a server answers with what it negotiates (2025-11-25 "Lifecycle"). One that is not spoken is answered with
    /// another or with an error. The session is the newest revision's.
    async fn negotiate(&self, spoken: &mut Vec<Revision>) -> Result<Session, NoServer> {
        let mut newest: Option<Session> = None;
        let mut refusals = Vec::new();
        for asked in Revision::ALL.into_iter().rev() {
            if spoken.contains(&asked) {
                continue;
            }
            let opened = match asked.era() {
                Era::Stateless => self.ask_who(asked).await,
                Era::Session => self.open(asked).await,
            };
            match opened {
                Ok(session) => {
                    if !spoken.contains(&session.revision) {
                        spoken.push(session.revision);
                    }
                    match &newest {
                        None => newest = Some(session),
                        Some(open) if open.revision < session.revision => {
                            self.end(open).await;
                            newest = Some(session);
                        }
                        Some(_) => self.end(&session).await,
                    }
                }
                Err(problem @ (NoServer::Unreachable { .. } | NoServer::Tls { .. })) if newest.is_none() => {
                    return Err(problem);
                }
                Err(problem) => refusals.push((asked.is_stateless(), problem)),
            }
        }
        spoken.sort_unstable();
        // A credential that is refused says most, then what is said to `initialize`.
        refusals
            .sort_by_key(|(stateless, problem)| (!matches!(problem, NoServer::Refused { .. }), *stateless));
        match (newest, refusals.into_iter().next()) {
            (Some(session), _) => Ok(session),
            (None, Some((_, problem))) => Err(problem),
            (None, None) => Err(NoServer::NotMcp {
                url: self.url(),
                why: "no revision was answered".to_owned(),
            }),
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
        let exchange = self.post(&body, Some(&session), Read::UntilRpc(id.clone())).await;
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
                self.post(&mcp::initialized(), Some(&session), Read::Whole).await;
                Ok(session)
            }
            Err(problem) => Err(self.not_opened(&problem, &exchange, "initialize")),
        }
    }

    fn unreadable(&self, error: &WireError) -> NoServer {
        let (url, why) = (self.url(), error.to_string());
        match error {
            WireError::Resolve { .. } | WireError::Connect { .. } => NoServer::Unreachable { url, why },
            WireError::Tls { .. } => NoServer::Tls { url, why },
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
                    Some(to) => format!("it redirects to {to} (HTTP {status}): give that address"),
                    None => format!("{method} got HTTP {status} ({kind})"),
                };
                NoServer::NotMcp { url, why }
            }
            OpenProblem::UnknownVersion { .. } | OpenProblem::Error { code: -32022, .. } => {
                NoServer::Revision {
                    url,
                    why: problem.to_string(),
                }
            }
            OpenProblem::NoAnswer(NoAnswer::Network(why)) => NoServer::Unreadable {
                url,
                why: why.clone(),
            },
            other => NoServer::NotMcp {
                url,
                why: format!("{other} ({kind})"),
            },
        }
    }

    async fn tools(&self, session: &Session) -> Option<Vec<Tool>> {
        let mut tools = Vec::new();
        let mut cursor: Option<String> = None;
        for page in 0..PAGES {
            let id = Json::from(page + 1);
            let params = cursor
                .as_ref()
                .map(|cursor| serde_json::json!({ "cursor": cursor }));
            let exchange = self
                .post(
                    &mcp::call(&id, "tools/list", params),
                    Some(session),
                    Read::UntilRpc(id.clone()),
                )
                .await;
            let Rpc::Result(result) = mcp::answer(&exchange, &id).rpc else {
                break;
            };
            let read = mcp::tools_page(&result)?;
            tools.extend(read.tools);
            match read.next {
                Some(next) if cursor.as_ref() != Some(&next) => cursor = Some(next),
                _ => return Some(tools),
            }
        }
        (!tools.is_empty()).then_some(tools)
    }

    /// The arguments that tools want mirrored. A list may vary with the credential, so where it does not show the tools of
    /// all probes, those of other principals are read too.
    async fn mirrored(&self, session: &Session, tools: &[Tool]) -> Mirrored {
        let mut mirrored = Mirrored::new();
        if !session.revision.is_stateless() {
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
            marked(&visit.tools(session).await.unwrap_or_default(), &mut mirrored);
        }
        mirrored
    }

    /// The first tool that says it only reads, needs nothing, and does work; at most three are tried.
    async fn first_working<'t>(&self, session: &Session, tools: &'t [Tool]) -> Option<&'t Tool> {
        let reads = |tool: &&Tool| {
            tool.read_only == Some(true) && tool.required.is_empty() && tool.destructive != Some(true)
        };
        for (index, tool) in tools.iter().filter(reads).take(3).enumerate() {
            let id = Json::from(1000 + index);
            let params = serde_json::json!({ "name": tool.name, "arguments": {} });
            let body = mcp::call(&id, "tools/call", Some(params));
            let exchange = self.post(&body, Some(session), Read::UntilRpc(id.clone())).await;
            if Outcome::of(&exchange, Some(&mcp::answer(&exchange, &id))) == Outcome::Done {
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
                timeout: PATIENCE,
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

    async fn post(&self, body: &Json, session: Option<&Session>, read: Read) -> Exchange {
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
        let request = Request {
            method: "POST".to_owned(),
            url: self.target.mcp.clone(),
            target: None,
            headers,
            body: body.to_string().into(),
            timeout: self.target.target.timeouts.exchange.unwrap_or(PATIENCE),
            redirects: 0,
            read,
        };
        self.wire.send(&request).await
    }

    async fn end(&self, session: &Session) {
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
