//! `share` and `share_manage`: folders of a workspace under ids of their own.

use serde_json::json;

use super::super::arguments::Arguments;
use super::{Answer, Turn, Working, on, own, profile_write, told, workspace_read, workspace_write};
use crate::platform::{Caller, Demand, Mode, Platform, ShareKind};
use crate::resource::tools::ToolError;

pub(super) const WORKING: &[Working] = &[
    on("share", "list", workspace_read, |turn| {
        let workspace = turn.given.text("workspace_id")?;
        told("shares", turn.platform.list_shares(turn.caller, workspace)?)
    }),
    on("share", "details", readable, |turn| {
        let id = turn.given.text("share_id")?;
        told("share", turn.platform.share_details(turn.caller, id)?)
    }),
    on("fileshare", "details", own, |turn| {
        let id = turn.given.text("share_id")?;
        told("share", turn.platform.file_share(turn.caller, id)?)
    }),
    on("fileshare_manage", "create", profile_write, share_file),
    on("share_manage", "create", workspace_write, create),
    on("share_manage", "update", writable, update),
    on("share_manage", "delete", writable, delete),
];

fn readable(platform: &Platform, _: &Caller, given: Arguments<'_>) -> Result<Demand, ToolError> {
    Ok(platform.share_demand(given.text("share_id")?, Mode::R))
}

fn writable(platform: &Platform, _: &Caller, given: Arguments<'_>) -> Result<Demand, ToolError> {
    Ok(platform.share_demand(given.text("share_id")?, Mode::Rw))
}

fn create(turn: &mut Turn<'_>) -> Answer {
    let given = turn.given;
    let place = (
        given.text("workspace_id")?,
        given.optional("node_id")?.unwrap_or("root"),
    );
    let kind = ShareKind::parse(given.optional("share_type")?.unwrap_or("send"))
        .ok_or_else(|| ToolError::BadArguments("share_type: must be send, receive or exchange".to_owned()))?;
    let name = given.optional("name")?.unwrap_or("share");
    told(
        "share",
        turn.platform
            .create_share(turn.caller, turn.now, place, kind, name)?,
    )
}

fn share_file(turn: &mut Turn<'_>) -> Answer {
    let place = (turn.given.workspace()?, turn.given.text("node_id")?);
    told(
        "share",
        turn.platform.create_file_share(turn.caller, turn.now, place)?,
    )
}

fn update(turn: &mut Turn<'_>) -> Answer {
    let (id, name) = (turn.given.text("share_id")?, turn.given.text("name")?);
    told(
        "share",
        turn.platform.rename_share(turn.caller, turn.now, id, name)?,
    )
}

fn delete(turn: &mut Turn<'_>) -> Answer {
    let id = turn.given.text("share_id")?;
    turn.given.confirmed()?;
    turn.platform.delete_share(turn.caller, turn.now, id)?;
    Ok(json!({ "deleted": true }))
}
