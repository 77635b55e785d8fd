//! `storage`, `storage_manage` and `find`: folders and files of a workspace.

use serde_json::json;

use super::super::arguments::Arguments;
use super::{Answer, Turn, Working, on, profile_read, profile_write, told};
use crate::platform::{Caller, Demand, Entity, Flaw, Guard, ListOptions, Mode, Platform, Scope};
use crate::resource::tools::ToolError;

pub(super) const WORKING: &[Working] = &[
    on("storage", "list", shared_or_place, list),
    on("storage", "details", profile_read, details),
    on("storage", "search", profile_read, search),
    on("storage", "version-list", profile_read, versions),
    on("storage", "content", shared_or_place, content),
    on("storage", "unseal", profile_read, |_| Err(nobody_to_ask())),
    on("find", "search", find_demand, search),
    on("storage_manage", "create-folder", profile_write, create_folder),
    on("storage_manage", "create-folders", first_demand, create_folders),
    on("storage_manage", "rename", profile_write, rename),
    on("storage_manage", "move", profile_write, shift),
    on("storage_manage", "copy", profile_write, copy),
    on("storage_manage", "delete", profile_write, delete),
    on("storage_manage", "restore", profile_write, restore),
    on("storage_manage", "purge", profile_write, purge),
    on(
        "storage_manage",
        "version-restore",
        profile_write,
        restore_version,
    ),
];

/// The action that is about several workspaces at once.
pub(super) const SEVERAL: (&str, &str) = ("storage_manage", "create-folders");

fn find_demand(platform: &Platform, _: &Caller, given: Arguments<'_>) -> Result<Demand, ToolError> {
    if platform.switches.flaws.has(Flaw::NullIsAll) && given.names_no_workspace() {
        return Ok(Demand::own());
    }
    Ok(given
        .any_workspace()?
        .map_or_else(Demand::own, |id| Demand::workspace(id, Mode::R)))
}

/// The protocol asks, where it and the client can; this is what everybody else is told.
fn nobody_to_ask() -> ToolError {
    ToolError::BadArguments("unseal: somebody has to agree, and this client cannot be asked".to_owned())
}

/// What a read of a folder or a file asks, in a workspace or through a share.
fn shared_or_place(platform: &Platform, _: &Caller, given: Arguments<'_>) -> Result<Demand, ToolError> {
    Ok(match given.share()? {
        Some(share) => platform.share_demand(share, Mode::R),
        None => Demand::workspace(given.workspace()?, Mode::R),
    })
}

/// What a change shows of what it knows.
pub(super) fn guard<'a>(turn: &Turn<'a>) -> Result<Guard<'a>, ToolError> {
    Ok(Guard {
        version: turn.given.optional("if_version_id")?,
        lock: turn.given.optional("lock_token")?,
    })
}

/// The workspace and the node a call names.
pub(super) fn place<'a>(turn: &Turn<'a>) -> Result<(&'a str, &'a str), ToolError> {
    Ok((turn.given.workspace()?, turn.given.text("node_id")?))
}

fn list(turn: &mut Turn<'_>) -> Answer {
    let given = turn.given;
    if let Some(share) = given.share()? {
        return told("nodes", turn.platform.share_nodes(turn.caller, share)?);
    }
    let folder = given.optional("node_id")?.unwrap_or("root");
    let options = ListOptions {
        page_size: given.number("page_size")?,
        cursor: given.owned("cursor")?,
    };
    let page = turn
        .platform
        .list_nodes(turn.caller, given.workspace()?, folder, &options)?;
    Ok(json!({
        "nodes": page.nodes,
        "pagination": { "page_size": page.page_size, "total": page.total, "has_more": page.has_more, "next_cursor": page.next_cursor },
    }))
}

fn details(turn: &mut Turn<'_>) -> Answer {
    let (workspace, node) = place(turn)?;
    told("node", turn.platform.node_details(turn.caller, workspace, node)?)
}

fn versions(turn: &mut Turn<'_>) -> Answer {
    let (workspace, node) = place(turn)?;
    told(
        "versions",
        turn.platform.node_versions(turn.caller, workspace, node)?,
    )
}

fn content(turn: &mut Turn<'_>) -> Answer {
    let node = turn.given.text("node_id")?;
    let (node, content) = if let Some(share) = turn.given.share()? {
        turn.platform.share_content(turn.caller, turn.now, share, node)?
    } else {
        let workspace = turn.given.workspace()?;
        turn.platform
            .node_content(turn.caller, turn.now, workspace, node)?
    };
    Ok(json!({ "node": node, "content": content }))
}

