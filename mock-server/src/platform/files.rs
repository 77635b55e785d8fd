//! Reading files, folders and notes. Each operation asks for permission, then looks at the object.

use std::sync::Arc;

use serde::Serialize;

use super::tree::plain;
use super::{
    Caller, Deed, Flaw, Mode, Node, NodeKind, NodeView, Outcome, Platform, Refusal, Target, Version,
    VersionView, Workspace,
};

/// How a folder is listed.
#[derive(Debug, Clone, Default)]
pub struct ListOptions {
    /// At most so many nodes, 1 to 500; 100 when not said.
    pub page_size: Option<usize>,
    /// Where the page before ended: its `next_cursor`.
    pub cursor: Option<String>,
}

/// One page of a folder.
#[derive(Debug, Clone, Serialize)]
pub struct NodePage {
    /// Folders first, then by name.
    pub nodes: Vec<NodeView>,
    /// How many a page holds.
    pub page_size: usize,
    /// How many nodes the folder holds.
    pub total: usize,
    /// Whether there is another page.
    pub has_more: bool,
    /// What to send for it: opaque, and good for this caller and this folder alone.
    pub next_cursor: Option<String>,
}

impl Platform {
    /// The nodes of a folder: a node id, `root`, or `trash`.
    pub fn list_nodes(
        &self,
        caller: &Caller,
        workspace: &str,
        folder: &str,
        options: &ListOptions,
    ) -> Result<NodePage, Refusal> {
        let resumed = options.cursor.as_ref();
        let resumed = resumed
            .map(|cursor| self.resumed(caller, workspace, cursor))
            .transpose()?;
        let workspace = match &resumed {
            Some(resumed) if self.switches.flaws.has(Flaw::CursorDecides) => self
                .workspaces
                .get(&resumed.workspace)
                .ok_or_else(Refusal::not_found)?,
            _ => self.workspace(caller, workspace, Mode::R)?,
        };
        let mut inside = in_folder(workspace, folder)?;
        inside.sort_by_key(|node| (node.kind != NodeKind::Folder, &node.name, &node.id));
        let page_size = options.page_size.unwrap_or(100).clamp(1, 500);
        let start = match &resumed {
            None => 0,
            Some(resumed) => {
                let last = inside.iter().position(|node| node.id == resumed.after);
                last.ok_or_else(|| Refusal::validation("cursor", "is not one of this list"))? + 1
            }
        };
        let rest = inside.get(start..).unwrap_or_default();
        let page = rest.get(..page_size.min(rest.len())).unwrap_or_default();
        let has_more = rest.len() > page.len();
        Ok(NodePage {
            nodes: page.iter().map(|node| node.view(&workspace.origin())).collect(),
            page_size,
            total: inside.len(),
            has_more,
            next_cursor: page
                .last()
                .filter(|_| has_more)
                .map(|node| self.cursor(caller, &workspace.id, &node.id)),
        })
    }

    /// What a list of a workspace's root comes to, as somebody writes it down who makes the call; told again until the
    /// workspace changes. `None` where the caller is to be refused, or the call came to nothing. Each time there is an
    /// event of it.
    pub fn list_root(
        &mut self,
        caller: &Caller,
        now: i64,
        workspace: &str,
        make: impl FnOnce(&mut Platform) -> Option<Arc<str>>,
    ) -> Option<Arc<str>> {
        let kept = self.workspace(caller, workspace, Mode::R).ok()?.storage.said();
        let Some(kept) = kept else {
            let made = make(self)?;
            let place = self.workspaces.get_mut(workspace)?;
            place.storage.say(Arc::clone(&made));
            return Some(made);
        };
        let target = Target::Workspace(workspace.to_owned());
        let what = (Deed::Read, Outcome::Done);
        self.note_access(caller, now, "storage list", (&target, None), what);
        Some(kept)
    }

