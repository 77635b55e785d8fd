//! `org` and `workspace`: what the caller may know of organisations, workspaces and their members.

use super::super::arguments::Arguments;
use super::{Answer, Turn, Working, on, org_read, own, told, workspace_read};
use crate::platform::{Caller, Demand, Platform};
use crate::resource::tools::ToolError;

pub(super) const WORKING: &[Working] = &[
    on("org", "list", own, |turn| {
        told("orgs", turn.platform.list_orgs(turn.caller)?)
    }),
    on("org", "discover-external", own, |turn| {
        told("orgs", turn.platform.list_external_orgs(turn.caller)?)
    }),
    on("org", "details", org_read, |turn| {
        told("org", turn.platform.org_details(turn.caller, org(turn)?)?)
    }),
    on("org", "members", org_read, |turn| {
        told("members", turn.platform.org_members(turn.caller, org(turn)?)?)
    }),
    on("org", "list-workspaces", org_read, |turn| {
        told(
            "workspaces",
            turn.platform.org_workspaces(turn.caller, org(turn)?)?,
        )
    }),
    on("workspace", "list", own, |turn| {
        told("workspaces", turn.platform.list_workspaces(turn.caller)?)
    }),
    on("workspace", "details", workspace_read, details),
    on("workspace", "members", members_demand, members),
];

fn members_demand(platform: &Platform, caller: &Caller, given: Arguments<'_>) -> Result<Demand, ToolError> {
    let demand = workspace_read(platform, caller, given)?;
    let open = platform.members_open(caller, given.text("workspace_id")?);
    Ok(if open { Demand::own() } else { demand })
}

fn org<'a>(turn: &Turn<'a>) -> Result<&'a str, ToolError> {
    turn.given.text("org_id")
}

fn details(turn: &mut Turn<'_>) -> Answer {
    told(
        "workspace",
        turn.platform
            .workspace_details(turn.caller, turn.given.text("workspace_id")?)?,
    )
}

fn members(turn: &mut Turn<'_>) -> Answer {
    told(
        "members",
        turn.platform
            .workspace_members(turn.caller, turn.given.text("workspace_id")?)?,
    )
}