fn search(turn: &mut Turn<'_>) -> Answer {
    let query = turn.given.text("query")?;
    let workspace = if turn.platform.switches.flaws.has(Flaw::NullIsAll) {
        turn.given.any_workspace().unwrap_or_default()
    } else {
        turn.given.any_workspace()?
    };
    let limit = turn.given.number("limit")?;
    let switches = turn.platform.switches;
    let all = turn.given.names_no_workspace() && switches.flaws.has(Flaw::NullIsAll);
    turn.platform.switches.flaws = switches.flaws.with(Flaw::Waved, all);
    let page = turn
        .platform
        .search_nodes(turn.caller, workspace.filter(|_| !all), query, limit);
    turn.platform.switches = switches;
    let page = page?;
    let shown = page.results.iter();
    let shown = shown.map(|hit| (hit.workspace_id.as_str(), hit.node.id.as_str()));
    let event = "workspace_storage_searched";
    turn.platform.note_found(turn.caller, turn.now, event, shown);
    Ok(json!({ "results": page.results, "total": page.total }))
}

fn create_folder(turn: &mut Turn<'_>) -> Answer {
    let given = turn.given;
    let folder = given.optional("node_id")?.unwrap_or("root");
    let (workspace, name) = (given.workspace()?, given.text("name")?);
    told(
        "node",
        turn.platform
            .create_folder(turn.caller, turn.now, (workspace, folder), name)?,
    )
}

fn first_demand(_: &Platform, _: &Caller, given: Arguments<'_>) -> Result<Demand, ToolError> {
    let ids = given.ids("profile_ids")?;
    Ok(Demand::workspace(ids[0], Mode::Rw))
}

/// The same folder in several workspaces, or in none: every one of them is asked for first.
fn create_folders(turn: &mut Turn<'_>) -> Answer {
    let (ids, name) = (turn.given.ids("profile_ids")?, turn.given.text("name")?);
    let mut caller = turn.caller.clone();
    if turn.platform.switches.scopes.first_item_only {
        caller.scopes = vec![Scope::all(Entity::User, Mode::Rw)];
    }
    for id in &ids {
        turn.platform.permit(&caller, &Demand::workspace(id, Mode::Rw))?;
    }
    let mut nodes = Vec::new();
    for id in ids {
        nodes.push(
            turn.platform
                .create_folder(&caller, turn.now, (id, "root"), name)?,
        );
    }
    told("nodes", nodes)
}

fn rename(turn: &mut Turn<'_>) -> Answer {
    let place = place(turn)?;
    let (name, guard) = (turn.given.text("name")?, guard(turn)?);
    told(
        "node",
        turn.platform
            .rename_node(turn.caller, turn.now, place, name, guard)?,
    )
}

fn shift(turn: &mut Turn<'_>) -> Answer {
    let place = place(turn)?;
    let (folder, lock) = (turn.given.text("parent_id")?, guard(turn)?.lock);
    told(
        "node",
        turn.platform
            .move_node(turn.caller, turn.now, place, folder, lock)?,
    )
}

fn copy(turn: &mut Turn<'_>) -> Answer {
    let place = place(turn)?;
    let folder = turn.given.optional("parent_id")?.unwrap_or("root");
    told(
        "node",
        turn.platform.copy_node(turn.caller, turn.now, place, folder)?,
    )
}

fn delete(turn: &mut Turn<'_>) -> Answer {
    let (place, lock) = (place(turn)?, guard(turn)?.lock);
    turn.given.confirmed()?;
    told(
        "node",
        turn.platform.delete_node(turn.caller, turn.now, place, lock)?,
    )
}

fn restore(turn: &mut Turn<'_>) -> Answer {
    let (place, lock) = (place(turn)?, guard(turn)?.lock);
    told(
        "node",
        turn.platform.restore_node(turn.caller, turn.now, place, lock)?,
    )
}

fn restore_version(turn: &mut Turn<'_>) -> Answer {
    let place = place(turn)?;
    let (version, guard) = (turn.given.text("version_id")?, guard(turn)?);
    told(
        "node",
        turn.platform
            .restore_version(turn.caller, turn.now, place, version, guard)?,
    )
}

fn purge(turn: &mut Turn<'_>) -> Answer {
    let (place, lock) = (place(turn)?, guard(turn)?.lock);
    turn.given.confirmed()?;
    told(
        "node",
        turn.platform.purge_node(turn.caller, turn.now, place, lock)?,
    )
}
