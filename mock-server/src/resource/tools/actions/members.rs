//! `member_manage`: who is a member of what, and `org limits`: what an organisation has left.

use serde_json::json;

use super::super::arguments::Arguments;
use super::{Answer, Turn, Working, on, told};
use crate::platform::{Caller, Demand, Mode, Platform, administration};
use crate::resource::tools::ToolError;

pub(super) const WORKING: &[Working] = &[
    on("member_manage", "add", inviting, add),
    on("member_manage", "remove", demand, remove),
    on("org", "limits", billing, limits),
];

fn demand(_: &Platform, _: &Caller, given: Arguments<'_>) -> Result<Demand, ToolError> {
    let (entity, id) = given.entity()?;
    Ok(administration(entity, id))
}

fn inviting(platform: &Platform, caller: &Caller, given: Arguments<'_>) -> Result<Demand, ToolError> {
    let (entity, id) = given.entity()?;
    Ok(platform.inviting(caller, entity, id))
}

/// Plan and credits are the administrators' business.
fn billing(_: &Platform, _: &Caller, given: Arguments<'_>) -> Result<Demand, ToolError> {
    Ok(Demand::org(given.text("org_id")?, Mode::Rwa))
}

fn add(turn: &mut Turn<'_>) -> Answer {
    let given = turn.given;
    let (user, role) = (given.text("user_id")?, given.role()?);
    turn.platform
        .add_member(turn.caller, turn.now, given.entity()?, user, role)?;
    Ok(json!({ "member": { "id": user, "role": role } }))
}

fn remove(turn: &mut Turn<'_>) -> Answer {
    let given = turn.given;
    let user = given.text("user_id")?;
    given.confirmed()?;
    turn.platform
        .expel_member(turn.caller, turn.now, given.entity()?, user)?;
    Ok(json!({ "removed": true }))
}

fn limits(turn: &mut Turn<'_>) -> Answer {
    let org = turn.given.text("org_id")?;
    told("credits", turn.platform.org_credits(turn.caller, turn.now, org)?)
}
