//! Notes, which belong to `workspace` and `workspace_manage`.

use serde_json::json;

use super::storage::guard;
use super::{Answer, Turn, Working, on, told, workspace_read, workspace_write};

pub(super) const WORKING: &[Working] = &[
    on("workspace", "read-note", workspace_read, read),
    on("workspace_manage", "create-note", workspace_write, create),
    on("workspace_manage", "update-note", workspace_write, update),
];

fn read(turn: &mut Turn<'_>) -> Answer {
    let (workspace, node) = (turn.given.text("workspace_id")?, turn.given.text("node_id")?);
    let (node, content) = turn
        .platform
        .node_content(turn.caller, turn.now, workspace, node)?;
    Ok(json!({ "node": node, "content": content }))
}

fn create(turn: &mut Turn<'_>) -> Answer {
    let given = turn.given;
    let folder = given.optional("parent_id")?.unwrap_or("root");
    let (workspace, name) = (given.text("workspace_id")?, given.text("name")?);
    let text = given.optional("content")?.unwrap_or_default();
    told(
        "node",
        turn.platform
            .create_note(turn.caller, turn.now, (workspace, folder), name, text)?,
    )
}

fn update(turn: &mut Turn<'_>) -> Answer {
    let given = turn.given;
    let place = (given.text("workspace_id")?, given.text("node_id")?);
    let (text, guard) = (given.text("content")?, guard(turn)?);
    told(
        "node",
        turn.platform
            .update_note(turn.caller, turn.now, place, text, guard)?,
    )
}
