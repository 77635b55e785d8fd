//! Shares of a single file, under an id of their own.

use serde::Serialize;

use super::{Caller, Mode, NodeView, Platform, Refusal, stamp};

/// One file share.
#[derive(Debug, Clone, Serialize)]
pub struct FileShare {
    workspace: String,
    node: String,
    created: i64,
}

/// A file share as an answer shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileShareView {
    /// Opaque id.
    pub share_id: String,
    /// The workspace of the file.
    pub workspace_id: String,
    /// The file.
    pub file: NodeView,
    /// When it was made.
    pub created: String,
}

impl Platform {
    /// Makes a share of a file.
    pub fn create_file_share(
        &mut self,
        caller: &Caller,
        now: i64,
        (workspace, node): (&str, &str),
    ) -> Result<FileShareView, Refusal> {
        self.workspace(caller, workspace, Mode::Rw)?;
        let file = self.node_details(caller, workspace, node)?;
        let id = self.next_id("f");
        let share = FileShare {
            workspace: workspace.to_owned(),
            node: file.id.clone(),
            created: now,
        };
        self.file_shares.insert(id.clone(), share);
        self.note_node(caller, now, "shared", workspace, &file);
        self.file_share(caller, &id)
    }

    /// One file share, to those who may read the file.
    pub fn file_share(&self, caller: &Caller, id: &str) -> Result<FileShareView, Refusal> {
        let share = self.file_shares.get(id).ok_or_else(Refusal::not_found)?;
        // Whoever may not read the file must not learn that there is a share of it.
        let file = self.node_details(caller, &share.workspace, &share.node);
        Ok(FileShareView {
            share_id: id.to_owned(),
            workspace_id: share.workspace.clone(),
            file: file.map_err(|_| Refusal::not_found())?,
            created: stamp(share.created),
        })
    }
}
