//! What a server says of its tools, read within bounds, and which of them is a harmless read.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value as Json;

use super::visit::{Open, Visit};
use crate::expect::Outcome;
use crate::mcp::{self, Mirrored, Rpc, Tool};
use crate::scenario::model::{At, Template};
use crate::target::{Call, Effect, Probe};
use crate::wire::Read;

/// Pages of the tool list that are read, tools that are kept of it, and bytes.
const PAGES: usize = 20;
const TOOLS: usize = 5_000;
const LISTED: usize = 8 << 20;

/// Principals whose tool list is read for the sake of mirrored arguments.
const LISTERS: usize = 8;

/// What a server says of its tools.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) tools: Vec<Tool>,
    /// Why the rest of it was not read.
    pub(super) cut: Option<String>,
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

impl Visit<'_> {
    /// All pages of the list, as far as it is not endless.
    pub(super) async fn tools(&self, open: &Open) -> Option<Listing> {
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
    pub(super) async fn mirrored(&self, open: &Open, tools: &[Tool]) -> Mirrored {
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
    pub(super) async fn first_working<'t>(&self, open: &Open, tools: &'t [Tool]) -> Option<&'t Tool> {
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
}

fn marked(tools: &[Tool], into: &mut Mirrored) {
    into.extend(tools.iter().map(|tool| (tool.name.clone(), mcp::marks(tool))));
}

/// A tool that only reads and needs nothing; else the tool list itself.
pub(super) fn harmless(tool: Option<&Tool>, at: &At) -> (Probe, String) {
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
