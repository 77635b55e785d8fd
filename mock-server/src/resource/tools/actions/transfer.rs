//! `org_manage`: making organisations and workspaces, and handing them over; `member_manage transfer-ownership`.

use serde_json::json;

use super::super::arguments::Arguments;
use super::{Answer, Turn, Working, account_write, on, told};
use crate::platform::{Caller, Demand, Entity, Mode, Platform, administration};
use crate::resource::tools::ToolError;

pub(super) const WORKING: &[Working] = &[
    on("org_manage", "create", account_write, create),
    on("org_manage", "create-workspace", org_write, create_workspace),
    on("org_manage", "transfer-token-create", org_admin, offer),
    on("org_manage", "transfer-token-list", org_admin, offers),
    on("org_manage", "transfer-token-delete", org_admin, take_back),
    on("org_manage", "transfer-claim", account_write, claim),
    on("org_manage", "transfer-ownership", org_admin, hand_over_org),
    on("org_manage", "update-member-role", org_admin, update_org_role),
    on("member_manage", "update", entity_admin, update_role),
    on("member_manage", "transfer-ownership", entity_admin, hand_over),
];

fn org_write(_: &Platform, _: &Caller, given: Arguments<'_>) -> Result<Demand, ToolError> {
    Ok(Demand::org(given.text("org_id")?, Mode::Rw))
}

fn org_admin(_: &Platform, _: &Caller, given: Arguments<'_>) -> Result<Demand, ToolError> {
    Ok(Demand::org(given.text("org_id")?, Mode::Rwa))
}

fn entity_admin(_: &Platform, _: &Caller, given: Arguments<'_>) -> Result<Demand, ToolError> {
    let (entity, id) = given.entity()?;
    Ok(administration(entity, id))
}

fn create(turn: &mut Turn<'_>) -> Answer {
    let domain = turn.given.text("domain")?;
    let name = turn.given.optional("name")?.unwrap_or(domain);
    told(
        "org",
        turn.platform.create_org(turn.caller, turn.now, domain, name)?,
    )
}

/// REST calls the name `folder_name`.
fn create_workspace(turn: &mut Turn<'_>) -> Answer {
    let given = turn.given;
    let name = match given.optional("folder_name")? {
        Some(name) => name,
        None => given.text("name")?,
    };
    told(
        "workspace",
        turn.platform
            .create_workspace(turn.caller, turn.now, given.text("org_id")?, name)?,
    )
}

/// The value of the token is in the answer's `token`, here and never again.
fn offer(turn: &mut Turn<'_>) -> Answer {
    let (org, email) = (turn.given.text("org_id")?, turn.given.optional("email")?);
    let (claim, token) = turn.platform.create_claim(turn.caller, turn.now, org, email)?;
    Ok(json!({ "token": token, "transfer_token": claim }))
}

fn offers(turn: &mut Turn<'_>) -> Answer {
    let org = turn.given.text("org_id")?;
    told(
        "transfer_tokens",
        turn.platform.list_claims(turn.caller, turn.now, org)?,
    )
}

fn take_back(turn: &mut Turn<'_>) -> Answer {
    let (org, id) = (turn.given.text("org_id")?, turn.given.text("token_id")?);
    turn.given.confirmed()?;
    turn.platform.delete_claim(turn.caller, turn.now, org, id)?;
    Ok(json!({ "deleted": true }))
}

fn claim(turn: &mut Turn<'_>) -> Answer {
    let token = turn.given.text("token")?;
    told("org", turn.platform.claim_org(turn.caller, turn.now, token)?)
}

fn hand_over_org(turn: &mut Turn<'_>) -> Answer {
    let org = turn.given.text("org_id")?;
    handed(turn, (Entity::Org, org))
}

fn hand_over(turn: &mut Turn<'_>) -> Answer {
    let entity = turn.given.entity()?;
    handed(turn, entity)
}

fn handed(turn: &mut Turn<'_>, entity: (Entity, &str)) -> Answer {
    let user = turn.given.text("user_id")?;
    turn.given.confirmed()?;
    turn.platform
        .transfer_ownership(turn.caller, turn.now, entity, user)?;
    Ok(json!({ "owner": user }))
}

fn update_org_role(turn: &mut Turn<'_>) -> Answer {
    let org = turn.given.text("org_id")?;
    updated(turn, (Entity::Org, org))
}

fn update_role(turn: &mut Turn<'_>) -> Answer {
    let entity = turn.given.entity()?;
    updated(turn, entity)
}

fn updated(turn: &mut Turn<'_>, entity: (Entity, &str)) -> Answer {
    let (user, role) = (turn.given.text("user_id")?, turn.given.role()?);
    turn.platform
        .update_member(turn.caller, turn.now, entity, user, role)?;
    Ok(json!({ "member": { "id": user, "role": role } }))
}
