//! `download`, `upload` and `upload_manage`: bytes in and out, and the tokens and ids that stand for them.

use serde_json::json;

use super::super::arguments::Arguments;
use super::storage::guard;
use super::{Answer, Turn, Working, on, own, profile_read, profile_write, told};
use crate::platform::{Caller, Demand, LONGEST_FILE, Platform, stamp, upload_demand};
use crate::resource::tools::ToolError;

pub(super) const WORKING: &[Working] = &[
    on("download", "file-url", profile_read, file_url),
    on("download", "token", profile_read, token),
    on("upload", "limits", own, limits),
    on("upload", "blob-info", own, blob),
    on("upload", "status", own, status),
    on("upload_manage", "stage-blob", staging, stage),
    on("upload_manage", "stream-upload", profile_write, upload),
    on("upload_manage", "web-import", profile_write, import),
];

#[expect(clippy::unnecessary_wraps, reason = "has the shape of its row")]
fn staging(_: &Platform, _: &Caller, _: Arguments<'_>) -> Result<Demand, ToolError> {
    Ok(upload_demand())
}

/// Workspace, node, and a token for it with its end.
fn opened<'a>(turn: &mut Turn<'a>) -> Result<(&'a str, &'a str, String, i64), ToolError> {
    let (workspace, node) = (turn.given.workspace()?, turn.given.text("node_id")?);
    let (token, end) = turn
        .platform
        .download_token(turn.caller, turn.now, workspace, node)?;
    Ok((workspace, node, token, end))
}

/// An address without a host: it is on the origin of the REST interface.
fn file_url(turn: &mut Turn<'_>) -> Answer {
    let (workspace, node, token, end) = opened(turn)?;
    let url = format!("/current/workspace/{workspace}/storage/{node}/read/?token={token}");
    Ok(json!({ "url": url, "expires": stamp(end) }))
}

fn token(turn: &mut Turn<'_>) -> Answer {
    let (_, _, token, end) = opened(turn)?;
    Ok(json!({ "token": token, "expires": stamp(end) }))
}

fn limits(turn: &mut Turn<'_>) -> Answer {
    turn.platform.permit(turn.caller, &Demand::own())?;
    told("limits", json!({ "file_bytes": LONGEST_FILE, "text": "UTF-8" }))
}

fn blob(turn: &mut Turn<'_>) -> Answer {
    let id = turn.given.text("blob_id")?;
    told("blob", turn.platform.blob(turn.caller, id)?)
}

fn status(turn: &mut Turn<'_>) -> Answer {
    let id = turn.given.text("upload_id")?;
    told("upload", turn.platform.upload(turn.caller, id)?)
}

fn stage(turn: &mut Turn<'_>) -> Answer {
    let text = turn.given.text("content")?.to_owned();
    told("blob", turn.platform.stage_blob(turn.caller, turn.now, text)?)
}

/// The bytes come with the call, or were staged before.
fn upload(turn: &mut Turn<'_>) -> Answer {
    let given = turn.given;
    let place = (given.workspace()?, given.optional("parent_id")?.unwrap_or("root"));
    let text = match given.optional("blob_id")? {
        Some(blob) => turn.platform.blob_text(turn.caller, blob)?,
        None => given.text("content")?.to_owned(),
    };
    let (file, lock) = ((given.text("filename")?, text.as_str()), guard(turn)?.lock);
    told(
        "upload",
        turn.platform
            .store_file(turn.caller, turn.now, place, file, None, lock)?,
    )
}

fn import(turn: &mut Turn<'_>) -> Answer {
    let given = turn.given;
    let place = (given.workspace()?, given.optional("parent_id")?.unwrap_or("root"));
    let source = (given.text("source_url")?, given.optional("filename")?);
    let lock = guard(turn)?.lock;
    told(
        "upload",
        turn.platform.import(turn.caller, turn.now, place, source, lock)?,
    )
}
