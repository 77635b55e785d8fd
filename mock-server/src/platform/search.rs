//! Searching files. What the caller may not read is left out before anything is ranked, counted or cut.

use serde::Serialize;

use super::index::asked;
use super::{Caller, Flaw, Mode, Node, NodeView, Platform, Refusal, Workspace};

/// What a search found.
#[derive(Debug, Clone, Serialize)]
pub struct FoundPage {
    /// Best first, as many as were asked for.
    pub results: Vec<FoundNode>,
    /// How many there are.
    pub total: usize,
}

/// A hit of a search.
#[derive(Debug, Clone, Serialize)]
pub struct FoundNode {
    /// The workspace it is in.
    pub workspace_id: String,
    /// The node.
    #[serde(flatten)]
    pub node: NodeView,
    /// The line that holds most of the words; where the workspace has intelligence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snippet: Option<String>,
    /// How many of the words it holds, times ten, plus one if the name does; where the workspace has intelligence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<usize>,
}

impl Platform {
    /// Nodes outside the trash that hold any of the words, best first; in one workspace, or in all the
    /// caller may read. Where a workspace has no intelligence, words are looked for as they stand and nothing is
    /// scored; those hits come last.
    pub fn search_nodes(
        &self,
        caller: &Caller,
        workspace: Option<&str>,
        query: &str,
        limit: Option<usize>,
    ) -> Result<FoundPage, Refusal> {
        let readable = match workspace {
            Some(id) => vec![self.workspace(caller, id, Mode::R)?],
            None => self.readable_workspaces(caller)?,
        };
        let flaws = self.switches.flaws;
        let late = workspace.is_none() && flaws.has(Flaw::FilteredLate);
        let places = if late {
            self.workspaces.values().collect()
        } else if workspace.is_none() {
            self.searched(&readable)
        } else {
            readable.clone()
        };
        let limit = limit.unwrap_or(100).clamp(1, 100);
        let mut results = ranked(&places, query);
        let mut total = results.len();
        results.truncate(limit);
        if late {
            results.retain(|hit| readable.iter().any(|place| place.id == hit.workspace_id));
            total = results.len();
        }
        if flaws.has(Flaw::TotalOfAll) {
            total = ranked(&self.workspaces.values().collect::<Vec<_>>(), query).len();
        }
        Ok(FoundPage { results, total })
    }

    /// The workspaces that a search or a question over all looks into.
    pub(super) fn searched<'a>(&'a self, readable: &[&'a Workspace]) -> Vec<&'a Workspace> {
        let flaws = self.switches.flaws;
        let tenant = |org: &str| readable.iter().any(|place| place.org == org);
        let own = |place: &Workspace| readable.iter().any(|one| one.id == place.id);
        self.workspaces
            .values()
            .filter(|place| {
                own(place)
                    || (flaws.has(Flaw::OneIndex) && !tenant(&place.org))
                    || (flaws.has(Flaw::ByTenant) && tenant(&place.org))
            })
            .collect()
    }
}

/// Best first.
fn ranked(places: &[&Workspace], query: &str) -> Vec<FoundNode> {
    let mut found: Vec<FoundNode> = places.iter().flat_map(|place| found_in(place, query)).collect();
    found.sort_by(|a, b| b.score.cmp(&a.score).then_with(|| a.node.id.cmp(&b.node.id)));
    found
}

fn found_in(place: &Workspace, query: &str) -> Vec<FoundNode> {
    let found = |node: &Node, snippet, score| FoundNode {
        workspace_id: place.id.clone(),
        node: node.view(&place.origin()),
        snippet,
        score,
    };
    if place.intelligence {
        let hits = place.hits(&asked(query)).into_iter();
        return hits
            .map(|(node, hit)| found(node, Some(hit.passage), Some(hit.score)))
            .collect();
    }
    let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
    let holds = |node: &&Node| {
        let (name, text) = (node.name.to_lowercase(), node.text().to_lowercase());
        !node.trashed
            && words
                .iter()
                .any(|word| name.contains(word) || text.contains(word))
    };
    let nodes = place.storage.nodes().values().filter(holds);
    nodes.map(|node| found(node, None, None)).collect()
}