    /// Every file and note outside the trash that the caller may read, with its workspace, by both ids.
    pub fn list_documents(&self, caller: &Caller) -> Result<Vec<(String, NodeView)>, Refusal> {
        let places = self.readable_workspaces(caller)?;
        Ok(places
            .into_iter()
            .flat_map(|place| {
                let nodes = place.storage.nodes().values();
                nodes
                    .filter(|node| !node.trashed && node.kind != NodeKind::Folder)
                    .map(|node| (place.id.clone(), node.view(&place.origin())))
            })
            .collect())
    }

    /// One node, in the trash or not.
    pub fn node_details(&self, caller: &Caller, workspace: &str, node: &str) -> Result<NodeView, Refusal> {
        let workspace = self.workspace(caller, workspace, Mode::R)?;
        let (place, node) = self.located(workspace, node)?;
        Ok(node.view(&place.origin()))
    }

    /// A node of this workspace.
    fn located<'a>(&'a self, place: &'a Workspace, id: &str) -> Result<(&'a Workspace, &'a Node), Refusal> {
        if let Some(node) = place.storage.node(id) {
            return Ok((place, node));
        }
        let flaws = self.switches.flaws;
        let everywhere = || {
            let all = self.workspaces.values();
            all.flat_map(|place| place.storage.nodes().values().map(move |node| (place, node)))
        };
        if flaws.has(Flaw::NodeAnywhere)
            && let Some(found) = everywhere().find(|(_, node)| node.id == plain(id))
        {
            return Ok(found);
        }
        let near = |node: &Node| node.id != id && node.id.len() > 20 && id.get(..20) == node.id.get(..20);
        if flaws.has(Flaw::Suggests)
            && let Some((place, node)) = everywhere().find(|(_, node)| near(node))
        {
            let text = format!(
                "Not found. Did you mean {}, owned by {}?",
                node.name,
                place.origin()
            );
            return Err(Refusal::not_found_saying(&text));
        }
        Err(Refusal::not_found())
    }

    /// The versions of a node, newest first.
    pub fn node_versions(
        &self,
        caller: &Caller,
        workspace: &str,
        node: &str,
    ) -> Result<Vec<VersionView>, Refusal> {
        let workspace = self.workspace(caller, workspace, Mode::R)?;
        let node = workspace.storage.node(node).ok_or_else(Refusal::not_found)?;
        Ok(node.versions.iter().rev().map(Version::view).collect())
    }

    /// The text of a file or note. Reading leaves an event.
    pub fn node_content(
        &mut self,
        caller: &Caller,
        now: i64,
        workspace: &str,
        node: &str,
    ) -> Result<(NodeView, String), Refusal> {
        let place = self.workspace(caller, workspace, Mode::R)?;
        let found = place
            .storage
            .node(node)
            .filter(|node| node.kind != NodeKind::Folder);
        let found = found.ok_or_else(Refusal::not_found)?;
        let (view, text) = (found.view(&place.origin()), found.text().to_owned());
        self.note_node(caller, now, "read", workspace, &view);
        Ok((view, text))
    }
}

impl Workspace {
    /// What answers give as a node's origin, so that every object holds the canary whatever its name is.
    pub(super) fn origin(&self) -> String {
        format!("{} {}", self.folder_name, self.canary)
    }
}

/// The nodes of a folder, in no order.
pub(super) fn in_folder<'a>(place: &'a Workspace, folder: &str) -> Result<Vec<&'a Node>, Refusal> {
    let nodes = place.storage.nodes().values();
    if folder == "trash" {
        return Ok(nodes.filter(|node| node.trashed).collect());
    }
    let parent = parent_of(place, folder)?;
    Ok(nodes
        .filter(|node| !node.trashed && node.parent == parent)
        .collect())
}

/// The stored form of a folder argument: `None` for `root`, the id of a folder, or not found.
pub(super) fn parent_of(place: &Workspace, folder: &str) -> Result<Option<String>, Refusal> {
    if folder == "root" {
        return Ok(None);
    }
    let found = place
        .storage
        .node(folder)
        .filter(|node| node.kind == NodeKind::Folder && !node.trashed);
    found
        .map(|node| Some(node.id.clone()))
        .ok_or_else(Refusal::not_found)
}
