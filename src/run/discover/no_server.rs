//! Why nothing can be judged at an address, and what a person can do about it.

use crate::wire::WireError;

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
    /// Nothing could be read at this address.
    pub(super) fn of_wire(url: String, error: &WireError) -> Self {
        let why = error.to_string();
        match error {
            WireError::Resolve { .. } | WireError::Connect { .. } => NoServer::Unreachable { url, why },
            WireError::Tls { .. } => NoServer::Tls { url, why },
            WireError::Timeout { .. } => NoServer::Silent { url, why },
            _ => NoServer::Unreadable { url, why },
        }
    }

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
    pub(super) fn why(&mut self) -> &mut String {
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

/// Why nothing can be judged, out of what each revision got: a credential that is refused says most. Else the words of
/// both eras, those to `initialize` first, unless it only said that it is of the other era.
pub(super) fn told(refusals: Vec<(bool, NoServer)>) -> Option<NoServer> {
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

/// In the words of [`OpenProblem`](crate::mcp::OpenProblem): nothing but an error or a status.
fn is_a_plain_no(why: &str) -> bool {
    why.contains(" was answered with error ") || why.contains(" got HTTP ")
}
