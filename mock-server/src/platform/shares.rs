//! Shares: a folder of a workspace under an id of its own, for those who may use the share but not the workspace.

use serde::Serialize;

use super::files::in_folder;
use super::{Caller, Demand, Flaw, Mode, Node, NodeKind, NodeView, Platform, Refusal, Workspace, stamp};

/// Which way files go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ShareKind {
    /// Out of the workspace.
    Send,
    /// Into it.
    Receive,
    /// Both ways.
    Exchange,
}

impl ShareKind {
    /// `send`, `receive` or `exchange`.
    pub fn parse(word: &str) -> Option<ShareKind> {
        match word {
            "send" => Some(ShareKind::Send),
            "receive" => Some(ShareKind::Receive),
            "exchange" => Some(ShareKind::Exchange),
            _ => None,
        }
    }
}

/// One share.
#[derive(Debug, Clone, Serialize)]
pub struct Share {
    /// Nineteen digits, the first is 5.
    pub id: String,
    /// The workspace it is of.
    pub workspace: String,
    /// The folder it shows; `None` is the root.
    pub folder: Option<String>,
    /// Which way files go.
    pub kind: ShareKind,
    /// Its name.
    pub name: String,
    /// Unix seconds.
    pub created: i64,
}

/// A share as an answer shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShareView {
    /// Profile id.
    pub id: String,
    /// The workspace it is of.
    pub workspace_id: String,
    /// The folder it shows, or `root`.
    pub folder_id: String,
    /// Which way files go.
    pub share_type: ShareKind,
    /// Its name.
    pub name: String,
    /// Where it lives: the workspace's name and canary.
    pub origin: String,
    /// When it was made.
    pub created: String,
}

impl Platform {
    /// The shares of a workspace.
    pub fn list_shares(&self, caller: &Caller, workspace: &str) -> Result<Vec<ShareView>, Refusal> {
        let place = self.workspace(caller, workspace, Mode::R)?;
        let shares = self.shares.values().filter(|share| share.workspace == place.id);
        Ok(shares.map(|share| view(share, place)).collect())
    }

    /// One share.
    pub fn share_details(&self, caller: &Caller, id: &str) -> Result<ShareView, Refusal> {
        let (share, place) = self.share(caller, id, Mode::R)?;
        Ok(view(share, place))
    }

    /// Makes a share of a folder.
    pub fn create_share(
        &mut self,
        caller: &Caller,
        now: i64,
        (workspace, folder): (&str, &str),
        kind: ShareKind,
        name: &str,
    ) -> Result<ShareView, Refusal> {
        let folder = super::files::parent_of(self.workspace(caller, workspace, Mode::Rw)?, folder)?;
        let id = self.next_profile('5');
        let share = Share {
            id: id.clone(),
            workspace: workspace.to_owned(),
            folder,
            kind,
            name: name.to_owned(),
            created: now,
        };
        self.shares.insert(id.clone(), share);
        self.note(caller, now, "share_created", Some(workspace), Some(&id), name);
        self.share_details(caller, &id)
    }

    /// Renames a share.
    pub fn rename_share(
        &mut self,
        caller: &Caller,
        now: i64,
        id: &str,
        name: &str,
    ) -> Result<ShareView, Refusal> {
        let workspace = self.share(caller, id, Mode::Rw)?.0.workspace.clone();
        if let Some(share) = self.shares.get_mut(id) {
            name.clone_into(&mut share.name);
        }
        self.note(caller, now, "share_updated", Some(&workspace), Some(id), name);
        self.share_details(caller, id)
    }

    /// Ends a share; the files stay.
    pub fn delete_share(&mut self, caller: &Caller, now: i64, id: &str) -> Result<(), Refusal> {
        let share = self.share(caller, id, Mode::Rw)?.0.clone();
        self.shares.remove(id);
        let line = share.name.as_str();
        self.note(
            caller,
            now,
            "share_deleted",
            Some(&share.workspace),
            Some(id),
            line,
        );
        Ok(())
    }

    /// The nodes of a share's folder, by name. A share that only takes files in shows none.
    pub fn share_nodes(&self, caller: &Caller, id: &str) -> Result<Vec<NodeView>, Refusal> {
        let (share, place) = self.share(caller, id, Mode::R)?;
        let mut nodes = shown(share, place)?;
        nodes.sort_by_key(|node| (&node.name, &node.id));
        Ok(nodes.into_iter().map(|node| node.view(&place.origin())).collect())
    }

    /// The text of a file of a share's folder.
    pub fn share_content(
        &mut self,
        caller: &Caller,
        now: i64,
        id: &str,
        node: &str,
    ) -> Result<(NodeView, String), Refusal> {
        let (share, place) = self.share(caller, id, Mode::R)?;
        let found = shown(share, place)?
            .into_iter()
            .find(|one| one.kind != NodeKind::Folder && one.id == super::tree::plain(node));
        let found = found.ok_or_else(Refusal::not_found)?;
        let (view, text, workspace) = (
            found.view(&place.origin()),
            found.text().to_owned(),
            place.id.clone(),
        );
        self.note_node(caller, now, "read", &workspace, &view);
        Ok((view, text))
    }

    /// What using a share asks.
    pub fn share_demand(&self, id: &str, mode: Mode) -> Demand {
        if mode == Mode::R && self.switches.flaws.has(Flaw::SharesOpen) {
            return Demand::own();
        }
        Demand::share(id, mode)
    }

    /// The share behind an id, and the workspace it is of.
    pub(super) fn share_of(&self, id: &str) -> Option<(&Share, &Workspace)> {
        let share = self.shares.get(id)?;
        Some((share, self.workspaces.get(&share.workspace)?))
    }

    fn share(&self, caller: &Caller, id: &str, mode: Mode) -> Result<(&Share, &Workspace), Refusal> {
        self.permit(caller, &self.share_demand(id, mode))?;
        self.share_of(id).ok_or_else(Refusal::not_found)
    }
}

fn shown<'a>(share: &Share, place: &'a Workspace) -> Result<Vec<&'a Node>, Refusal> {
    if share.kind == ShareKind::Receive {
        return Ok(Vec::new());
    }
    in_folder(place, share.folder.as_deref().unwrap_or("root"))
}

fn view(share: &Share, place: &Workspace) -> ShareView {
    ShareView {
        id: share.id.clone(),
        workspace_id: share.workspace.clone(),
        folder_id: share.folder.clone().unwrap_or_else(|| "root".to_owned()),
        share_type: share.kind,
        name: share.name.clone(),
        origin: place.origin(),
        created: stamp(share.created),
    }
}
