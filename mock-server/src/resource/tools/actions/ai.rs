//! `ai` and `ai_manage`: questions over files, and the switch that says whether there may be any.

use serde_json::json;

use super::super::arguments::Arguments;
use super::{Answer, Turn, Working, on, profile_read, profile_write, told};
use crate::platform::{Caller, ChatMessage, Demand, GroundedAnswer, Mode, Platform, Scoped};
use crate::resource::tools::ToolError;

pub(super) const WORKING: &[Working] = &[
    on("ai", "status", profile_read, status),
    on("ai", "message-read", profile_read, read),
    on("ai", "messages-list", profile_read, list),
    on("ai_manage", "ask", question, ask),
    on("ai_manage", "chat-create", profile_write, create),
    on("ai_manage", "message-send", profile_write, send),
    on("workspace_manage", "update", administered, update),
];

fn question(_: &Platform, _: &Caller, given: Arguments<'_>) -> Result<Demand, ToolError> {
    Ok(Platform::question_demand(given.any_workspace()?))
}

fn administered(_: &Platform, _: &Caller, given: Arguments<'_>) -> Result<Demand, ToolError> {
    Ok(Demand::workspace(given.text("workspace_id")?, Mode::Rwa))
}

fn status(turn: &mut Turn<'_>) -> Answer {
    let place = turn
        .platform
        .workspace_details(turn.caller, turn.given.workspace()?)?;
    let state = if place.intelligence { "ready" } else { "disabled" };
    told(
        "ai",
        json!({ "intelligence": place.intelligence, "state": state }),
    )
}

/// One question, kept by nobody.
fn ask(turn: &mut Turn<'_>) -> Answer {
    let given = turn.given;
    let files = given.some_ids("files_scope")?;
    let of = Scoped {
        workspace: given.any_workspace()?,
        files: &files,
    };
    let said = turn
        .platform
        .answer_question(turn.caller, of, given.text("question")?)?;
    cited(turn, &said);
    Ok(json!(said))
}

fn create(turn: &mut Turn<'_>) -> Answer {
    let given = turn.given;
    let of = Scoped {
        workspace: Some(given.workspace()?),
        files: &[],
    };
    let (chat, message) = turn
        .platform
        .open_chat(turn.caller, turn.now, of, given.text("question")?)?;
    cited(turn, &message.said);
    Ok(json!({ "chat_id": chat, "message": message }))
}

/// What an answer cites was shown by it, as a search shows what it found.
fn cited(turn: &mut Turn<'_>, said: &GroundedAnswer) {
    let shown = said.citations.iter();
    let shown = shown.map(|one| (one.workspace_id.as_str(), one.node_id.as_str()));
    let event = "workspace_ai_answered";
    turn.platform.note_found(turn.caller, turn.now, event, shown);
}

fn send(turn: &mut Turn<'_>) -> Answer {
    let given = turn.given;
    let place = (given.workspace()?, given.text("chat_id")?);
    let message = turn
        .platform
        .continue_chat(turn.caller, turn.now, place, given.text("question")?)?;
    cited(turn, &message.said);
    told("message", message)
}

fn messages<'a>(turn: &'a Turn<'_>) -> Result<&'a [ChatMessage], ToolError> {
    let (workspace, chat) = (turn.given.workspace()?, turn.given.text("chat_id")?);
    Ok(turn.platform.chat_messages(turn.caller, workspace, chat)?)
}

fn read(turn: &mut Turn<'_>) -> Answer {
    let wanted = turn.given.text("message_id")?;
    let found = messages(turn)?
        .iter()
        .find(|message| message.message_id == wanted);
    told("message", found.ok_or_else(crate::platform::Refusal::not_found)?)
}

fn list(turn: &mut Turn<'_>) -> Answer {
    told("messages", messages(turn)?)
}

fn update(turn: &mut Turn<'_>) -> Answer {
    let given = turn.given;
    let on = given.flag("intelligence")?;
    told(
        "workspace",
        turn.platform
            .update_workspace(turn.caller, turn.now, given.text("workspace_id")?, on)?,
    )
}
