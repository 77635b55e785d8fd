//! Comments on files, folders and notes.

use serde::Serialize;

use super::{Caller, Mode, NodeView, Platform, Refusal, stamp};

/// Comments kept on one node; the oldest go first.
const KEPT: usize = 100;

/// One comment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Comment {
    /// Opaque id.
    pub comment_id: String,
    /// The account that wrote it.
    pub user_id: String,
    /// What it says.
    pub content: String,
    /// When.
    pub created: String,
}

impl Platform {
    /// The comments on a node, oldest first, with the node.
    pub fn comments(
        &self,
        caller: &Caller,
        workspace: &str,
        node: &str,
    ) -> Result<(NodeView, &[Comment]), Refusal> {
        let view = self.node_details(caller, workspace, node)?;
        let comments = self.comments.get(&view.id).map_or(&[][..], Vec::as_slice);
        Ok((view, comments))
    }

    /// Writes a comment on a node.
    pub fn add_comment(
        &mut self,
        caller: &Caller,
        now: i64,
        (workspace, node): (&str, &str),
        content: &str,
    ) -> Result<Comment, Refusal> {
        self.workspace(caller, workspace, Mode::Rw)?;
        let view = self.node_details(caller, workspace, node)?;
        let comment = Comment {
            comment_id: self.next_id("m"),
            user_id: caller.user.clone(),
            content: content.to_owned(),
            created: stamp(now),
        };
        let on = self.comments.entry(view.id.clone()).or_default();
        if on.len() == KEPT {
            on.remove(0);
        }
        on.push(comment.clone());
        self.note_node(caller, now, "commented", workspace, &view);
        Ok(comment)
    }
}
