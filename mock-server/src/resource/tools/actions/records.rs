//! One read each of the tools that have little behind them here: accounts, members, comments, what a file says
//! about itself, and questions about the service itself.

use serde_json::{Value, json};

use super::super::arguments::Arguments;
use super::super::catalogue;
use super::{Answer, Turn, Working, on, own, profile_read, profile_write, told, workspace_read};
use crate::platform::{Caller, Demand, Entity, MemberView, Mode, Platform, Refusal, question_words};
use crate::resource::tools::ToolError;

pub(super) const WORKING: &[Working] = &[
    on("user", "details", own, user),
    on("member", "list", entity_read, |turn| {
        told("members", members(turn)?)
    }),
    on("member", "details", entity_read, member),
    // Nobody is invited and nothing has a picture here; who may ask is decided all the same.
    on("invitation", "list", entity_read, |turn| {
        none(turn, "invitations")
    }),
    on("asset", "list", entity_read, |turn| none(turn, "assets")),
    on("comment", "list", profile_read, comments),
    on("comment_manage", "add", profile_write, comment),
    on("metadata", "details", profile_read, metadata),
    on("intent", "browse", workspace_read, |turn| {
        let workspace = turn.given.text("workspace_id")?;
        told("intents", turn.platform.own_intents(turn.caller, workspace)?)
    }),
    on("how-to", "ask", own, how_to),
];

fn entity_read(_: &Platform, _: &Caller, given: Arguments<'_>) -> Result<Demand, ToolError> {
    let (entity, id) = given.entity()?;
    Ok(match entity {
        Entity::Org => Demand::org(id, Mode::R),
        _ => Demand::workspace(id, Mode::R),
    })
}

/// The caller's own account; another is as unknown as none.
fn user(turn: &mut Turn<'_>) -> Answer {
    let asked = turn.given.optional("user_id")?.unwrap_or(&turn.caller.user);
    let user = turn
        .platform
        .user(asked)
        .filter(|user| user.id == turn.caller.user);
    let user = user.ok_or_else(Refusal::not_found)?;
    told(
        "user",
        json!({ "id": user.id, "name": user.name, "email": user.email, "kind": user.kind }),
    )
}

fn members(turn: &Turn<'_>) -> Result<Vec<MemberView>, ToolError> {
    let (entity, id) = turn.given.entity()?;
    Ok(match entity {
        Entity::Org => turn.platform.org_members(turn.caller, id)?,
        _ => turn.platform.workspace_members(turn.caller, id)?,
    })
}

fn member(turn: &mut Turn<'_>) -> Answer {
    let asked = turn.given.text("user_id")?;
    let found = members(turn)?.into_iter().find(|member| member.id == asked);
    told("member", found.ok_or_else(Refusal::not_found)?)
}

fn none(turn: &mut Turn<'_>, of: &str) -> Answer {
    members(turn)?;
    told(of, Value::Array(Vec::new()))
}

fn comments(turn: &mut Turn<'_>) -> Answer {
    let (workspace, node) = (turn.given.workspace()?, turn.given.text("node_id")?);
    let (node, comments) = turn.platform.comments(turn.caller, workspace, node)?;
    Ok(json!({ "node": { "id": node.id, "name": node.name }, "comments": comments }))
}

fn comment(turn: &mut Turn<'_>) -> Answer {
    let given = turn.given;
    let place = (given.workspace()?, given.text("node_id")?);
    let content = given.text("content")?;
    told(
        "comment",
        turn.platform.add_comment(turn.caller, turn.now, place, content)?,
    )
}

fn metadata(turn: &mut Turn<'_>) -> Answer {
    let (workspace, node) = (turn.given.workspace()?, turn.given.text("node_id")?);
    let node = turn.platform.node_details(turn.caller, workspace, node)?;
    told(
        "metadata",
        json!({
            "node_id": node.id, "name": node.name, "type": node.kind, "size": node.size,
            "mimetype": node.mimetype, "hash": node.hash, "hash_algo": node.hash_algo,
        }),
    )
}

/// Which actions the words of a question are about: the three whose descriptions hold most of them.
fn how_to(turn: &mut Turn<'_>) -> Answer {
    let asked = question_words(turn.given.text("question")?);
    let mut found: Vec<(usize, String, &str)> = catalogue::tools()
        .flat_map(|tool| tool.actions.iter().map(move |action| (tool, action)))
        .map(|(tool, action)| {
            let name = format!("{} {}", tool.name, action.name);
            let held = question_words(&format!("{name} {}", action.does));
            (asked.intersection(&held).count(), name, action.does)
        })
        .filter(|(count, ..)| *count > 0)
        .collect();
    found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let steps: Vec<Value> = found
        .iter()
        .take(3)
        .map(|(_, name, does)| json!({ "call": name, "does": does }))
        .collect();
    told("steps", steps)
}
