//! Before anything is judged: is there an MCP server, does it take the credential, which revisions does it speak, and
//! what harmless call can prove that a credential works?

mod authority;
mod begin;
mod no_server;
mod receivers;
mod tools;
mod visit;

use std::time::Instant;

use self::tools::{Listing, harmless};
use self::visit::{LOOK, Open, Visit};
use crate::mcp::{self, Mirrored, Revision, ServerInfo, Session};
use crate::scenario::suggest;
use crate::target::{Call, Probe, Resolved};
use crate::wire::Wire;

pub use self::authority::{authorize, first_token};
pub use self::no_server::NoServer;

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

/// Asks the target: its MCP endpoint, or what it has in place of one.
pub async fn discover(wire: &Wire, target: &Resolved) -> Result<Discovered, NoServer> {
    if target.target.without_mcp {
        return receivers::look(wire, target).await;
    }
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
